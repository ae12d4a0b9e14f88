"""Errors of the API and the webhooks: one sentence as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from updater.views.shape import Shape


@dataclass(frozen=True, slots=True)
class Problem(Shape):
    error: str
    """one sentence: what, where, what to do"""


Responses = dict[int | str, dict[str, Any]]
NOT_FOUND: Responses = {404: {"model": Problem, "description": "the config has no such app or environment"}}
INVALID: Responses = {422: {"model": Problem, "description": "a parameter is not what it has to be"}}

_FOR_PROGRAMS = ("/api/", "/webhooks/")


def install(web: FastAPI) -> None:
    web.add_exception_handler(HTTPException, _refused)
    web.add_exception_handler(RequestValidationError, _invalid)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = error.detail if error.detail != "Not Found" else f"there is no {request.url.path}"
    if request.url.path.startswith(_FOR_PROGRAMS):
        return JSONResponse({"error": sentence}, error.status_code, error.headers)
    return PlainTextResponse(f"{sentence}\n", error.status_code, error.headers)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return JSONResponse({"error": f"{first['loc'][-1]}: {first['msg']}"}, 422)
