"""`other_app`: the kustomization of an app takes files out of another app's folder. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import takewhile
from typing import NamedTuple

from updater.tools.audit.finding import Finding, quoted
from updater.tools.audit.tree import Link, Tree
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
    below = _apps_below(tree)
    for sheet in tree.sheets.values():
        own = _app(sheet.path, below) if sheet.kind == "kustomization" else None
        for link in sheet.links if own else ():
            other = _app(f"{link.target}/", below)
            if own and other and not _is_shared(link.target) and not _are_one(own, other):
                yield Finding(sheet.path, link.line, "other_app", _sentence(own, link, other))


def _app(path: str, below: AbstractSet[_Below]) -> str | None:
    """The folder of the app: what holds a base or overlays, stands in apps/, or below base and overlays."""
    found = _above(path)
    if found is not None:
        return found
    inner = _below(path)
    return None if inner is None or inner.app not in below else inner.folder


class _Below(NamedTuple):
    """`base/shop` and `overlays/staging/shop`: an app of a root that has such folders in both."""

    root: str
    name: str


class _Folder(NamedTuple):
    app: _Below
    folder: str
    of_base: bool


def _apps_below(tree: Tree) -> AbstractSet[_Below]:
    """A folder with a kustomization below a base may be anything, but for one that overlays have, too."""
    paths = (path for path, sheet in tree.sheets.items() if sheet.kind == "kustomization")
    found = [inner for path in paths if (inner := _below(path)) is not None]
    return {one.app for one in found if one.of_base} & {one.app for one in found if not one.of_base}


def _below(path: str) -> _Folder | None:
    folders = path.split("/")[:-1]
    at = next((number for number, folder in enumerate(folders) if folder in _INNER), len(folders))
    of_base = folders[at : at + 1] in (["base"], ["bases"])
    rest = folders[at + 1 :] if of_base else path_role(path).inner
    if at == len(folders) or not rest or rest[0] not in folders[at:]:
        return None
    end = folders.index(rest[0], at + 1) + 1
    return _Folder(_Below("/".join(folders[:at]), rest[0]), "/".join(folders[:end]), of_base)


def _above(path: str) -> str | None:
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


def _sentence(own: str, link: Link, other: str) -> str:
    return (
        f"{quoted(link.written)} takes {quoted(own)} into the folder of {quoted(other)}: "
        "move what both need to a shared place such as _shared/, or copy it"
    )
