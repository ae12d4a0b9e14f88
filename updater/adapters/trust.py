"""Whom we believe over TLS: whom this machine believes, and the authorities that config adds. I/O."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

_NAMED = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def surrounding_bundle() -> str | None:
    """The file (or folder) of authorities that the environment names; None: the libraries' own."""
    return next((os.environ[name] for name in _NAMED if os.environ.get(name)), None)


class Bundles:
    """Files with all who are believed, one for each `ca_file`: git and requests take one file only."""

    def __init__(self, folder: Path) -> None:
        """Take a folder of ours; it is made when it is needed."""
        self._folder = folder
        self._made: dict[str, tuple[bytes, ...]] = {}

    def of(self, ca_file: str | None) -> str | None:
        """The path of what this machine believes together with that file; None where config names none.

        Of a file that is missing or holds no certificate nothing is added; config says that it is.
        """
        if ca_file is None:
            return None
        if ca_file not in self._made:
            self._make(ca_file, _certificates(Path(ca_file)))
        return str(self._place(ca_file))

    def renew(self) -> None:
        """Take over what has become of the files: mounted ones are renewed while we run."""
        for ca_file, before in [*self._made.items()]:
            now = _certificates(Path(ca_file))
            if (now and now != before) or not self._place(ca_file).exists():
                self._make(ca_file, now or before)

    def _make(self, ca_file: str, added: tuple[bytes, ...]) -> None:
        """Only certificates: a key that stands in the same file is not copied."""
        self._folder.mkdir(parents=True, exist_ok=True)
        every = dict.fromkeys((*self._surrounding, *added))
        with NamedTemporaryFile(dir=self._folder, delete=False) as file:
            file.write(b"\n".join(every) + b"\n")
        Path(file.name).replace(self._place(ca_file))
        self._made[ca_file] = added

    def _place(self, ca_file: str) -> Path:
        return self._folder.absolute() / f"{sha256(ca_file.encode()).hexdigest()[:16]}.pem"

    @cached_property
    def _surrounding(self) -> tuple[bytes, ...]:
        return tuple(certificate for path in _believed() for certificate in _certificates(path))


def _believed() -> Iterator[Path]:
    """Where this machine has them: what the environment names, or else both that git and requests go by."""
    named = surrounding_bundle()
    if named is not None:
        yield Path(named)
        return
    from requests.utils import DEFAULT_CA_BUNDLE_PATH  # noqa: PLC0415 - requests is slow to import

    yield Path(DEFAULT_CA_BUNDLE_PATH)
    known = ssl.get_default_verify_paths()
    yield from (Path(path) for path in (known.cafile, known.capath) if path)


def _certificates(path: Path) -> tuple[bytes, ...]:
    """Those of a file, or of the files of a folder; none where there is nothing to read."""
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        texts = [file.read_bytes() for file in files if file.is_file()]
    except OSError:
        return ()
    return tuple(dict.fromkeys(found for text in texts for found in _CERTIFICATE.findall(text)))
