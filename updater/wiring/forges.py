"""To build what asks forges, and their tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from updater import messages
from updater.adapters.api_connection import ApiConnection, Observer
from updater.adapters.limits import RateLimits
from updater.config import AppInstallation, Config, Forge, host_of, private_key, project_of
from updater.config.secrets import unset_app_key
from updater.errors import UpdaterError
from updater.forges.azure import AZURE
from updater.forges.bitbucket import BITBUCKET
from updater.forges.gitea import GITEA
from updater.forges.github import GITHUB
from updater.forges.gitlab import GITLAB
from updater.model import AppStanding
from updater.ports import Clock

if TYPE_CHECKING:
    from typing import TypeAlias

    from updater.adapters.azure import AzureForge
    from updater.adapters.bitbucket import BitbucketForge
    from updater.adapters.gitea import GiteaForge
    from updater.adapters.github import Actor, GitHubForge, InstallationToken
    from updater.adapters.gitlab import GitLabForge
    from updater.adapters.source_commits import SourceCommits

    AnyForge: TypeAlias = GitHubForge | GitLabForge | GiteaForge | BitbucketForge | AzureForge

from updater.wiring.secrets import read_secret

Told = TypeVar("Told")


class BudgetObserver(Protocol):
    """Told how many requests a host still allows; of several Apps there, for which."""

    def __call__(self, host: str, left: int, /, *, app_id: str = "") -> None: ...


def unheeded(_host: str, _left: int, /, *, app_id: str = "") -> None:
    """What a budget is told to where nobody looks."""


class Forges:
    """One connection for each deploy repository; tokens and limits are shared by those of one host."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        observer: Observer,
        budget: BudgetObserver,
        warn: Callable[[str], None],
        *,
        vouch: Callable[[Forge | None], str | None] = lambda _forge: None,
    ) -> None:
        self.config, self._vouch = config, vouch
        self._clock, self._observer, self._budget, self._warn = clock, observer, budget, warn
        self._heard: dict[str, list[str]] = {}
        self._forges: dict[str, AnyForge] = {}
        self._apps: dict[str, tuple[InstallationToken, ...]] = {}
        self._limits: dict[str, RateLimits] = {}
        self._heard_before: dict[str, list[datetime]] = {}
        """Writes of others to hosts that nobody here has asked yet; so many as may count."""
        self._origins: dict[str, SourceCommits] = {}
        self._lock = RLock()

    def disconnect(self) -> None:
        for forge in self._forges.values():
            forge.disconnect()
        for origins in self._origins.values():
            origins.disconnect()
        for app in (each for apps in self._apps.values() for each in apps):
            app.disconnect()

    def forge(self, name: str) -> AnyForge | None:
        """None where config names none; whether it is asked in a pass depends on what there is to ask."""
        proposes = self.config.may_propose(name)
        known = self.config.forge(name)
        if not proposes and (known is None or not known.may_speak):
            return None
        return self._kept_forge(name)

    def heard(self, name: str) -> tuple[str, ...]:
        """What failed around writes to a repository's forge, each told once."""
        return tuple(self._heard.pop(name, ()))

    def _note(self, name: str, sentence: str) -> None:
        self._heard.setdefault(name, []).append(sentence)
        self._warn(sentence)

    def maker(self, name: str) -> GitHubForge | None:
        """Who makes the commits, where config leaves that to GitHub."""
        signing = self.config.commit_of(name).signing
        if signing is None or signing.format != "github":
            return None
        from updater.adapters.github import GitHubForge  # noqa: PLC0415 - PyGithub is slow to import

        forge = self._kept_forge(name)
        assert isinstance(forge, GitHubForge), "a config without it is not valid"
        return forge

    def origins_at(self, host: str) -> SourceCommits | None:
        """Images name the hosts: those that config does not name get no request. Asked by many threads."""
        forge = self.config.forges.get(host)
        if forge is None or not forge.capabilities.source_commits:
            return None
        with self._lock:
            if host not in self._origins:
                self._origins[host] = self._origins_of(host, forge)
            return self._origins[host]

    def token(self, name: str) -> Callable[[], str | None]:
        """Of a repository, or of the forge that hosts it; answers None where config names none."""
        credential, apps = self.config.credential(name), self._apps_of(name)
        return _first_told(apps) if apps else lambda: read_secret(credential.token_env, credential.token_file)

    def _kept_forge(self, name: str) -> AnyForge:
        if name not in self._forges:
            self._forges[name] = self._forge_of(name)
        return self._forges[name]

    def _forge_of(self, name: str) -> AnyForge:
        forge = self.config.forge(name)
        assert forge is not None, "a config without it is not valid"
        assert forge.api is not None, "config spells it out"
        return self._made_by[forge.kind](name, forge.api)

    @property
    def _made_by(self) -> Mapping[str, Callable[[str, str], AnyForge]]:
        """The other half of the table of forges: who speaks to each."""
        return {
            GITHUB.name: self._github_of,
            GITLAB.name: self._gitlab_of,
            GITEA.name: self._gitea_of,
            BITBUCKET.name: self._bitbucket_of,
            AZURE.name: self._azure_of,
        }

    def _github_of(self, name: str, api: str) -> GitHubForge:
        from updater.adapters.github import GitHubForge  # noqa: PLC0415 - PyGithub is slow to import

        repository = self.config.repositories[name]
        token, apps = self.token(name), self._apps_of(name)
        actors = self._actors_of(apps, api)
        return GitHubForge(
            project_of(repository.url),
            context=messages.status_context(self.config.instance, shared=repository.shared),
            api=api,
            token=actors[0].token if actors else lambda: token() or "",
            login=apps[0].login if apps else None,
            granted=_first_told([app.granted for app in apps]) if apps else None,
            limits=actors[0].limits if actors else self._limits_of(api, GITHUB.title),
            others=actors[1:],
            connection=self._connection(self.config.forge(name)),
            warn=partial(self._note, name),
            clock=self._clock,
        )

    def _gitlab_of(self, name: str, api: str) -> GitLabForge:
        from updater.adapters.gitlab import GitLabForge  # noqa: PLC0415 - python-gitlab is slow to import

        token, repository = self.token(name), self.config.repositories[name]
        return GitLabForge(
            project_of(repository.url),
            context=messages.status_context(self.config.instance, shared=repository.shared),
            api=api,
            token=lambda: token() or "",
            limits=self._limits_of(api, GITLAB.title),
            connection=self._connection(self.config.forge(name)),
            warn=partial(self._note, name),
            clock=self._clock,
        )

    def _gitea_of(self, name: str, api: str) -> GiteaForge:
        from updater.adapters.gitea import GiteaForge  # noqa: PLC0415 - only where it is used, as the others

        token, repository = self.token(name), self.config.repositories[name]
        return GiteaForge(
            project_of(repository.url),
            context=messages.status_context(self.config.instance, shared=repository.shared),
            api=api,
            token=lambda: token() or "",
            prefixes=messages.OURS,
            limits=self._limits_of(api, GITEA.title),
            connection=self._connection(self.config.forge(name)),
            warn=partial(self._note, name),
            clock=self._clock,
        )

    def _bitbucket_of(self, name: str, api: str) -> BitbucketForge:
        from updater.adapters.bitbucket import BitbucketForge  # noqa: PLC0415 - only where it is used

        token, repository = self.token(name), self.config.repositories[name]
        return BitbucketForge(
            project_of(repository.url),
            context=messages.status_context(self.config.instance, shared=repository.shared),
            api=api,
            token=lambda: token() or "",
            mail=_mail(self.config.credential(name).user),
            prefixes=messages.OURS,
            limits=self._limits_of(api, BITBUCKET.title),
            connection=self._connection(self.config.forge(name)),
            warn=partial(self._note, name),
            clock=self._clock,
        )

    def _azure_of(self, name: str, api: str) -> AzureForge:
        from updater.adapters.azure import AzureForge  # noqa: PLC0415 - only where it is used, as the others

        token, repository = self.token(name), self.config.repositories[name]
        return AzureForge(
            project_of(repository.url),
            context=messages.status_context(self.config.instance, shared=repository.shared),
            api=api,
            token=lambda: token() or "",
            prefixes=messages.OURS,
            limits=self._limits_of(api, AZURE.title),
            connection=self._connection(self.config.forge(name)),
            warn=partial(self._note, name),
            clock=self._clock,
        )

    def app_standings(self, host: str) -> dict[int, Callable[[], AppStanding]]:
        """Of each of several Apps at a host of config, by its number: who asks how it stands."""
        apps = self._apps_at(host, self.config.forges[host])
        return {app.app_id: app.standing for app in apps} if len(apps) > 1 else {}

    def passed_over(self, name: str) -> Iterator[str]:
        """A sentence for each further App of its forge that is not let in, for as long as that is so.

        One that nobody has needed since the start is not asked.
        """
        repository, forge = self.config.repositories[name], self.config.forge(name)
        host = host_of(repository.url)
        if host is None or forge is None or repository.has_token:
            return
        known = {app.app_id: app for app in self._apps.get(host, ())}
        for each in forge.apps[1:]:
            why = unset_app_key(host, forge, each)
            if why is None and each.app_id in known:
                why = known[each.app_id].refused()
            if why is not None:
                yield f"{why}; until then the others of `apps` do its work"

    def writes_left(self) -> dict[tuple[str, str], int]:
        """How many `limits.writes_per_hour` still allows, by host and, of several, by App."""
        return {(each.host, each.app_id): each.writes_left() for each in list(self._limits.values())}

    def writes(self) -> dict[str, list[datetime]]:
        """When we have written since this was asked last, by the host of the API, and by App."""
        told = {whose: limits.writes() for whose, limits in list(self._limits.items())}
        return {whose: writes for whose, writes in told.items() if writes}

    def hear_writes(self, whose: str, writes: Sequence[datetime]) -> None:
        """Other processes of this updater have written then."""
        if whose in self._limits:
            self._limits[whose].hear(writes)
        else:
            heard = sorted((*self._heard_before.get(whose, ()), *writes))
            self._heard_before[whose] = heard[-self.config.limits.writes_per_hour :]

    def _connection(self, forge: Forge | None) -> ApiConnection:
        return ApiConnection(observer=self._observer, ca_file=self._vouch(forge))

    def _limits_of(self, api: str, forge: str, app: int | None = None) -> RateLimits:
        """One for all that use the same API; each of several Apps has its own."""
        host, most = urlsplit(api).netloc, self.config.limits
        whose = host if app is None else f"{host}, app {app}"
        if whose not in self._limits:
            self._limits[whose] = RateLimits(
                host,
                self._clock,
                writes_a_minute=most.writes_per_minute,
                writes_an_hour=most.writes_per_hour,
                app_id="" if app is None else str(app),
                budget=self._budget if app is None else partial(self._budget, app_id=str(app)),
                forge=forge,
            )
            self._limits[whose].hear(self._heard_before.pop(whose, []))
        return self._limits[whose]

    def _origins_of(self, host: str, forge: Forge) -> SourceCommits:
        assert forge.api is not None, "config spells it out"
        apps, title = self._apps_at(host, forge), forge.capabilities.title
        made = partial(_source_commits(forge), forge.api, connection=self._connection(forge))
        if not apps:
            read = partial(read_secret, forge.token_env, forge.token_file)
            return made(lambda: read() or "", limits=self._limits_of(forge.api, title))
        first, *others = self._actors_of(apps, forge.api)
        return made(first.token, limits=first.limits, others=others)

    def _apps_of(self, name: str) -> tuple[InstallationToken, ...]:
        """The same for all repositories of a forge that have no token of their own: they share its tokens."""
        repository, forge = self.config.repositories[name], self.config.forge(name)
        host = host_of(repository.url)
        return () if host is None or forge is None or repository.has_token else self._apps_at(host, forge)

    def _apps_at(self, host: str, forge: Forge) -> tuple[InstallationToken, ...]:
        if host not in self._apps:
            self._apps[host] = tuple(self._app_of(forge, each) for each in forge.installations)
        return self._apps[host]

    def _app_of(self, forge: Forge, app: AppInstallation) -> InstallationToken:
        from updater.adapters.github import InstallationToken  # noqa: PLC0415 - PyGithub is slow to import

        assert forge.api is not None, "config spells it out"
        return InstallationToken(
            forge.api,
            app.app_id,
            app.installation_id,
            lambda: private_key(app.private_key_file).get_secret_value(),
            clock=self._clock,
            connection=self._connection(forge),
        )

    def _actors_of(self, apps: Sequence[InstallationToken], api: str) -> list[Actor]:
        """One App is limited as a token is: with all that ask this host."""
        from updater.adapters.github import Actor  # noqa: PLC0415 - PyGithub is slow to import

        several = len(apps) > 1
        return [
            Actor(app, self._limits_of(api, GITHUB.title, app.app_id if several else None), app.login)
            for app in apps
        ]


def _first_told(asked: Sequence[Callable[[], Told]]) -> Callable[[], Told]:
    """What any of several Apps may tell: the first that is let in. Raises what stopped the first of all."""

    def told() -> Told:
        failed = list[UpdaterError]()
        for ask in asked:
            try:
                return ask()
            except UpdaterError as error:
                failed.append(error)
        raise failed[0]

    return told


def _source_commits(forge: Forge) -> Callable[..., SourceCommits]:
    """Of the kinds whose table says `source_commits`."""
    if forge.kind == GITEA.name:
        from updater.adapters.gitea import GiteaSourceCommits  # noqa: PLC0415 - only where it is used

        return GiteaSourceCommits
    if forge.kind == BITBUCKET.name:
        from updater.adapters.bitbucket import BitbucketSourceCommits  # noqa: PLC0415 - as above

        return partial(BitbucketSourceCommits, mail=_mail(forge.user))
    from updater.adapters.github import GitHubSourceCommits  # noqa: PLC0415 - PyGithub is slow to import

    return GitHubSourceCommits


def _mail(user: str | None) -> str | None:
    """Whose API token it is; an access token is nobody's."""
    return user if user is not None and "@" in user else None
