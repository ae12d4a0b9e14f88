"""To answer a named GraphQL mutation; nothing else of GraphQL. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.github.routing import Call, Handler

_MUTATION = re.compile(r"\{\s*(\w+)\s*\(")


class NotDone(Exception):
    """Why a mutation was refused, as GitHub says it."""

    def __init__(self, message: str, kind: str = "UNPROCESSABLE") -> None:
        super().__init__(message)
        self.kind = kind


Mutations = Mapping[str, Callable[[Call, Mapping[str, Any]], Mapping[str, Any] | None]]


def answering(mutations: Mutations) -> Handler:
    """Answers a mutation whose input stands in the variables."""

    def answer(call: Call) -> Answer:
        found = _MUTATION.search(str(call.given.get("query", "")))
        name = found[1] if found else ""
        variables: Mapping[str, Mapping[str, Any]] = call.given.get("variables") or {}
        try:
            more = mutations.get(name, _unknown)(call, next(iter(variables.values()), {}))
        except NotDone as error:
            errors = [{"type": error.kind, "path": [name], "message": str(error)}]
            return answer_json({"data": {name: None}, "errors": errors})
        actor = {"login": call.user.login, "url": f"{call.forge.url}/{call.user.login}"}
        return answer_json({"data": {name: {"actor": actor, "clientMutationId": None, **(more or {})}}})

    return answer


def _unknown(call: Call, given: Mapping[str, Any]) -> None:
    raise NotDone(f"{call.user.login} asks for an unknown mutation with {', '.join(given)}")
