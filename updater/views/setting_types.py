"""What type a setting has, in plain words; its default and an example, as a user writes them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, WithJsonSchema
from pydantic.fields import FieldInfo

from updater.config import names
from updater.config.addresses import GitAddress, WebAddress
from updater.config.clusters import Names
from updater.config.models import ManifestSize
from updater.config.predecessors import Predecessors
from updater.config.repositories import Branch
from updater.config.short_forms import AlsoWritten
from updater.config.tag_settings import Follow
from updater.config.watching import AlertName, MetricName, Query, SpanQuery, TagQuery
from updater.gates.freeze import Moment
from updater.gates.window import ClockTime, Days
from updater.settings import Duration, Size, Zone

Model: TypeAlias = type[BaseModel]
_WORDS: Sequence[tuple[Any, str]] = (
    (Duration, "duration"),
    (ManifestSize, "size"),
    (Size, "size"),
    (Zone, "time zone"),
    (Predecessors, "environment, list of them, or `{any: […]}`"),
    (Names, "text, or list of texts"),
    (names.Reviewer, "login, or `team:name`"),
    (names.Word, "text"),
    (names.Name, "name"),
    (names.EnvironmentName, "environment"),
    (names.EnvironmentPattern, "environment, or a pattern of them"),
    (names.AppName, "name"),
    (names.Host, "host"),
    (names.HostName, "host without a port"),
    (names.RegistryName, "host, or `host/path`"),
    (names.HelperName, "program"),
    (names.Variable, "environment variable"),
    (names.SecretFile, "path of a file"),
    (names.Email, "mail address"),
    (names.Person, "text"),
    (names.Pattern, "glob pattern of tags"),
    (names.ImageName, "image"),
    (names.ImageNameOrPattern, "image, or a pattern of them"),
    (names.ChartName, "chart"),
    (Branch, "branch"),
    (GitAddress, "git address"),
    (WebAddress, "web address"),
    (MetricName, "name"),
    (AlertName, "name of an alert"),
    (Query, "PromQL"),
    (SpanQuery, "PromQL"),
    (TagQuery, "PromQL"),
    (Days, "days of the week"),
    (ClockTime, "time of day"),
    (Moment, "date, or date and time"),
)
_PLAIN: Mapping[Any, str] = {bool: "true or false", int: "whole number", float: "number", str: "text"}


def type_of(field: FieldInfo, links: Mapping[Model, str]) -> str:
    """`links` say how a model is named."""
    return _words(field.annotation, field.metadata, links)


def models_in(field: FieldInfo) -> Iterator[tuple[Model, str]]:
    """Every model in it, and the steps from the key to it: `.NAME` of a mapping, `[]` of a list."""
    yield from _models(field.annotation, "")


def default_of(field: FieldInfo) -> str:
    """Empty: there is none, or it is told key by key."""
    if field.is_required():
        return ""
    default = field.get_default(call_default_factory=True)
    if isinstance(default, Follow):
        return default.name
    if default in (None, (), {}, "") or isinstance(default, BaseModel):
        return ""
    if "size" in _known(field.metadata):
        return f"{default >> 10}KiB"
    whole: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return _written(TypeAdapter(whole).dump_python(default, mode="json"))


def example_of(field: FieldInfo) -> str:
    """What the schema has as the first one; empty: none."""
    return _example(field.annotation, field.metadata)


def _known(metadata: Sequence[Any]) -> Iterator[str]:
    return (word for alias, word in _WORDS if alias.__metadata__[-1] in metadata)


def _words(annotation: Any, metadata: Sequence[Any], links: Mapping[Model, str]) -> str:  # noqa: ANN401 - any type
    said = next(_known(metadata), None) or _choices(metadata) or _by_shape(annotation, links)
    short = (word for mark in metadata if isinstance(mark, AlsoWritten) and (word := _short(mark.short)))
    return ", or ".join([said, *short])


def _choices(metadata: Sequence[Any]) -> str:
    schemas = (mark.json_schema or {} for mark in metadata if isinstance(mark, WithJsonSchema))
    return next((_one_of(schema["enum"]) for schema in schemas if "enum" in schema), "")


def _by_shape(annotation: Any, links: Mapping[Model, str]) -> str:  # noqa: ANN401 - as above
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(inner[0], inner[1:], links)
    if origin in {Union, UnionType}:
        return " or ".join(dict.fromkeys(_words(each, (), links) for each in inner if each is not NoneType))
    if origin is Literal:
        return _one_of(inner)
    if origin is tuple:
        return f"list of {_plural(_words(inner[0], (), links))}"
    if origin is dict:
        return f"mapping of {_plural(_words(inner[0], (), links))} to {_plural(_words(inner[1], (), links))}"
    return links.get(annotation) or _PLAIN.get(annotation, "text")


_REGULAR = {"text", "host", "name", "image", "chart", "environment", "environment variable"}
_PLURALS = {
    "glob pattern of tags": "glob patterns of tags",
    "image, or a pattern of them": "images, or patterns of them",
    "environment, or a pattern of them": "environments, or patterns of them",
    "host, or `host/path`": "hosts, or `host/path`",
    "login, or `team:name`": "logins, or `team:name`",
    "name of an alert": "names of alerts",
}


def _plural(word: str) -> str:
    if word in _REGULAR:
        return f"{word}s"
    return _PLURALS.get(word) or word.replace("[mapping]", "[mappings]")


def _one_of(words: Sequence[Any]) -> str:
    shown = [f"`{_written(word)}`" for word in words]
    return shown[0] if len(shown) == 1 else f"one of {', '.join(shown)}"


def _short(schema: Mapping[str, Any]) -> str:
    """In which other form it may be written."""
    forms = schema.get("anyOf", [schema])
    words = [f"one of {', '.join(map(_code, form['enum']))}" for form in forms if "enum" in form]
    words += [_code(form["const"]) for form in forms if "const" in form]
    words += ["pattern of tags" for form in forms if "pattern" in form]
    words += ["list of names" for form in forms if form.get("type") == "array"]
    words += ["in short" for form in forms if isinstance(form.get("type"), list)]
    return ", or ".join(words)


def _models(annotation: Any, steps: str) -> Iterator[tuple[Model, str]]:  # noqa: ANN401 - as above
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and origin is None and issubclass(annotation, BaseModel):
        yield annotation, steps
    elif origin is Annotated:
        yield from _models(inner[0], steps)
    elif origin is tuple:
        yield from _models(inner[0], f"{steps}[]")
    elif origin is dict:
        yield from _models(inner[1], f"{steps}.NAME")
    elif origin in {Union, UnionType}:
        for each in inner:
            yield from _models(each, steps)


def _example(annotation: Any, metadata: Sequence[Any]) -> str:  # noqa: ANN401 - as above
    schemas = (mark.json_schema or {} for mark in metadata if isinstance(mark, WithJsonSchema))
    own = next((schema["examples"][0] for schema in schemas if "examples" in schema), None)
    if own is not None:
        return _written(own)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _example(inner[0], inner[1:])
    if origin is tuple:
        found = _example(inner[0], ())
        return f"[{found}]" if found else ""
    return (
        next(filter(None, (_example(each, ()) for each in inner)), "") if origin in {Union, UnionType} else ""
    )


def _written(value: Any) -> str:  # noqa: ANN401 - of YAML
    if isinstance(value, list):
        return f"[{', '.join(_written(each) for each in value)}]"
    if isinstance(value, str) and value and value.isprintable():
        return value
    return json.dumps(value, ensure_ascii=False)


def _code(text: object) -> str:
    return f"`{text}`"
