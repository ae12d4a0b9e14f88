"""To find who answers a call of a REST API, and what it was given. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from updater.sandbox.exchange import Request

Handler = TypeVar("Handler")


def dispatch(
    routes: Mapping[tuple[str, str], Handler], request: Request, prefix: str
) -> tuple[Handler, dict[str, str]] | None:
    """The handler and what its path names. `{name}` is one segment, still encoded, `{name*}` any number."""
    path = urlsplit(request.target).path.removeprefix(prefix)
    for (verb, template), handler in routes.items():
        if verb == request.method and (match := _pattern(template).fullmatch(path)):
            return handler, {key: unquote(value) for key, value in match.groupdict().items()}
    return None


def given(request: Request) -> Mapping[str, Any] | None:
    """The object that is the body, with the query below it; None where it is none."""
    try:
        body = request.json()
    except ValueError:
        return None
    return {**request.query, **body} if isinstance(body, dict) else None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    any_number = re.sub(r"{(\w+)\*}", r"(?P<\1>.+)", template)
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", any_number))
