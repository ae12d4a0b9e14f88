"""To say at the end what was carried over, what was not, and what is left to a person. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from updater.config import Config
from updater.printable import excerpt
from updater.tools.init.clone_address import CloneAddress
from updater.tools.init.config_draft import Drafts
from updater.tools.init.pins import LeftOut
from updater.tools.init.summary import count_of, told_of, unsure_places
from updater.tools.migrate.found import ToolFinds
from updater.value_class import value_class

_MOST = 50
_LONGEST = 300
"""Letters of one line."""


@value_class
class Migrated:
    """What came of it; `token` is the variable with the forge's."""

    tools: tuple[ToolFinds, ...]
    left_out: tuple[LeftOut, ...]
    drafts: Drafts
    address: CloneAddress
    token: str


def summary(config: Config, migrated: Migrated, folder: PurePath) -> Iterator[str]:
    drafts, address = migrated.drafts, migrated.address
    pins = sum(len(policy.pins) for policy in config.policies.values())
    names = [environment.name for environment in drafts.environments]
    counts = (count_of(len(drafts.apps), "app"), count_of(pins, "pin"), count_of(len(names), "environment"))
    yield f"wrote {folder}: {', '.join(counts)}, from {_tools(migrated.tools)}"
    yield from (f"  {name}: {told_of(drafts, name)}" for name in names)
    yield from not_carried_over(migrated.tools, migrated.left_out)
    unsure = unsure_places(drafts, address)
    if unsure:
        yield f"unsure in {count_of(unsure, 'place')}: look for `unsure` in the files"
    yield from _to_fill_in(drafts, address, migrated.token)
    where = "" if folder == PurePath("config") else f" --config {folder}"
    yield f"next: updater check{where}, then updater plan{where}; it writes nothing while the mode is observe"


def not_carried_over(tools: Sequence[ToolFinds], left_out: Sequence[LeftOut]) -> Iterator[str]:
    if left_out:
        yield f"not carried over, {count_of(len(left_out), 'place')}:"
    for one in left_out[:_MOST]:
        what = f" ({one.what})" if one.what else ""
        yield f"  {excerpt(f'{one.where}{what}: {one.why}', _LONGEST)}"
    if len(left_out) > _MOST:
        yield f"  and {len(left_out) - _MOST:,} more"
    for tool in tools:
        yield from (excerpt(f"{tool.tool}: {remark}", _LONGEST) for remark in tool.remarks)


def _tools(tools: Sequence[ToolFinds]) -> str:
    return " and ".join(tool.tool for tool in tools if tool.tracked)


def _to_fill_in(drafts: Drafts, address: CloneAddress, token: str) -> Iterator[str]:
    registries = sorted({image.partition("/")[0] for app in drafts.apps for image in app.images})
    if address.forge is not None:
        yield f"to fill in: the token for {address.forge}, in the environment variable {token}"
    yield f"to fill in: credentials of {', '.join(registries)} under `registries`, where images are private"
