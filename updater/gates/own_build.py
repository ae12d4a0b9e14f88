"""`own_build`: an image was not built from a bump of ours, which would be bumped and built in turn. Pure."""

from __future__ import annotations

import re
from typing import ClassVar

from updater.gates import _source_commits
from updater.model import Case, MessageOf, Question, Ruling, SourceCommit, Unreadable
from updater.reasons import Reason

_BUMP = re.compile(r"^[ \t]*Updater-Pin: \S+ \S+ \S+[ \t\r]*$", re.MULTILINE)
_MERGE = re.compile(r"Merge (?:pull request #\d+ from [^\s/]+/|branch ')updater/(?:app|asked|env)/")


REASON = Reason(
    "own_build",
    "fact",
    "The commit an image was built from may be no bump of ours.",
    overridable=True,
    asked_of_rollback=False,
)


class OwnBuild(_source_commits.Switched):
    """`own_build: true`, for apps whose source and manifests share a repository."""

    reason: ClassVar[Reason] = REASON
    needs_image: ClassVar[str | None] = "a chart does not say which commit it was built from"

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        if not self.on:
            return self.off()
        found = _source_commits.source_commits(case, REASON)
        if not isinstance(found, tuple):
            return found
        missing = frozenset[Question](MessageOf(one) for one in found if MessageOf(one) not in case.answers)
        if missing:
            return missing
        said = (self._objection(one, case) for one in found)
        against = next((ruling for ruling in said if ruling is not None), None)
        return against or Ruling(REASON, True, f"{' and '.join(map(str, found))} is no bump of the updater's")

    def _objection(self, origin: SourceCommit, case: Case) -> Ruling | None:
        answer = case.answers[MessageOf(origin)]
        if isinstance(answer, Unreadable):
            return Ruling.unreadable(REASON, answer)
        if not _is_bump(str(answer)):
            return None
        sentence = f"it was built from {origin}, which only bumps a tag: let CI leave such commits out"
        return Ruling(REASON, False, sentence)


def _is_bump(message: str) -> bool:
    return _BUMP.search(message) is not None or _MERGE.match(message) is not None
