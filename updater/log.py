"""How logs look: JSON unless a terminal reads them, and no secret in them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from typing import Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

_SECRETS = re.compile(
    r"gh[pousr]_[A-Za-z0-9._-]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9._-]{16,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?i:(?<=bearer )|(?<=basic ))[A-Za-z0-9+/._=-]{12,}"
)
"""The second net; the first is that secrets never enter messages."""


def configure(form: Literal["text", "json"] | None = None, *, debug: bool = False) -> None:
    """Set up logging to standard error; `form` None: text for a terminal, JSON otherwise."""
    text = form == "text" or (form is None and sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            _renderer(text=text),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if debug else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def redact(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    return {
        key: _SECRETS.sub("***", value) if isinstance(value, str) else value for key, value in event.items()
    }


def _renderer(*, text: bool) -> Callable[[WrappedLogger, str, EventDict], str | bytes]:
    if text:
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.processors.JSONRenderer()
