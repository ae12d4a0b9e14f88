"""To know which environment a file belongs to, and which policy its images are under. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from updater.config import Pin, Policy, TagPolicy
from updater.config.layers import shipped
from updater.config.levels import Level, level
from updater.model import Placement
from updater.tools.audit.tree import AppliedPolicy, FileSummary, NamedImage
from updater.value_class import value_class

_AS_SHIPPED = {
    Level.PRODUCTION: "production",
    Level.STAGING: "staging",
    Level.DEVELOPMENT: "development",
}


@value_class
class Environments:
    policies: Mapping[Placement, Policy]
    """Of the config; none where there is no config."""
    folders: Mapping[str, str]
    """Those that the config says are one environment's."""
    common: Mapping[str, TagPolicy]
    """What all apps of an environment have in common."""
    owner: str | None = None
    """Whose images the environments run, where no config says it."""
    as_shipped: bool = False
    """Most of these hold tags that the shipped policy has, where no config says otherwise."""

    def name(self, sheet: FileSummary) -> str | None:
        folder = sheet.folder
        while folder:
            if folder in self.folders:
                return self.folders[folder]
            folder = folder.rpartition("/")[0]
        guessed = sheet.spot.environment
        return self._known(guessed) if guessed else None

    def applied(self, sheet: FileSummary, said: NamedImage) -> AppliedPolicy | None:
        """None where nobody says what is right there."""
        if said.placement is not None:
            return AppliedPolicy(said.placement.environment, self.policies[said.placement].tags, "all")
        name = self.name(sheet)
        tags = self._tags(name) if name else None
        if name is None or tags is None:
            return None
        if self.policies or _owner(said.image) != self.owner:
            return AppliedPolicy(name, tags, "forbidden")
        return AppliedPolicy(name, tags, "all" if self.as_shipped else "vague")

    def _known(self, guessed: str) -> str:
        """As the config calls it, if it has one like that."""
        alike = (name for name in self.common if level(_last(name)) == level(guessed) is not None)
        return guessed if guessed in self.common else next(alike, guessed)

    def _tags(self, name: str) -> TagPolicy | None:
        """A name that says nothing, say that of a customer or a region, has no policy."""
        if name in self.common:
            return self.common[name]
        found = level(_last(name))
        return shipped(_AS_SHIPPED[found]) if found in _AS_SHIPPED else None


def environments(policies: Sequence[Policy], sheets: Iterable[FileSummary]) -> Environments:
    if policies:
        by_placement = {policy.placement: policy for policy in policies}
        return Environments(by_placement, _folders(policies), _common(policies))
    pins = [
        (owner, said.tag)
        for sheet in sheets
        if sheet.spot.environment is not None and sheet.kind is not None
        for said in sheet.images
        if (owner := _owner(said.image)) and said.tag
    ]
    owner = _most_common(owner for owner, _ in pins)
    return Environments({}, {}, {}, owner, _are_as_shipped([tag for one, tag in pins if one == owner]))


def _folders(policies: Sequence[Policy]) -> dict[str, str]:
    """Folders whose kustomization is a pin; none that two environments share."""
    found: dict[str, set[str]] = {}
    for policy in policies:
        for pin in policy.pins:
            if pin.selector.kind == "kustomization":
                found.setdefault(_folder(pin), set()).add(policy.placement.environment)
    return {folder: names.pop() for folder, names in found.items() if folder and len(names) == 1}


def _folder(pin: Pin) -> str:
    return pin.files[0].rpartition("/")[0] if pin.files else ""


def _common(policies: Sequence[Policy]) -> dict[str, TagPolicy]:
    found: dict[str, TagPolicy] = {}
    for policy in policies:
        name, tags = policy.placement.environment, policy.tags
        so_far = found.get(name, tags)
        forbid = tuple(pattern for pattern in so_far.forbid if pattern in tags.forbid)
        found[name] = replace(so_far, forbid=forbid, placeholders=so_far.placeholders | tags.placeholders)
    return found


def _most_common(owners: Iterable[str]) -> str | None:
    return next((owner for owner, _ in Counter(owners).most_common(1)), None)


def _are_as_shipped(tags: Sequence[str]) -> bool:
    policy = shipped("production")
    right = sum(policy.allowed(tag) or policy.scheme.read(tag) is not None for tag in tags)
    return right * 2 > len(tags)


def _owner(image: str) -> str | None:
    """`ghcr.io/org` of `ghcr.io/org/shop`; an image without a registry is nobody's here."""
    registry, slash, rest = image.partition("/")
    if not slash or not ({".", ":"} & set(registry)):
        return None
    return f"{registry}/{rest.partition('/')[0]}" if "/" in rest else registry


def _last(environment: str) -> str:
    return environment.rpartition("/")[2]
