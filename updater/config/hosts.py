"""What a user may write about repositories, forges and registries. Pure."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    WithJsonSchema,
    model_validator,
)

from updater.clear_text import sends_in_the_clear
from updater.config.breaker import Breaker
from updater.config.commits import CommitOverride
from updater.config.flux import Flux
from updater.config.names import HelperName, Host, SecretFile, Variable
from updater.config.tls import Tls
from updater.forges import DEFAULT, FORGES, ForgeKind, kind_of_host
from updater.settings import Duration, Settings

_SSH = re.compile(
    r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?!//)(?P<path>[^\s:-][^\s:]*)"
)
_TOKEN = re.compile(r"(?:gh[a-z]_|github_pat_|gl[a-z]+-|AT(?:ATT|BB|CTT)).*|[A-Za-z0-9+/=_]{40,}")
"""How the tokens of GitHub, GitLab and Atlassian begin; others are long and without a dot."""
_PREFIX = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")
_USER = re.compile(r"[^\s:\x00-\x1f]+")
_BRANCH = re.compile(r"(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)|/\.|[./]$))[A-Za-z0-9_][A-Za-z0-9._/@+-]*")
_RECORDS = {"verdicts", "tried"}
"""Below refs/updater/ these are folders of ours: a base branch has its own ref beside them."""
OF_OTHERS = "what any other kind hosts takes pushes (`deliver: push`), and no pull requests"
NAMELESS = "name the token either by token_env or by token_file"
_ADDRESSES = {"http", "https", "ssh", "file"}


def host_of(url: str) -> str | None:
    """The host a git URL leads to, with its port where that is one of HTTP; None for a local one."""
    if ssh := _SSH.fullmatch(url):
        return ssh["host"].lower()
    parts = urlsplit(url)
    if parts.scheme not in _ADDRESSES or parts.hostname is None:
        return None
    return f"{parts.hostname}:{parts.port}" if parts.port and parts.scheme != "ssh" else parts.hostname


def is_ssh(url: str) -> bool:
    return _SSH.fullmatch(url) is not None or urlsplit(url).scheme == "ssh"


def project_of(url: str) -> str:
    """What a forge calls the repository: `org/deploy`."""
    ssh = _SSH.fullmatch(url)
    path = ssh["path"] if ssh else urlsplit(url).path
    return path.strip("/").removesuffix(".git")


def repository_address(url: str) -> str | None:
    """`host/owner/name` of a git URL in lower case, as hooks name repositories; None for a local one."""
    host = host_of(url)
    return f"{host}/{project_of(url)}".lower() if host else None


def may_be_called(address: str, *, insecure: bool) -> bool:
    """Whether a secret address, which no fault may quote, is one of the web, and encrypted where asked."""
    return _is_address(address, {"http", "https"}) and (insecure or not sends_in_the_clear(address))


def _git_url(text: str) -> str:
    """No sentence repeats the URL: a password may stand in it."""
    if not text.isprintable() or " " in text:
        raise ValueError("this URL has a blank or a line break in it: leave it out")
    if text.startswith("/"):
        raise ValueError(f"this is a path: a folder of this machine is written file://{text}")
    if not (_SSH.fullmatch(text) or _is_address(text, _ADDRESSES)):
        raise ValueError(
            "this is no URL of a git repository: write it like https://github.com/org/deploy.git"
        )
    if "://" in text and (urlsplit(text).password is not None or _is_like_a_token(user_of(text))):
        raise ValueError("this URL has credentials in it: leave them out and name them under forges")
    return text if user_of(text) is None else _without_user(text)


def user_of(url: str) -> str | None:
    """Whom an https URL names, as the clone buttons of Azure DevOps and Bitbucket do; None where none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    named = parts.scheme in {"http", "https"} and parts.username
    return unquote(parts.username or "") if named else None


def _without_user(url: str) -> str:
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}"


def _is_like_a_token(user: str | None) -> bool:
    """Some people put the token where the user belongs."""
    return user is not None and _TOKEN.fullmatch(user) is not None


GitAddress = Annotated[str, AfterValidator(_git_url)]


def _names_a_user(url: str) -> bool:
    """The user of an ssh URL is no secret; its password is."""
    parts = urlsplit(url)
    return parts.password is not None or (parts.username is not None and parts.scheme != "ssh")


def _is_address(text: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in schemes and (bool(parts.hostname) or parts.scheme == "file") and parts.port != 0
        )
    except ValueError:
        return False


def _web(text: str) -> str:
    if not text.isprintable() or " " in text or not _is_address(text, {"http", "https"}):
        raise ValueError("this is no address: write it like https://host.example.org, and perhaps a path")
    if _names_a_user(text) or "?" in text or "#" in text:
        raise ValueError("this address has credentials or a query in it: leave them out")
    return text.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web)]


def _api(text: str) -> str:
    address = _web(text)
    if sends_in_the_clear(address):
        raise ValueError("this address would send the token in the clear: use https")
    return address


def _prefix(text: str) -> str:
    plain = text.strip("/")
    if not _PREFIX.fullmatch(plain):
        raise ValueError(f"{text!r} is no name of a project: write it in lower case, such as ghcr-proxy")
    return plain


def _forge_kind(text: str) -> str:
    if text not in FORGES:
        like = next((name for name, kind in FORGES.items() if text.lower() in kind.also_called), None)
        if like is not None:
            raise ValueError(f"{text!r} has the API of {like}: write {like}")
        *kinds, last = FORGES
        known = f"{', '.join(kinds)} or {last}"
        raise ValueError(f"{text!r} is no kind of forge: write {known}; {OF_OTHERS}")
    return text


def _branch(text: str) -> str:
    if not _BRANCH.fullmatch(text) or text.startswith("refs/"):
        raise ValueError(f"{text!r} is no branch: write its short name, such as main")
    if text.partition("/")[0] in _RECORDS:
        raise ValueError(f"refs/updater/{text} is where the updater records what it does: rename the branch")
    return text


Branch = Annotated[str, AfterValidator(_branch)]


def _history(length: timedelta) -> timedelta:
    if not length:
        raise ValueError("without any history nobody knows what was rolled back: write it like 180d")
    return length


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise ValueError(f"{text!r} is no user: leave out blanks and colons")
    return text


class ForgeCredential(Settings):
    """What a host is shown: of a repository its own, or its forge's."""

    token_env: Variable | None = Field(default=None, description="the environment variable with the token")
    token_file: SecretFile | None = Field(default=None, description="the file with the token")
    user: Annotated[str, AfterValidator(_user)] | None = Field(
        default=None,
        description="whom the token belongs to, where the host looks at that (Bitbucket: by mail address)",
    )
    ssh_key_file: SecretFile | None = Field(
        default=None, description="the private key for addresses of ssh, without a passphrase"
    )
    known_hosts_file: SecretFile | None = Field(
        default=None, description="the host keys that are believed, as ssh-keyscan writes them"
    )

    @property
    def has_token(self) -> bool:
        return self.token_env is not None or self.token_file is not None

    @model_validator(mode="after")
    def _has_at_most_one_token(self) -> Self:
        if self.token_env and self.token_file:
            raise ValueError(NAMELESS)
        return self


class Repository(ForgeCredential):
    url: GitAddress = Field(
        description="the address of the deploy repository, such as https://github.com/org/deploy.git"
    )
    branch: Branch = Field(default="main", description="the branch that is deployed, by its short name")
    history: Annotated[Duration, AfterValidator(_history)] = Field(
        default=timedelta(days=180), description="how far back history is read"
    )
    status: Literal["own", "all"] = Field(
        default="own", description="which pull requests get the commit status: the updater's, or all"
    )
    shared: bool = Field(
        default=False, description="other updaters propose here, too: the status then bears the instance"
    )
    flux: Flux | None = Field(default=None, description="the receiver that is called after a push")
    commit: CommitOverride | None = Field(
        default=None, description="what its commits have otherwise: identity, signing, texts"
    )
    breaker: Breaker | None = Field(
        default=None, description="so many rollbacks close together stop all that would go forward"
    )
    _user_in_url: str | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_user(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401 - any YAML
        """The address goes on without it: it is compared, shown, and handed to git."""
        made = handler(given)
        url = given.get("url") if isinstance(given, dict) else None
        if isinstance(url, str) and (user := user_of(url)) is not None:
            made._user_in_url = user  # noqa: SLF001 - its own
        return made

    @property
    def user_in_url(self) -> str | None:
        """Whom the token belongs to, where nothing else says it."""
        return self._user_in_url


class AppInstallation(Settings):
    """A GitHub App, installed on the owner of the repositories: GitHub counts for each what it asks."""

    app_id: Annotated[int, Field(gt=0)] = Field(description="the number of the GitHub App to act as")
    installation_id: Annotated[int, Field(gt=0)] = Field(
        description="the number of its installation, the last word of that page's address"
    )
    private_key_file: SecretFile = Field(description="the PEM file with its key")


class Forge(ForgeCredential):
    kind: Annotated[str, AfterValidator(_forge_kind), WithJsonSchema({"enum": [*FORGES]})] = Field(
        default=DEFAULT,
        description="what runs there; gitlab.com is a gitlab and codeberg.org a gitea without being told",
    )
    app_id: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="the number of the GitHub App to act as, instead of a token"
    )
    installation_id: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="the number of its installation, the last word of that page's address"
    )
    private_key_file: SecretFile | None = Field(default=None, description="the PEM file with its key")
    apps: tuple[AppInstallation, ...] = Field(
        default=(),
        description="several GitHub Apps instead: each has limits of its own, and each write goes to the one "
        "with most left",
    )
    api: Annotated[str, AfterValidator(_api)] | None = Field(
        default=None,
        description="the address of its API, where its own server has it elsewhere, such as "
        "https://ghe.example.org/api/v3",
    )
    tls: Tls = Field(default=Tls(), description="who vouches for this host; git asks it, too")
    authors: tuple[str, ...] = Field(
        default=(),
        description="logins whose open pull requests are ours, too: whom the token acted as before",
    )

    @model_validator(mode="after")
    def _has_one_credential(self) -> Self:
        app = [self.app_id, self.installation_id, self.private_key_file]
        if (any(app) or self.apps) and not self.capabilities.apps:
            raise ValueError("a GitHub App is for GitHub: name the token of a user or a project")
        if any(app) and not all(app):
            raise ValueError("a GitHub App is three: app_id, installation_id and private_key_file")
        if any(app) and self.apps:
            raise ValueError(
                "`apps` stands beside app_id, installation_id and private_key_file: take those three out, "
                "and put that App first under `apps`"
            )
        if "apps" in self.model_fields_set and not self.apps:
            raise ValueError("`apps` is empty: name at least one, or leave it out")
        if (any(app) or self.apps) and self.has_token:
            raise ValueError("name either a token or a GitHub App, not both")
        return self

    @model_validator(mode="after")
    def _has_each_app_once(self) -> Self:
        """An owner installs an App once, and limits are those of the installation."""
        for number, count in Counter(each.app_id for each in self.apps).items():
            if count > 1:
                raise ValueError(
                    f"app {number} stands under `apps` {count} times, and has its limits only once: "
                    "name another App, or leave it out"
                )
        for number, count in Counter(each.installation_id for each in self.apps).items():
            if count > 1:
                raise ValueError(
                    f"installation {number} stands under `apps` {count} times: each App has its own"
                )
        return self

    @property
    def installations(self) -> tuple[AppInstallation, ...]:
        """The GitHub Apps to act as, however they are written; none where it is a token."""
        if self.app_id is None or self.installation_id is None or self.private_key_file is None:
            return self.apps
        return (
            AppInstallation(
                app_id=self.app_id,
                installation_id=self.installation_id,
                private_key_file=self.private_key_file,
            ),
        )

    @property
    def says_kind(self) -> bool:
        """Written down, or as only GitHub has apps."""
        return "kind" in self.model_fields_set or bool(self.installations)

    @property
    def capabilities(self) -> ForgeKind:
        return FORGES[self.kind]

    @property
    def may_speak(self) -> bool:
        """It has what its API asks for."""
        return self.has_token or bool(self.installations)

    def at(self, host: str) -> Forge:
        """With its kind and the address of its API spelled out."""
        kind = self.capabilities if self.says_kind else kind_of_host(host) or self.capabilities
        return self.model_copy(update={"kind": kind.name, "api": self.api or kind.api_of(host)})


class Registry(Settings):
    """Of a host; or of a path on it, which then says only as whom the images below it are asked."""

    endpoint: WebAddress | None = Field(default=None, description="where to ask instead, say a mirror")
    prefix: Annotated[str, AfterValidator(_prefix)] | None = Field(
        default=None, description="the project in which that mirror keeps these images, such as ghcr-proxy"
    )
    username_env: Variable | None = Field(default=None, description="the environment variable with the user")
    password_env: Variable | None = Field(
        default=None, description="the environment variable with the password, or the token"
    )
    password_file: SecretFile | None = Field(default=None, description="the file with the password")
    docker_config: SecretFile | None = Field(
        default=None, description="a docker config, such as a mounted imagePullSecret"
    )
    credential_helper: HelperName | None = Field(
        default=None, description="what follows docker-credential-, such as ecr-login"
    )
    helper_env: tuple[Variable, ...] = Field(
        default=(),
        description="environment variables that credential helpers get beside those of their cloud",
    )
    insecure: bool = Field(default=False, description="plain http, credentials included")
    tls: Tls = Field(default=Tls(), description="who vouches for this host")
    realms: tuple[Host, ...] = Field(
        default=(), description="further hosts that may be sent the credentials, to get a token for them"
    )
    requests_per_second: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="the most that are sent to this host; without it as many as it bears"
    )

    @model_validator(mode="after")
    def _credentials_are_whole(self) -> Self:
        passwords = [one for one in (self.password_env, self.password_file) if one is not None]
        if len(passwords) > 1:
            raise ValueError("name the password either by password_env or by password_file")
        if bool(passwords) != (self.username_env is not None):
            raise ValueError("credentials are two: username_env and password_env (or password_file)")
        ways = [self.username_env, self.docker_config, self.credential_helper]
        if sum(way is not None for way in ways) > 1:
            raise ValueError("choose one: username_env with a password, docker_config, or credential_helper")
        if self.helper_env and not (self.docker_config or self.credential_helper):
            raise ValueError("helper_env is for credential_helper, or for the helpers of a docker_config")
        return self

    @model_validator(mode="after")
    def _has_a_mirror(self) -> Self:
        if self.prefix is not None and self.endpoint is None:
            raise ValueError("prefix says where a mirror keeps the images: name the mirror by endpoint")
        return self

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if self.endpoint and sends_in_the_clear(self.endpoint) and not self.insecure:
            raise ValueError("this endpoint is not encrypted: use https, or say insecure: true")
        return self

    @property
    def of_the_host(self) -> dict[str, object]:
        """The settings that no path has of its own."""
        return {name: getattr(self, name) for name in _OF_THE_HOST & self.model_fields_set}


_OF_THE_HOST = {"endpoint", "prefix", "insecure", "realms", "requests_per_second", "tls"}
