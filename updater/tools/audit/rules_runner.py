"""To hold the files of a deploy repository against the rules. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from updater.config import Pin, Policy
from updater.config.tag_settings import Tags
from updater.manifests import KINDS, PinRefused
from updater.manifests.composer import compose
from updater.manifests.dotenv import compose_env
from updater.manifests.seals import refuse_encrypted, refuse_sealed
from updater.reasons import failure_reasons
from updater.tools.audit.environments import environments
from updater.tools.audit.finding import Finding
from updater.tools.audit.images import images, inline_patches
from updater.tools.audit.links import links
from updater.tools.audit.rules import OF_A_FILE, OF_THE_TREE
from updater.tools.audit.running_tags import running_images
from updater.tools.audit.scan import ScanResult
from updater.tools.audit.tree import FileSummary, SourceFile, Tree
from updater.tools.init.path_roles import path_role
from updater.tools.set_image import kind_of


@dataclass(slots=True)
class Audited:
    findings: list[Finding] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    """Files, and why each was not looked at; templates are not meant to be."""
    files: int = 0


def run_rules(seen: Iterable[ScanResult], policies: Collection[Policy], ignored: Collection[str]) -> Audited:
    audited, sheets = Audited(), dict[str, FileSummary]()
    pins = _pins(policies)
    found: set[Finding] = set()
    for one in seen:
        audited.files += 1
        try:
            of_file = pins.get(one.path, ())
            source = _source(one, of_file)
            sheets[one.path] = _sheet(source, of_file)
        except PinRefused as refused:
            if refused.code != "template":
                audited.unread.append((one.path, str(refused)))
            continue
        found.update(chain.from_iterable(rule(source) for rule in OF_A_FILE.values()))
    tree = _tree(sheets, tuple(policies))
    found.update(chain.from_iterable(rule(tree) for rule in OF_THE_TREE.values()))
    audited.findings = sorted(finding for finding in found if finding.code not in ignored)
    return audited


def _pins(policies: Iterable[Policy]) -> Mapping[str, list[Pin]]:
    found: dict[str, list[Pin]] = {}
    for pin in chain.from_iterable(policy.pins for policy in policies):
        for file in pin.files:
            found.setdefault(file, []).append(pin)
    return found


def variables(policies: Iterable[Policy]) -> frozenset[str]:
    """The files of KEY=VALUE that the config names: they may be called anything."""
    return frozenset(path for path, pins in _pins(policies).items() if _is_env(pins))


def _is_env(pins: Collection[Pin]) -> bool:
    return bool(pins) and all(KINDS[pin.selector.kind].syntax == "env" for pin in pins)


def _source(seen: ScanResult, pins: Collection[Pin]) -> SourceFile:
    """Raises PinRefused where nothing can be said about it."""
    if seen.data is None:
        raise PinRefused(failure_reasons.UNREADABLE, seen.why)
    refuse_encrypted(seen.data)
    file, kind = (
        (compose_env(seen.data), "env-file")
        if _is_env(pins)
        else (compose(seen.data), kind_of(_name(seen.path)))
    )
    refuse_sealed(file)
    return SourceFile(seen.path, seen.data, file, path_role(seen.path), kind)


def _sheet(source: SourceFile, pins: Iterable[Pin]) -> FileSummary:
    return FileSummary(
        source.path,
        source.spot,
        source.kind,
        images(source, list(pins)),
        links(source),
        inline_patches(source),
    )


def _tree(sheets: Mapping[str, FileSummary], policies: tuple[Policy, ...]) -> Tree:
    known = environments(policies, sheets.values())
    return Tree(
        sheets=sheets,
        environments={path: name for path, sheet in sheets.items() if (name := known.name(sheet))},
        running=tuple(running_images(sheets, known)),
        declared=frozenset(str(image) for policy in policies for image in policy.images),
        placeholders=frozenset(_placeholders(policies)),
    )


def _placeholders(policies: Iterable[Policy]) -> Iterator[str]:
    yield from Tags().placeholders
    yield from chain.from_iterable(policy.tags.placeholders for policy in policies)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
