"""To say what was found, for people or for programs. I/O."""

from __future__ import annotations

import json
import sys

from updater.runner import Output
from updater.tools.audit.rules_runner import Audited


def print_findings(audited: Audited, output: Output) -> None:
    if output == "json":
        json.dump(_document(audited), sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    for finding in audited.findings:
        sys.stdout.write(f"{finding}\n")
    for path, why in audited.unread:
        sys.stderr.write(f"{path}: not looked at: {why}\n")
    sys.stderr.write(f"{_count(len(audited.findings), 'finding')} in {_count(audited.files, 'file')}\n")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun if number == 1 else noun + 's'}"


def _document(audited: Audited) -> dict[str, object]:
    return {
        "version": 1,
        "findings": [
            {"file": one.file, "line": one.line, "code": one.code, "sentence": one.sentence}
            for one in audited.findings
        ],
        "not_looked_at": [{"file": path, "why": why} for path, why in audited.unread],
        "files": audited.files,
    }
