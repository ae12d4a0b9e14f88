"""What it costs to ask Debian's Prometheus about many apps: `python tests/benchmarks/monitoring.py [APPS]`.

A thousand apps unless told, in three environments, with alerts and two metrics each. Prometheus has an hour
of samples of all of them, and alerts of fifty apps. Measured are the requests of a pass, its seconds, and our
memory: in a pass that asks for the alerts of all, of which no or fifty apps had any; in one with fifty apps
in their span; and in one that asks for all of everything, which no pass does.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from world.service import answers, free_address, within
from world.watched_apps import connected

from updater.errors import UpdaterError
from updater.model import (
    AlertMatch,
    AlertsOf,
    GapsOf,
    MonitoringQuestion,
    RulesOf,
    SamplesOf,
)

ENVIRONMENTS = ("staging", "production", "abroad")
BURNING = 50
STEP = 60
UNTIL = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=3)
SINCE = UNTIL - timedelta(minutes=15)
TIMES = range(int((UNTIL - timedelta(hours=1)).timestamp()), int(UNTIL.timestamp()) + 1, STEP)


def main(apps: int) -> int:
    names = [f"team-{number % 40}-service-{number}" for number in range(apps)]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, prometheus(Path(folder), names) as url:
        requests = 0

        def count(_host: str, _code: int) -> None:
            nonlocal requests
            requests += 1

        client = connected(url, lambda: datetime.now(UTC), observer=count)
        slow = False
        for title, limit, questions in passes(names):
            requests, started = 0, time.monotonic()
            told = client.ask(questions)
            seconds = time.monotonic() - started
            errors = [each for each in told.values() if isinstance(each, UpdaterError)]
            mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            say(
                f"{title}: {len(questions)} questions, {requests} requests, {seconds:.2f} s, "
                f"{mib:.0f} MiB at most" + (f", {len(errors)} errors: {errors[0].sentence}" if errors else "")
            )
            slow = slow or bool(errors) or requests > limit
        client.close()
    return int(slow)


def passes(names: Sequence[str]) -> Iterator[tuple[str, int, list[MonitoringQuestion]]]:
    """What it is, how many requests it may take, and what is asked."""
    burning, placements = names[:BURNING], [(name, each) for each in ENVIRONMENTS for name in names]
    yield "nothing asked for", 0, []
    yield (
        "alerts of all but those that had any",
        3 * (1 + len(names) // 300),
        [alerts(name, each) for name, each in placements if name not in burning],
    )
    yield "alerts of all", 200, [alerts(name, each) for name, each in placements]
    yield (
        f"{len(burning)} apps in their span",
        60,
        [RulesOf(None), GapsOf(None, "Watchdog", SINCE, UNTIL)]
        + [
            question
            for name in burning
            for question in (alerts(name, "production"), *samples(name, "production"))
        ],
    )
    everything = [each for name, where in placements for each in (alerts(name, where), *samples(name, where))]
    yield "everything of all", 2000, everything


def alerts(app: str, environment: str) -> AlertsOf:
    template = f'namespace="{environment}", pod=~"{{app}}-.*"'
    return AlertsOf(None, AlertMatch(template, app, ("critical", "warning")), SINCE, UNTIL)


def samples(app: str, environment: str) -> Iterator[SamplesOf]:
    """Since the arrival, and as long before."""
    for metric in ("errors", "latency"):
        query = f'max({metric}{{namespace="{environment}", app="{app}"}})'
        yield SamplesOf(None, query, SINCE, UNTIL)
        yield SamplesOf(None, query, SINCE - (UNTIL - SINCE), SINCE)


@contextmanager
def prometheus(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """Debian's, with all that was."""
    with (folder / "samples").open("w") as file:
        file.writelines(written(names))
    made = [
        "promtool",
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        str(folder / "samples"),
        str(folder / "data"),
    ]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    (folder / "prometheus.yml").write_text("{}")
    address = free_address()
    words = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(words, stdout=log, stderr=log) as process:
        try:
            within(60, lambda: answers(f"http://{address}/-/ready"))
            yield f"http://{address}"
        finally:
            process.kill()


def written(names: Sequence[str]) -> Iterator[str]:
    """As OpenMetrics has it: all samples of a metric together."""
    watchdog = 'ALERTS{alertname="Watchdog",alertstate="firing"} 1'
    burning = [
        f'{{alertname="AppDown",severity="critical",namespace="{each}",pod="{name}-7d4-x"'
        for each in ENVIRONMENTS
        for name in names[:BURNING]
    ]
    yield "# TYPE ALERTS gauge\n"
    yield from (f"{watchdog} {at}\n" for at in TIMES)
    late = [at for at in TIMES if at > SINCE.timestamp()]
    yield from (f'ALERTS{each},alertstate="firing"}} 1 {at}\n' for each in burning for at in late)
    yield "# TYPE ALERTS_FOR_STATE gauge\n"
    yield from (f"ALERTS_FOR_STATE{each}}} {late[0]} {at}\n" for each in burning for at in late)
    for metric in ("errors", "latency"):
        yield f"# TYPE {metric} gauge\n"
        for each in ENVIRONMENTS:
            for name in names:
                yield from (f'{metric}{{namespace="{each}",app="{name}"}} 0.01 {at}\n' for at in TIMES)
    yield "# EOF\n"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
