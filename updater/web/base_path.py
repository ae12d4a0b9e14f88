"""To be served below a path, `service: {base_path: /updater}`, whether or not a proxy strips it. Pure."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class BelowBase:
    """ASGI middleware: what is asked below the path and what is asked without it is the same.

    Asked for each request: the config may say another by now.
    """

    def __init__(self, app: ASGIApp, base: Callable[[], str]) -> None:
        self._app, self._base = app, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        base = self._base() if scope["type"] == "http" else ""
        if base:
            path = _without(base, scope["path"])
            scope = {**scope, "root_path": base, "path": base + path}
        await self._app(scope, receive, send)


def inner_path(scope: Scope) -> str:
    """The path without the base: `/apps/shop`."""
    return _without(scope.get("root_path", ""), scope["path"])


def _without(base: str, path: str) -> str:
    if path == base:
        return "/"
    return path.removeprefix(base) if path.startswith(f"{base}/") else path
