"""Print the dev dependency group: pip on Python 3.11 machines may be older than `--group`."""

from __future__ import annotations

import pathlib
import sys
import tomllib

GROUPS = tomllib.loads(pathlib.Path("pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]


def requirements(group: str) -> list[str]:
    """Of this group and of those it includes."""
    listed = []
    for each in GROUPS[group]:
        listed += [each] if isinstance(each, str) else requirements(each["include-group"])
    return listed


sys.stdout.write("\n".join(requirements("dev")) + "\n")
