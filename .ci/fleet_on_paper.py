"""What a fleet would cost, by arithmetic from measured unit costs: `--help` says what can be put in.

`make docs` writes the tables of docs/explanation/fleet-on-paper.md with it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import partial
from math import ceil, isfinite
from typing import Annotated, get_type_hints

from page_parts import ROOT, filled

HOUR = 3_600
BUSY = 0.5
"""Of one core: who has no more to do keeps up when much comes at once."""
REQUESTS, WRITES = 5_000, 500
"""That GitHub takes of one App installation in an hour."""
LISTS, ALONE = 8, 4
"""Lists are asked for so many at a time; what else there is one after the other: git twice, the API twice."""
LEAST = {"repositories": 1.0, "apps": 1.0, "poll": 1 / 60}
"""Of what is put in, by name; of all else, 0."""
Row = tuple[str, str, str]
"""What is asked, how it is reckoned, and what comes out."""


@dataclass(frozen=True)
class Fleet:
    """What there is, and what happens in an hour."""

    repositories: Annotated[float, "deploy repositories"] = 1_000
    apps: Annotated[float, "apps in each, with an image each, in three environments"] = 10
    clusters: Annotated[float, "clusters; their Argo CDs are asked about every app in every pass"] = 350
    poll: Annotated[float, "minutes between two passes over a repository (`poll.every`)"] = 10
    images: Annotated[float, "new images an hour: a hook, a push, and a proposal for production"] = 1_000
    changed: Annotated[float, "of these proposals, which part is changed to a newer image while open"] = 0.5


@dataclass(frozen=True)
class Units:
    """What one of each costs; seconds of the processor are those of git, too."""

    a_pass: Annotated[float, "seconds of processor of a quiet pass, without its images"] = 0.02
    an_image: Annotated[float, "seconds of processor more for each image"] = 0.003
    a_bump: Annotated[float, "seconds of processor more for each new image, pushed alone"] = 0.07
    api_a_pass: Annotated[float, "requests to the forge in a quiet pass, all of them conditional"] = 2
    api_a_proposal: Annotated[float, "requests to open a proposal, its writes among them"] = 4
    api_a_change: Annotated[float, "requests to change one to a newer image"] = 7
    writes_a_proposal: Annotated[float, "writes to open one: the pull request, its status"] = 2
    writes_a_change: Annotated[float, "writes to change one"] = 3
    statements_a_pass: Annotated[float, "statements to PostgreSQL for each pass"] = 12
    statements_idle: Annotated[float, "statements a second of each worker beside that"] = 21
    mib: Annotated[float, "MiB of a worker that knows nothing yet"] = 115
    mib_an_image: Annotated[float, "MiB more for each image, with its thousand tags"] = 0.07
    away: Annotated[float, "seconds that registries and forges are away; eight are asked at a time"] = 0.03
    a_question: Annotated[float, "seconds for a question to a cluster 30 ms away, 32 at a time"] = 0.002


@dataclass(frozen=True)
class Paper:
    fleet: Fleet
    unit: Units

    def rows(self) -> Iterator[Row]:
        fleet, hourly, asked = self.fleet, self._hourly, self._hourly * self.fleet.apps
        yield "passes an hour", f"{_n(fleet.repositories)} x 60 / {_n(fleet.poll)}", _n(hourly)
        lists = f"{_n(asked)}, {asked / HOUR:,.0f} a second"
        yield "lists of registries an hour", f"{_n(hourly)} x {_n(fleet.apps)}", lists
        yield from self._forge()
        yield from self._processor()
        yield from self._database()
        if fleet.clusters:
            yield from self._clusters(asked)

    def _clusters(self, asked: float) -> Iterator[Row]:
        fleet = self.fleet
        each = f"{_n(self._hourly)} x {_n(fleet.apps)} / {_n(fleet.clusters)}"
        yield "questions to each cluster an hour", each, _n(asked / fleet.clusters)
        waited = f"{_n(fleet.apps)} x {self.unit.a_question:g}"
        yield "seconds a pass waits for clusters", waited, f"{fleet.apps * self.unit.a_question:.2g}"

    @property
    def _hourly(self) -> float:
        return self.fleet.repositories * 60 / self.fleet.poll

    def _forge(self) -> Iterator[Row]:
        fleet, unit = self.fleet, self.unit
        yield (
            "requests to GitHub an hour that find nothing new, and are free",
            f"{_n(self._hourly)} x {_n(unit.api_a_pass)}",
            _n(self._hourly * unit.api_a_pass),
        )
        for what, first, again, most in (
            ("other requests to GitHub an hour", unit.api_a_proposal, unit.api_a_change, REQUESTS),
            ("of them writes", unit.writes_a_proposal, unit.writes_a_change, WRITES),
        ):
            every = fleet.images * (first + fleet.changed * again)
            how = f"{_n(fleet.images)} x ({_n(first)} + {fleet.changed:g} x {_n(again)})"
            yield what, how, _n(every)
            yield "App installations for these", f"{_n(every)} / {_n(most)}", _n(ceil(every / most))
        statuses = fleet.images * (1 + fleet.changed)
        yield (
            "of them statuses, which the first App of an updater sets",
            f"{_n(fleet.images)} x (1 + {fleet.changed:g})",
            _n(statuses),
        )
        yield (
            "updaters with Apps of their own for these",
            f"{_n(statuses)} / {WRITES}",
            _n(ceil(statuses / WRITES)),
        )

    def _processor(self) -> Iterator[Row]:
        unit, one = self.unit, self._one
        how = f"{unit.a_pass:g} + {_n(self.fleet.apps)} x {unit.an_image:g}"
        yield "seconds of processor of a quiet pass", how, f"{one:.2g}"
        wall = one + self.fleet.apps * unit.away / LISTS + ALONE * unit.away
        how = f"{one:.2g} + {_n(self.fleet.apps)} x {unit.away:g} / {LISTS} + {ALONE} x {unit.away:g}"
        yield "seconds of the wall of it, where a core is free", how, f"{wall:.2g}"
        more = f"{_n(self.fleet.images)} x ({one:.2g} + {unit.a_bump:g})"
        yield "seconds of processor an hour", f"{_n(self._hourly)} x {one:.2g} + {more}", _n(self._used)
        spent = f"{_n(self._used)} / ({HOUR:,} x {BUSY:g})"
        yield "workers that use half a core each", spent, _n(self._workers)

    @property
    def _one(self) -> float:
        return self.unit.a_pass + self.fleet.apps * self.unit.an_image

    @property
    def _used(self) -> float:
        """Each hook of an image is a pass of its own."""
        return self._hourly * self._one + self.fleet.images * (self._one + self.unit.a_bump)

    @property
    def _workers(self) -> int:
        return ceil(self._used / HOUR / BUSY)

    def _database(self) -> Iterator[Row]:
        fleet, unit = self.fleet, self.unit
        made = self._hourly + fleet.images
        idle = f"{_n(self._workers)} x {_n(unit.statements_idle)}"
        statements = made * unit.statements_a_pass / HOUR + self._workers * unit.statements_idle
        how = f"{_n(made)} x {_n(unit.statements_a_pass)} / {HOUR:,} + {idle}"
        yield "statements to PostgreSQL a second", how, _n(statements)
        images = fleet.repositories * fleet.apps
        known = f"{_n(unit.mib)} + {_n(images)} x {unit.mib_an_image:g}"
        yield "MiB of each worker", known, _n(unit.mib + images * unit.mib_an_image)


def page() -> str:
    at = ROOT / "docs/explanation/fleet-on-paper.md"
    made = {"fleet": _given(Fleet()), "units": _given(Units()), "result": table(Fleet(), Units())}
    return filled(at.read_text(encoding="utf-8"), made.__getitem__)


def table(fleet: Fleet, unit: Units) -> str:
    lines = [f"| {' | '.join(row)} |" for row in Paper(fleet, unit).rows()]
    return "\n".join(["| what | how | result |", "|---|---|---|", *lines])


def _given(values: Fleet | Units) -> str:
    texts = _texts(type(values))
    lines = [f"| `{name}` | {getattr(values, name):,g} | {text} |" for name, text in texts.items()]
    return "\n".join(["| name | number | what it is |", "|---|---|---|", *lines])


def _texts(kind: type) -> dict[str, str]:
    hints = get_type_hints(kind, include_extras=True)
    return {each.name: hints[each.name].__metadata__[0] for each in fields(kind)}


def _n(number: float) -> str:
    return f"{number:,.0f}"


def _asked(words: list[str]) -> tuple[Fleet, Units]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for kind in (Fleet, Units):
        for name, text in _texts(kind).items():
            default = getattr(kind, name)
            parser.add_argument(
                f"--{name.replace('_', '-')}",
                type=partial(_number, LEAST.get(name, 0.0)),
                default=default,
                help=f"{text} ({default:g})",
            )
    told = vars(parser.parse_args(words))
    fleet, units = ({each.name: told[each.name] for each in fields(kind)} for kind in (Fleet, Units))
    return Fleet(**fleet), Units(**units)


def _number(least: float, word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or number < least:
        raise argparse.ArgumentTypeError(f"a number is needed, at least {least:.2g}, not {word!r}")
    return number


if __name__ == "__main__":
    sys.stdout.write(f"{table(*_asked(sys.argv[1:]))}\n")
