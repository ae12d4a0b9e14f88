"""`POST /api/poll`: a pass now, for who holds the token."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from updater.config import Config
from updater.value_class import value_class
from updater.views.shape import VERSION, Shape
from updater.web.problems import INVALID, Problem, Responses
from updater.web.report_store import ReportReader

Poll = Callable[[str | None], Collection[str]]
"""Lets a pass come now over one deploy repository, or over all; answers over which, none if it knows none."""
Token = Callable[[], str | None]
"""The secret, read anew each time; None: the config names none."""

_bearer = HTTPBearer(auto_error=False, description="the token that `service.token_env` names")
_REFUSALS: Responses = {
    401: {"model": Problem, "description": "without the token, or with another"},
    403: {"model": Problem, "description": "no token is configured"},
    404: {"model": Problem, "description": "no such deploy repository in the config, or not of this process"},
}


@value_class
class Polled(Shape):
    version: int
    repositories: list[str]
    """a pass over these comes at once"""


def router(poll: Poll, token: Token, reports: ReportReader) -> APIRouter:
    api = APIRouter(prefix="/api", tags=["what is ordered"])

    async def known(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
        wanted = token()
        if wanted is None:
            raise HTTPException(403, "no token is configured: name its variable as service.token_env")
        if given is None:
            raise _turned_away("this needs the header `Authorization: Bearer …`")
        if not hmac.compare_digest(given.credentials.encode(), wanted.encode()):
            raise _turned_away("the token in the header is not the configured one (service.token_env)")

    @api.post(
        "/poll",
        status_code=202,
        response_model=Polled,
        responses=_REFUSALS | INVALID,
        dependencies=[Depends(known)],
        summary="Let a pass come now",
    )
    async def now(
        repository: Annotated[str | None, Query(description="only this deploy repository")] = None,
    ) -> Polled:
        names = poll(repository)
        if not names:
            raise HTTPException(404, _unknown(repository, reports.snapshot().config))
        return Polled(VERSION, sorted(names))

    return api


def _unknown(repository: str | None, config: Config) -> str:
    if repository in config.repositories:
        return f"this process does not look after {repository} (--repository)"
    return "the config has no such deploy repository"


def _turned_away(sentence: str) -> HTTPException:
    return HTTPException(401, sentence, {"WWW-Authenticate": "Bearer"})
