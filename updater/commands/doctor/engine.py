"""What `doctor` says of the database that workers share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from updater.commands.doctor.check_result import CheckResult
from updater.config import Config
from updater.errors import UpdaterError
from updater.service.engines import database_of

WHAT = "engine.procrastinate"


def of_engine(config: Config) -> Iterator[CheckResult]:
    """One finding, where config names a database."""
    settings = config.engine.procrastinate
    if settings is None:
        return
    try:
        database = database_of(settings)
        import psycopg  # noqa: PLC0415 - only where config asks for it

        from updater.engine.cluster.inspection import POOLED, look  # noqa: PLC0415 - as above
    except UpdaterError as error:
        yield _broken(error)
        return
    try:
        pooled = asyncio.run(asyncio.wait_for(look(database), 10))
    except UpdaterError as error:
        yield _broken(error)
    except (psycopg.Error, OSError, TimeoutError) as error:
        yield CheckResult(WHAT, "broken", f"the database does not answer: {database.why(error)}")
    else:
        ok = "the database answers, and has the tables of this version"
        yield CheckResult(WHAT, "look", POOLED) if pooled else CheckResult(WHAT, "works", ok)


def _broken(error: UpdaterError) -> CheckResult:
    """Its sentence begins with the name that stands before it already."""
    return CheckResult(WHAT, "broken", error.sentence.removeprefix(f"{WHAT}: "))
