"""To name what an embedded server hears and says. Pure."""

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit


class Recorded(NamedTuple):
    method: str
    path: str
    status: int
    asks: bool = False
    """A question of GraphQL's, which changes nothing."""

    @property
    def write(self) -> bool:
        """Whether it changed, or tried to change, anything; fetching by git does not."""
        reads = self.method in ("GET", "HEAD") or self.path.partition("?")[0].endswith("/git-upload-pack")
        return not (reads or self.asks)


@dataclass(frozen=True, slots=True)
class Request:
    """`target` is the path with its query, as sent; the names of `headers` are lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query_string(self) -> str:
        return urlsplit(self.target).query

    @property
    def query(self) -> dict[str, str]:
        return {key: values[-1] for key, values in self.queries.items()}

    @property
    def queries(self) -> dict[str, list[str]]:
        return parse_qs(self.query_string, keep_blank_values=True)

    def json(self) -> Any:  # noqa: ANN401  a body may be any JSON
        """Raise ValueError where the body is no JSON."""
        return json.loads(self.body) if self.body else {}

    def form(self) -> dict[str, list[str]]:
        """Of a body that holds one."""
        return parse_qs(self.body.decode(errors="replace"), keep_blank_values=True)

    def basic(self) -> tuple[str, str] | None:
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            user, _, password = b64decode(value).decode().partition(":")
        except (NotBase64, UnicodeDecodeError):
            return None
        return user, password

    def bearer(self) -> str | None:
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if kind.lower() in ("bearer", "token") else None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: Literal["no", "half", "whole"] = "no"


def answer_json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(content).encode(), "application/json; charset=utf-8", headers or {})
