"""To render templates with what every page shows."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from updater import times
from updater.printable import printable
from updater.value_class import value_class
from updater.views import verification
from updater.views.status import URGENT, CellShape
from updater.views.verification import result_words
from updater.views.ways_back import way_back_words
from updater.web import links, matrix_rows, wording
from updater.web.report_store import ReportSnapshot


def _made_printable(value: Any) -> Any:  # noqa: ANN401 - whatever a template shows
    """Of a plain text; what is markup has been made of plain texts."""
    return printable(value) if type(value) is str else value


_templates = Environment(
    loader=PackageLoader("updater.web"),
    autoescape=True,
    finalize=_made_printable,
    undefined=StrictUndefined,
    trim_blocks=True,
)
_templates.globals |= {
    "ago": wording.ago,
    "ahead": wording.ahead,
    "clock": wording.clock,
    "conditions": matrix_rows.STATES,
    "listed": matrix_rows.LISTED,
    "machine": times.to_iso,
    "meaning": matrix_rows.MEANING,
    "result_words": result_words,
    "safe": links.safe,
    "sentences": wording.sentences,
    "verifying": verification.glance,
    "way_back_words": way_back_words,
    "word": wording.word,
}


@value_class
class PageContext:
    """How instants are seen: from now, in the zone of the tags beside them."""

    snapshot: ReportSnapshot
    now: datetime

    def zone(self, cell: CellShape) -> tzinfo:
        return self.snapshot.config.policies[cell.placement].tags.scheme.zone

    @property
    def base(self) -> str:
        """What all addresses begin with."""
        return self.snapshot.config.service.base_path


def zone_of(snapshot: ReportSnapshot, repository: str) -> tzinfo:
    """Of the tags there."""
    policies = snapshot.config.policies.values()
    return next((each.tags.scheme.zone for each in policies if each.repository == repository), UTC)


def part(
    template: str,
    snapshot: ReportSnapshot,
    now: datetime,
    **shown: Any,  # noqa: ANN401 - for templates
) -> str:
    return _templates.get_template(template).render(
        shown,
        snapshot=snapshot,
        now=now,
        see=PageContext(snapshot, now),
        base=snapshot.config.service.base_path,
    )


def page(template: str, snapshot: ReportSnapshot, now: datetime, **shown: Any) -> str:  # noqa: ANN401 - as above
    """With its frame: how the passes go, and whether something is wrong anywhere."""
    pulses = matrix_rows.pulses(snapshot, now)
    worst = matrix_rows.worst(snapshot, pulses)
    frame = {
        "pulses": pulses,
        "pulse_sum": matrix_rows.sum_of(
            [(p.repository, p.last.result if p.last else None, p.late, p.next is None) for p in pulses]
        ),
        "worst": worst,
        "trouble": worst in URGENT,
    }
    return part(template, snapshot, now, **frame, **shown)
