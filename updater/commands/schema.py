"""`updater schema`: what an editor needs in order to complete and check the config while one writes."""

from __future__ import annotations

import json
import sys
from typing import Literal, TypeAlias

from updater.config import schema as documents
from updater.runner import Exit

File: TypeAlias = Literal["updater", "app"]
_STANDS_AT = {"updater": "updater.yaml", "app": "apps/*.yaml"}


def schema(file: File) -> Exit:
    """Print the JSON Schema of `updater.yaml`, or of the files under `apps/`."""
    json.dump(documents()[_STANDS_AT[file]], sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return Exit.FINE
