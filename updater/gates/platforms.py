"""`platforms`: every image can run on all of them. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from updater.gates import _image_answers
from updater.gates.gate import Gate
from updater.model import Case, Image, Question, Ruling
from updater.reasons import Reason

_SHAPE = re.compile(r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9]+)?")
_MEANT = {"x86_64": "amd64", "x64": "amd64", "aarch64": "arm64", "i386": "386", "armhf": "arm/v7"}
_IMPLIED = {"arm64/v8": "arm64", "amd64/v1": "amd64", "arm": "arm/v7"}


def _platform(text: str) -> str:
    if not _SHAPE.fullmatch(text):
        raise ValueError(f"{text!r} is no platform: write it like linux/amd64 or linux/arm/v7")
    system, _, machine = text.partition("/")
    if machine in _MEANT:
        raise ValueError(f"{text!r} is no platform: images call it {system}/{_MEANT[machine]}")
    return text


REASON = Reason(
    "platforms",
    "fact",
    "Every image has to run on all required platforms.",
    overridable=True,
    asked_of_rollback=False,
)


class Platforms(Gate):
    """`platforms: [linux/amd64, linux/arm64]`. A variant that is not named may be any."""

    reason: ClassVar[Reason] = REASON
    needs_image: ClassVar[str | None] = "a chart runs on no platform"

    required: tuple[Annotated[str, AfterValidator(_platform)], ...] = Field(
        description="the platforms every image has to run on, such as linux/amd64"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_a_list(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if isinstance(value, dict):
            return value
        return {"required": [value] if isinstance(value, str) else value}

    def weaker_than(self, bound: Self) -> str | None:
        missing = [each for each in bound.required if each not in self.required]
        return f"{', '.join(missing)} is missing" if missing else None

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        missing = _image_answers.image_questions(case) if self.required else frozenset()
        if missing:
            return missing
        said = (self._objection(image, case) for image in case.images if self.required)
        against = next((ruling for ruling in said if ruling is not None), None)
        named = ", ".join(self.required) or "no platform in particular"
        return against or Ruling(REASON, True, f"it is built for {named}, as asked")

    def _objection(self, image: Image, case: Case) -> Ruling | None:
        said = _image_answers.image_config(image, case, REASON)
        if isinstance(said, Ruling):
            return said
        lacking = [one for one in self.required if not any(_runs_on(has, one) for has in said.platforms)]
        if not lacking:
            return None
        built = f"is built for {', '.join(said.platforms)} only" if said.platforms else "names no platform"
        return Ruling(REASON, False, f"{image} {built}, and {', '.join(lacking)} is asked")


def _runs_on(has: str, wanted: str) -> bool:
    one, other = _exactly(has), _exactly(wanted)
    return one == other or has.startswith(f"{wanted}/")


def _exactly(platform: str) -> str:
    system, _, machine = platform.partition("/")
    return f"{system}/{_IMPLIED.get(machine, machine)}"
