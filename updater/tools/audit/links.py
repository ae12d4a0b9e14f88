"""To follow what a kustomization takes in through the repository. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from updater.manifests import file_names
from updater.tools.audit.tree import FileSummary, Link, SourceFile
from updater.tools.kustomize_links import named_paths


def links(source: SourceFile) -> tuple[Link, ...]:
    if source.kind != "kustomization" or not source.file.documents:
        return ()
    found = named_paths(source.path, source.file.documents[0].root)
    return tuple(Link(one.target, one.node.value, one.node.line) for one in found if one.target)


def reach(sheet: FileSummary, sheets: Mapping[str, FileSummary]) -> list[FileSummary]:
    """Itself and all that it takes in, the nearest first."""
    found, waiting = {sheet.path: sheet}, [sheet]
    for one in waiting:
        for link in one.links:
            target = resolved(link, sheets)
            if target is not None and target.path not in found:
                found[target.path] = target
                waiting.append(target)
    return list(found.values())


def resolved(link: Link, sheets: Mapping[str, FileSummary]) -> FileSummary | None:
    """The file itself, or the kustomization of the folder."""
    inside = (posixpath.join(link.target, name) for name in file_names("kustomization"))
    return next((sheets[path] for path in (link.target, *inside) if path in sheets), None)
