"""Settings that may be written shorter than they are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from updater.settings import Settings


@dataclass(frozen=True)
class AlsoWritten:
    """The JSON Schema of a setting with a short form, as `soak: 30m`."""

    short: JsonSchemaValue

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [handler(core), self.short]}


_BARE = AlsoWritten({"type": ["string", "number", "boolean", "array"]})


def chosen_from(table: Mapping[str, type[Settings]], said: Mapping[str, str], *how: object) -> dict[str, Any]:
    """A field for each of a table: of its settings, or of their short form. `said` describes them."""
    return {
        name: (Annotated[(model, _BARE, *how)], Field(default=None, description=said[name]))
        for name, model in table.items()
    }
