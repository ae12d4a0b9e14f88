"""The config as the stages use it: one policy for every app in every environment. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from typing import Any, Literal, Protocol, Self, TypeVar

from updater.config.addresses import host_of
from updater.config.clusters import ArgoCD
from updater.config.commits import CommitSettings
from updater.config.credentials import ForgeCredential
from updater.config.engines import EngineSettings
from updater.config.environments import AfterRollback
from updater.config.flux import Flux
from updater.config.forges import Forge
from updater.config.models import Limits, Poll, Service
from updater.config.notifications import Notifications
from updater.config.prometheus import Prometheus
from updater.config.pull_request_settings import PullRequestSettings
from updater.config.registries import Registry
from updater.config.repositories import Repository
from updater.config.tls import Tls
from updater.config.verifying import Verify
from updater.config.wildcards import makes
from updater.gates import Gate
from updater.manifests import Selector, file_names, names_file
from updater.model import HeadFiles, HealthOf, Image, Manifests, PathPatterns, Placement, Watched, split_tag
from updater.schemes import Scheme
from updater.value_class import value_class


@value_class
class Pin:
    placement: Placement
    image: Image
    """What is listed in the registry."""
    path: str
    """Of a folder or a file, inside the repository; `.` is its root."""
    selector: Selector

    @property
    def files(self) -> tuple[str, ...]:
        """The paths that may hold it; more than one only where a folder is named."""
        names = file_names(self.selector.kind)
        last = self.path.rpartition("/")[2]
        if names_file(self.selector.kind, last):
            return (self.path,)
        folder = "" if self.path == "." else f"{self.path}/"
        return tuple(folder + name for name in names)


@value_class
class TagPolicy:
    scheme: Scheme
    follow: str
    """The scheme's name."""
    allow: tuple[str, ...]
    """Glob patterns, as those of `forbid`; upper and lower case differ."""
    forbid: tuple[str, ...]
    placeholders: frozenset[str]

    def allowed(self, tag: str) -> bool:
        """A person may deploy it although the environment does not follow it."""
        return _first_match(tag, self.allow) is not None

    def forbidden(self, tag: str) -> str | None:
        """The pattern that forbids it."""
        return _first_match(tag, self.forbid)


def _first_match(tag: str, patterns: tuple[str, ...]) -> str | None:
    """Of thousands of candidates hardly any matches, so all patterns are tried as one first."""
    name = split_tag(tag)[0]
    if not patterns or _any_of(patterns).match(name) is None:
        return None
    return next(pattern for pattern in patterns if fnmatchcase(name, pattern))


@lru_cache(maxsize=1_024)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)))


@value_class
class WrittenIn:
    """Where settings are written, each a file and a line."""

    environment: str
    app: str
    """What the app says of the environment."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Those that are the app's own, such as `gates.soak`; all others are the environment's, or defaults."""
    watched: Mapping[str, str] = field(default_factory=dict)
    """What monitoring is asked, whoever has written it: `alerts`, `heartbeat`, `metrics.errors`."""


@value_class
class WaveOf:
    """The wave that an environment goes with, for one app."""

    waves: str
    """What the list of waves is called."""
    number: int
    """From 1."""
    beside: tuple[str, ...]
    """Who else goes with it, of the app's environments."""
    last: tuple[str, ...]
    """The members of the last wave of all but itself; none: no wave comes after its own."""
    written_in: str
    """File and line."""


@value_class
class Policy:
    """One app in one environment."""

    placement: Placement
    repository: str
    after: tuple[str, ...]
    after_any: bool
    """One of them is enough."""
    images: tuple[Image, ...]
    pins: tuple[Pin, ...]
    tags: TagPolicy
    gates: Mapping[str, Gate]
    after_rollback: AfterRollback
    deliver: Literal["push", "pull-request", "none"]
    pull_request: PullRequestSettings
    health: HealthOf | None = None
    """How to ask Argo CD of the Applications that run it; None: config names none."""
    manifests: Manifests | None = None
    """What these have to apply; None as `health`."""
    watched: Watched | None = None
    """How to ask Prometheus about it; None: config does not say."""
    verify: Verify | None = None
    """What is verified after a deployment; None: nothing is."""
    flux: Flux | None = None
    """The receiver to call after a push."""
    wave: WaveOf | None = None
    """None: it goes with none."""
    written_in: WrittenIn | None = None
    """None: nobody has written it down."""
    refused: str | None = None
    """Why what its team's file says does not count, with file and line: until that is mended it holds."""
    unclear: str | None = None
    """Why it cannot be said what a pattern has found here, or what that comes after: until then it holds."""
    unasked: Mapping[str, str] = field(default_factory=dict)
    """Gates that config asks for and that cannot be asked of a chart, and why."""
    paired: bool = False
    """Its app has both images and charts, which share a pull request."""

    @property
    def is_grouped(self) -> bool:
        """All apps of its environment share a pull request."""
        return self.pull_request.group == "environment"

    @property
    def is_timed(self) -> bool:
        """A gate goes by the clock here, so what is true now need not be true in a minute."""
        return any(gate.reason.about == "time" for gate in self.gates.values())


class Completion(Protocol):
    """What turns the files of a head into the rest of a config."""

    def wanted(self, repository: str) -> PathPatterns:
        """Which files."""

    def complete(self, found: Mapping[str, HeadFiles]) -> Config:
        """The whole config."""


Made = TypeVar("Made")


class RepositoryPolicies(tuple[Policy, ...]):  # noqa: SLOT001 - it remembers
    """All of one repository, in one config; what is made of them alone is made once."""

    def __init__(self, _: Iterable[Policy]) -> None:
        self._made: dict[Callable[..., Any], Any] = {}

    def once(self, make: Callable[[Self], Made]) -> Made:
        """What `make`, a function of a module, makes of them. Nobody may change it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made


@value_class
class Config:
    instance: str
    mode: Literal["act", "observe"]
    repositories: Mapping[str, Repository]
    forges: Mapping[str, Forge]
    """By host; each with the address of its API."""
    registries: Mapping[str, Registry]
    """By host; only those that need to be told about."""
    commit: CommitSettings
    """Unless a repository says otherwise."""
    poll: Poll
    limits: Limits
    service: Service
    notifications: Notifications
    policies: Mapping[Placement, Policy]
    """An app's environment stands behind those it comes after."""
    argocds: Mapping[str | None, ArgoCD] = field(default_factory=dict)
    """By cluster; None: the one for all the others."""
    prometheuses: Mapping[str | None, Prometheus] = field(default_factory=dict)
    """As `argocds`."""
    tls: Tls = field(default_factory=Tls)
    """For every host that says nothing of its own."""
    engine: EngineSettings = field(default_factory=EngineSettings)
    completion: Completion | None = field(default=None, compare=False, repr=False)
    """What of the deploy repositories belongs to it, too; None: nothing."""
    environment_patterns: tuple[str, ...] = ()
    environments: frozenset[str] = frozenset()
    """Where there are patterns: all that are named, and all whose folder is there, made or left alone."""
    appless: tuple[str, ...] = ()
    """A sentence for each environment that no app is in, where all apps are written out."""
    pushable: tuple[str, ...] = ()
    """Environments that deliver by pull request, and that the file of a team may make push."""
    notes: tuple[str, ...] = ()
    """What is wrong there and is about no placement, a sentence each."""
    faults: tuple[str, ...] = ()
    """All that is wrong there, also what holds a placement."""
    unknown: frozenset[tuple[str, str]] = frozenset()
    """By repository and path: files of whose apps nothing is known but what they may have said before."""
    _of: dict[str, RepositoryPolicies] = field(default_factory=dict, init=False, compare=False, repr=False)

    def wanted(self, repository: str) -> PathPatterns:
        """The files at the head of its base branch that complete the config."""
        return self.completion.wanted(repository) if self.completion else {}

    def completed(self, found: Mapping[str, HeadFiles]) -> Config:
        """With what these say, by repository; whatever they say, it is a config."""
        return self.completion.complete(found) if self.completion else self

    def is_gone(self, environment: str) -> bool:
        """A pattern made it once, or would, and nothing is there (any more)."""
        made = any(makes(pattern, environment) for pattern in self.environment_patterns)
        return made and environment not in self.environments

    def of(self, repository: str) -> RepositoryPolicies:
        """The same object each time."""
        known = self._of.get(repository)
        if known is None:
            mine = (policy for policy in self.policies.values() if policy.repository == repository)
            known = self._of.setdefault(repository, RepositoryPolicies(mine))
        return known

    def may_propose(self, repository: str) -> bool:
        """An app delivers there by pull request, or one that is still to be read could."""
        proposes = any(policy.deliver == "pull-request" for policy in self.of(repository))
        return proposes or (self.completion is not None and self.repositories[repository].has_token)

    def commit_of(self, repository: str) -> CommitSettings:
        return self.commit.with_own(self.repositories[repository].commit)

    def credential(self, repository: str) -> ForgeCredential:
        """What its host is shown: its own, and what it has not got, its forge's."""
        own, forge = self.repositories[repository], self.forge(repository) or ForgeCredential()
        token = own if own.has_token else forge
        return ForgeCredential(
            token_env=token.token_env,
            token_file=token.token_file,
            user=own.user or forge.user or own.user_in_url,
            ssh_key_file=own.ssh_key_file or forge.ssh_key_file,
            known_hosts_file=own.known_hosts_file or forge.known_hosts_file,
        )

    def ca_file(self, host: Forge | Registry | None = None) -> str | None:
        """Who vouches for a host's certificate beside the system: its own, or else that of all."""
        return (host.tls.ca_file if host else None) or self.tls.ca_file

    def forge(self, repository: str) -> Forge | None:
        """The one that hosts a repository."""
        host = host_of(self.repositories[repository].url)
        return self.forges.get(host) if host else None
