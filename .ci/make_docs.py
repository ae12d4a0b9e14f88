"""Write the pages of the documentation that are made from the code; with --check, say which are stale."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from chart_values import chart_page
from commands_reference import commands_page
from fleet_on_paper import page as fleet_page
from reference_pages import PAGES as REFERENCE

from updater.service.metrics import Metrics
from updater.views import config_reference, reason_codes, tag_reading

ROOT = Path(__file__).parents[1]


def metrics_page() -> str:
    """Every metric with its labels: names that are published and stay."""
    lines = [
        "# Metrics",
        "",
        "Served at `/metrics`. Labels are bounded by the config: repositories, environments and hosts.",
        "",
        "This page is made from the code (`make docs`).",
        "",
        "| metric | type | labels | what it counts |",
        "|---|---|---|---|",
    ]
    for metric in Metrics().collectors():
        name = f"{metric.name}_total" if metric.kind == "counter" else metric.name
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{name}` | {metric.kind} | {labels} | {metric.text} |")
    return "\n".join([*lines, ""])


PAGES = {
    "docs/explanation/fleet-on-paper.md": fleet_page,
    "docs/reference/commands.md": commands_page,
    "docs/reference/config.md": config_reference.page,
    "docs/reference/metrics.md": metrics_page,
    "docs/reference/reason-codes.md": reason_codes.page,
    "docs/reference/tags.md": tag_reading.page,
    "charts/updater/README.md": chart_page,
    **REFERENCE,
}


def main() -> int:
    stale = [name for name, page in PAGES.items() if _text(ROOT / name) != page()]
    if "--check" in sys.argv:
        for name in stale:
            sys.stdout.write(f"{name} is not as the code has it: run `make docs`\n")
        return 1 if stale else 0
    for name in stale:
        (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
        sys.stdout.write(f"wrote {name}\n")
    return 0


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


raise SystemExit(main())
