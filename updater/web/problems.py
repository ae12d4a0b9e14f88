"""Errors: one sentence, as JSON for programs, as a page for who asks for one, else as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from updater.printable import excerpt, printable
from updater.value_class import value_class
from updater.views.shape import Shape
from updater.web.base_path import inner_path


@value_class
class Problem(Shape):
    error: str
    """one sentence: what, where, what to do"""


Responses = dict[int | str, dict[str, Any]]
NOT_FOUND: Responses = {404: {"model": Problem, "description": "the config has no such app or environment"}}
INVALID: Responses = {422: {"model": Problem, "description": "a parameter is not what it has to be"}}

_FOR_PROGRAMS = ("/api/", "/webhooks/")
_LONGEST = 200
"""Characters of a path that say which one it is."""

Page = Callable[[int, str, str], str]
"""HTML of an error: its status, its sentence, and the path that was asked for."""


def install(web: FastAPI, page: Page | None = None) -> None:
    """`page`: None where nobody looks with a browser."""

    def told(request: Request, status: int, sentence: str, headers: Mapping[str, str] | None) -> Response:
        path = inner_path(request.scope)
        if path.startswith(_FOR_PROGRAMS):
            return JSONResponse({"error": sentence}, status, headers)
        if page is not None and "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(page(status, sentence, path), status, headers)
        return PlainTextResponse(f"{printable(sentence)}\n", status, headers)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        nothing = f"there is no {excerpt(inner_path(request.scope), _LONGEST)}"
        sentence = error.detail if error.detail != "Not Found" else nothing
        return told(request, error.status_code, sentence, error.headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        return told(request, 422, f"{first['loc'][-1]}: {first['msg']}", None)

    web.add_exception_handler(HTTPException, refused)
    web.add_exception_handler(RequestValidationError, invalid)
