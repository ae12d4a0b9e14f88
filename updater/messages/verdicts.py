"""The record of what became of deployments, on a ref of our own, and what reads it back. Pure.

Each app in an environment has a file with one JSON line for each verdict, the newest last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, get_args

from updater import times
from updater.messages.branches import RECORD
from updater.model import DeploymentVerdict, Image, Placement, VerificationResult, parse_artifact
from updater.printable import excerpt

VERDICTS = f"{RECORD}verdicts/"
"""Below it, by the name of the base branch, stands a line of commits of its own."""
NEWEST, MOST = 10, 200
"""Lines of a file: the newest; of older ones what failed stays, and what was verified last. All of it is read
in each pass, of every app in every environment."""
_VERIFIED = 5
_PLACES = 50_000
"""Files that are remembered, the last of each app in an environment: all are asked for in each pass."""
UNRECORDED = (
    "the host refuses the ref on which verdicts are recorded: what fails is told, and nothing goes back by "
    "itself (`updater doctor` has its words)"
)
_VERSION = 1
_LONGEST = 500
"""Characters of a sentence: whoever may push the ref may write anything into it."""


_SHORT = 40
"""Of the name of a check."""
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Beyond these an instant is none in every zone, nor with a span added to it."""


def verdicts_ref(branch: str) -> str:
    """Where the verdicts about what that base branch has deployed are recorded."""
    return f"{VERDICTS}{branch}"


def tried_ref(ref: str) -> str:
    """Beside it, to try whether a host takes such a ref; no branch has a name like that."""
    return f"{RECORD}tried/{ref.removeprefix(RECORD)}"


def verdicts_path(placement: Placement) -> str:
    """Of its file in the tree of the ref."""
    return f"{placement.environment}/{placement.app}.jsonl"


def verdicts_message(new: Sequence[DeploymentVerdict]) -> str:
    """Of the commit that adds these."""
    count = "a deployment" if len(new) == 1 else f"{len(new)} deployments"
    told = "".join(f"{one.placement} {one.tag}: {one.result}\n" for one in new)
    return f"chore(updater): record what became of {count}\n\n{told}"


def verdict_line(verdict: DeploymentVerdict) -> str:
    """With its line break."""
    written = {
        "v": _VERSION,
        "tag": verdict.tag,
        "commit": verdict.commit,
        "result": verdict.result,
        "since": times.to_iso(verdict.since),
        "until": times.to_iso(verdict.until),
        "written": times.to_iso(verdict.written),
        "seen": list(verdict.seen),
        "failed": list(verdict.failed),
        "digests": {str(image): digest for image, digest in sorted(verdict.digests.items())},
    }
    return json.dumps(written, ensure_ascii=True, separators=(",", ":")) + "\n"


def with_verdicts(before: bytes, new: Sequence[DeploymentVerdict]) -> bytes:
    """The file with these behind what it says, which stays as it is, also what a later version wrote."""
    lines = [line + b"\n" for line in before.split(b"\n") if line.strip()]
    lines += (verdict_line(verdict).encode() for verdict in new)
    older, newest = lines[:-NEWEST], lines[-NEWEST:]
    return b"".join((*_kept(older)[-(MOST - NEWEST) :], *newest))


def _kept(older: Sequence[bytes]) -> list[bytes]:
    """What failed goes nowhere, and there has to be something to go back to."""
    found = [(line, _result(line)) for line in older]
    verified = [number for number, (_, result) in enumerate(found) if result == "verified"][-_VERIFIED:]
    return [line for number, (line, result) in enumerate(found) if result == "failed" or number in verified]


def _result(line: bytes) -> object:
    """What nobody can read was refused before."""
    fields = json.loads(line)
    return fields.get("result") if isinstance(fields, dict) else None


def read_verdicts(placement: Placement, data: bytes) -> tuple[DeploymentVerdict, ...]:
    """What a file says, oldest first; keys that a later version has added are passed over.

    Raises ValueError with the number of the line that cannot be read.
    """
    known = _known(placement)
    text, verdicts = known[0]
    if text != data:
        lines = enumerate(data.split(b"\n"), 1)
        verdicts = tuple(_read(placement, line, number) for number, line in lines if line.strip())
        known[0] = (data, verdicts)
    return verdicts


@lru_cache(maxsize=_PLACES)
def _known(placement: Placement) -> list[tuple[bytes, tuple[DeploymentVerdict, ...]]]:  # noqa: ARG001 - by it
    """One entry, for whoever reads to change: what was read last. Of what was before nobody asks again."""
    return [(b"", ())]


def _read(placement: Placement, line: bytes, number: int) -> DeploymentVerdict:
    try:
        fields = json.loads(line)
        return _verdict(placement, fields)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        shown = excerpt(line.decode(errors="replace"), 60)
        raise ValueError(f"line {number} is no verdict: {shown}") from error


def _verdict(placement: Placement, fields: Mapping[str, Any]) -> DeploymentVerdict:
    result = _text(fields["result"])
    if result not in get_args(VerificationResult):
        raise ValueError(result)
    return DeploymentVerdict(
        placement=placement,
        tag=_text(fields["tag"]),
        commit=_text(fields["commit"]),
        result=result,  # type: ignore[arg-type] # looked up above
        since=_instant(fields["since"]),
        until=_instant(fields["until"]),
        written=_instant(fields["written"]),
        seen=tuple(excerpt(_text(each), _LONGEST) for each in fields.get("seen", ())),
        failed=tuple(excerpt(_text(each), _SHORT) for each in fields.get("failed", ())),
        digests=_digests(fields.get("digests", {})),
    )


def _digests(written: object) -> Mapping[Image, str]:
    if not isinstance(written, dict):
        raise TypeError(written)
    return {parse_artifact(_text(image)): _text(digest) for image, digest in written.items()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _instant(value: object) -> datetime:
    found = times.from_iso(_text(value))
    if found is None or not _FIRST <= found < _LAST:
        raise ValueError(value)
    return found
