"""`updater schema`: what an editor needs in order to complete and check the config while one writes."""

from __future__ import annotations

from typing import Literal, TypeAlias

from updater.config import schema as documents
from updater.runner import Exit
from updater.terminal import say_json

File: TypeAlias = Literal["updater", "app"]
_STANDS_AT = {"updater": "updater.yaml", "app": "apps/*.yaml"}


def schema(file: File) -> Exit:
    """Print the JSON Schema of `updater.yaml`, or of the files under `apps/`."""
    say_json(documents()[_STANDS_AT[file]])
    return Exit.FINE
