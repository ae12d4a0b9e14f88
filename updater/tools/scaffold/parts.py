"""The parts of a deploy repository, and which of them may be left out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

ALWAYS = ("kubernetes", "updater", "readme")
OPTIONAL = (
    "helm",
    "argocd",
    "monitoring",
    "secrets",
    "migrations",
    "scripts",
    "workflows",
    "runbooks",
)
NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType({"workflows": ("scripts",)})
"""What calls files of another part does not go without it."""


def check_left_out(names: Sequence[str]) -> None:
    """Raises ValueError where a name is no part, or a part that stays needs it."""
    for name in names:
        if name in ALWAYS:
            raise ValueError(f"{name} is what the rest is for: leave out any of {', '.join(OPTIONAL)}")
        if name not in OPTIONAL:
            raise ValueError(
                f"there is no part {name!r}: those that may be left out are {', '.join(OPTIONAL)}"
            )
    for name in names:
        needing = [part for part, needed in NEEDS.items() if name in needed and part not in names]
        if needing:
            both = ",".join(part for part in OPTIONAL if part in {*names, *needing})
            raise ValueError(f"{name} is needed by {' and '.join(needing)}: leave all of them out, {both}")
