"""What workers tell one another through the database: polls, knocks, reports, that they are there. I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from psycopg.errors import RaiseException

from updater.engine import WHOLE, Knock, WorkerState
from updater.engine.cluster.knock_box import MOST
from updater.printable import excerpt
from updater.value_class import value_class

TASK = "updater.pass"
_LONGEST = 200
"""Characters of what another worker says of itself."""


class TaskAddress(NamedTuple):
    """Where the passes over one repository wait."""

    queue: str
    """Only workers whose config has the repository look there; short enough for a channel of PostgreSQL's."""
    lock: str

    @property
    def narrow(self) -> str:
        """By which knocks for a few images are one: a version that makes only whole passes passes it over."""
        return f"{self.lock} narrow"


@value_class
class SharedReport:
    """A report as it stands in the database."""

    repository: str
    started: datetime
    finished: datetime
    sum: str
    """Of all of it but when it was, and how long its stages took."""
    body: bytes | None
    """None: not asked for."""
    serial: int = 0
    """Of its last change."""
    worker: str = ""
    number: int | None = None
    """That of its pass's task: who began later has a higher one. None: of no task, or an older version's."""


class SharedState:
    """For one updater, by its instance: others may use the same database."""

    def __init__(self, app: App, instance: str, names: Collection[str]) -> None:
        self._app, self._instance = app, instance
        self.addresses = {name: task_address(instance, name) for name in names}
        self._names = list(names)

    async def due(self, every: float) -> list[str]:
        """The repositories whose poll is due, for whoever asks first; not where a whole one runs, or will."""
        await self._app.connector.execute_query_async(
            _FIRST_POLLS, instance=self._instance, names=self._names
        )
        await self._app.connector.execute_query_async(
            _FIRST_KNOCKS, instance=self._instance, names=self._names
        )
        rows = await self._app.connector.execute_query_all_async(
            _DUE, instance=self._instance, names=self._names, locks=self._locks(), every=every
        )
        return [str(row["repository"]) for row in rows]

    async def knock(self, knocks: Mapping[str, Knock]) -> None:
        """Have a pass over each that begins from now on: the one that waits already, or another."""
        locks = [*self._locks(), *(each.narrow for each in self.addresses.values())]
        rows = await self._app.connector.execute_query_all_async(_WAITING, locks=locks)
        waiting = {str(row["queueing_lock"]) for row in rows}
        for name, knock in knocks.items():
            address = self.addresses.get(name)
            if address is None or address.lock in waiting:
                continue
            if not knock.is_whole:
                await self._note(name, knock)
            if knock.is_whole or address.narrow not in waiting:
                await self._defer(name, address, narrow=not knock.is_whole)

    async def _note(self, name: str, knock: Knock) -> None:
        """Have the next pass list those, too; of too many as many as tell that it has to be a whole one."""
        await self._app.connector.execute_query_async(
            _NOTE, instance=self._instance, repository=name, images=sorted(knock.images), most=MOST + 1
        )

    async def _defer(self, name: str, address: TaskAddress, *, narrow: bool) -> None:
        how = self._app.configure_task(
            TASK,
            queue=address.queue,
            lock=address.lock,
            queueing_lock=address.narrow if narrow else address.lock,
        )
        with suppress(AlreadyEnqueued):  # another worker was faster
            await how.defer_async(repository=name, **({"narrow": True} if narrow else {}))

    async def begin(self, name: str, worker: str, *, narrow: bool) -> Knock | None:
        """What a pass of that worker is for, with all that was knocked for until now.

        `narrow`: it is only for the images that were noted; None, where a pass that has begun since took
        them. Who has not made the last pass goes by older lists of all others: then it is a whole one.
        """
        rows = await self._app.connector.execute_query_all_async(
            _BEGIN, instance=self._instance, repository=name, worker=worker
        )
        if not narrow:
            return WHOLE
        images = frozenset(str(image) for row in rows for image in row["images"])
        if not images:
            return None
        mine = {who for row in rows for who in (row["worker"], row["reporter"])} == {worker}
        return Knock(images) if mine and len(images) <= MOST else WHOLE

    async def reap(self, dead_after: float) -> list[str]:
        """Give away what workers had begun that say nothing any more. To retry such a job is refused."""
        await self._app.connector.execute_query_async(_FORGET, instance=self._instance)
        stalled = await self._app.job_manager.get_stalled_jobs(
            task_name=TASK, seconds_since_heartbeat=dead_after
        )
        return await self.give_away({job.id: job.lock for job in stalled if job.id and job.lock})

    async def begun_by(self, worker: int) -> Mapping[int, str]:
        """The tasks that a task worker has begun and not ended, as the database has it: their locks."""
        rows = await self._app.connector.execute_query_all_async(_BEGUN_BY, worker=worker, task=TASK)
        return {int(row["id"]): str(row["lock"]) for row in rows}

    async def give_away(self, tasks: Mapping[int, str]) -> list[str]:
        """Let others make the passes of these, by their locks; of which repositories that was done."""
        given: list[str] = []
        for task, lock in tasks.items():
            name = next((name for name, each in self.addresses.items() if each.lock == lock), None)
            if name is None:
                continue
            await self.knock({name: WHOLE})  # first: whoever dies between the two leaves one too many
            if await self._fail(task):
                given.append(name)
        return given

    async def _fail(self, job: int) -> bool:
        """False where somebody else has done it meanwhile."""
        try:
            await self._app.job_manager.finish_job_by_id_async(job, Status.FAILED, delete_job=True)
        except ConnectorException as error:
            if isinstance(error.__cause__, RaiseException):
                return False
            raise
        return True

    # --- who is there -------------------------------------------------------------------------------------

    async def say_alive(self, me: WorkerState, number: int | None) -> None:
        await self._app.connector.execute_query_async(
            _ALIVE,
            instance=self._instance,
            name=me.name,
            version=me.version,
            started=me.started,
            number=number,
            running=list(me.running),
        )

    async def workers(self) -> Sequence[tuple[WorkerState, float]]:
        """Those that were there lately, and the seconds since each said so, by the clock of the database.

        What they say of themselves is text from outside.
        """
        rows = await self._app.connector.execute_query_all_async(_WORKERS, instance=self._instance)
        return tuple(_workers(rows))

    async def leave(self, name: str) -> None:
        await self._app.connector.execute_query_async(_LEAVE, instance=self._instance, name=name)

    # --- reports ------------------------------------------------------------------------------------------

    async def renew(self, report: SharedReport) -> bool:
        """Where the same stands there, by whomever: when it was found again. False: something else does.

        Of a later pass it is something else, too.
        """
        row = await self._app.connector.execute_query_all_async(_SAME, **self._told(report))
        return bool(row)

    async def publish(self, report: SharedReport) -> None:
        """With its body, in place of what stands there, unless that is of a later pass."""
        await self._app.connector.execute_query_async(_PUBLISH, **self._told(report), body=report.body)

    def _told(self, report: SharedReport) -> dict[str, Any]:
        return {
            "instance": self._instance,
            "repository": report.repository,
            "worker": report.worker,
            "started": report.started,
            "finished": report.finished,
            "sum": report.sum,
            "number": report.number,
        }

    async def reports(self) -> list[SharedReport]:
        """The last one of each repository, without the bodies."""
        rows = await self._app.connector.execute_query_all_async(
            _REPORTS, instance=self._instance, names=self._names
        )
        return [SharedReport(**row, body=None) for row in rows]

    async def body(self, repository: str) -> tuple[str, bytes] | None:
        """Its sum, and the report."""
        rows = await self._app.connector.execute_query_all_async(
            _BODY, instance=self._instance, repository=repository
        )
        return (str(rows[0]["sum"]), bytes(rows[0]["body"])) if rows else None

    # --- writes -------------------------------------------------------------------------------------------

    async def tell_writes(self, worker: str, writes: Mapping[str, Sequence[datetime]]) -> None:
        hosts = [host for host, when in writes.items() for _ in when]
        times = [at for when in writes.values() for at in when]
        await self._app.connector.execute_query_async(
            _TELL_WRITES, instance=self._instance, worker=worker, hosts=hosts, times=times
        )

    async def writes_of_others(self, worker: str, after: int) -> list[tuple[int, str, datetime]]:
        """Those of the last hour, each with its number; `after` the number of the last one heard."""
        rows = await self._app.connector.execute_query_all_async(
            _WRITES, instance=self._instance, worker=worker, after=after
        )
        return [(int(row["id"]), str(row["host"]), row["written"]) for row in rows]

    # --- memories -----------------------------------------------------------------------------------------

    async def recall(self, repository: str) -> str | None:
        rows = await self._app.connector.execute_query_all_async(
            _RECALL, instance=self._instance, repository=repository
        )
        return str(rows[0]["memory"]) if rows else None

    async def keep(self, repository: str, memory: str) -> None:
        await self._app.connector.execute_query_async(
            _KEEP, instance=self._instance, repository=repository, memory=memory
        )

    def _locks(self) -> list[str]:
        return [each.lock for each in self.addresses.values()]


def task_address(instance: str, repository: str) -> TaskAddress:
    lock = f"{instance}/{repository}"
    return TaskAddress(f"updater-{hashlib.sha256(lock.encode()).hexdigest()[:16]}", lock)


def _workers(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[WorkerState, float]]:
    for row in rows:
        running = tuple(excerpt(str(each), _LONGEST) for each in row["running"])
        name, of = excerpt(str(row["name"]), _LONGEST), excerpt(str(row["version"]), _LONGEST)
        yield WorkerState(name, of, row["started"], row["seen"], running), row["silent"]


_FIRST_POLLS = """
insert into updater_polls (instance, repository, polled)
select %(instance)s, name, '-infinity' from unnest(%(names)s::text[]) as name
on conflict do nothing
"""
_FIRST_KNOCKS = """
insert into updater_knocks (instance, repository)
select %(instance)s, name from unnest(%(names)s::text[]) as name
on conflict do nothing
"""
_NOTE = """
insert into updater_knocks as there (instance, repository, images)
values (%(instance)s, %(repository)s, %(images)s::text[])
on conflict (instance, repository) do update
set images = (array(select distinct unnest(there.images || excluded.images)))[1:%(most)s]
"""
_BEGIN = """
with before as materialized (
    select instance, repository, images, worker from updater_knocks
    where instance = %(instance)s and repository = %(repository)s for update
), now as (
    update updater_knocks as there set images = '{}', worker = %(worker)s from before
    where there.instance = before.instance and there.repository = before.repository
)
select before.images, before.worker, report.worker as reporter
from before left join updater_reports as report using (instance, repository)
"""
"""A version that knows nothing of this still tells its reports."""
_DUE = """
update updater_polls as poll set polled = now()
where instance = %(instance)s and repository = any(%(names)s)
  and (polled <= now() - make_interval(secs => %(every)s) or polled > now() + interval '1 minute')
  and not exists (
    select from procrastinate_jobs as job
    where job.status in ('todo', 'doing') and job.queueing_lock = any(%(locks)s)
      and job.queueing_lock = poll.instance || '/' || poll.repository
  )
returning repository
"""
"""What was polled in a time to come was so before the clock of the server was set back."""
_WAITING = (
    "select queueing_lock from procrastinate_jobs where status = 'todo' and queueing_lock = any(%(locks)s)"
)
_BEGUN_BY = """
select id, lock from procrastinate_jobs
where status = 'doing' and worker_id = %(worker)s and task_name = %(task)s and lock is not null
"""
_ALIVE = """
insert into updater_workers (instance, name, version, started, seen, number, running)
values (%(instance)s, %(name)s, %(version)s, %(started)s, now(), %(number)s, %(running)s::text[])
on conflict (instance, name) do update
set seen = now(), number = excluded.number, running = excluded.running
"""
_WORKERS = """
with gone as (
    delete from updater_workers where seen < now() - interval '1 hour'
)
select name, version, started, seen, running,
       extract(epoch from now() - seen)::float8 as silent
from updater_workers where instance = %(instance)s and seen <= now() + interval '1 minute'
  and started between '1000-01-01' and '9000-01-01' and seen > '1000-01-01'
order by started, name
"""
"""A database knows times that no calendar of ours has."""
_LEAVE = "delete from updater_workers where instance = %(instance)s and name = %(name)s"
_SAME = """
update updater_reports as there
set started = %(started)s, finished = %(finished)s, serial = nextval('updater_serials'), worker = %(worker)s,
    number = coalesce(%(number)s, number)
where instance = %(instance)s and repository = %(repository)s and sum = %(sum)s
  and (there.number is null or %(number)s::bigint is null or there.number <= %(number)s
    or there.number > (select last_value from procrastinate_jobs_id_seq))
returning serial
"""
_PUBLISH = """
insert into updater_reports as there
    (instance, repository, serial, worker, started, finished, sum, body, number)
values (%(instance)s, %(repository)s, nextval('updater_serials'), %(worker)s, %(started)s, %(finished)s,
        %(sum)s, %(body)s, %(number)s)
on conflict (instance, repository) do update
set serial = excluded.serial, worker = excluded.worker, started = excluded.started,
    finished = excluded.finished, sum = excluded.sum, body = excluded.body,
    number = coalesce(excluded.number, there.number)
where (there.number is null or %(number)s::bigint is null or there.number <= %(number)s
    or there.number > (select last_value from procrastinate_jobs_id_seq))
"""
"""A number that was never given here is of another database, such as the one before this."""
_REPORTS = """
select repository, serial, worker, started, finished, sum
from updater_reports where instance = %(instance)s and repository = any(%(names)s)
  and started between '1000-01-01' and '9000-01-01' and finished between '1000-01-01' and '9000-01-01'
"""
_BODY = "select sum, body from updater_reports where instance = %(instance)s and repository = %(repository)s"
_FORGET = """
delete from procrastinate_jobs as job
where job.status = 'todo' and job.task_name = 'updater.pass' and starts_with(job.lock, %(instance)s || '/')
  and exists (
    select from procrastinate_events as event
    where event.job_id = job.id and event.type = 'deferred' and event.at < now() - interval '1 day'
  )
"""
"""Of repositories that no config has any more; what is in one, the next poll asks for again."""
_TELL_WRITES = """
insert into updater_writes (instance, worker, host, written)
select %(instance)s, %(worker)s, host, written
from unnest(%(hosts)s::text[], %(times)s::timestamptz[]) as told (host, written)
"""
_WRITES = """
with old as (delete from updater_writes where written < now() - interval '1 hour')
select id, host, written from updater_writes
where instance = %(instance)s and worker <> %(worker)s and id > %(after)s
  and written between now() - interval '1 hour' and now() + interval '1 day'
order by id
"""
_RECALL = "select memory from updater_memories where instance = %(instance)s and repository = %(repository)s"
_KEEP = """
insert into updater_memories (instance, repository, memory)
values (%(instance)s, %(repository)s, %(memory)s)
on conflict (instance, repository) do update set memory = excluded.memory
"""
