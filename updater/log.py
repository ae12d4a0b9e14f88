"""How logs look: JSON unless a terminal reads them, and no secret in them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from updater.printable import printable

_SECRETS = re.compile(
    r"gh[pousr]_[A-Za-z0-9._-]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9._-]{16,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?i:(?<=bearer )|(?<=basic ))[A-Za-z0-9+/._=-]{12,}"
)
"""The second net; the first is that secrets never enter messages."""
_PATHS = re.compile(r"(?<=://)(?:[^/\s@]*@)?(?P<host>[^/\s?#)'\"]+)[^\s)'\"]*|(?<=url: )/[^\s)'\"]*")


def configure(form: Literal["text", "json"] | None = None, *, debug: bool = False) -> None:
    """Set up logging to standard error; `form` None: text for a terminal, JSON otherwise."""
    text = form == "text" or (form is None and sys.stderr.isatty())
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        _traced_without_paths,
        redact,
        *([_made_printable] if text else []),
        _renderer(text=text),
    ]
    _hear_libraries(first, last)
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if debug else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _hear_libraries(first: list[Processor], last: list[Processor]) -> None:
    """What they log by the standard library, from warnings on, is told as ours: in one form, redacted."""
    form = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*first, _of_a_library],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form)
    root = logging.getLogger()
    for former in [each for each in root.handlers if isinstance(each.formatter, type(form))]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)


def _of_a_library(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """A path of a URL may be a secret: that of a receiver of Flux, of a chat, of a signed redirect."""
    record: logging.LogRecord = event["_record"]
    said = _without_paths(str(event["event"]))
    return {**event, "event": "library_warned", "library": record.name, "said": said}


def _without_paths(text: str) -> str:
    return _PATHS.sub(lambda found: f"{found['host'] or ''}/…", text)


def _traced_without_paths(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """The same in what was tripped over, also by us: libraries say in their errors what they had asked."""
    return {
        key: _without_paths(str(value)) if key in {"exception", "stack"} else value
        for key, value in event.items()
    }


def redact(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    return {
        key: _SECRETS.sub("***", value) if isinstance(value, str) else value for key, value in event.items()
    }


def _made_printable(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """For a terminal; JSON escapes it all. A trace stays several lines, each fit to be shown."""
    return {key: _shown(value) if isinstance(value, str) else value for key, value in event.items()}


def _shown(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def _renderer(*, text: bool) -> Callable[[WrappedLogger, str, EventDict], str | bytes]:
    if text:
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.processors.JSONRenderer()
