"""The passes of a service: over every repository, by the config as it is now, told as they end."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import structlog

from updater.config import Config, address_of, secret
from updater.config.watch import Watch
from updater.errors import ConfigError
from updater.model import Placement, Verdict
from updater.runner import run
from updater.service.metrics import Metrics
from updater.service.notifier import Herald
from updater.service.pass_log import Journal
from updater.service.scheduler import Embedded
from updater.web.hooks import Door, Named
from updater.web.report_store import Keeper
from updater.wiring import Wired

GRACE = 8.0
"""Seconds a running pass has to end after SIGTERM; Kubernetes kills at ten or more."""
LOOK = 5.0
"""Seconds between two looks at the config's files."""
CHANGE = 300.0
"""Seconds a running pass has to end before a new config takes over: longer than any network waits."""

log = structlog.get_logger()


@dataclass
class Rounds:
    """One line of passes for each deploy repository; a repository never has two at once."""

    config: Config
    make: Callable[[Config], Wired]
    """Builds what passes run on, for a config."""
    herald_of: Callable[[Config], Herald] | None = None
    """Builds who tells people the news; None: nobody is told."""
    watch: Watch | None = None
    metrics: Metrics = field(default_factory=Metrics)
    patience: float = CHANGE
    """Seconds a change of the config waits for what runs."""
    reports: Keeper = field(init=False)
    """What the page and the API read."""
    _journal: Journal = field(default_factory=Journal)
    _ready: set[str] = field(default_factory=set)
    _ending: threading.Event = field(default_factory=threading.Event)
    _changing: bool = False
    """Between two engines: a pass that is waited for is no reason to be killed."""
    _listen: str = field(init=False)
    """The address of the start, whatever the config says since."""
    _names: Mapping[str, frozenset[str]] = field(init=False)
    """By repository: what a hook may name of it. Looked up at each delivery, so made once."""
    _wired: Wired = field(init=False)
    _engine: Embedded = field(init=False)
    _herald: Herald | None = field(init=False)

    def __post_init__(self) -> None:
        self._listen = self.config.service.listen
        self._take(self.config, *self._built(self.config))
        self.reports = Keeper(self.config, self._wired.now, self._verdicts)

    def start(self) -> None:
        """Begin with a pass over each repository."""
        self.metrics.config(valid=True)
        self._engine.start()
        if self.watch is not None:
            threading.Thread(target=self._look, name="config", daemon=True).start()

    def stop(self) -> list[str]:
        """Let running passes end, for a while. Returns the repositories whose pass was cut off."""
        self._ending.set()
        cut_off = self._engine.stop(GRACE)
        if self._herald is not None:
            self._herald.close()
        if not cut_off:
            self._wired.close()
        return cut_off

    def alive(self) -> str | None:
        return None if self._changing or self._engine.alive() else "the scheduler does not run"

    def ready(self) -> str | None:
        missing = self.config.repositories.keys() - self._ready
        return f"no pass yet over {', '.join(sorted(missing))}" if missing else None

    def wake(self, named: Named) -> int:
        """Have the passes come now that a hook names; how many there are."""
        heard = named.images | named.repositories
        concerned = [name for name, mine in self._names.items() if not mine.isdisjoint(heard)]
        for name in concerned:
            self._engine.knock(name)
        return len(concerned)

    def poll(self, repository: str | None) -> list[str]:
        """Have a pass over one repository come now, or over all."""
        names = [name for name in self.config.repositories if repository in {None, name}]
        for name in names:
            self._engine.knock(name)
        return names

    def token(self) -> str | None:
        """What `POST /api/poll` asks for. Raises ConfigError."""
        return self._wired.token()

    def door(self) -> Door:
        return Door(self, self._secret, self.metrics.webhook)

    def _secret(self) -> str | None:
        service = self.config.service
        try:
            found = secret(
                env=service.webhook_secret_env, file=service.webhook_secret_file, environ=os.environ
            )
        except ConfigError as error:  # a file that is being renewed: nobody is let in meanwhile
            log.warning("webhook_secret_unreadable", why=error.sentence)
            return None
        return found.get_secret_value() if found else None

    def _verdicts(self, repository: str, placement: Placement, tag: str | None) -> tuple[Verdict, ...]:
        return self._wired.verdicts(repository, placement, tag)

    def _built(self, config: Config) -> tuple[Wired, Herald | None]:
        return self.make(config), self.herald_of(config) if self.herald_of else None

    def _take(self, config: Config, wired: Wired, herald: Herald | None) -> None:
        self.config, self._wired, self._herald = config, wired, herald
        self._names = {name: frozenset(_names_of(config, name)) for name in config.repositories}
        self._engine = Embedded(self._pass, list(config.repositories), config.poll.every)

    def _go_on(self, wired: Wired, herald: Herald | None) -> None:
        """A pass that does not end keeps the old config in use; the next look tries the new one again."""
        wired.close()
        if herald is not None:
            herald.close()
        assert self.watch is not None, "it told of the change"
        self.watch.forget()
        self._engine = Embedded(self._pass, list(self.config.repositories), self.config.poll.every)
        if not self._ending.is_set():
            self._engine.start()
        log.warning("config_waits", why="a pass does not end; the old config goes on until it does")

    def _pass(self, name: str) -> None:
        started = self._wired.now()
        with structlog.contextvars.bound_contextvars(pass_id=uuid.uuid4().hex[:8]):
            try:
                report = run(self._wired, name, act=self.config.mode == "act")
                self.metrics.record(report)
                self.reports.keep(report)
                self._journal.tell(report)
                if self._herald is not None:
                    self._herald.tell(report)
                self._ready.add(name)
            except Exception:  # the one place a bug is caught: the other repositories go on
                log.exception("pass_broke", repository=name)
                self.reports.broke(name, started)

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
        if config.service.listen not in {self._listen, self.config.service.listen}:
            log.warning("listen_unchanged", why="another address to listen on needs a restart")
        wired, herald = self._built(config)  # what fails here leaves all as it is
        self._changing = True
        try:
            self._exchange(config, wired, herald)
        finally:
            self._changing = False

    def _exchange(self, config: Config, wired: Wired, herald: Herald | None) -> None:
        if self._engine.stop(self.patience):
            self._go_on(wired, herald)
            return
        self._wired.close()
        if self._herald is not None:
            self._herald.close()
        self._take(config, wired, herald)
        self.reports.configure(config)
        self.metrics.config(valid=True)
        if not self._ending.is_set():
            self._engine.start()
        log.info("config_loaded", repositories=len(config.repositories), placements=len(config.policies))


def _names_of(config: Config, name: str) -> Iterator[str]:
    """The repository as `host/owner/name`, its images as `registry/name`; to mix them up costs a pass."""
    yield from filter(None, [address_of(config.repositories[name].url)])
    yield from (str(image) for policy in config.of(name) for image in policy.images)
