"""Which tags and versions are followed, allowed and forbidden. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, cast

from pydantic import AfterValidator, Field, create_model, model_validator

from updater.config.names import Pattern
from updater.config.short_forms import AlsoWritten, chosen_from
from updater.schemes import SCHEMES, Scheme, is_pattern, scheme_of
from updater.schemes.parts import PARTS
from updater.settings import Settings

_FOLLOWED = {
    name: " ".join((scheme.__doc__ or "").partition("\n\n")[0].split()).removesuffix(".")
    for name, scheme in SCHEMES.items()
}
"""A scheme is told of by itself."""


class _Follow(Settings):
    noun: ClassVar[str] = "scheme"

    @model_validator(mode="before")
    @classmethod
    def _from_a_bare_name(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if isinstance(value, str) and is_pattern(value):
            return {scheme_of(value): {"pattern": value}}
        if isinstance(value, dict) and len(value) == 1 and value.keys() <= PARTS.keys():
            ((name, text),) = value.items()
            if isinstance(text, str) and is_pattern(text):
                raise ValueError(f"a pattern stands by itself: write follow: {text!r}")
            raise ValueError(f'a pattern stands in quotes: write "{{{name}}}", with what else is in the tag')
        return {value: {}} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError(
                "an environment follows one scheme: write its name, such as timestamp, or a pattern"
            )
        return self

    @property
    def name(self) -> str:
        return next(iter(self.model_fields_set))

    @property
    def scheme(self) -> Scheme:
        return cast("Scheme", getattr(self, self.name))


if TYPE_CHECKING:
    Follow = _Follow
else:
    Follow = create_model("Follow", __base__=_Follow, **chosen_from(SCHEMES, _FOLLOWED))


_BY_NAME_ALONE = [
    name
    for name, scheme in SCHEMES.items()
    if not any(setting.is_required() for setting in scheme.model_fields.values())
]


_A_PATTERN = {"type": "string", "pattern": r"\{[A-Za-z_]|%|\(\?P<", "examples": ["{date}-{time}-{sha}"]}


class Tags(Settings):
    follow: Annotated[Follow, AlsoWritten({"anyOf": [{"enum": _BY_NAME_ALONE}, _A_PATTERN]})] = Field(
        default=Follow.model_validate("timestamp"),
        description="which tags are deployed by themselves, and in which order: a scheme by its "
        "name, a pattern such as {date}-{time}-{sha}, or a scheme with settings",
    )
    allow: tuple[Pattern, ...] | None = Field(
        default=None,
        description="glob patterns of tags that a person may deploy though they are not followed; "
        "environments called production, staging and development have defaults, others "
        "allow none",
    )
    forbid: tuple[Pattern, ...] | None = Field(
        default=None,
        description="glob patterns of tags that are never written; an app may forbid more, never "
        "less; environments called production and staging have defaults",
    )
    placeholders: tuple[str, ...] = Field(
        default=("latest", "placeholder", ""),
        description="tags that stand for nothing yet: older than every tag",
    )


def _by_version(follow: Follow) -> Follow:
    if follow.name != "semver":
        raise ValueError(
            f"charts have versions, and {follow.name} reads none: follow semver, or leave this out"
        )
    return follow


class ChartTags(Settings):
    """The versions of charts."""

    follow: Annotated[
        Follow, AfterValidator(_by_version), AlsoWritten({"anyOf": [{"const": "semver"}, _A_PATTERN]})
    ] = Field(
        default=Follow.model_validate("semver"),
        description="which versions are deployed by themselves: semver, or a pattern that names a version",
    )
    allow: tuple[Pattern, ...] = Field(
        default=(),
        description="glob patterns of versions that a person may deploy though they are not followed",
    )
    forbid: tuple[Pattern, ...] = Field(
        default=(), description="glob patterns of versions that are never written"
    )
