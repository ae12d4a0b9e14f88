"""To build the objects a config asks for. The only importer of adapters."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from updater.adapters.api_connection import Observer
from updater.adapters.registry import RegistryClient, ThrottleSettings, TransportObserver
from updater.adapters.trust import Bundles
from updater.apply import Sinks
from updater.config import Config, Policy
from updater.config.secrets import signatories
from updater.cycle import Pass
from updater.decide.explanation import verdicts
from updater.errors import UpdaterError
from updater.forges import FORGES, OTHERS, ForgeSign
from updater.model import (
    Application,
    Applications,
    AppStanding,
    BranchRules,
    Heads,
    HoldsChange,
    Image,
    Listing,
    MonitoringAnswer,
    MonitoringQuestion,
    Placement,
    Report,
    Request,
    Verdict,
)
from updater.observe import Sources, read_head
from updater.observe.listings import orders_of
from updater.observe.other_zone import LOOKED_AT, looks_like_utc
from updater.ports import Clock, Signatures
from updater.progress import Progress, no_progress
from updater.situation import PlacementState
from updater.times import clock_skew
from updater.wiring.clones import Clones, inspected_repository
from updater.wiring.clusters import argocds_of, flux_of
from updater.wiring.completed_config import CompletedConfig
from updater.wiring.forges import BudgetObserver, Forges, unheeded
from updater.wiring.prometheuses import Watching, prometheuses_of
from updater.wiring.registries import hosts_of, registry_reader, vouching
from updater.wiring.secrets import read_secret

__all__ = ["Updater", "inspected_repository", "registry_reader", "send", "utc_now", "why_unverifiable"]

OLD = 3
"""Polls after which the last reading of another repository no longer counts."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Updater:
    """All that runs passes over the deploy repositories of one config. Clones and connections are kept."""

    def __init__(
        self,
        config: Config,
        cache: Path,
        *,
        clock: Clock = utc_now,
        observer: Observer = lambda _host, _code: None,
        budget: BudgetObserver = unheeded,
        warn: Callable[[str], None] = lambda _sentence: None,
        progress: Progress = no_progress,
    ) -> None:
        self.progress = progress
        self._config = CompletedConfig(config)
        self._clock = clock
        self._bundles = Bundles(cache / "trust")
        vouch = vouching(config, self._bundles)
        self._registry = RegistryClient(
            hosts_of(config.registries, vouch),
            ca_file=self._bundles.of(config.ca_file()),
            pacing=ThrottleSettings(clock, patience=config.poll.every.total_seconds() / 2),
            watch=TransportObserver(observer, budget),
            cache=cache,
            full_listing=config.poll.full_listing,
        )
        self._verifier: Signatures | None = None
        self._forges = Forges(config, clock, observer, budget, warn, vouch=vouch)
        self._clones = Clones(config, cache, self._forges, self._bundles, self._believed)
        self._passes: dict[str, Pass] = {}
        self._turns: defaultdict[str, Lock] = defaultdict(Lock)
        """By repository: its clone is one, and what is understood of it, too."""
        self._argocd = argocds_of(config, self._bundles, clock, observer, cache) if config.argocds else None
        self._flux = flux_of(config, self._bundles)
        self._prometheus = (
            prometheuses_of(config, self._bundles, clock, observer) if config.prometheuses else None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._registry.close()
        if self._argocd is not None:
            self._argocd.close()
        if self._prometheus is not None:
            self._prometheus.close()
        self._clones.close()
        self._forges.disconnect()

    @property
    def config(self) -> Config:
        """With what the deploy repositories said of apps when they were last read."""
        return self._config.config

    def complete(self) -> None:
        """Read what completes the config, where no pass has yet. Raises Refused or Unavailable."""
        self._config.read_missing(self._read_head)

    def _read_head(self, repository: str) -> None:
        work = self._pass(repository)
        with self._clones.of(repository).locked():
            read_head(work.sources, self.config, repository)

    def run(
        self,
        repository: str,
        *,
        act: bool,
        request: Request | HoldsChange | None = None,
        images: Collection[str] = (),
    ) -> Report:
        """One pass over one deploy repository; nobody else uses its clone meanwhile. Raises Unavailable.

        `images`, as `registry/name`: a pass for these will do; none: a whole one.
        """
        self._bundles.renew()
        self._config.read_missing(self._read_head, but=repository)
        work = self._pass(repository)
        with self._turns[repository], self._clones.of(repository).locked():
            work.sinks = self._sinks(repository) if act else None
            work.elsewhere, work.request = self._elsewhere(repository), request
            report = work.run(images)
        self._registry.save()
        passed_over = tuple(self._forges.passed_over(repository))
        return replace(report, warnings=(*report.warnings, *passed_over)) if passed_over else report

    def read_before(self, repository: str) -> None:
        """Read the other repositories that this one comes after, where nobody here has done so lately.

        What cannot be read holds what comes after it, and is told there.
        """
        every, now = self.config.poll.every, self._clock()
        for name in self._repositories_before(repository):
            work = self._passes.get(name)
            situation = None if work is None else work.situation
            if situation is None or not -every <= now - situation.now <= every:
                with suppress(UpdaterError):
                    self.run(name, act=False)

    def _repositories_before(self, repository: str) -> Collection[str]:
        """Of all that is before one of its apps' environments, however far."""
        policies = self.config.policies
        found, open_ = set[Placement](), [policy.placement for policy in self.config.of(repository)]
        while open_:
            placement = open_.pop()
            policy = policies.get(placement)
            if policy is None or placement in found:
                continue
            found.add(placement)
            open_ += (Placement(name, placement.app) for name in policy.after)
        return sorted({policies[placement].repository for placement in found} - {repository})

    def listing(self, image: Image) -> Listing:
        """What a registry lists now. Raises Refused or Unavailable."""
        policies = [policy for policy in self.config.policies.values() if image in policy.images]
        return self._registry.look(image, orders_of(tuple(policy.tags.scheme for policy in policies)))

    def looks_like_utc(self, policy: Policy, most: int = LOOKED_AT) -> str | None:
        """Why its tags seem to be stamped in UTC, where they are read as of another zone. Asks a registry."""
        image, situation = policy.images[0], self._pass(policy.repository).situation
        known = situation.listings.get(image) if situation else None
        try:
            found = (known if isinstance(known, Listing) else self.listing(image)).tags
        except UpdaterError:
            return None  # whoever asks hears of that by itself
        return looks_like_utc(self._registry, image, policy.tags.scheme, found, most)

    def _believed(self) -> datetime:
        """The time for commits: that of the servers, where our clock is known to be wrong."""
        registries = {image.registry for policy in self.config.policies.values() for image in policy.images}
        heard = {registry: self._registry.clock_offset(registry) for registry in registries}
        skew = clock_skew({registry: ahead for registry, ahead in heard.items() if ahead is not None})
        return self._clock() + timedelta(seconds=skew[1] if skew else 0)

    def clock_offset(self, registry: str) -> float | None:
        """How many seconds its clock was ahead of ours when last heard."""
        return self._registry.clock_offset(registry)

    def applications(self, wanted: Applications) -> tuple[Application, ...]:
        """What Argo CD shows; a config without one names no Applications. Raises Unavailable or Refused."""
        return self._argocd.applications(wanted) if self._argocd else ()

    def try_refresh(self, wanted: Applications) -> None:
        """Whether Argo CD lets us refresh them; refreshes none. Raises Unavailable or Refused."""
        if self._argocd is not None:
            self._argocd.try_refresh(wanted)

    def ask_monitoring(
        self, questions: Collection[MonitoringQuestion]
    ) -> Mapping[MonitoringQuestion, MonitoringAnswer | UpdaterError]:
        """As a pass does; a config without any Prometheus has nothing to ask it."""
        return self._prometheus.ask(questions) if self._prometheus and questions else {}

    def watching(self) -> Iterator[Watching]:
        """Each Prometheus that config names, to be tried."""
        return self._prometheus.each() if self._prometheus else iter(())

    def heads(self, repository: str) -> Heads:
        """Where its branches are. Raises Refused or Unavailable."""
        with self._clones.of(repository).locked():
            return self._clones.of(repository).fetch()

    def try_push(self, repository: str) -> None:
        """Ask its host whether we may push; pushes nothing. Raises Refused or Unavailable."""
        with self._clones.of(repository).locked():
            self._clones.of(repository).try_push()

    def try_ref(self, repository: str, ref: str) -> None:
        """Make a ref of ours and delete it again. Raises Refused or Unavailable."""
        with self._clones.of(repository).locked():
            self._clones.of(repository).try_ref(ref)

    def try_sign(self) -> None:
        """Whether the key signs that commits are signed with. Raises Refused."""
        self._clones.try_sign()

    def forge_sign(self, repository: str) -> ForgeSign | None:
        """What its host says that it is, to anybody; None where it says nothing that is known."""
        from updater.adapters.forge_probe import recognized  # noqa: PLC0415 - requests is slow to import

        forge = self.config.forge(repository)
        if forge is None or forge.api is None:
            return None
        parts = urlsplit(forge.api)
        signs = [*OTHERS, *(kind.sign for kind in FORGES.values() if kind.sign is not None)]
        return recognized(
            f"{parts.scheme}://{parts.netloc}", signs, self._bundles.of(self.config.ca_file(forge))
        )

    def branch_rules(self, repository: str) -> BranchRules | None:
        """What its forge says of our token and of the base branch. Raises Refused or Unavailable."""
        forge = self._forges.forge(repository)
        return forge.branch_rules(self.config.repositories[repository].branch) if forge else None

    def app_standings(self, host: str) -> Mapping[int, Callable[[], AppStanding]]:
        """Of each of several GitHub Apps at a host, who tells how it stands; may raise UpdaterError."""
        return self._forges.app_standings(host)

    def verdicts(self, repository: str, placement: Placement, tag: str | None) -> tuple[Verdict, ...]:
        """What the last pass over that repository can say of the candidates, or of one tag."""
        situation = self._pass(repository).situation
        return verdicts(situation, placement, tag) if situation else ()

    def states(self, repository: str) -> Mapping[Placement, PlacementState]:
        """What is understood of its apps; reads the repository first. Raises Refused or Unavailable."""
        self.run(repository, act=False)
        situation = self._pass(repository).situation
        return situation.states if situation else {}

    def now(self) -> datetime:
        return self._clock()

    def writes_left(self) -> Mapping[tuple[str, str], int]:
        """How many `limits.writes_per_hour` still allows, by the host of an API and, of several, by App."""
        return self._forges.writes_left()

    def writes(self) -> Mapping[str, Sequence[datetime]]:
        """When forges were written to since this was asked last, by the host of their API, and by App."""
        return self._forges.writes()

    def hear_writes(self, whose: str, writes: Sequence[datetime]) -> None:
        """Other processes of this updater have written then: it counts toward the same limits."""
        self._forges.hear_writes(whose, writes)

    def token(self) -> str | None:
        """What `POST /api/poll` asks for; None where config names none. Raises ConfigError."""
        service = self.config.service
        return read_secret(service.token_env, service.token_file)

    def state(self, placement: Placement) -> PlacementState | None:
        """What is understood of one app in one environment; reads the repository first."""
        policy = self.config.policies.get(placement)
        if policy is None:
            return None
        return self.states(policy.repository).get(placement)

    def _pass(self, repository: str) -> Pass:
        if repository not in self._passes:
            sources = Sources(
                self._registry,
                self._clones.of(repository),
                self._forges.forge(repository),
                self._clock,
                self._forges.origins_at,
                self._argocd,
                self._signatures(),
                self.progress,
                self._config.complete if self.config.completion else None,
                self._prometheus,
            )
            self._passes[repository] = Pass(sources, None, self.config, repository)
        return self._passes[repository]

    def _sinks(self, repository: str) -> Sinks:
        clone, forge = self._clones.of(repository), self._forges.forge(repository)
        heard = partial(self._forges.heard, repository)
        return Sinks(clone, forge, self._argocd, self._flux, self.progress, heard)

    def _signatures(self) -> Signatures | None:
        """One for all repositories: what is proven of a digest is so everywhere."""
        if self._verifier is None and any(True for _ in signatories(self.config)):
            from updater.adapters.signatures import Verifier  # noqa: PLC0415 - only where a gate asks for it

            self._verifier = Verifier(self._registry, os.environ)
        return self._verifier

    def _elsewhere(self, repository: str) -> Mapping[Placement, PlacementState]:
        """What the other repositories were lately understood to hold."""
        others = (work.situation for name, work in list(self._passes.items()) if name != repository)
        longest, now = OLD * self.config.poll.every, self._clock()
        lately = (
            situation
            for situation in others
            if situation is not None and situation.base and -longest <= now - situation.now <= longest
        )
        return {name: state for situation in lately for name, state in situation.states.items()}


def why_unverifiable(config: Config) -> Iterator[str]:
    """A sentence for each key and root of trust that no signature can be verified with."""
    for place, signatory in signatories(config):
        from updater.adapters.signatures import load_trusted  # noqa: PLC0415 - only where a gate asks for it

        try:
            load_trusted(signatory, os.environ)
        except UpdaterError as error:
            if error.code != "key_unreadable":  # that is told with all else that is not set
                yield f"{place}: {error.sentence}"


def send(url: str, title: str, text: str) -> None:
    """A message to people. Raises Refused or Unavailable."""
    from updater.adapters.notify import send as sent  # noqa: PLC0415 - apprise is slow to import

    sent(url, title, text)
