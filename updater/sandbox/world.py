"""A small company on loopback: CI, a registry, GitHub, a deploy repository, people, a clock of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from types import TracebackType
from typing import Self

from updater.sandbox.github import GitHub
from updater.sandbox.registry import Registry

KST = timezone(timedelta(hours=9), "KST")
HOST = "ghcr.io"
OWNER = "acme"
FIRST_TAG = "20260201-090000"
STAGING, PRODUCTION = "staging", "production"


class Clock:
    """Runs as fast as any clock, but starts where it is told and can be put forward."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def forward(self, **length: float) -> None:
        """By as much as a timedelta's arguments say."""
        self._ahead += timedelta(**length)

    def catch_up(self) -> None:
        """From now on it is no later than everybody's, if it was: others may go by it, too."""
        self._ahead = max(self._ahead, timedelta())


class World:
    """Everything the updater talks to. Verbs are what CI and people do."""

    def __init__(
        self,
        apps: Sequence[str] = ("shop", "blog"),
        *,
        start: datetime | None = None,
        forge: type[GitHub] = GitHub,
        files: Mapping[str, str] | None = None,
    ) -> None:
        """`files`: of a deploy repository where each app has its own overlays; else all apps share them."""
        self.apps = tuple(apps)
        self._files = files
        self.clock = Clock(start or datetime.now(UTC) - timedelta(hours=3))
        self.registry = Registry(clock=self.clock)
        self.github = forge(clock=self.clock)
        self.repository = f"{OWNER}/deploy"
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self._running.enter_context(self.registry)
        self._running.enter_context(self.github)
        self.github.create_repository(OWNER, "deploy", self._files or layout(self.apps), date=self.clock())
        for app in self.apps:
            self.registry.push(f"{OWNER}/{app}", FIRST_TAG)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    @property
    def url(self) -> str:
        """Of the deploy repository."""
        return self.github.clone_url(self.repository)

    def build(
        self,
        app: str,
        *,
        platforms: Sequence[str] = ("linux/amd64",),
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """CI builds the app and pushes its image, tagged with the time; answers the tag."""
        self.clock.forward(seconds=1)  # two builds never share a second
        tag = f"{self.clock().astimezone(KST):%Y%m%d-%H%M%S}"
        self.registry.push(f"{OWNER}/{app}", tag, platforms=platforms, labels=labels)
        return tag

    def pinned(self, app: str, environment: str, ref: str = "main") -> str:
        """The tag that Git holds: read from the repository itself, with no help of the updater's."""
        text = self.github.read(self.repository, ref, self.kustomization(app, environment)).decode()
        match = re.search(rf"name: {HOST}/{OWNER}/{re.escape(app)}\n\s+newTag: \"?([^\s\"]+)", text)
        assert match is not None, f"{environment} has no {app}"
        return match[1]

    def kustomization(self, app: str, environment: str) -> str:
        """The file that holds the app's tag."""
        return overlay(environment) if self._files is None else overlay(f"{environment}/{app}")

    def revert(self, sha: str) -> str:
        """A person undoes a commit on main; answers the new head."""
        self.clock.forward(seconds=1)
        return self.github.revert(self.repository, "main", sha)

    def merge(self, number: int) -> str:
        self.clock.forward(seconds=1)
        return self.github.merge(self.repository, number)

    def head(self) -> str:
        return self.github.head(self.repository, "main")


def folder(environment: str) -> str:
    return f"infra/k8s/overlays/{environment}"


def overlay(environment: str) -> str:
    return f"{folder(environment)}/kustomization.yaml"


def layout(apps: Sequence[str]) -> dict[str, str]:
    """A deploy repository with one base and two overlays."""
    files = {"infra/k8s/base/kustomization.yaml": _base(apps)}
    files |= {f"infra/k8s/base/deployments/{app}.yaml": _deployment(app) for app in apps}
    files |= {overlay(environment): _overlay(environment, apps) for environment in (STAGING, PRODUCTION)}
    return files


def _base(apps: Sequence[str]) -> str:
    resources = "".join(f"  - deployments/{app}.yaml\n" for app in apps)
    return f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n\nresources:\n{resources}"


def _deployment(app: str) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {app}
spec:
  selector:
    matchLabels: {{app: {app}}}
  template:
    metadata:
      labels: {{app: {app}}}
    spec:
      imagePullSecrets:
        - name: ghcr-secret
      containers:
        - name: {app}
          image: {HOST}/{OWNER}/{app}:placeholder
"""


def _overlay(environment: str, apps: Sequence[str]) -> str:
    images = "".join(f"  - name: {HOST}/{OWNER}/{app}\n    newTag: {FIRST_TAG}\n" for app in apps)
    return f"""\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization

namespace: acme-{environment}

resources:
  - ../../base

# The updater keeps the tags below; everything else here is yours.
images:
{images}"""
