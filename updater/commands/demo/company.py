"""The company that the demo plays: CI, people, clusters, what watches them, and the config. I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from updater.sandbox.argocd import ArgoCD
from updater.sandbox.prometheus import Prometheus
from updater.sandbox.world import PRODUCTION, World

TOKEN = "UPDATER_DEMO_TOKEN"  # noqa: S105 - the name of a variable
ARGOCD_TOKEN = "UPDATER_DEMO_ARGOCD_TOKEN"  # noqa: S105 - as above
ALERT = "HighErrorRate"
SOAK = 30
"""Minutes production waits; the sandbox's clock is put forward, nobody has to."""
VERIFY = 10
"""Minutes it is watched after each deployment."""


class Company:
    """The world, with Argo CD and a Prometheus for production."""

    def __init__(self, apps: Sequence[str], files: Mapping[str, str]) -> None:
        self.world = World(apps, files=files)
        self.argocd = ArgoCD(self.world.github, clock=self.world.clock)
        self.prometheus = Prometheus(clock=self.world.clock)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        for one in (self.world, self.argocd, self.prometheus):
            self._running.enter_context(one)
        self.prometheus.load(ALERT, severity="critical")
        for app in self.world.apps:
            folder = self.world.kustomization(app, PRODUCTION).rpartition("/")[0]
            self.argocd.add(f"{app}-production", self.world.repository, folder)
            self.prometheus.set("up", 1, app=app, environment=PRODUCTION)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def burn(self, app: str) -> None:
        """Production of that app answers with errors, and an alert fires."""
        self.prometheus.fire(ALERT, app=app, environment=PRODUCTION)

    def quench(self, app: str) -> None:
        self.prometheus.resolve(ALERT, app=app, environment=PRODUCTION)


def write_config(company: Company, folder: Path, port: int) -> Path:
    (folder / "apps").mkdir(parents=True)
    (folder / "updater.yaml").write_text(_main(company, port), encoding="utf-8")
    for app in company.world.apps:
        (folder / "apps" / f"{app}.yaml").write_text(_app(app), encoding="utf-8")
    return folder


def _main(company: Company, port: int) -> str:
    world = company.world
    return f"""\
instance: demo
repositories:
  deploy: {{url: "{world.url}", branch: main}}
forges:
  "{world.github.host}": {{kind: github, token_env: {TOKEN}, api: "{world.github.api}"}}
registries:
  ghcr.io: {{endpoint: "{world.registry.url}"}}
commit: {{name: updater, email: updater@acme.example}}
argocd: {{server: "{company.argocd.url}", token_env: {ARGOCD_TOKEN}}}
prometheus: {{server: "{company.prometheus.url}"}}
poll: {{every: 5s}}
environments:
  staging:
    repository: deploy
    path: infra/k8s/overlays/staging/{{app}}
    tags: {{follow: timestamp}}
    deliver: push
  production:
    repository: deploy
    path: infra/k8s/overlays/production/{{app}}
    after: staging
    gates: {{soak: {SOAK}m}}
    tags: {{follow: timestamp}}
    deliver: pull-request
    argocd: {{application: "{{app}}-production"}}
    alerts: {{match: 'app="{{app}}", environment="production"'}}
    verify: {{for: {VERIFY}m, with: [alerts], then: rollback, deliver: push}}
service: {{listen: "127.0.0.1:{port}"}}
"""


def _app(app: str) -> str:
    return f"app: {app}\nimages: [ghcr.io/acme/{app}]\nenvironments: [staging, production]\n"
