"""What Renovate updates: the images of kustomizations, of values, of manifests. Pure.

Source: https://docs.renovatebot.com/configuration-options/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from updater.manifests import PinRefused, Selector, entries
from updater.printable import printable
from updater.tools.init.workload_pins import workload_selectors
from updater.tools.migrate.checkout import Checkout, names_of
from updater.tools.migrate.documents import refused_at
from updater.tools.migrate.found import NotCarriedOver, ToolFinds
from updater.tools.migrate.json5 import Json, NotJson, read_json5
from updater.tools.migrate.renovate_dependencies import Dependencies, take_custom
from updater.tools.migrate.renovate_rules import Dependency, matches

_NAMES = ("renovate.json", "renovate.jsonc", "renovate.json5")
_FILES = (
    *(f"{folder}{name}" for folder in ("", ".github/", ".gitlab/") for name in _NAMES),
    *(".renovaterc", ".renovaterc.json", ".renovaterc.jsonc", ".renovaterc.json5"),
)
_PATTERNS = {
    "kustomize": (r"/(^|/)kustomization\.ya?ml$/",),
    "helm-values": (r"/(^|/)values\.ya?ml$/",),
    "kubernetes": (),
    "flux": (),
}
_SAID_HERE = re.compile(
    r"(?:config|schedule|group|workarounds|helpers|security|customManagers|abandonments|mergeConfidence)?:\S+"
)
_PINS = re.compile(r"docker:pinDigests|config:best-practices")
_OFF = re.compile(r"docker:disable|:?disableRenovate|default:disableRenovate")


def is_renovates(path: str) -> bool:
    return path in _FILES


def read_renovate(checkout: Checkout) -> ToolFinds:
    finds = ToolFinds("Renovate")
    file = next((name for name in _FILES if name in checkout.files), None)
    if file is None:
        return finds
    finds.seen = 1
    try:
        config = read_json5(checkout.files[file].decode(errors="replace"))
        _refuse_whole(config, checkout)
    except NotJson as broken:
        finds.leave_out(f"{file}:{broken.line}", "", str(broken))
        return finds
    except NotCarriedOver as why:
        finds.leave_out(file, "", str(why))
        return finds
    finds.remarks += _remarks(config)
    dependencies = Dependencies(checkout, config, file, finds)
    for manager in _PATTERNS:
        _take(dependencies, manager)
    take_custom(dependencies)
    return finds


def _refuse_whole(config: Json, checkout: Checkout) -> None:
    """Raises NotCarriedOver."""
    presets = config.get("extends").texts
    if config.get("enabled").value is False or any(_OFF.fullmatch(preset) for preset in presets):
        raise NotCarriedOver("it is switched off, for images or as a whole")
    branches = (*config.get("baseBranches").texts, *config.get("baseBranchPatterns").texts)
    if checkout.branch and branches and not any(matches(branch, checkout.branch) for branch in branches):
        raise NotCarriedOver(
            f"it works on {printable(branches[0])[:40]}, and {checkout.branch} is what was read"
        )


def _remarks(config: Json) -> Iterator[str]:
    presets = config.get("extends").texts
    others = [preset for preset in presets if not _SAID_HERE.fullmatch(preset)]
    if others:
        yield f"what these presets say is not known here: {printable(', '.join(others))[:200]}"
    if any(_PINS.fullmatch(preset) for preset in presets):
        yield "it pins digests (docker:pinDigests): a pin of ours changes what stands there, and adds none"
    if "schedule" in config or any(preset.startswith("schedule:") for preset in presets):
        yield "its schedule is not carried over: `gates: {window: …}` says when something may move"


def _take(dependencies: Dependencies, manager: str) -> None:
    if not dependencies.is_enabled(manager):
        return
    checkout, finds = dependencies.checkout, dependencies.finds
    try:
        files = list(dependencies.files(dependencies.config.get(manager), _PATTERNS[manager]))
    except NotCarriedOver as why:
        finds.leave_out(dependencies.source, manager, str(why))
        return
    for file in files:
        try:
            selectors = list(_selectors(manager, checkout.files[file]))
        except PinRefused as refused:
            finds.leave_out(refused_at(file, refused), manager, refused.sentence)
            continue
        for one in checkout.pins_of(file, selectors):
            finds.seen += 1
            if isinstance(one, NotCarriedOver):
                finds.leave_out(printable(file), manager, str(one))
            else:
                dependencies.track(one, Dependency(manager, file, names_of(one.image)))


def _selectors(manager: str, data: bytes) -> Iterator[Selector]:
    """As the manager looks: for whole images, or for a tag beside its repository. Raises PinRefused."""
    if manager == "kustomize":
        yield from entries(data, "kustomization")
    elif manager == "kubernetes":
        yield from (one for one in workload_selectors(data) if one.at is None or one.at.endswith(".image"))
    elif b"kind: HelmRelease" in data:
        yield from (one for one in workload_selectors(data) if one.at is not None and one.at.endswith(".tag"))
    elif manager == "helm-values":
        yield from (one for one in entries(data, "helm-values") if one.image and _is_image(one.at or ""))


def _is_image(at: str) -> bool:
    """Below a key that ends so, or behind one."""
    keys = re.sub(r"\[[^\]]*\]", "", at).split(".")
    return any(key.lower().endswith("image") for key in keys[-2:])
