"""What somebody sees who asks for a page that is not there: why, and a way back."""

from __future__ import annotations

from urllib.parse import urlencode

from updater.web import rendering
from updater.web.report_store import ReportReader

_APPS = "/apps/"
_LONGEST = 60
"""Characters of a name that are worth a search."""


def html(reports: ReportReader, status: int, sentence: str, path: str) -> str:
    """`path`: what was asked for."""
    name = path.removeprefix(_APPS).strip("/")[:_LONGEST] if path.startswith(_APPS) else ""
    return rendering.page(
        "error.html",
        reports.snapshot(),
        reports.now(),
        here="error",
        status=status,
        sentence=sentence,
        search=urlencode({"q": name}) if name else None,
        name=name,
    )
