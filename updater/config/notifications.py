"""What a user may write about who is told what. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from updater.config.message_templates import Event, Wordings
from updater.config.names import EnvironmentPattern, SecretFile, Variable
from updater.config.wildcards import makes
from updater.settings import Duration, Settings


class Route(Settings):
    """One place messages go to, by an address of apprise's; the address is a secret."""

    to_env: Variable | None = Field(
        default=None,
        description="the environment variable with the address, such as slack://… or mailtos://…",
    )
    to_file: SecretFile | None = Field(default=None, description="the file with the address")
    events: tuple[Event, ...] | None = Field(
        default=None, description="only these, such as [merged, rolled_back]; the default is all"
    )
    environments: tuple[EnvironmentPattern, ...] | None = Field(
        default=None,
        description="only of these, or of a pattern's; what concerns a whole repository is told all the same",
    )

    @model_validator(mode="after")
    def _has_one_address(self) -> Self:
        if (self.to_env is None) == (self.to_file is None):
            raise ValueError("name the address either by to_env or by to_file")
        return self

    def takes(self, event: str, environment: str | None) -> bool:
        """Whether a message about this goes there."""
        named = self.environments or ()
        listed = environment in named or any(makes(name, environment or "") for name in named)
        wanted = self.environments is None or environment is None or listed
        return wanted and (self.events is None or event in self.events)


class Notifications(Settings):
    routes: tuple[Route, ...] = Field(default=(), description="who is told; nobody unless written here")
    held_longer: Duration = Field(
        default=timedelta(hours=6), description="how long something may be held before it is told"
    )
    failing_passes: int = Field(
        default=5, ge=1, strict=True, description="how many passes in a row may fail before it is told"
    )
    templates: Wordings = Field(default=Wordings(), description="what is said, event by event")
