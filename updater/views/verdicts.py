"""What was found of deployments, as people and programs read it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from updater import times
from updater.model import DeploymentVerdict


def verdict_lines(verdicts: Iterable[DeploymentVerdict]) -> Iterator[str]:
    for one in verdicts:
        failed = f" ({', '.join(one.failed)})" if one.failed else ""
        yield f"{one.placement} {one.tag} {one.result}{failed}: {'; '.join(one.seen)}"


def verdict_json(one: DeploymentVerdict) -> dict[str, Any]:
    return {
        **one.placement._asdict(),
        "tag": one.tag,
        "commit": one.commit,
        "result": one.result,
        "since": times.to_iso(one.since),
        "until": times.to_iso(one.until),
        "written": times.to_iso(one.written),
        "seen": list(one.seen),
        "failed": list(one.failed),
        "digests": {str(image): digest for image, digest in one.digests.items()},
    }
