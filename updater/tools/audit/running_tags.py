"""To tell what each environment runs: its own pins, and what it takes over from a base as it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from updater.manifests.reference import repository
from updater.tools.audit.environments import Environments
from updater.tools.audit.links import reach, resolved
from updater.tools.audit.tree import FileSummary, NamedImage, RunningImage


def running_images(sheets: Mapping[str, FileSummary], environments: Environments) -> Iterator[RunningImage]:
    yield from _pins(sheets.values(), environments)
    reached: set[str] = set()
    for root in _roots(sheets):
        taken = reach(root, sheets)
        reached |= {sheet.path for sheet in taken}
        if environments.name(root) is not None:
            yield from _taken_over(root, taken, sheets, environments)
    for sheet in sheets.values():
        if sheet.kind is None and sheet.path not in reached:
            yield from _here(sheet, environments)


def _pins(sheets: Iterable[FileSummary], environments: Environments) -> Iterator[RunningImage]:
    for sheet in sheets:
        if sheet.kind is not None or any(said.placement for said in sheet.images):
            yield from _here(sheet, environments)


def _here(sheet: FileSummary, environments: Environments) -> Iterator[RunningImage]:
    for said in sheet.images:
        applied = environments.applied(sheet, said)
        if applied is not None:
            yield RunningImage(applied, said, sheet.path, said.line)


def _roots(sheets: Mapping[str, FileSummary]) -> list[FileSummary]:
    """Kustomizations that no other takes in: these are what is applied."""
    inner = {
        found.path for sheet in sheets.values() for link in sheet.links if (found := resolved(link, sheets))
    }
    return [sheet for sheet in sheets.values() if sheet.kind == "kustomization" and sheet.path not in inner]


def _taken_over(
    root: FileSummary,
    taken: list[FileSummary],
    sheets: Mapping[str, FileSummary],
    environments: Environments,
) -> Iterator[RunningImage]:
    """Images of containers; a kustomization on the way may have the last word on them."""
    entries = [(sheet, said) for sheet in taken if sheet.kind == "kustomization" for said in sheet.images]
    manifests = [(sheet, said) for sheet in taken for said in _of_manifests(sheet)]
    own = environments.name(root)
    patched = {said.image for sheet, said in manifests if environments.name(sheet) == own}
    for sheet, said in manifests:
        here = environments.name(sheet) == own
        if not here and said.image in patched:
            continue
        source, final = next(
            ((other, entry) for other, entry in entries if _means(entry, said.image)), (sheet, said)
        )
        if final is said or environments.name(source) is None:
            holder = _innermost(taken, source, sheets, environments)
            yield from _at(holder, source, final, environments)


def _innermost(
    taken: list[FileSummary],
    source: FileSummary,
    sheets: Mapping[str, FileSummary],
    environments: Environments,
) -> FileSummary:
    """Where an environment's own kustomization takes others in, one for each app, that app's is meant."""
    own = environments.name(taken[0])
    inner = (one for one in reversed(taken) if one.kind == "kustomization" and environments.name(one) == own)
    return next(one for one in inner if any(source.path == found.path for found in reach(one, sheets)))


def _of_manifests(sheet: FileSummary) -> Iterable[NamedImage]:
    return sheet.images if sheet.kind is None else sheet.patches


def _means(entry: NamedImage, image: str) -> bool:
    """Some write the tag to the name: `name: shop:latest`."""
    return not entry.says_nothing and image in {entry.name, entry.image, repository(entry.name)}


def _at(
    root: FileSummary, source: FileSummary, said: NamedImage, environments: Environments
) -> Iterator[RunningImage]:
    applied = environments.applied(root, said)
    if applied is None:
        return
    if environments.name(source) == applied.environment:
        yield RunningImage(applied, said, source.path, said.line)
    else:
        yield RunningImage(applied, said, root.path, 1, f"{source.path}:{said.line}")
