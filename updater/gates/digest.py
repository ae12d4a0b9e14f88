"""`digest`: the tag still has the digest recorded when it was bumped; tags are immutable here. Pure."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from updater.gates.after import proven_stay
from updater.gates.gate import Gate
from updater.model import Case, DigestOf, Image, Question, Ruling
from updater.reasons import Reason

REASON = Reason(
    "digest",
    "fact",
    "The tag has to point to the image that it pointed to when it was bumped: tags are immutable here.",
    overridable=True,
    asked_of_rollback=False,
    lost_for_good=True,
)


class Digest(Gate):
    """Always on; `digest: required` also holds what nobody has recorded a digest of."""

    reason: ClassVar[Reason] = REASON

    required: bool = Field(default=False, description="hold, too, what nobody has recorded a digest of")

    @model_validator(mode="before")
    @classmethod
    def _from_a_word(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if isinstance(value, str) and value != "required":
            raise ValueError(f"{value!r} is nothing a digest can be: write required, or leave it out")
        return {"required": True} if value == "required" else value

    def weaker_than(self, bound: Self) -> str | None:
        return "it has to be required" if bound.required and not self.required else None

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        questions = frozenset[Question](DigestOf(image, case.candidate.tag) for image in case.images)
        if not questions <= case.answers.keys():
            return questions
        said = [self._judge_one(case, name, image) for name in case.predecessors for image in case.images]
        against = next((ruling for ruling in said if not ruling.passes), None)
        if against is not None or not said:
            return against or Ruling(REASON, True, "its digest is recorded with this bump")
        return Ruling(REASON, True, "; ".join(dict.fromkeys(ruling.sentence for ruling in said)))

    def _judge_one(self, case: Case, environment: str, image: Image) -> Ruling:
        stay = proven_stay(case.predecessors[environment], case.candidate.tag)
        if stay is None:
            said = f"{environment} does not run it, so no digest of {image} is there to compare"
            return Ruling(REASON, not self.required, said)
        recorded, now = stay.digests.get(image), case.answers[DigestOf(image, case.candidate.tag)]
        if recorded is None:
            return Ruling(
                REASON, not self.required, f"no digest of {image} was recorded when {environment} got it"
            )
        if recorded == now:
            return Ruling(REASON, True, f"{image} still has the digest that {environment} got")
        return Ruling(REASON, False, f"{image} has moved: {environment} got {recorded}, now the tag is {now}")
