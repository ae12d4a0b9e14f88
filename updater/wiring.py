"""To build the objects a config asks for. The only importer of adapters."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from updater import messages
from updater.adapters.git import Access, Clone, GpgSigner, Identity, Signer, SshSigner
from updater.adapters.git.survey import Surveyed, survey
from updater.adapters.limits import Limits
from updater.adapters.registry import (
    DockerConfig,
    Helper,
    Helpers,
    Host,
    Login,
    Pacing,
    RegistryClient,
    Watch,
)
from updater.apply import Sinks
from updater.config import ArgoCD as ArgoCDSettings
from updater.config import Config, Forge, Registry, Signing, host_of, private_key, project_of, secret
from updater.config import Flux as FluxSettings
from updater.config.hosts import sends_in_the_clear
from updater.config.secrets import signatories
from updater.cycle import Pass
from updater.decide.explained import verdicts
from updater.errors import ConfigError, UpdaterError
from updater.facts import State
from updater.model import (
    Application,
    Applications,
    Heads,
    Image,
    Placement,
    Record,
    Report,
    Request,
    Terms,
    Verdict,
)
from updater.observe import Sources
from updater.ports import Clock, Signatures

if TYPE_CHECKING:
    from updater.adapters.argocd import ArgoCD
    from updater.adapters.flux import Flux
    from updater.adapters.github import GitHubForge, GitHubOrigins, InstallationToken
    from updater.adapters.gitlab import GitLabForge

OLD = 3
"""Polls after which the last reading of another repository no longer counts."""
Observer = Callable[[str, int], None]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Wired:
    """All that runs passes over the deploy repositories of one config. Clones and connections are kept."""

    def __init__(
        self,
        config: Config,
        cache: Path,
        *,
        clock: Clock = utc_now,
        observer: Observer = lambda _host, _code: None,
        budget: Observer = lambda _host, _left: None,
        warn: Callable[[str], None] = lambda _sentence: None,
    ) -> None:
        self.config = config
        self._cache, self._clock, self._observer, self._warn = cache, clock, observer, warn
        self._budget = budget
        self._registry = RegistryClient(
            _hosts(config.registries),
            pacing=Pacing(clock, patience=config.poll.every.total_seconds() / 2),
            watch=Watch(observer, budget),
            cache=cache,
            full_listing=config.poll.full_listing,
        )
        self._verifier: Signatures | None = None
        self._clones: dict[str, Clone] = {}
        self._forges: dict[str, GitHubForge | GitLabForge] = {}
        self._apps: dict[str, InstallationToken] = {}
        self._limits: dict[str, Limits] = {}
        self._origins: dict[str, GitHubOrigins] = {}
        self._lock = RLock()
        self._passes: dict[str, Pass] = {}
        self._argocd = _argocd(config.argocd, clock, observer) if config.argocd else None
        self._flux = _flux(config)

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
        for clone in self._clones.values():
            clone.close()
        for forge in self._forges.values():
            forge.disconnect()
        for origins in self._origins.values():
            origins.disconnect()
        for app in self._apps.values():
            app.disconnect()

    def run(self, repository: str, *, act: bool, request: Request | Record | None = None) -> Report:
        """One pass over one deploy repository; nobody else uses its clone meanwhile. Raises Unavailable."""
        work = self._pass(repository)
        work.sinks = self._sinks(repository) if act else None
        work.elsewhere, work.request = self._elsewhere(repository), request
        with self._clone(repository).locked():
            report = work.run()
        self._registry.save()
        return report

    def tags(self, image: Image) -> tuple[str, ...]:
        """What a registry lists. Raises Refused or Unavailable."""
        return self._registry.tags(image)

    def clock_offset(self, registry: str) -> float | None:
        """How many seconds its clock was ahead of ours when last heard."""
        return self._registry.clock_offset(registry)

    def applications(self, wanted: Applications) -> tuple[Application, ...]:
        """What Argo CD shows; a config without one names no Applications. Raises Unavailable or Refused."""
        return self._argocd.applications(wanted) if self._argocd else ()

    def heads(self, repository: str) -> Heads:
        """Where its branches are. Raises Refused or Unavailable."""
        with self._clone(repository).locked():
            return self._clone(repository).fetch()

    def try_push(self, repository: str) -> None:
        """Ask its host whether we may push; pushes nothing. Raises Refused or Unavailable."""
        with self._clone(repository).locked():
            self._clone(repository).try_push()

    def terms(self, repository: str) -> Terms | None:
        """What its forge says of our token and of the base branch. Raises Refused or Unavailable."""
        forge = self._forge(repository)
        return forge.terms(self.config.repositories[repository].branch) if forge else None

    def verdicts(self, repository: str, placement: Placement, tag: str | None) -> tuple[Verdict, ...]:
        """What the last pass over that repository can say of the candidates, or of one tag."""
        facts = self._pass(repository).facts
        return verdicts(facts, placement, tag) if facts else ()

    def now(self) -> datetime:
        return self._clock()

    def token(self) -> str | None:
        """What `POST /api/poll` asks for; None where config names none. Raises ConfigError."""
        service = self.config.service
        return _plain(service.token_env, service.token_file)

    def state(self, placement: Placement) -> State | None:
        """What is understood of one app in one environment; reads the repository first."""
        policy = self.config.policies.get(placement)
        if policy is None:
            return None
        self.run(policy.repository, act=False)
        facts = self._pass(policy.repository).facts
        return facts.states.get(placement) if facts else None

    def _pass(self, repository: str) -> Pass:
        if repository not in self._passes:
            sources = Sources(
                self._registry,
                self._clone(repository),
                self._forge(repository),
                self._clock,
                self._origins_at,
                self._argocd,
                self._signatures(),
            )
            self._passes[repository] = Pass(sources, None, self.config, repository)
        return self._passes[repository]

    def _sinks(self, repository: str) -> Sinks:
        return Sinks(self._clone(repository), self._forge(repository), self._argocd, self._flux)

    def _signatures(self) -> Signatures | None:
        """One for all repositories: what is proven of a digest is so everywhere."""
        if self._verifier is None and any(True for _ in signatories(self.config)):
            from updater.adapters.signatures import Verifier  # noqa: PLC0415 - only where a gate asks for it

            self._verifier = Verifier(self._registry, os.environ)
        return self._verifier

    def _elsewhere(self, repository: str) -> Mapping[Placement, State]:
        """What the other repositories were lately understood to hold."""
        others = (work.facts for name, work in list(self._passes.items()) if name != repository)
        oldest = self._clock() - OLD * self.config.poll.every
        lately = (facts for facts in others if facts is not None and facts.base and facts.now >= oldest)
        return {name: state for facts in lately for name, state in facts.states.items()}

    def _clone(self, name: str) -> Clone:
        if name not in self._clones:
            repository = self.config.repositories[name]
            self._clones[name] = Clone(
                repository.url,
                repository.branch,
                self._cache / "clones" / _folder(name, repository.url),
                identity=Identity(self.config.commit.name, self.config.commit.email),
                access=self._access(name),
                signer=_signer(self.config.commit.signing),
                maker=self._maker(name),
                clock=self._clock,
            )
        return self._clones[name]

    def _access(self, name: str) -> Access:
        credential = self.config.credential(name)
        access = Access(
            self._token(name),
            key_file=_path(credential.ssh_key_file),
            known_hosts=_path(credential.known_hosts_file),
        )
        return access if credential.user is None else replace(access, user=credential.user)

    def _forge(self, name: str) -> GitHubForge | GitLabForge | None:
        """None where nothing is delivered by pull request: then nobody has to ask a forge."""
        if all(policy.deliver != "pull-request" for policy in self.config.of(name)):
            return None
        return self._kept_forge(name)

    def _maker(self, name: str) -> GitHubForge | None:
        """Who makes the commits, where config leaves that to GitHub."""
        signing = self.config.commit.signing
        if signing is None or signing.format != "github":
            return None
        from updater.adapters.github import GitHubForge  # noqa: PLC0415 - PyGithub is slow to import

        forge = self._kept_forge(name)
        assert isinstance(forge, GitHubForge), "a config without it is not valid"
        return forge

    def _kept_forge(self, name: str) -> GitHubForge | GitLabForge:
        if name not in self._forges:
            self._forges[name] = self._forge_of(name)
        return self._forges[name]

    def _forge_of(self, name: str) -> GitHubForge | GitLabForge:
        forge = self.config.forge(name)
        assert forge is not None, "a config without it is not valid"
        assert forge.api is not None, "config spells it out"
        return (
            self._gitlab_of(name, forge.api) if forge.kind == "gitlab" else self._github_of(name, forge.api)
        )

    def _github_of(self, name: str, api: str) -> GitHubForge:
        from updater.adapters.github import GitHubForge  # noqa: PLC0415 - PyGithub is slow to import

        repository = self.config.repositories[name]
        token, app = self._token(name), self._app(name)
        return GitHubForge(
            project_of(repository.url),
            context=messages.context(self.config.instance, shared=repository.shared),
            api=api,
            token=lambda: token() or "",
            login=app.login if app else None,
            limits=self._limits_of(api, "GitHub"),
            observer=self._observer,
            warn=self._warn,
            clock=self._clock,
        )

    def _gitlab_of(self, name: str, api: str) -> GitLabForge:
        from updater.adapters.gitlab import GitLabForge  # noqa: PLC0415 - python-gitlab is slow to import

        token, repository = self._token(name), self.config.repositories[name]
        return GitLabForge(
            project_of(repository.url),
            context=messages.context(self.config.instance, shared=repository.shared),
            api=api,
            token=lambda: token() or "",
            limits=self._limits_of(api, "GitLab"),
            observer=self._observer,
            warn=self._warn,
        )

    def _limits_of(self, api: str, forge: str) -> Limits:
        """One for all that use the same API."""
        host, most = urlsplit(api).netloc, self.config.limits
        if host not in self._limits:
            self._limits[host] = Limits(
                host,
                self._clock,
                writes_a_minute=most.writes_per_minute,
                writes_an_hour=most.writes_per_hour,
                budget=self._budget,
                forge=forge,
            )
        return self._limits[host]

    def _origins_at(self, host: str) -> GitHubOrigins | None:
        """Images name the hosts: those that config does not name get no request. Asked by many threads."""
        forge = self.config.forges.get(host)
        if forge is None or forge.kind != "github":
            return None
        with self._lock:
            if host not in self._origins:
                self._origins[host] = self._origins_of(host, forge)
            return self._origins[host]

    def _origins_of(self, host: str, forge: Forge) -> GitHubOrigins:
        from updater.adapters.github import GitHubOrigins  # noqa: PLC0415 - PyGithub is slow to import

        assert forge.api is not None, "config spells it out"
        token = self._token_of(host, forge)
        return GitHubOrigins(
            forge.api,
            lambda: token() or "",
            limits=self._limits_of(forge.api, "GitHub"),
            observer=self._observer,
        )

    def _token(self, name: str) -> Callable[[], str | None]:
        """Of a repository, or of the forge that hosts it; answers None where config names none."""
        credential = self.config.credential(name)
        return self._app(name) or (lambda: _plain(credential.token_env, credential.token_file))

    def _app(self, name: str) -> InstallationToken | None:
        """One for all repositories of a forge that have no token of their own: they share its tokens."""
        repository, forge = self.config.repositories[name], self.config.forge(name)
        host = host_of(repository.url)
        return None if host is None or forge is None or repository.has_token else self._app_at(host, forge)

    def _token_of(self, host: str, forge: Forge) -> Callable[[], str | None]:
        return self._app_at(host, forge) or (lambda: _plain(forge.token_env, forge.token_file))

    def _app_at(self, host: str, forge: Forge) -> InstallationToken | None:
        if forge.app_id is None:
            return None
        if host not in self._apps:
            self._apps[host] = self._app_of(forge)
        return self._apps[host]

    def _app_of(self, forge: Forge) -> InstallationToken:
        from updater.adapters.github import InstallationToken  # noqa: PLC0415 - PyGithub is slow to import

        key = forge.private_key_file
        assert forge.api is not None, "config spells it out"
        assert forge.app_id is not None, "config has it whole"
        assert forge.installation_id is not None, "config has it whole"
        assert key is not None, "config has it whole"
        return InstallationToken(
            forge.api,
            forge.app_id,
            forge.installation_id,
            lambda: private_key(key).get_secret_value(),
            clock=self._clock,
            observer=self._observer,
        )


def unverifiable(config: Config) -> Iterator[str]:
    """A sentence for each key and root of trust that no signature can be verified with."""
    for place, signatory in signatories(config):
        from updater.adapters.signatures import trusted  # noqa: PLC0415 - only where a gate asks for it

        try:
            trusted(signatory, os.environ)
        except UpdaterError as error:
            if error.code != "key_unreadable":  # that is told with all else that is not set
                yield f"{place}: {error.sentence}"


def send(url: str, title: str, text: str) -> None:
    """A message to people. Raises Refused or Unavailable."""
    from updater.adapters.notify import send as sent  # noqa: PLC0415 - apprise is slow to import

    sent(url, title, text)


@contextmanager
def surveyed(place: str, token_env: str | None) -> Iterator[Surveyed]:
    """A look through the repository of a folder, or of a URL. Raises ConfigError, Refused or Unavailable."""
    if token_env and sends_in_the_clear(place):
        raise ConfigError("this address would send the token in the clear: use https")
    access = Access(lambda: _plain(token_env or _usual(place), None))
    with TemporaryDirectory(prefix="updater-init-") as folder:
        yield survey(place, Path(folder) / "clone.git", access)


@contextmanager
def reading(config: Config | None) -> Iterator[RegistryClient]:
    """A client for registries, with what a config says of them, if there is one."""
    with RegistryClient(_hosts(config.registries if config else {})) as client:
        yield client


def _usual(place: str) -> str | None:
    """The variable of GitHub's token, for GitHub and nobody else."""
    found = place.startswith("https://github.com/") and os.environ.get("GITHUB_TOKEN")
    return "GITHUB_TOKEN" if found else None


_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where a pod finds what its service account may ask the cluster with."""


def _argocd(settings: ArgoCDSettings, clock: Clock, observer: Observer) -> ArgoCD:
    from updater.adapters.argocd import ArgoCD, Cluster, Door, Server  # noqa: PLC0415 - only where it is configured

    inside = settings.kind == "kubernetes" and settings.server is None
    token_file = settings.token_file or (None if settings.token_env else f"{_ACCOUNT}/token")
    door = Door(
        settings.server or _this_cluster(),
        lambda: _plain(settings.token_env, token_file),
        clock=clock,
        ca_file=settings.ca_file or (f"{_ACCOUNT}/ca.crt" if inside else None),
        insecure=settings.insecure,
        observer=observer,
    )
    way = Server() if settings.kind == "argocd" else Cluster(settings.namespace)
    return ArgoCD(door, way, clock=clock)


def _flux(config: Config) -> Flux | None:
    found = {policy.flux.name: policy.flux for policy in config.policies.values() if policy.flux}
    if not found:
        return None
    from updater.adapters.flux import Flux, Receiver  # noqa: PLC0415 - only where it is configured

    return Flux({name: Receiver(_address(each), each.insecure) for name, each in found.items()})


def _address(settings: FluxSettings) -> Callable[[], str | None]:
    return lambda: _plain(settings.receiver_url_env, settings.receiver_url_file)


def _this_cluster() -> str:
    """As Kubernetes tells every pod; elsewhere the name does not resolve, and what asks it waits."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{word}", "") for word in ("HOST", "PORT"))
    if not host:
        return "https://kubernetes.default.svc"
    return f"https://[{host}]:{port or 443}" if ":" in host else f"https://{host}:{port or 443}"


def _hosts(registries: Mapping[str, Registry]) -> Mapping[str, Host]:
    """Of hosts, and of paths on them: these are asked as others, where the host is asked."""
    helpers = Helpers()
    return {
        name: _host(registries.get(name.partition("/")[0], Registry()), entry, helpers)
        for name, entry in registries.items()
    }


def _host(host: Registry, entry: Registry, helpers: Helpers) -> Host:
    return Host(
        endpoint=host.endpoint,
        insecure=host.insecure,
        realms=host.realms,
        keyring=_keyring(entry, helpers),
        requests_per_second=host.requests_per_second,
    )


def _keyring(entry: Registry, helpers: Helpers) -> DockerConfig | Helper | Named | None:
    if entry.docker_config:
        return DockerConfig(Path(entry.docker_config), helpers)
    if entry.credential_helper:
        return Helper(entry.credential_helper, helpers)
    return Named(entry) if entry.username_env else None


@dataclass(frozen=True, slots=True)
class Named:
    """The keyring of an entry that names a variable with the user and one, or a file, with the password."""

    entry: Registry

    def login(self, server: str, name: str, *, renew: bool = False) -> Login:  # noqa: ARG002 - a Keyring
        """Raises ConfigError where one is not set."""
        username = _plain(self.entry.username_env, None)
        password = _plain(self.entry.password_env, self.entry.password_file)
        return Login(username or "", password or "")


def _plain(env: str | None, file: str | None) -> str | None:
    """The secret itself, read anew each time: mounted secrets are renewed while we run."""
    found = secret(env=env, file=file, environ=os.environ)
    return found.get_secret_value() if found is not None else None


def _signer(signing: Signing | None) -> Signer | None:
    match signing:
        case Signing(format="ssh", key_file=str(key_file)):
            return SshSigner(Path(key_file))
        case Signing(format="gpg"):
            return GpgSigner(signing.key_id, _path(signing.key_file))
    return None


def _path(file: str | None) -> Path | None:
    return None if file is None else Path(file).absolute()


def _folder(name: str, url: str) -> str:
    return f"{name}-{hashlib.sha256(url.encode()).hexdigest()[:10]}.git"
