"""What runs the passes: this process alone, or any number of workers over PostgreSQL. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from updater.config.names import SecretFile, Variable
from updater.settings import Duration, Settings

LEAST = timedelta(seconds=3)


def _noticed(length: timedelta) -> timedelta:
    if length < LEAST:
        raise ValueError("a worker says each third of it that it is there: write at least 3s")
    return length


class ProcrastinateSettings(Settings):
    """`engine.procrastinate`."""

    dsn_env: Variable | None = Field(
        default=None,
        description="the environment variable with the address of the PostgreSQL database, such as "
        "postgresql://updater:…@db.example.org/updater",
    )
    dsn_file: SecretFile | None = Field(default=None, description="the file with that address")
    passes_at_once: int = Field(
        default=4, ge=1, le=64, strict=True, description="how many passes one worker makes side by side"
    )
    dead_after: Annotated[Duration, AfterValidator(_noticed)] = Field(
        default=timedelta(seconds=30),
        description="how long a worker may say nothing until its passes are given to others; at least 3s",
    )

    @model_validator(mode="after")
    def _has_one_address(self) -> Self:
        if (self.dsn_env is None) == (self.dsn_file is None):
            raise ValueError("name the database's address either by dsn_env or by dsn_file")
        return self


class EngineSettings(Settings):
    """`engine:`."""

    procrastinate: ProcrastinateSettings | None = Field(
        default=None,
        description="passes are shared by any number of workers, through PostgreSQL: "
        "{dsn_env: UPDATER_DSN}; the default is this process alone, which needs no database",
    )
