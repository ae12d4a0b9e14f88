"""The passes of a service: over every repository, by the config as it is now, told as they end."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog

from updater.config import Config, repository_address, secret, unset_app_keys
from updater.config.watch import ConfigWatcher
from updater.engine import Engine, EngineMaker, Outage, WorkerState
from updater.errors import ConfigError, UpdaterError
from updater.model import Placement, Report, Verdict
from updater.runner import run_pass
from updater.service.engines import engine_for
from updater.service.metrics import Metrics
from updater.service.notifier import Notifier
from updater.service.pass_log import PassLogger
from updater.web.hooks import WebhookReceiver, WebhookTarget
from updater.web.report_store import ReportStore, light
from updater.wiring import Updater

GRACE = 8.0
"""Seconds a running pass has to end after SIGTERM; Kubernetes kills at ten or more."""
LOOK = 5.0
"""Seconds between two looks at the config's files."""
CHANGE = 300.0
"""Seconds a running pass has to end before a new config takes over: longer than any network waits."""

log = structlog.get_logger()


@dataclass
class Worker:
    """One line of passes for each deploy repository; a repository never has two at once."""

    config: Config
    make: Callable[[Config], Updater]
    """Builds what passes run on, for a config."""
    notifier_of: Callable[[Config], Notifier] | None = None
    """Builds who tells people the news; None: nobody is told."""
    watch: ConfigWatcher | None = None
    metrics: Metrics = field(default_factory=Metrics)
    engine_of: EngineMaker = engine_for
    """Builds who says when passes come."""
    only: Collection[str] = ()
    """The repositories it makes passes over; none: all of the config."""
    patience: float = CHANGE
    """Seconds a change of the config waits for what runs."""
    reports: ReportStore = field(init=False)
    """What the page and the API read."""
    _pass_log: PassLogger = field(default_factory=PassLogger)
    _ready: set[str] = field(default_factory=set)
    _ending: threading.Event = field(default_factory=threading.Event)
    _completing: threading.Lock = field(default_factory=threading.Lock)
    _changing: bool = False
    """Between two engines: a pass that is waited for is no reason to be killed."""
    _secret_fault: str | None = None
    """Why the secret of the hooks cannot be read; as last logged."""
    _served: tuple[object, ...] = field(init=False)
    """Where the service of the start is reached, whatever the config says since."""
    _names: Mapping[str, frozenset[str]] = field(init=False)
    """By repository: what a hook may name of it. Looked up at each delivery, so made once."""
    _updater: Updater = field(init=False)
    _engine: Engine = field(init=False)
    _notifier: Notifier | None = field(init=False)

    def __post_init__(self) -> None:
        self._served = _served(self.config)
        self._take(self.config, *self._built(self.config))
        self.reports = ReportStore(self.config, self._updater.now, self._verdicts)

    def start(self) -> None:
        """Begin with a pass over each repository."""
        self.metrics.config(valid=True)
        _tell_passed_over(self.config)
        self._engine.start()
        if self.watch is not None:
            threading.Thread(target=self._look, name="config", daemon=True).start()

    def stop(self) -> list[str]:
        """Let running passes end, for a while. Returns the repositories whose pass was cut off."""
        self._ending.set()
        cut_off = self._engine.stop(GRACE)
        if self._notifier is not None:
            self._notifier.close()
        if not cut_off:
            self._updater.close()
        self._engine.close()
        return cut_off

    def alive(self) -> str | None:
        return None if self._changing or self._engine.alive() else "the scheduler does not run"

    def workers(self) -> Sequence[WorkerState]:
        """All that share the work; none where this process does it alone."""
        return self._engine.workers()

    def ready(self) -> str | None:
        missing = self._mine(self.config).repositories.keys() - self._ready
        return f"no pass yet over {', '.join(sorted(missing))}" if missing else None

    def wake(self, named: WebhookTarget) -> int:
        """Have the passes come now that a hook names; how many there are."""
        heard = named.images | named.repositories
        concerned = {name: mine & heard for name, mine in self._names.items() if not mine.isdisjoint(heard)}
        for name, mine in concerned.items():  # a branch that moved may have changed anything
            self._engine.trigger(name, () if mine & named.repositories else mine)
        return len(concerned)

    def poll(self, repository: str | None) -> list[str]:
        """Have a pass over one repository come now, or over all."""
        names = [name for name in self._mine(self.config).repositories if repository in {None, name}]
        for name in names:
            self._engine.trigger(name)
        return names

    def token(self) -> str | None:
        """What `POST /api/poll` asks for. Raises ConfigError."""
        return self._updater.token()

    def door(self) -> WebhookReceiver:
        return WebhookReceiver(self, self._secret, self.metrics.webhook)

    def _secret(self) -> str | None:
        service = self.config.service
        try:
            found = secret(
                env=service.webhook_secret_env, file=service.webhook_secret_file, environ=os.environ
            )
        except ConfigError as error:  # a file that is being renewed: nobody is let in meanwhile
            if self._secret_fault != error.sentence:  # once while it lasts: anybody may knock
                log.warning("webhook_secret_unreadable", why=error.sentence)
            self._secret_fault = error.sentence
            return None
        self._secret_fault = None
        return found.get_secret_value() if found else None

    def _verdicts(self, repository: str, placement: Placement, tag: str | None) -> tuple[Verdict, ...]:
        """Of a pass that another process has made, what its report says of the tags it considered."""
        snapshot = self.reports.snapshot()
        if repository not in snapshot.elsewhere:
            return self._updater.verdicts(repository, placement, tag)
        decision = snapshot.decision(placement)
        considered = decision.considered if decision else ()
        return tuple(verdict for verdict in considered if tag in {None, verdict.tag})

    def _built(self, config: Config) -> tuple[Updater, Notifier | None]:
        return self.make(config), self.notifier_of(config) if self.notifier_of else None

    def _take(self, config: Config, updater: Updater, notifier: Notifier | None) -> None:
        self.config, self._updater, self._notifier = config, updater, notifier
        self._names = _all_names(self._mine(config))
        self._engine = self._engined(config)

    def _engined(self, config: Config) -> Engine:
        engine = self.engine_of(self._mine(config), self._pass, self._hear)
        engine.share(self._updater)
        engine.watch(self._tell_outage)
        if self._notifier is not None:
            self._notifier.share(engine)
        return engine

    def _mine(self, config: Config) -> Config:
        """With only the repositories that this process looks after."""
        if not self.only:
            return config
        mine = {name: each for name, each in config.repositories.items() if name in self.only}
        return replace(config, repositories=mine)

    def _go_on(self, updater: Updater, notifier: Notifier | None) -> None:
        """A pass that does not end keeps the old config in use; the next look tries the new one again."""
        updater.close()
        if notifier is not None:
            notifier.close()
        assert self.watch is not None, "it told of the change"
        self.watch.forget()
        self._engine = self._engined(self.config)
        if not self._ending.is_set():
            self._engine.start()
        log.warning("config_waits", why="a pass does not end; the old config goes on until it does")

    def _pass(self, name: str, images: Collection[str] = ()) -> None:
        started = self._updater.now()
        with structlog.contextvars.bound_contextvars(pass_id=uuid.uuid4().hex[:8]):
            try:
                self._updater.read_before(name)
                report = run_pass(self._updater, name, act=self.config.mode == "act", images=images)
                self._complete()
                self._engine.publish(light(report))  # first: what was heard until now is older
                self.metrics.record(report)
                self.metrics.writes_left(self._updater.writes_left())
                self.reports.keep(report)
                self._pass_log.tell(report)
                if self._notifier is not None:
                    self._notifier.tell(report)
                self._ready.add(name)
            except Exception:  # the one place a bug is caught: the other repositories go on
                log.exception("pass_broke", repository=name)
                self.reports.broke(name, started)

    def _hear(self, report: Report) -> None:
        """What another process has found is shown here, too."""
        try:
            self.metrics.show(report)
            self.reports.keep(report, elsewhere=True)
            self._ready.add(report.repository)
        except Exception:  # as above: what another says must not end the hearing
            log.exception("report_broke", repository=report.repository)

    def _tell_outage(self, outage: Outage | None) -> None:
        """On the page and in the metrics, for as long as it is so."""
        self.metrics.outage(outage)
        self.reports.stand(outage)

    def _complete(self) -> None:
        """What a pass has read of apps in a deploy repository is shown and told from now on.

        Passes end side by side, and whoever comes last must have looked last.
        """
        with self._completing:
            config = self._updater.config
            if config is self.config:
                return
            self.config, self._names = config, _all_names(self._mine(config))
            self.reports.complete(config)
            if self._notifier is not None:
                self._notifier.complete(config)

    def _look(self) -> None:
        """Take over what has changed in the config, until the service ends."""
        assert self.watch is not None, "this thread is started only with one"
        while not self._ending.wait(LOOK):
            try:
                config = self.watch.changed()
                if config is not None:
                    self._change(config)
            except ConfigError as error:
                self._reject(error)
            except Exception:  # as above: a bug here must not end the looking
                log.exception("config_broke")

    def _reject(self, error: ConfigError) -> None:
        self.reports.reject(error.sentence)
        self.metrics.config(valid=False)
        log.error("config_rejected", why=error.sentence, then="the last good one stays")

    def _change(self, config: Config) -> None:
        """Between two passes: what runs ends by the old config, what comes begins by the new one."""
        if _served(config) not in {self._served, _served(self.config)}:
            log.warning("listen_unchanged", why="another address to listen on needs a restart")
        updater, notifier = self._built(config)  # what fails here leaves all as it is
        self._changing = True
        try:
            self._exchange(config, updater, notifier)
        finally:
            self._changing = False

    def _exchange(self, config: Config, updater: Updater, notifier: Notifier | None) -> None:
        if self._engine.stop(self.patience):
            self._go_on(updater, notifier)
            return
        self._updater.close()
        if self._notifier is not None:
            self._notifier.close()
        config = _completed(updater)
        self._take(config, updater, notifier)
        self.reports.configure(config)
        self.metrics.config(valid=True)
        self.metrics.outage(self.reports.snapshot().outage)  # one without a database wants none
        if not self._ending.is_set():
            self._engine.start()
        _tell_passed_over(config)
        log.info("config_loaded", repositories=len(config.repositories), placements=len(config.policies))


def _tell_passed_over(config: Config) -> None:
    for sentence in unset_app_keys(config):
        log.warning("app_passed_over", why=sentence, then="the others of `apps` do its work")


def _completed(updater: Updater) -> Config:
    """So that no app vanishes until the next pass, which tells why a repository cannot be read."""
    with suppress(UpdaterError):
        updater.complete()
    return updater.config


def _served(config: Config) -> tuple[object, ...]:
    return config.service.listen, config.service.metrics_listen, config.service.hosts


def _all_names(config: Config) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(_names_of(config, name)) for name in config.repositories}


def _names_of(config: Config, name: str) -> Iterator[str]:
    """The repository as `host/owner/name`, what it pins as `registry/name`; to mix them up costs a pass."""
    yield from filter(None, [repository_address(config.repositories[name].url)])
    yield from (f"{image.registry}/{image.name}" for policy in config.of(name) for image in policy.images)
