"""To read from a file's path which environment and which app it belongs to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from updater.config.levels import level
from updater.tools.init.vocabulary import is_cluster, is_environment

_MARKERS = frozenset({"overlays", "overlay", "environments", "environment", "envs", "env", "stages"})
_CLUSTERS = frozenset({"clusters", "cluster"})
_BASES = frozenset({"base", "bases"})
_SAY_NOTHING = frozenset(
    [
        "app",
        "apps",
        "application",
        "applications",
        "argocd",
        "argo-cd",
        "chart",
        "charts",
        "cluster",
        "clusters",
        "common",
        "component",
        "components",
        "config",
        "configs",
        "deploy",
        "deployment",
        "deployments",
        "env",
        "environment",
        "environments",
        "envs",
        "flux",
        "gitops",
        "helm",
        "helm-charts",
        "infra",
        "infrastructure",
        "installs",
        "k8s",
        "k8s-manifests",
        "kubernetes",
        "kustomization",
        "kustomize",
        "kustomizations",
        "manifest",
        "manifests",
        "overlay",
        "overlays",
        "platform",
        "projects",
        "releases",
        "release",
        "resources",
        "service",
        "services",
        "src",
        "stages",
        "upstream",
        "values",
        "workloads",
        "base",
        "bases",
    ]
)
_VALUES = re.compile(r"(?:(?P<before>.+?)[._-])?values(?:[._-]?(?P<after>.+))?\.ya?ml")


class PathRole(NamedTuple):
    """`inner` stands below the environment: a cluster or a part of the app, as what is in there will tell."""

    environment: str | None
    cluster: str | None
    app: tuple[str, ...]
    inner: tuple[str, ...] = ()
    base: bool = False


def path_role(path: str) -> PathRole:
    *folders, name = path.split("/")
    found = _of_folders(folders)
    if found.environment is None and name.endswith(".env") and is_environment(stem := name[:-4]):
        return found._replace(environment=stem, base=False)
    values = _VALUES.fullmatch(name)
    return found if values is None else _with_values(found, values["before"], values["after"])


def _of_folders(folders: Sequence[str]) -> PathRole:
    for number in range(len(folders) - 2, -1, -1):
        word = folders[number].lower()
        below = folders[number + 1].lower()
        if (word in _MARKERS or word in _CLUSTERS) and below not in _BASES:
            return _marked(folders[:number], folders[number + 1 :], clusters=word in _CLUSTERS)
    for number in range(len(folders) - 1, -1, -1):
        if is_environment(folders[number], alone=True):
            return _unmarked(folders[:number], folders[number], folders[number + 1 :])
    base = any(folder.lower() in _BASES for folder in folders)
    return PathRole(None, None, _telling(folders), base=base)


def _marked(before: Sequence[str], below: Sequence[str], *, clusters: bool) -> PathRole:
    """`overlays/production`, `overlays/cluster-a/production`, `clusters/cluster-a`."""
    first, rest = below[0], below[1:]
    if rest and is_environment(rest[0]) and not is_environment(first):
        return PathRole(rest[0], first, _telling(before), _telling(rest[1:]))
    outer = next((word for word in reversed(before) if is_environment(word, alone=True)), None)
    if outer is not None and level(first) is None:
        return PathRole(outer, first, _telling(word for word in before if word != outer), _telling(rest))
    deeper = next((word for word in rest if is_environment(word)), None) if clusters else None
    if deeper is not None:
        return PathRole(deeper, first, _telling(before), _telling(word for word in rest if word != deeper))
    return PathRole(first, None, _telling(before), _telling(rest))


def _unmarked(before: Sequence[str], environment: str, rest: Sequence[str]) -> PathRole:
    cluster = next((word for word in reversed(before) if is_cluster(word)), None)
    app = _telling(word for word in before if word != cluster)
    return PathRole(environment, cluster, app, _telling(rest))


def _with_values(found: PathRole, before: str | None, after: str | None) -> PathRole:
    """`values-production.yaml`, `production-values.yaml`, `staging-client-values.yaml`; plain: a base."""
    environment, part = after, None
    if before is not None:
        words = re.split(r"[._-]", before)
        known = next((word for word in words if is_environment(word)), None)
        environment = environment or known
        part = "-".join(word for word in words if word != known) or None
    app = (*found.app, part) if part else found.app
    if environment is None:
        return found._replace(app=app, base=found.environment is None)
    if found.environment is not None and level(environment) is None and not is_cluster(environment):
        return found._replace(app=(*app, environment))  # values-redis.yaml in an overlay is the app's
    if found.environment is None or level(found.environment) == level(environment):
        return found._replace(environment=environment, app=app, base=False)
    outer = found.cluster or found.environment
    return PathRole(environment, outer, app, found.inner)


def _telling(folders: Iterable[str]) -> tuple[str, ...]:

    return tuple(word for word in folders if word.lower() not in _SAY_NOTHING)
