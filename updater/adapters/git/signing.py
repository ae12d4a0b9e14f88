"""To sign commits before they are pushed, with a key of ssh or gpg. I/O.

`git fast-import` cannot sign. So the commits it has made are written once more, each with its signature and
with the signed one before it as its parent; their trees stay.
"""

import hashlib
import os
import re
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

from updater.adapters.child_environment import HOME, kept
from updater.adapters.git.access import assert_usable
from updater.adapters.git.commands import Commands
from updater.adapters.git.errors import last_line
from updater.adapters.git.objects import Blobs
from updater.errors import Refused
from updater.reasons import failure_reasons
from updater.value_class import value_class

Sign: TypeAlias = Callable[[bytes], bytes]
"""The armoured signature of some bytes."""
_SECONDS = 60
_PARENT = re.compile(rb"^parent [0-9a-f]+$", re.MULTILINE)


class Signer(ABC):
    @abstractmethod
    def ready(self) -> AbstractContextManager[Sign]:
        """Make what signs, for as long as the context lasts. Raises Refused, also while signing."""


@value_class
class SshSigner(Signer):
    key_file: Path

    @contextmanager
    def ready(self) -> Iterator[Sign]:
        assert_usable(self.key_file, "commit.signing.key_file")
        yield self._sign

    def _sign(self, content: bytes) -> bytes:
        key = str(self.key_file.absolute())
        return _run(["ssh-keygen", "-Y", "sign", "-n", "git", "-f", key], content, {})


@value_class
class GpgSigner(Signer):
    """With a key of the keyring of the user we run as, or with one of a file, in a keyring of its own."""

    key_id: str | None = None
    key_file: Path | None = None

    @contextmanager
    def ready(self) -> Iterator[Sign]:
        if self.key_file is None:
            yield self._signing({})
            return
        with tempfile.TemporaryDirectory(prefix="updater-gpg-") as home:  # short: its sockets live there
            at_home = {"GNUPGHOME": home}
            try:
                _run([*_GPG, "--import"], _content(self.key_file), at_home)
                yield self._signing(at_home)
            finally:
                _end_agent(at_home)

    def _signing(self, variables: dict[str, str]) -> Sign:
        named = ["--local-user", self.key_id] if self.key_id is not None else []

        def sign(content: bytes) -> bytes:
            return _run([*_GPG, *named, "--armor", "--detach-sign"], content, variables)

        return sign


_NEEDED = HOME | {"GNUPGHOME"}
# A passphrase that an agent remembers is as good as none; nobody is asked for one.
_GPG = ["gpg", "--batch", "--no-tty", "--quiet", "--pinentry-mode", "error"]


def sign_commits(
    commands: Commands, tips: Sequence[tuple[str | None, str]], signer: Signer, seconds: float
) -> list[str]:
    """The signed tip for each base and tip. Raises Refused or GitFailed; nothing refers to them yet."""
    with signer.ready() as sign:
        chains = [list(_chain(commands, base, tip, sign, seconds)) for base, tip in tips]
    written = iter(_written(commands, [text for chain in chains for text in chain], seconds))
    return [[next(written) for _ in chain][-1] for chain in chains]


def _chain(commands: Commands, base: str | None, tip: str, sign: Sign, seconds: float) -> Iterator[bytes]:
    """The signed texts of the commits from base to tip; each names the one before it."""
    listed = commands.run(
        "rev-list", "--reverse", f"{base}..{tip}" if base else tip, seconds=seconds
    ).output.split()
    texts, parent = Blobs(commands, seconds).read(listed), base
    for sha in listed:
        text = texts[sha]
        assert text is not None, "a commit of ours is small"
        text = _PARENT.sub(f"parent {parent}".encode(), text, count=1)
        text = insert_signature(text, sign(text))
        parent = _id(text)
        yield text


def _written(commands: Commands, texts: Sequence[bytes], seconds: float) -> list[str]:
    """All in one process; their ids."""
    with tempfile.TemporaryDirectory(prefix="updater-signed-") as folder:
        files = [Path(folder) / str(number) for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_bytes(text)
        given = "".join(f"{file}\n" for file in files).encode()
        words = ("hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths")
        ids = commands.run(*words, given=given, seconds=seconds).output.split()
    assert ids == [_id(text) for text in texts], "the parents were named by these ids"
    return ids


def _id(commit: bytes) -> str:
    return hashlib.sha1(b"commit %d\0%s" % (len(commit), commit), usedforsecurity=False).hexdigest()


def insert_signature(commit: bytes, signature: bytes) -> bytes:
    """A header of more than one line goes on after a blank."""
    header, _, message = commit.partition(b"\n\n")
    lines = b"\n ".join(signature.rstrip(b"\n").split(b"\n"))
    return b"%s\ngpgsig %s\n\n%s" % (header, lines, message)


def _content(key_file: Path) -> bytes:
    try:
        return key_file.read_bytes()
    except OSError as error:
        raise _refused(
            f"the key {key_file} (commit.signing.key_file) cannot be read ({error.strerror})"
        ) from None


def _run(words: Sequence[str], given: bytes, variables: dict[str, str]) -> bytes:
    surroundings = kept(os.environ, _NEEDED if words[0] != "ssh-keygen" else ())
    try:
        done = subprocess.run(  # noqa: S603 - a list of words: no shell reads them
            words,
            input=given,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            start_new_session=True,
            env={**surroundings, **variables, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise _refused(f"{words[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise _refused(f"{words[0]} does not come to an end") from None
    if done.returncode:
        raise _refused(_why(done.stderr.decode(errors="replace")))
    return done.stdout


def _why(said: str) -> str:
    if re.search(r"no secret key|no public key|not found", said, re.IGNORECASE):
        return "there is no secret key of that name (commit.signing) in the keyring: import it there"
    if re.search(r"passphrase|pinentry|cancel|ioctl|agent", said, re.IGNORECASE):
        return "the key has a passphrase, and nobody is there to type it: give the updater a key without one"
    if re.search(r"no valid openpgp data", said, re.IGNORECASE):
        return "commit.signing.key_file holds no secret key as `gpg --export-secret-keys` writes it"
    if re.search(r"expired|revoked|unusable", said, re.IGNORECASE):
        return f"the key cannot be used any more ({last_line(said)}): name another under commit.signing"
    return f"the key under commit.signing does not sign ({last_line(said)})"


def _refused(why: str) -> Refused:
    return Refused(
        f"The commits cannot be signed, so nothing is pushed: {why}.", reason=failure_reasons.UNSIGNED
    )


def _end_agent(variables: dict[str, str]) -> None:
    """Gpg has started one for that keyring, and it would outlive it."""
    _run(["gpgconf", "--kill", "all"], b"", variables)
