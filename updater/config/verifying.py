"""What a user may write about the time after a deployment: what is verified, and what follows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from updater import times
from updater.model import HealthOf, Watched
from updater.settings import Duration, Settings
from updater.value_class import value_class

Check: TypeAlias = Literal["health", "alerts", "metrics"]
Then: TypeAlias = Literal["tell", "propose", "rollback"]
VerifiedBy: TypeAlias = Literal["push", "pull-request"]


LONGEST = timedelta(days=14)
"""Prometheus keeps some 15 days."""
_NO_TIME = ("0s", "0m", "0h", "0d")


def _checks(chosen: tuple[Check, ...]) -> tuple[Check, ...]:
    if not chosen:
        raise ValueError("name at least one of health, alerts and metrics, or leave this out for all of them")
    return tuple(dict.fromkeys(chosen))


class VerifySettings(Settings):
    """`verify: {for: 15m, then: rollback}`, or `verify: 15m`; what an app leaves out its environment says.

    `verify: false` verifies for no time: nothing.
    """

    length: Duration | None = Field(
        default=None, alias="for", description="how long after the sync of a tag all has to be well"
    )
    checks: Annotated[tuple[Check, ...], AfterValidator(_checks)] | None = Field(
        default=None, alias="with", description="what has to be; if left out, all that can be asked there"
    )
    then: Then | None = Field(
        default=None,
        description="what follows a failure: tell (the default), propose the way back, or rollback",
    )
    deliver: VerifiedBy | None = Field(
        default=None, description="how the way back is delivered, if not as all else there"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_a_bare_duration(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if value is False:
            return {"for": timedelta()}
        said = {"for": value} if isinstance(value, str) else value
        if isinstance(said, dict) and said.get("for") in _NO_TIME:
            raise ValueError(f"for: {said['for']} verifies nothing: write how long, or verify: false")
        return said

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(core), {"type": "string", "examples": ["15m"]}, {"const": False}]}

    def over(self, below: VerifySettings | None) -> VerifySettings:
        """With what it leaves out as the other has it."""
        changed = {name: getattr(self, name) for name in self.model_fields_set}
        return self if below is None else below.model_copy(update=changed)


@value_class
class Verify:
    """What is verified after each deployment of an app in an environment."""

    length: timedelta
    checks: tuple[Check, ...]
    """Never empty."""
    then: Then = "tell"
    deliver: VerifiedBy | None = None
    """None: as the environment delivers."""


@value_class
class Askable:
    """What can be asked about an app in an environment."""

    health: HealthOf | None
    watched: Watched | None

    @property
    def tells_syncs(self) -> bool:
        """Somebody knows when a tag has arrived."""
        return self.health is not None or (self.watched is not None and self.watched.arrived is not None)

    @property
    def checks(self) -> tuple[Check, ...]:
        watched = self.watched or Watched()
        there = {"health": self.health, "alerts": watched.alerts, "metrics": watched.metrics}
        return tuple(check for check in get_args(Check) if there[check])


def verify_of(settings: VerifySettings, askable: Askable) -> Verify | None:
    """As it counts there; None where it says too little, which `faults_of` tells."""
    checks = settings.checks or askable.checks
    if settings.length is None or not checks:
        return None
    return Verify(settings.length, checks, settings.then or "tell", settings.deliver)


_MISSING = {
    "health": "names no Application to ask: write argocd: {application: …} beside it",
    "alerts": "has no alerts to ask about: write alerts: {match: …} beside it",
    "metrics": "has no metrics to ask: write metrics: {NAME: {query: …}} beside it",
}


def faults_of(settings: VerifySettings, askable: Askable, deliver: str) -> Iterator[tuple[str, str]]:
    """Which key (empty: none of them) is wrong there, and why."""
    if settings.length is None:
        yield "", "for is missing: say how long after a sync all has to be well, such as for: 15m"
    elif settings.length > LONGEST:
        yield "for", f"nobody can look back so far: write at most {times.format_duration(LONGEST)}"
    for check in settings.checks or ():
        if check not in askable.checks:
            yield "with", f"{check} cannot be verified: this {_MISSING[check]}"
    if not (settings.checks or askable.checks):
        yield "", "there is nothing to verify by: write argocd:, alerts: or metrics: beside it"
    if settings.then in {"propose", "rollback"} and deliver == "none":
        yield "then", "others deliver there (deliver: none), so nothing goes back by us: write tell"
    elif settings.then == "rollback" and not askable.tells_syncs:
        known = "write argocd: {application: …}, or arrived: with a query that answers once a tag runs"
        yield "then", f"nobody tells when a tag is synced, so nothing may go back by itself: {known}; or tell"
