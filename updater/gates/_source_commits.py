"""What gates know of the commits that images were built from. Pure."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from updater.gates import _image_answers
from updater.gates.gate import Gate
from updater.image_labels import source_commit
from updater.model import Case, Image, Question, Ruling, SourceCommit
from updater.reasons import Reason


class Switched(Gate):
    """A gate that is on or off: `true`, or `false` where an app leaves out what its environment asks."""

    on: bool = Field(default=True, strict=True, description="false leaves the gate out")

    @model_validator(mode="before")
    @classmethod
    def _from_a_word(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if isinstance(value, bool):
            return {"on": value}
        if isinstance(value, dict):
            return value
        raise ValueError("it is on or off: write true or false")

    def weaker_than(self, bound: Self) -> str | None:
        return "it has to be on" if bound.on and not self.on else None

    def off(self) -> Ruling:
        return Ruling(self.reason, True, f"{self.reason} is not asked here")


def source_commit_of(image: Image, case: Case, reason: Reason) -> SourceCommit | Ruling:
    """The commit of the candidate, once its image was looked up; else the gate's ruling."""
    said = _image_answers.image_config(image, case, reason)
    if isinstance(said, Ruling):
        return said
    found = source_commit(said)
    return found if isinstance(found, SourceCommit) else Ruling(reason, False, f"{image}: {found}")


def source_commits(case: Case, reason: Reason) -> tuple[SourceCommit, ...] | frozenset[Question] | Ruling:
    """The commits of the candidate's images, each once; or what is still to be looked up, or against it."""
    missing = _image_answers.image_questions(case)
    if missing:
        return missing
    said = [source_commit_of(image, case, reason) for image in case.images]
    against = next((one for one in said if isinstance(one, Ruling)), None)
    return against or tuple(dict.fromkeys(one for one in said if isinstance(one, SourceCommit)))
