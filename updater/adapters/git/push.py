"""To say what became of each ref of a push. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from updater.adapters.git import push_rejections
from updater.adapters.git.errors import remote_lines, shortened
from updater.errors import LostRace, Refused, Unavailable, UpdaterError
from updater.reasons import failure_reasons

_RACE = re.compile(
    r"stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|failed to lock"
    r"|reference already exists|incorrect old value provided|is at [0-9a-f]{40} but expected|needs force"
    r"|remote ref updated since checkout|unable to resolve reference|already exists",
    re.IGNORECASE,
)
_DRAGGED = re.compile(r"atomic (?:push fail|transaction fail)|transaction failed", re.IGNORECASE)
_BLOCKED = re.compile(r"exists; cannot create", re.IGNORECASE)
_GENERIC = re.compile(r"hook declined|hidden ref|funny refname|atomic|failed to update ref", re.IGNORECASE)
_NOT_ATOMIC = re.compile(r"does not support --atomic", re.IGNORECASE)
_NAMED = re.compile(r"\bGH0\d\d\b")


class RefMove(NamedTuple):
    """A ref, the commit it is to show (None: delete it), and what it must show now."""

    ref: str
    to: str | None
    expected: str | None


class PushResult(NamedTuple):
    flag: str
    summary: str

    @property
    def well(self) -> bool:
        return self.flag != "!"

    @property
    def dragged(self) -> bool:
        """Rejected only because another ref of an atomic push was."""
        return not self.well and _DRAGGED.search(self.summary) is not None


PushAnswer: TypeAlias = tuple[Mapping[str, PushResult], str]
"""What became of each ref, and what was said."""
_LEFT_OUT = PushResult("!", "[rejected] (atomic push failed)")


def arguments(url: str, moves: Sequence[RefMove], *, atomic: bool) -> list[str]:
    leases = [f"--force-with-lease={move.ref}:{move.expected or ''}" for move in moves]
    refspecs = [f"{move.to or ''}:{move.ref}" for move in moves]
    options = ["--porcelain", "--no-progress", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"]
    whole = ["--atomic"] if atomic and len(moves) > 1 else []  # one ref is, and hosts may refuse the word
    return ["push", *options, *whole, *leases, "--", url, *refspecs]


def is_never_atomic(said: str) -> bool:
    """Whether the host takes several refs only one by one: Azure DevOps does."""
    return _NOT_ATOMIC.search(said) is not None


def in_turn(moves: Sequence[RefMove], push: Callable[[RefMove], PushAnswer]) -> PushAnswer:
    """One by one, to the first that is not taken: what comes after it is as if an atomic push had failed."""
    found, said = dict.fromkeys((move.ref for move in moves), _LEFT_OUT), ""
    for move in moves:
        told, more = push(move)
        found, said = {**found, **told}, said + more
        if not told[move.ref].well:
            break
    return found, said


def lines(output: str) -> Mapping[str, PushResult]:
    """What `--porcelain` tells, by ref."""
    told = (line.split("\t") for line in output.splitlines() if line[1:2] == "\t" and line.count("\t") > 1)
    return {words[1].partition(":")[2]: PushResult(words[0], words[2]) for words in told}


def verdicts(found: Mapping[str, PushResult], said: str, url: str) -> dict[str, UpdaterError | None]:
    """One that was only dragged along shares the fate of its culprit."""
    culprits = [
        _verdict(ref, line, said, url) for ref, line in found.items() if not line.well and not line.dragged
    ]
    return {
        ref: _shared(ref, culprits, said, url) if line.dragged else _verdict(ref, line, said, url)
        for ref, line in found.items()
    }


def refused_beside_heads(found: Mapping[str, PushResult], said: str) -> set[str]:
    """The refs outside `refs/heads/` that alone may have spoilt an atomic push."""
    rejected = {ref: line for ref, line in found.items() if not line.well}
    outside = {ref for ref in rejected if not ref.startswith("refs/heads/")}
    if _NAMED.search(said) or _BLOCKED.search(said):
        return set()
    if any(_is_race(line, said) for line in rejected.values()):
        return set()
    return outside if all(_GENERIC.search(line.summary) for line in rejected.values()) else set()


def _is_race(line: PushResult, said: str) -> bool:
    if line.summary.startswith("[remote rejected]") and "non-fast-forward" in line.summary:
        return False  # the host forbids it for good; a race is rejected here, or named otherwise
    return _RACE.search(line.summary) is not None or (line.dragged and _RACE.search(said) is not None)


def _shared(ref: str, culprits: Sequence[UpdaterError | None], said: str, url: str) -> UpdaterError:
    known = [error for error in culprits if error is not None]
    if not known:
        return _blocked(ref, said, url) if _BLOCKED.search(said) else _lost(ref, "atomic push failed", url)
    refused = [error for error in known if isinstance(error, Refused)]
    return (refused or known)[0]


def _verdict(ref: str, line: PushResult, said: str, url: str) -> UpdaterError | None:
    if line.well:
        return None
    if f"cannot create '{ref}'" in said:
        return _blocked(ref, said, url)
    if _is_race(line, said):
        return _lost(ref, line.summary, url)
    if line.summary.startswith("[remote failure]"):
        return Unavailable(
            f"{url} did not say what became of {ref}.", reason=failure_reasons.REPOSITORY_UNAVAILABLE
        )
    if push_rejections.passes(line.summary, said):
        why = remote_lines(said) or _reason(line.summary)
        return Unavailable(
            f"{url} cannot take {ref} now: {why}.", reason=failure_reasons.REPOSITORY_UNAVAILABLE
        )
    return _refused(ref, line.summary, said, url)


def _lost(ref: str, summary: str, url: str) -> LostRace:
    return LostRace(
        f"Somebody else moved {ref} of {url} first ({_reason(summary)}).", reason=failure_reasons.LOST_RACE
    )


def _blocked(ref: str, said: str, url: str) -> Refused:
    return Refused(
        f"{url} cannot take {ref}: {remote_lines(said) or 'a ref of that name is in the way'}; "
        "delete or rename the branch that is in the way.",
        reason=failure_reasons.PUSH_REFUSED,
    )


def _refused(ref: str, summary: str, said: str, url: str) -> Refused:
    why = remote_lines(said) or _reason(summary)
    change, reason = push_rejections.change(ref, summary, said)
    return Refused(f"{url} refuses the push to {ref}: {why}. To go on, {change}.", reason=reason)


def _reason(summary: str) -> str:
    return shortened(re.sub(r"^\[[^]]*\] *\(?|\)$", "", summary))
