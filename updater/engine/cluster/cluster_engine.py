"""One worker of many: takes passes off the queue, says that it is there, and hears what the others say.

All that touches the database happens in one loop, in a thread of its own; passes run in threads beside it.
Where the database is away, no pass begins here, those that run go on, and what was knocked for is kept until
it is back.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any, TypeVar

import psycopg
import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker as TaskWorker

from updater.engine import WHOLE, Heard, Knock, Outage, Run, WorkerState, WriteLimits
from updater.engine.cluster.database import Database
from updater.engine.cluster.giving_away import GivingAway
from updater.engine.cluster.inspection import look
from updater.engine.cluster.knock_box import KnockBox
from updater.engine.cluster.report_exchange import ReportExchange
from updater.engine.cluster.shared_state import TASK, SharedState
from updater.engine.cluster.standing import DatabaseStanding
from updater.engine.cluster.write_exchange import WriteExchange
from updater.errors import ConfigError, Refused
from updater.model import Report
from updater.value_class import value_class

TOGETHER = 0.05
"""Seconds: knocks that come so close together are one."""
BEAT = 1.0
"""Seconds between two looks at what the others have said, where nobody knocks."""
AGAIN = 2.0
"""Seconds until the next try, where the database is away."""
PATIENCE = 10.0
"""Seconds one exchange with the database may take."""
_AWAY = (ConnectorException, psycopg.Error, OSError, TimeoutError)
_BEATS = 3
"""How often a worker says that it is there before it would be taken for dead."""

T = TypeVar("T")

log = structlog.get_logger()


@value_class
class ClusterSettings:
    """What a worker has to know beside what it works on."""

    database: Callable[[], Database]
    """Asked anew whenever the database is to be reached, for passwords are renewed while we run.

    Raises ConfigError where it cannot be told.
    """
    instance: str
    every: timedelta
    """How often each repository is polled, by all workers together."""
    passes_at_once: int = 4
    dead_after: timedelta = timedelta(seconds=30)


@dataclass
class _Session:
    """While the database is there."""

    app: App
    state: SharedState
    worker: TaskWorker
    pooled: bool
    """What others do is not heard, but looked for."""
    giving_away: GivingAway


@dataclass
class ClusterEngine:
    """The Engine whose passes any worker makes."""

    settings: ClusterSettings
    run: Run
    heard: Heard
    names: Collection[str]
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{uuid.uuid4().hex[:4]}")

    def __post_init__(self) -> None:
        self._lines = {name: threading.Lock() for name in self.names}
        self._started = datetime.now(UTC)
        self._knocks = KnockBox()
        self._reports = ReportExchange(self.name, self.heard)
        self._writes = WriteExchange(self.name)
        self._running: set[str] = set()
        self._numbers: dict[str, int] = {}
        """Of the tasks whose passes run here, by repository."""
        self._begun: set[int] = set()
        """Tasks of the database whose passes run here."""
        self._workers: Sequence[tuple[WorkerState, float]] = ()
        """Each with the instant, of the monotonic clock, until which it counts as alive."""
        self._standing = DatabaseStanding()
        self._session: _Session | None = None
        self._ending = self._ended = False
        self._passes = ThreadPoolExecutor(self.settings.passes_at_once, "pass")
        self._thread = threading.Thread(target=self._live, name="engine", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._something: asyncio.Event | None = None

    # --- the port -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """What the database holds of knocks and polls is begun with."""
        self._thread.start()

    def trigger(self, name: str, images: Collection[str] = ()) -> None:
        if name in self._lines and self._knocks.put(name, Knock(frozenset(images))):
            self._wake()

    def stop(self, grace: float) -> list[str]:
        """What waits in the queue stays there, for the others."""
        self._ending = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join(grace)
        return self.busy()

    def close(self) -> None:
        """Have the others begin at once what is cut off here, and not only when we are missed."""
        self._ended = True
        session = self._session
        if session is not None and self._thread.is_alive():
            self._ask(self._leave(session), within=1.0)

    def alive(self) -> bool:
        return self._thread.is_alive() and not self._ending

    def busy(self) -> list[str]:
        return sorted(self._running)

    def publish(self, report: Report) -> None:
        self._reports.tell(report, self._numbers.get(report.repository))
        self._wake()

    def workers(self) -> Sequence[WorkerState]:
        """Also while the database is away: what was heard last does not stay true."""
        now = time.monotonic()
        return tuple(replace(each, alive=now < until) for each, until in self._workers)

    def recall(self, repository: str) -> str | None:
        session = self._session
        return self._ask(session.state.recall(repository)) if session else None

    def keep(self, repository: str, memory: str) -> None:
        session = self._session
        if session is not None:
            self._ask(session.state.keep(repository, memory))

    def share(self, writes: WriteLimits) -> None:
        self._writes.limits = writes

    def watch(self, told: Callable[[Outage | None], None]) -> None:
        self._standing.told = told

    def _ask(self, wanted: Coroutine[Any, Any, T], within: float = PATIENCE) -> T | None:
        """From a thread of a pass; None, too, where the database does not answer."""
        loop = self._loop
        if loop is None or loop.is_closed():
            wanted.close()
            return None
        asked: Future[T] = asyncio.run_coroutine_threadsafe(wanted, loop)
        try:
            return asked.result(within)
        except (*_AWAY, Late, RuntimeError):
            asked.cancel()
            return None

    def _wake(self) -> None:
        loop, something = self._loop, self._something
        if loop is not None and something is not None and not loop.is_closed():
            loop.call_soon_threadsafe(something.set)

    # --- the loop -----------------------------------------------------------------------------------------

    def _live(self) -> None:
        for each in ("procrastinate", "psycopg.pool", "psycopg"):  # what it trips over, we say
            logging.getLogger(each).setLevel(logging.CRITICAL)
        asyncio.run(self._forever())

    async def _forever(self) -> None:
        self._loop, self._something = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(self._tripped)
        while not self._ending:
            try:
                await self._work()
            except (*_AWAY, Refused, ConfigError) as error:
                self._standing.away(error)
            self._session = None
            if not self._ending:
                await self._wait(AGAIN)

    def _tripped(self, _loop: asyncio.AbstractEventLoop, told: Mapping[str, Any]) -> None:
        """A pass whose end could not be written down is given to somebody, and finds nothing left to do."""
        error = told.get("exception")
        if isinstance(error, _AWAY):
            log.warning("pass_not_recorded", why=self._standing.why(error))
        else:
            log.error("engine_tripped", why=str(told.get("message")), exc_info=error)

    async def _work(self) -> None:
        """While the database is there; returns when it ends, or when the task worker has lost it."""
        database = self._standing.database = self.settings.database()
        pooled = await asyncio.wait_for(look(database), PATIENCE)
        app = self._app(database)
        async with app.open_async():
            state = SharedState(app, self.settings.instance, self.names)
            giving_away = GivingAway(state, self.settings.dead_after.total_seconds())
            task_worker = self._task_worker(app, state, pooled=pooled)
            session = _Session(app, state, task_worker, pooled, giving_away)
            self._session = session
            self._standing.reached(self.name, pooled=pooled)
            beating = asyncio.create_task(self._beat(session), name="beat")
            try:
                await session.worker.run()  # type: ignore[no-untyped-call]
            finally:
                await _cancelled(beating)
            await self._last_words(session)

    def _app(self, database: Database) -> App:
        connector = PsycopgConnector(
            conninfo=database.dsn,
            kwargs={"prepare_threshold": None, **database.connecting},
            min_size=1,
            max_size=3,
            timeout=PATIENCE / 2,
            reconnect_timeout=PATIENCE,
        )
        app = App(connector=connector)

        @app.task(name=TASK, pass_context=True)
        async def make_pass(context: JobContext, /, **said: Any) -> None:  # noqa: ANN401 - others may say more
            name, task = said.get("repository"), context.job.id or 0
            if not isinstance(name, str) or name not in self._lines:
                return
            self._begun.add(task)
            try:
                knock = await self._begin(name, narrow=said.get("narrow") is True)
                if knock is not None:
                    loop = asyncio.get_running_loop()
                    await loop.run_in_executor(self._passes, self._pass, name, knock, task)
            finally:
                self._begun.discard(task)

        return app

    async def _begin(self, name: str, *, narrow: bool) -> Knock | None:
        """What the pass is for; None: others have answered that, or it comes when the database is back."""
        session = self._session
        assert session is not None, "its task worker has called this"
        try:
            async with asyncio.timeout(PATIENCE):
                return await session.state.begin(name, self.name, narrow=narrow)
        except _AWAY:
            self.trigger(name)
            return None

    def _task_worker(self, app: App, state: SharedState, *, pooled: bool) -> TaskWorker:
        dead_after = self.settings.dead_after.total_seconds()
        return TaskWorker(
            app,
            queues=[each.queue for each in state.addresses.values()],
            name=self.name,
            concurrency=self.settings.passes_at_once,
            fetch_job_polling_interval=BEAT if pooled else 2 * BEAT,
            listen_notify=not pooled,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=dead_after / _BEATS,
            stalled_worker_timeout=dead_after,
        )

    def _pass(self, name: str, knock: Knock, task: int) -> None:
        """A repository never has two here, whatever was given to whom meanwhile."""
        with self._lines[name]:
            self._running.add(name)
            self._numbers[name] = task
            try:
                self.run(name, *([knock.images] if knock.images else []))
            finally:
                self._running.discard(name)
                del self._numbers[name]

    # --- what is said and heard, while passes run ---------------------------------------------------------

    async def _beat(self, session: _Session) -> None:
        """Until it is cancelled. Where the database fails it goes on: the task worker notices, too.

        What the others say comes last: where that cannot be taken, all else is said and done.
        """
        told = reaped = time.monotonic() - BEAT * _BEATS
        dead_after = self.settings.dead_after.total_seconds()
        while True:
            if self._ending:
                session.worker.stop()  # type: ignore[no-untyped-call]
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._tell(session)
                    if time.monotonic() - told >= min(2.0, dead_after / _BEATS):
                        told = time.monotonic()
                        await self._show(session)
                    if not self._ending and time.monotonic() - reaped >= dead_after / _BEATS:
                        reaped = time.monotonic()
                        await session.giving_away.look(session.worker.worker_id, self._begun)
                    await self._listen(session)
                self._standing.answers()
            except _AWAY as error:
                self._standing.away(error)
            except Exception as error:  # noqa: BLE001 - a bug; nobody else ends the task worker
                self._standing.tripped(error)
            await self._wait(BEAT)

    async def _tell(self, session: _Session) -> None:
        await self._reports.publish(session.state)
        knocks = self._knocks.take()
        try:
            if not self._ending:
                due = await session.state.due(self.settings.every.total_seconds())
                knocks |= dict.fromkeys(due, WHOLE)
            await session.state.knock(knocks)
        except BaseException:
            self._knocks.put_back(knocks)
            raise

    async def _listen(self, session: _Session) -> None:
        """A report that breaks us is no reason to end: the task worker is stopped by who called this."""
        try:
            await self._reports.hear(session.state)
            await self._writes.share(session.state)
        except _AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - a bug, or no memory for what came
            self._standing.tripped(error)

    async def _show(self, session: _Session) -> None:
        """Also while passes end: the task worker says nothing any more then."""
        number = session.worker.worker_id
        if number is not None and not self._ended:
            await session.app.job_manager.update_heartbeat(number)
        me = WorkerState(self.name, version("updater"), self._started, datetime.now(UTC), tuple(self.busy()))
        await session.state.say_alive(me, number)
        until = time.monotonic() + self.settings.dead_after.total_seconds()
        self._workers = [(each, until - silent) for each, silent in await session.state.workers()]

    async def _last_words(self, session: _Session) -> None:
        """What was knocked for and what was found, before the database is let go."""
        async with asyncio.timeout(PATIENCE):
            await self._tell(session)
            await self._listen(session)
            if self._ending:
                await session.state.leave(self.name)

    async def _leave(self, session: _Session) -> None:
        """Without us, what we had begun is nobody's: whoever looks next gives it away."""
        if session.worker.worker_id is not None:
            await session.app.job_manager.unregister_worker(session.worker.worker_id)
        await session.state.leave(self.name)

    async def _wait(self, most: float) -> None:
        """Until something is to be said."""
        assert self._something is not None, "made with the loop"
        try:
            await asyncio.wait_for(self._something.wait(), most)
        except TimeoutError:
            return
        self._something.clear()
        await asyncio.sleep(TOGETHER)


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Cancelled as often as it takes: the pool of connections may swallow it, where the database is away."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1.0)
