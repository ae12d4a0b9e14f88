"""`updater worker --migrate`: the tables that workers share."""

from __future__ import annotations

import os

from updater.config import Config, secret
from updater.errors import ConfigError
from updater.service.engines import database_at, database_of
from updater.terminal import say


def migrate(config: Config | None, dsn_env: str | None) -> None:
    """Of the database that config names, or a variable. Raises ConfigError or Unavailable."""
    if config is None:
        found = secret(env=dsn_env, file=None, environ=os.environ)
        assert found is not None, "one of the two is given"
        database = database_at(found.get_secret_value(), str(dsn_env))
    elif config.engine.procrastinate is None:
        raise ConfigError("the config has no engine.procrastinate, so there is no database: see `engine:`")
    else:
        database = database_of(config.engine.procrastinate)
    from updater.engine.cluster.migration import migrate as migrated  # noqa: PLC0415 - only where it is installed

    applied, waiting = migrated(database)
    say(
        f"the tables are those of this version: {len(applied)} changes made"
        if applied
        else "nothing to change"
    )
    if waiting:
        say(
            f"{len(waiting)} wait until no worker of another version is there: "
            "run this once more when all are replaced"
        )
