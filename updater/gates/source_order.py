"""`source_order`: an image's commit is not behind the one that is deployed. Pure.

A re-run of an old build puts a newer stamp on older code.
"""

from __future__ import annotations

from typing import ClassVar

from updater.gates import _image_answers, _source_commits
from updater.image_labels import source_commit
from updater.model import (
    Case,
    ComparisonOf,
    Image,
    ImageConfig,
    ImageOf,
    Question,
    Ruling,
    SourceCommit,
    Unreadable,
)
from updater.reasons import Reason

_FINE = {
    "ahead": "{head} follows {base}, which is deployed",
    "identical": "{head} is the commit that is deployed",
    "diverged": "note that {head} and {base}, which is deployed, have each commits of their own",
}


REASON = Reason(
    "source_order",
    "fact",
    "The commit an image was built from may not be behind the deployed one.",
    overridable=True,
    asked_of_rollback=False,
)


class SourceOrder(_source_commits.Switched):
    """`source_order: true`."""

    reason: ClassVar[Reason] = REASON
    needs_image: ClassVar[str | None] = "a chart does not say which commit it was built from"

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        if not self.on:
            return self.off()
        deployed = case.own.current.tag if case.own.current else None
        if not deployed:
            return Ruling(REASON, True, "nothing is deployed that it could be behind")
        missing = _image_answers.image_questions(case) | _image_answers.image_questions(case, deployed)
        if missing:
            return missing
        said = [self._of(image, case, deployed) for image in case.images]
        asked = frozenset[Question]().union(*(one for one in said if isinstance(one, frozenset)))
        if asked:
            return asked
        rulings = [one for one in said if isinstance(one, Ruling)]
        against = next((ruling for ruling in rulings if not ruling.passes), None)
        return against or Ruling(REASON, True, "; ".join(dict.fromkeys(one.sentence for one in rulings)))

    def _of(self, image: Image, case: Case, deployed: str) -> Ruling | frozenset[Question]:
        head, answer = (
            _source_commits.source_commit_of(image, case, REASON),
            case.answers[ImageOf(image, deployed)],
        )
        if isinstance(head, Ruling):
            return head
        if isinstance(answer, Unreadable):
            return Ruling.unreadable(REASON, answer)
        base = source_commit(answer) if isinstance(answer, ImageConfig) else "the registry has it no more"
        if isinstance(base, str):
            return Ruling(REASON, True, f"note that nothing is known of {image}:{deployed}: {base}")
        if (base.host, base.repository.lower()) != (head.host, head.repository.lower()):
            sentence = f"it was built from {head}, and what is deployed from {base}: they have no order"
            return Ruling(REASON, False, sentence)
        return self._compared(base, head, case)

    def _compared(self, base: SourceCommit, head: SourceCommit, case: Case) -> Ruling | frozenset[Question]:
        question = ComparisonOf(base, head.sha)
        answer = case.answers.get(question)
        if question not in case.answers:
            return frozenset({question})
        if isinstance(answer, Unreadable):
            return Ruling.unreadable(REASON, answer)
        if answer in _FINE:
            return Ruling(REASON, True, _FINE[str(answer)].format(head=head, base=base.sha[:10]))
        sentence = f"{head} is behind {base.sha[:10]}, which is deployed: is it an old build under a new tag?"
        return Ruling(REASON, False, sentence)
