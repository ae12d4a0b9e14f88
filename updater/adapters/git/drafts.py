"""To write drafts as one stream for `git fast-import`. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from updater.adapters.git.lock import DRAFTS
from updater.adapters.git.objects import TreeEntry, above
from updater.errors import Refused
from updater.model import CommitDraft, RefUpdate
from updater.reasons import failure_reasons
from updater.value_class import value_class

_NEW_FILE = "100644"


@value_class
class CommitIdentity:
    """Who commits."""

    name: str
    email: str

    def __post_init__(self) -> None:
        if re.search(r"[<>\n\0]", self.name + self.email) or not self.email:
            raise ValueError(f"{self.name!r} with {self.email!r} cannot sign a commit: no <, > or line break")

    def signature(self, now: datetime) -> str:
        return f"{self.name} <{self.email}> {int(now.timestamp())} {now.strftime('%z')[:5] or '+0000'}"


def draft_ref(number: int) -> str:
    return f"{DRAFTS}/{number}"


def modes(update: RefUpdate, entries: Mapping[str, TreeEntry | None]) -> Mapping[str, str]:
    """The mode of every file an update writes, as its parent has it. Raises Refused."""
    paths = {path for draft in update.drafts for path in draft.files}
    return {path: _mode(path, entries) for path in paths}


def stream(updates: Sequence[tuple[RefUpdate, Mapping[str, str]]], signature: str) -> bytes:
    """Asks for the id of each update's last commit, in their order."""
    return b"".join(_pieces(updates, signature))


def _mode(path: str, entries: Mapping[str, TreeEntry | None]) -> str:
    entry = entries[path]
    blocking = [step for step in above(path) if (found := entries[step]) and found.kind != "tree"]
    if blocking or (entry and (entry.kind != "blob" or entry.mode == "120000")):
        raise Refused(
            f"{path} cannot be written: {(*blocking, path)[0]} is no plain file or folder.",
            reason=failure_reasons.NOT_A_FILE,
        )
    return entry.mode if entry else _NEW_FILE


def _pieces(updates: Sequence[tuple[RefUpdate, Mapping[str, str]]], signature: str) -> Iterator[bytes]:
    mark = 0
    for number, (update, file_modes) in enumerate(updates):
        for position, draft in enumerate(update.drafts):
            mark += 1
            yield f"commit {draft_ref(number)}\nmark :{mark}\n".encode()
            yield f"author {signature}\ncommitter {signature}\n".encode()
            yield _data(draft.message.encode())
            before = update.onto if position == 0 else f":{mark - 1}"
            if before is not None:
                yield f"from {before}\n".encode()
            yield from _files(draft, file_modes)
        yield f"get-mark :{mark}\n".encode()
    yield b"done\n"


def _files(draft: CommitDraft, file_modes: Mapping[str, str]) -> Iterator[bytes]:
    for path, content in draft.files.items():
        yield f"M {file_modes[path]} inline {_quoted(path)}\n".encode(errors="surrogateescape")
        yield _data(content)
    yield b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
