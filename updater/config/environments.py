"""What a user may write about an environment, and what an app may say otherwise there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import (
    AfterValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    create_model,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from updater.config.clusters import RunBy
from updater.config.flux import Flux
from updater.config.names import ChartName, ImageName, Name, Pattern, Reviewer, Word
from updater.config.teams.keys import ByTeams
from updater.config.templates import BODY, TITLE, TITLE_BACK, Body, CommentTemplates, Title
from updater.config.verifying import VerifySettings
from updater.config.watching import AlertName, AlertSettings, MetricName, MetricSettings, TagQuery
from updater.gates import GATES, Gate
from updater.manifests import KINDS
from updater.model import Image
from updater.schemes import SCHEMES, Scheme, is_pattern, scheme_of
from updater.schemes.parts import PARTS
from updater.settings import Duration, Settings
from updater.strict_yaml.faults import unknown_word

Deliver = Literal["push", "pull-request", "none"]
AfterRollback = Literal["built_after", "newer", "release"]
Pinned = Literal["tag", "digest", "tag+digest"]
PinnedOfCharts = Literal["tag", "tag+digest"]


@dataclass(frozen=True)
class AlsoWritten:
    """The JSON Schema of a setting with a short form, as `soak: 30m`."""

    short: JsonSchemaValue

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [handler(core), self.short]}


_BARE = AlsoWritten({"type": ["string", "number", "boolean", "array"]})


def _table(table: Mapping[str, type[Settings]], said: Mapping[str, str], *how: object) -> dict[str, Any]:
    return {
        name: (Annotated[(model, _BARE, *how)], Field(default=None, description=said[name]))
        for name, model in table.items()
    }


_ASKED = {name: gate.reason.meaning.removesuffix(".") for name, gate in GATES.items()}
_FOLLOWED = {
    name: " ".join((scheme.__doc__ or "").partition("\n\n")[0].split()).removesuffix(".")
    for name, scheme in SCHEMES.items()
}
"""A gate is told of by its reason, and a scheme by itself."""


class _Gates(Settings):
    noun: ClassVar[str] = "gate"

    def chosen(self) -> dict[str, Gate | None]:
        """By name; None: left out, whatever the layer below asks."""
        return {name: getattr(self, name) for name in GATES if name in self.model_fields_set}


def _unless_left_out(value: Any, read: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - of any gate
    return None if value is False else read(value)


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
    Gates = _Gates
    Follow = _Follow
else:
    Gates = create_model("Gates", __base__=_Gates, **_table(GATES, _ASKED, WrapValidator(_unless_left_out)))
    Follow = create_model("Follow", __base__=_Follow, **_table(SCHEMES, _FOLLOWED))


@dataclass(frozen=True, slots=True)
class After:
    names: tuple[str, ...]
    any: bool = False


def _after(value: Any) -> After:  # noqa: ANN401 - whatever the YAML holds
    if isinstance(value, After):
        return value
    relaxed = isinstance(value, dict) and set(value) == {"any"}
    names = value["any"] if relaxed else [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("write an environment, a list of them, or {any: [a list of them]}")
    return After(tuple(dict.fromkeys(names)), any=relaxed)


def _written_after(after: After) -> Any:  # noqa: ANN401 - a list or a mapping
    return {"any": list(after.names)} if after.any else list(after.names)


def _kind(text: str) -> str:
    if text not in KINDS:
        raise ValueError(unknown_word("kind", text, KINDS))
    return text


_NAMES = {"type": "array", "items": {"type": "string"}}
Predecessors = Annotated[
    After,
    PlainValidator(_after),
    PlainSerializer(_written_after),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                _NAMES,
                {
                    "type": "object",
                    "properties": {"any": _NAMES},
                    "required": ["any"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Kind = Annotated[str, AfterValidator(_kind), WithJsonSchema({"type": "string", "enum": list(KINDS)})]


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


class PullRequestSettings(Settings):
    open: Literal["ready", "early"] = Field(
        default="ready", description="when every gate passes, or as soon as only time gates are left"
    )
    group: Literal["app", "environment"] = Field(
        default="app", description="a pull request for each app, or one for all of the environment"
    )
    draft: bool = Field(default=False, description="open them as drafts")
    update: Literal["until_approved", "always"] = Field(
        default="until_approved",
        description="until_approved: a newer build waits behind an approved one; always: it takes its place",
    )
    auto_merge: bool = Field(default=False, description="merge what passes every gate, without a person")
    method: Literal["merge", "squash", "rebase"] = Field(default="merge", description="how auto_merge merges")
    reviewers: tuple[Reviewer, ...] = Field(default=(), description="logins, or team:name")
    labels: tuple[Word, ...] = Field(
        default=(), description="labels that each of them bears, such as promotion"
    )
    assignees: tuple[Word, ...] = Field(default=(), description="logins that each of them is assigned to")
    milestone: Word | None = Field(default=None, description="the title of an open milestone")
    title: Title = Field(
        default=TITLE, description="one line, in which {app}, {environment}, {tag} and {old} are filled in"
    )
    title_back: Title = Field(default=TITLE_BACK, description="the title of a step back, by the same names")
    body: Body = Field(
        default=BODY,
        description="its text, in which {headline}, {table}, {evidence}, {commits} and {choices} "
        "are filled in beside the names of the title",
    )
    comments: CommentTemplates = Field(
        default=CommentTemplates(), description="what is said in comments, where it is to be worded otherwise"
    )
    watch: Duration = Field(
        default=timedelta(minutes=15),
        description="how long after its merge an Application that turns Degraded is said to be its doing",
    )


class Placing(Settings):
    """Where a pin stands; what is left out comes from the level above."""

    path: Annotated[str | None, ByTeams()] = Field(
        default=None, description="a folder or a file inside the repository"
    )
    kind: Annotated[Kind | None, ByTeams()] = Field(
        default=None, description="how the tag is found in the file; without it kustomization"
    )
    at: Annotated[str | None, ByTeams()] = Field(
        default=None, description="the path to the value inside the file"
    )
    create: Annotated[bool | None, ByTeams()] = Field(
        default=None, description="add an entry that is missing; without it that is left to a person"
    )
    pin: Annotated[Pinned | None, ByTeams()] = Field(
        default=None, description="what is written: the tag, the digest, or both; without it the tag"
    )


class PinOverride(Placing):
    image: Annotated[ImageName | None, ByTeams()] = Field(
        default=None, description="which of the images stands there; without it the only one"
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


class ChartPin(Settings):
    """One place where a chart's version stands."""

    chart: ChartName | None = Field(
        default=None, description="which of the app's charts stands there; the default is its only one"
    )
    path: str | None = Field(default=None, description="a folder or a file inside the repository")
    at: str | None = Field(default=None, description="the path to the version inside the file")
    pin: PinnedOfCharts | None = Field(
        default=None,
        description="what is written: the version, or its digest behind it; without it the version",
    )


class ChartSettings(Settings):
    """What is otherwise for the charts of an app; all else is as for its images."""

    path: str | None = Field(default=None, description="a folder or a file inside the repository")
    at: str | None = Field(default=None, description="the path to the version inside the file")
    pin: PinnedOfCharts | None = Field(
        default=None,
        description="what is written: the version, or its digest behind it; without it the version",
    )
    tags: ChartTags = Field(
        default=ChartTags(), description="which versions of charts are followed, allowed and forbidden"
    )
    pins: tuple[ChartPin, ...] = Field(
        default=(), description="where the versions stand, if in several places"
    )


class _Policy(Placing):
    repository: str | None = Field(
        default=None, description="which deploy repository the app is in, if not that of the environment"
    )
    after: Predecessors | None = Field(
        default=None,
        description="what has to have run a tag before: an environment, a list of them (all), or "
        "{any: [a list of them]} (one is enough)",
    )
    gates: Annotated[Gates, ByTeams()] = Field(
        default=Gates(),
        description="what a tag must pass; an app writes only what differs, and false leaves a gate out",
    )
    tags: Annotated[Tags, ByTeams()] = Field(
        default=Tags(), description="which tags are followed, allowed and forbidden"
    )
    deliver: Annotated[Deliver | None, ByTeams()] = Field(
        default=None,
        description="how a change reaches the branch, if not as in the environment: push, "
        "pull-request or none",
    )
    after_rollback: Annotated[AfterRollback | None, ByTeams()] = Field(
        default=None,
        description="what may come after somebody went back: built_after (what was built since, and"
        " what counts if left out), newer (than all it held), or release (nothing "
        "before a person says so)",
    )
    pull_request: Annotated[PullRequestSettings, ByTeams()] = Field(
        default=PullRequestSettings(), description="how pull requests look, and who merges them"
    )
    cluster: Name | None = Field(
        default=None, description="one of clusters:, if not that of the environment's name"
    )
    argocd: RunBy | None = Field(default=None, description="the Applications that run an app there")
    alerts: AlertSettings | None = Field(default=None, description="which alerts are about an app there")
    metrics: dict[MetricName, MetricSettings] = Field(
        default_factory=dict, description="queries about an app there, by a name of your choice"
    )
    heartbeat: AlertName | None = Field(
        default=None, description="an alert that always fires, such as Watchdog: without it nobody watched"
    )
    arrived: TagQuery | None = Field(
        default=None, description="a query that answers something once {tag} runs, where there is no Argo CD"
    )
    flux: Flux | None = Field(default=None, description="the receiver that is called after a push")
    chart: Annotated[ChartSettings, ByTeams()] = Field(
        default=ChartSettings(), description="what is otherwise for the Helm charts of an app"
    )
    verify: VerifySettings | None = Field(
        default=None, description="what is verified after a deployment, and what follows; false: nothing is"
    )


class Override(_Policy):
    """What an app says otherwise of one environment."""

    image: Annotated[ImageName | None, ByTeams()] = Field(
        default=None, description="the name of its only image there, such as that of a mirror"
    )
    pins: Annotated[tuple[PinOverride, ...], ByTeams()] = Field(
        default=(),
        description="where the images stand, if in several places; what a pin leaves out comes from above",
    )
    _images: tuple[Image, ...] | None = PrivateAttr(default=None)

    @property
    def images(self) -> tuple[Image, ...] | None:
        """Of an app whose images are found: those that were, there. None: those that the app names."""
        return self._images

    def with_images(self, images: tuple[Image, ...]) -> Self:
        copy = self.model_copy()
        copy._images = images  # noqa: SLF001 - of itself
        return copy


class Environment(_Policy):
    repository: str = Field(description="name one of the repositories above")
    deliver: Deliver = Field(
        description="say how a change reaches the branch: push, pull-request or none; there is no default"
    )
