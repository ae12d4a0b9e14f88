"""What has to have run a tag before: one environment, all of some, or any of them. Pure."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from updater.value_class import value_class


@value_class
class After:
    names: tuple[str, ...]
    any: bool = False


def _after(value: Any) -> After:  # noqa: ANN401 - whatever the YAML holds
    if isinstance(value, After):
        return value
    relaxed = isinstance(value, dict) and set(value) == {"any"}
    names = value["any"] if relaxed else [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("write an environment, a list of them, or {any: [a list of them]}")
    return After(tuple(dict.fromkeys(names)), any=relaxed)


def _written_after(after: After) -> Any:  # noqa: ANN401 - a list or a mapping
    return {"any": list(after.names)} if after.any else list(after.names)


_NAMES = {"type": "array", "items": {"type": "string"}}
Predecessors = Annotated[
    After,
    PlainValidator(_after),
    PlainSerializer(_written_after),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                _NAMES,
                {
                    "type": "object",
                    "properties": {"any": _NAMES},
                    "required": ["any"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
