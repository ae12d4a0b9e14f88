"""What a user may write about an environment, and what an app may say otherwise there. Pure."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr

from updater.config.chart_settings import ChartSettings
from updater.config.clusters import RunBy
from updater.config.flux import Flux
from updater.config.gate_settings import Gates
from updater.config.names import ImageName, Name
from updater.config.placing import PinOverride, Placing
from updater.config.predecessors import Predecessors
from updater.config.pull_request_settings import PullRequestSettings
from updater.config.tag_settings import Tags
from updater.config.teams.keys import ByTeams
from updater.config.verifying import VerifySettings
from updater.config.watching import AlertName, AlertSettings, MetricName, MetricSettings, TagQuery
from updater.model import Image

Deliver = Literal["push", "pull-request", "none"]
AfterRollback = Literal["built_after", "newer", "release"]


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
