"""What a deploy repository is made from: whose it is, what it is called, what is in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field

from updater.config.names import LONGEST
from updater.config.repositories import Branch
from updater.settings import Settings
from updater.tools.init.vocabulary import is_environment
from updater.tools.scaffold.parts import ALWAYS, OPTIONAL, check_left_out

ENVIRONMENTS = ("staging", "production")
REGISTRY = "ghcr.io"
_SHORT = {"production": "prod"}
_LABEL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_REPOSITORY = re.compile(r"(?!.*\.git$)[A-Za-z0-9_-][A-Za-z0-9._-]*", re.IGNORECASE)
_WORDS_OF_YAML = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_LONGEST_APP = LONGEST - len(f"-{ENVIRONMENTS[-1]}")
_LONGEST_ORG, _LONGEST_REPOSITORY = 39, 100
"""As GitHub has it."""


def short(environment: str) -> str:
    """As namespaces and files of values have it."""
    return _SHORT.get(environment, environment)


def namespace(app: str, environment: str) -> str:
    return f"{app}-{short(environment)}"


class Overlay(NamedTuple):
    """An environment, on a cluster where there are several."""

    environment: str
    cluster: str = ""

    @property
    def path(self) -> str:
        return f"{self.cluster}/{self.environment}" if self.cluster else self.environment

    @property
    def name(self) -> str:
        return self.path.replace("/", "-")

    @property
    def values(self) -> str:
        """As in `values-prod.yaml`."""
        return f"{self.cluster}-{short(self.environment)}" if self.cluster else short(self.environment)


def host(app: str, overlay: Overlay, domain: str) -> str:
    """Below the domain; an environment is in the app's label, so that one wildcard serves all."""
    name = app if overlay.environment == "production" else namespace(app, overlay.environment)
    return ".".join(filter(None, (name, overlay.cluster, domain)))


def _org(text: str) -> str:
    lower = text.lower()
    if not _LABEL.fullmatch(lower) or len(text) > _LONGEST_ORG:
        raise ValueError(f"{text!r} is no account of GitHub: use a-z, 0-9 and single - in between")
    if text != lower:
        raise ValueError(f"{text!r} has capitals, which GHCR does not take: write {lower}")
    return text


def _cluster(text: str) -> str:
    if not _NAME.fullmatch(text) or len(text) > LONGEST:
        raise ValueError(
            f"{text!r} is no cluster's name: begin with a letter and use a-z, 0-9 and single - in between, "
            "such as cluster-a"
        )
    return _of_its_own(text, "a cluster")


def _app(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} is no app's name: begin with a letter and use a-z, 0-9 and single - in between, "
            "such as shop-api"
        )
    if len(text) > _LONGEST_APP:
        raise ValueError(
            f"{text!r} is longer than {_LONGEST_APP} characters: with -{ENVIRONMENTS[-1]} behind it, it is "
            f"to be a label in Kubernetes, which has {LONGEST}"
        )
    return _of_its_own(text, "an app")


def _of_its_own(text: str, what: str) -> str:
    """Paths tell environments by their names, and plain YAML has words that are none."""
    if text in _WORDS_OF_YAML:
        raise ValueError(f"{text!r} is no word in YAML, and no name for {what}: choose another")
    if is_environment(text, alone=True):
        raise ValueError(f"{text!r} is what an environment is called, and no name for {what}: choose another")
    return text


def _repository(text: str) -> str:
    if not _REPOSITORY.fullmatch(text) or len(text) > _LONGEST_REPOSITORY:
        raise ValueError(f"{text!r} is no name of a repository: write it like deploy-repo")
    return text


def _domain(text: str) -> str:
    labels = text.split(".")
    if not all(_LABEL.fullmatch(label) and len(label) <= LONGEST for label in labels):
        raise ValueError(f"{text!r} is no domain: write it like example.org")
    return text


def _once(names: Iterable[str]) -> tuple[str, ...]:
    seen = tuple(names)
    twice = next((name for number, name in enumerate(seen) if name in seen[:number]), None)
    if twice is not None:
        raise ValueError(f"{twice!r} is named twice: once is enough")
    return seen


def _left_out(names: tuple[str, ...]) -> tuple[str, ...]:
    if "" in names:
        raise ValueError("a name is missing before or behind a comma: write them like helm,argocd")
    check_left_out(_once(names))
    return tuple(part for part in OPTIONAL if part in names)


AppName = Annotated[str, AfterValidator(_app)]
AppNames = Annotated[tuple[AppName, ...], AfterValidator(_once)]


class Choices(Settings):
    """`.scaffold.yaml`: all that an app that comes later needs to know."""

    org: Annotated[str, AfterValidator(_org)]
    repository: Annotated[str, AfterValidator(_repository)]
    branch: Branch = "main"
    domain: Annotated[str, AfterValidator(_domain)] = "example.org"
    language: Literal["en", "ko"] = "en"
    clusters: Annotated[tuple[Annotated[str, AfterValidator(_cluster)], ...], AfterValidator(_once)] = ()
    without: Annotated[tuple[str, ...], AfterValidator(_left_out)] = Field(default=())

    @property
    def parts(self) -> frozenset[str]:
        return frozenset({*ALWAYS, *OPTIONAL} - {*self.without})

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        return tuple(
            Overlay(environment, cluster)
            for cluster in self.clusters or ("",)
            for environment in ENVIRONMENTS
        )
