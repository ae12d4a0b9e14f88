"""To say at the end what was written, and what was not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from updater.config import Config
from updater.tools.init.clone_address import CloneAddress
from updater.tools.init.config_draft import Drafts
from updater.tools.init.pins import LeftOut

_REASONS = {
    "others": "built by somebody else (by registry, owner and tags)",
    "base": "in a base whose environments set the image themselves",
    "unread": "no scheme reads the tags that run there",
    "charts": "the version of a chart",
    "literals": "in a literal",
    "unmatched": "no resource names the image that the entry is for",
    "shared": "in a component that several environments share",
    "image": "no registry in the image's name, or no repository beside the tag",
    "path": "a path that config cannot name",
    "pin_missing": "no tag there, or no pin at all",
    "sealed": "covered by a checksum or a signature",
    "encrypted": "encrypted",
    "template": "filled in by a template",
    "too_large": "the file is too large",
    "symlink": "a symbolic link",
    "not_yaml": "not YAML",
}

_MOST = 20
"""Places, before it says how many more there are."""


def summary(
    config: Config, drafts: Drafts, address: CloneAddress, left_out: Sequence[LeftOut], folder: PurePath
) -> Iterator[str]:
    pins = sum(len(policy.pins) for policy in config.policies.values())
    names = [environment.name for environment in drafts.environments]
    counts = (count_of(len(drafts.apps), "app"), count_of(pins, "pin"), count_of(len(names), "environment"))
    yield f"wrote {folder}: {', '.join(counts)}"
    yield from (f"  {name}: {told_of(drafts, name)}" for name in names)
    yield from left_out_by_reason(left_out)
    unsure = unsure_places(drafts, address)
    if unsure:
        yield f"unsure in {count_of(unsure, 'place')}: look for `unsure` in the files"
    where = "" if folder == PurePath("config") else f" --config {folder}"
    yield f"next: updater check{where}, then updater plan{where}; it writes nothing while the mode is observe"


def left_out_by_reason(left_out: Sequence[LeftOut]) -> Iterator[str]:
    counts = Counter(_REASONS.get(one.code, "cannot be changed without doubt") for one in left_out)
    if counts:
        yield f"left out {count_of(len(left_out), 'place')}:"
        yield from (f"  {number}: {reason}" for reason, number in counts.most_common())


def where_left_out(left_out: Sequence[LeftOut]) -> Iterator[str]:
    """Where no config is written that lists them."""
    for one in left_out[:_MOST]:
        what = f" ({one.what})" if one.what else ""
        yield f"  {one.where}{what}: {one.why}"
    if len(left_out) > _MOST:
        yield f"  and {len(left_out) - _MOST:,} more"


def told_of(drafts: Drafts, name: str) -> str:
    settings = next(one.settings for one in drafts.environments if one.name == name)
    apps = sum(name in app.environments for app in drafts.apps)
    after = f", after {settings['after']}" if "after" in settings else ""
    delivered = "only read" if settings["deliver"] == "none" else f"by {settings['deliver']}"
    return f"{count_of(apps, 'app')}, {delivered}{after}"


def unsure_places(drafts: Drafts, address: CloneAddress) -> int:
    """As often as the files say it: environments of an app that share a doubt share its line."""
    of_apps = sum(
        len({doubt for one in app.environments.values() for doubt in one.doubts}) for app in drafts.apps
    )
    return len(address.doubts) + sum(len(one.doubts) for one in drafts.environments) + of_apps


def count_of(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
