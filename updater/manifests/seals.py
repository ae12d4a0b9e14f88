"""To know a file that a checksum or a signature covers: a new tag in it would break what covers it. Pure.

Three kinds of cover are known: a field of the file itself (SOPS, Sigstore), a file beside it
(`values.yaml.asc`), and a list of checksums in its folder or above (`SHA256SUMS`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from updater.manifests.nodes import Document, MappingNode, Node, ScalarNode, YamlFile
from updater.manifests.refusals import PinRefused
from updater.reasons import pin_reasons
from updater.value_class import value_class

_SIGNATURES = (".asc", ".sig", ".minisig", ".gpg", ".sigstore", ".sigstore.json", ".sha256", ".sha512")
_LISTS = (
    *("SHA256SUMS", "SHA512SUMS", "SHA1SUMS", "MD5SUMS", "B2SUMS", "CHECKSUMS", "checksums.txt"),
    *("sha256sum.txt", "sha256sums.txt", "sha512sum.txt", "sha512sums.txt", "checksums.sha256"),
)
_LOCKS: Mapping[str, str] = MappingProxyType(
    {"Chart.yaml": "Chart.lock", "requirements.yaml": "requirements.lock"}
)
"""Which file beside it has a checksum of a chart's dependencies."""
_LISTED = re.compile(
    rb"(?:\\?[0-9a-fA-F]{32,128} [ *]|[A-Z0-9-]+ \()(?P<path>[^\r\n]+?)(?:\) = [0-9a-fA-F]+)?\r?"
)
"""As `sha256sum` writes a line, and as it does with `--tag`."""
_SIGNED_RESOURCES = frozenset({"cosign.sigstore.dev/signature", "integrityshield.io/signature"})
"""Annotations that sign the resource that bears them."""
_ENCRYPTED_FILES: Mapping[bytes, str] = MappingProxyType(
    {
        b"\0GITCRYPT\0": "git-crypt",
        b"-----BEGIN AGE ENCRYPTED FILE-----": "age",
        b"age-encryption.org/": "age",
        b"-----BEGIN PGP MESSAGE-----": "OpenPGP",
        b"$ANSIBLE_VAULT;": "Ansible Vault",
    }
)
"""How they begin, and by what they are encrypted."""


def refuse_encrypted(data: bytes) -> None:
    """Raise PinRefused for a file that is encrypted as a whole."""
    for start, name in _ENCRYPTED_FILES.items():
        if data.startswith(start):
            raise PinRefused(
                pin_reasons.ENCRYPTED, f"is encrypted as a whole by {name}; keep tags in a file that is not"
            )


def refuse_sealed(file: YamlFile) -> None:
    """Raise PinRefused where a field of the file covers its other values."""
    for document in file.documents:
        if (found := _mac(document) or _signature(document)) is not None:
            raise found


def refuse_encrypted_value(node: ScalarNode, what: str) -> None:
    """Raise PinRefused for a value that SOPS has encrypted."""
    if node.value.startswith("ENC["):
        raise PinRefused(
            pin_reasons.ENCRYPTED,
            f"{what} is encrypted by SOPS; keep it in plain text, outside `encrypted_regex`",
            node.line,
        )


def possible_seals(path: str) -> Iterator[str]:
    """The files that would cover this one if they are there, from the repository's root."""
    yield from (f"{path}{ending}" for ending in _SIGNATURES)
    yield from _lists_above(path.rpartition("/")[0]) if path else ()


@lru_cache(maxsize=4096)
def _lists_above(folder: str) -> tuple[str, ...]:
    """Those of a folder, and of all above it: many files share them."""
    found: list[str] = []
    while folder:
        within = folder if folder.endswith("/") else f"{folder}/"
        found += (f"{within}{name}" for name in _LISTS)
        folder = folder.rpartition("/")[0]
    return (*found, *_LISTS)


@value_class
class Covers:
    """The files that would cover any of some paths: `possible_seals` of them all, which nobody writes out.

    There are dozens for each path, and hardly ever one that is there.
    """

    paths: frozenset[str]
    folders: frozenset[str]
    """All above these paths; the root is the empty text."""

    @classmethod
    def of(cls, paths: Collection[str]) -> Covers:
        folders, ahead = {""}, {path.rpartition("/")[0] for path in paths}
        while ahead:
            folders |= ahead
            ahead = {folder.rpartition("/")[0] for folder in ahead} - folders
        return cls(frozenset(paths), frozenset(folders))

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, str) or not path.endswith((*_SIGNATURES, *_LISTS)):
            return False
        folder, _, name = path.rpartition("/")
        if name in _LISTS:
            return folder in self.folders
        return any(path.endswith(ending) and path[: -len(ending)] in self.paths for ending in _SIGNATURES)


def lock_of(path: str) -> str | None:
    """The file that locks the dependencies in this one if it is there; other values there are free."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{_LOCKS[name]}" if name in _LOCKS else None


def locked_sentence(lock: str) -> str:
    """Why the versions in a file that is locked by another one are left alone, to be put behind its path."""
    return f"is locked by {lock}, which only `helm dependency update` writes: delete it, or update by that"


def is_seal(name: str) -> bool:
    """Whether a file of that name may cover others."""
    return name in _LISTS or name.endswith(_SIGNATURES)


def sealed_by(path: str, files: Mapping[str, bytes]) -> str | None:
    """The one of these `files` that covers `path`, if any; a list of checksums has to name it."""
    return next(
        (seal for seal in possible_seals(path) if seal in files and _covers(seal, files[seal], path)), None
    )


def sealed_sentence(seal: str) -> str:
    """Why a file that is covered by another one is left alone, to be put behind its path."""
    return f"is covered by {seal}, which a new tag would make wrong; keep tags in a file that is not"


def _covers(seal: str, data: bytes, path: str) -> bool:
    folder, _, name = seal.rpartition("/")
    if name not in _LISTS:
        return True
    own = path[len(folder) + 1 :] if folder else path
    return own in _listed(data)


@lru_cache(maxsize=4)
def _listed(data: bytes) -> Collection[str]:
    """Read once for all files below it: the list of a whole repository has a line for each of its files."""
    matches = (_LISTED.fullmatch(line) for line in data.split(b"\n"))
    return frozenset(posixpath.normpath(one["path"].decode(errors="replace")) for one in matches if one)


def _mac(document: Document) -> PinRefused | None:
    sops = _field(document.root, "sops")
    mac = _field(sops, "mac") or _field(document.root, "sops_mac")  # so it is called in a .env
    flag = _field(sops, "mac_only_encrypted") or _field(document.root, "sops_mac_only_encrypted")
    if mac is None or _says_true(flag):
        return None
    return PinRefused(
        pin_reasons.SEALED,
        "is encrypted by SOPS, whose MAC also covers the values in plain text; encrypt it with "
        "`mac_only_encrypted: true`, or keep tags in another file",
        mac.line,
    )


def _signature(document: Document) -> PinRefused | None:
    annotations = _field(_field(document.root, "metadata"), "annotations")
    for key, _ in annotations.pairs if isinstance(annotations, MappingNode) else ():
        if isinstance(key, ScalarNode) and key.value in _SIGNED_RESOURCES:
            return PinRefused(
                pin_reasons.SEALED,
                f"is signed by its annotation {key.value}; sign it where it is changed, or pin elsewhere",
                key.line,
            )
    return None


def _says_true(node: Node | None) -> bool:
    return isinstance(node, ScalarNode) and not node.style and node.value in {"true", "True", "TRUE"}


def _field(node: Node | None, key: str) -> Node | None:
    pairs = node.pairs if isinstance(node, MappingNode) else ()
    return next((value for name, value in pairs if isinstance(name, ScalarNode) and name.value == key), None)
