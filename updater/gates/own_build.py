"""`own_build`: an image was not built from a bump of ours, which would be bumped and built in turn. Pure."""

from __future__ import annotations

import re
from typing import ClassVar

from updater.gates import images, source
from updater.model import Case, MessageOf, Question, Ruling, SourceCommit, Unreadable

_BUMP = re.compile(r"^[ \t]*Updater-Pin: \S+ \S+ \S+[ \t\r]*$", re.MULTILINE)
_MERGE = re.compile(r"Merge (?:pull request #\d+ from [^\s/]+/|branch ')updater/(?:app|asked|env)/")


class OwnBuild(source.Switched):
    """`own_build: true`, for apps whose source and manifests share a repository."""

    code: ClassVar[str] = "own_build"

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        if not self.on:
            return self.off()
        found = source.origins(case, self.code)
        if not isinstance(found, tuple):
            return found
        missing = frozenset[Question](MessageOf(one) for one in found if MessageOf(one) not in case.answers)
        if missing:
            return missing
        said = (self._objection(one, case) for one in found)
        against = next((ruling for ruling in said if ruling is not None), None)
        return against or Ruling(
            self.code, True, f"{' and '.join(map(str, found))} is no bump of the updater's"
        )

    def _objection(self, origin: SourceCommit, case: Case) -> Ruling | None:
        answer = case.answers[MessageOf(origin)]
        if isinstance(answer, Unreadable):
            return images.unread(self.code, answer)
        if not _is_bump(str(answer)):
            return None
        sentence = f"it was built from {origin}, which only bumps a tag: let CI leave such commits out"
        return Ruling(self.code, False, sentence)


def _is_bump(message: str) -> bool:
    return _BUMP.search(message) is not None or _MERGE.match(message) is not None
