"""`other_app`: the kustomization of an app takes files out of another app's folder. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from updater.tools.audit.finding import Finding, quoted
from updater.tools.audit.tree import FileSummary, Link, Tree
from updater.tools.init.path_roles import path_role
from updater.tools.init.vocabulary import is_environment

_INNER = frozenset({"base", "bases", "overlay", "overlays"})
_OUTER = frozenset({"apps", "applications"})
_SHARED = frozenset(
    {
        "shared",
        "common",
        "component",
        "components",
        "lib",
        "libs",
        "library",
        "libraries",
        "template",
        "templates",
        "global",
        "core",
    }
)


def other_app(tree: Tree) -> Iterator[Finding]:
    for sheet in tree.sheets.values():
        own = _app(sheet.path) if sheet.kind == "kustomization" else None
        for link in sheet.links if own else ():
            other = _app(f"{link.target}/")
            if own and other and not _is_shared(link.target) and not _are_one(own, other):
                yield Finding(sheet.path, link.line, "other_app", _sentence(sheet, link, other))


def _app(path: str) -> str | None:
    """The folder of the app: what holds a base or overlays, or stands in apps/."""
    folders = path.split("/")[:-1]
    before = list(takewhile(lambda folder: folder not in _INNER, folders))
    if len(before) == len(folders):
        outer = next((number for number, folder in enumerate(folders) if folder in _OUTER), None)
        before = folders[: outer + 2] if outer is not None else []
    return "/".join(before) if before and _names_an_app(before[-1]) else None


def _names_an_app(folder: str) -> bool:
    """And not a layer, an environment, or what merely collects, such as k8s/base."""
    return not is_environment(folder) and path_role(f"{folder}/base/kustomization.yaml").app == (folder,)


def _is_shared(target: str) -> bool:
    return any(folder.startswith(("_", ".")) or folder in _SHARED for folder in target.split("/"))


def _are_one(one: str, other: str) -> bool:
    """The same app may also have folders in several places, such as local-k8s/apps/shop."""
    if one.rpartition("/")[2] == other.rpartition("/")[2]:
        return True
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _sentence(sheet: FileSummary, link: Link, other: str) -> str:
    own = _app(sheet.path) or ""
    return (
        f"{quoted(link.written)} takes {quoted(own)} into the folder of {quoted(other)}: "
        "move what both need to a shared place such as _shared/, or copy it"
    )
