"""Other tools beside ours, `--peer NAME=PROGRAM`: both work in turn, in one world and in the same minutes."""

import argparse
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.argocd import ImageUpdater
from bench.cases import LOOK, WARM_UPS, Bench, Service
from bench.flux import Flux
from bench.kubernetes import Kubernetes
from bench.renovate import Renovate

OURS = "ours"


def beside(name, program, world, wanted, rounds):
    """The figures of one peer: of each case that it knows, ours and its own."""
    if world.load.repositories > 1:
        raise SystemExit("peers are measured at one repository: choose another load")
    with ExitStack() as until_the_end:
        bench = Bench(world, rounds, until_the_end)
        begun, cases = PEERS[name]
        with begun(bench, program) as theirs:
            for case, figures in cases.items():
                yield from figures(bench, theirs) if case in wanted else ()


def peer(word):
    """A peer's name and where its program is, for argparse."""
    name, _, program = word.partition("=")
    if name not in PEERS or not Path(program).is_file():
        told = f"NAME=PROGRAM is needed, with a name of {', '.join(PEERS)} and a file, not {word!r}"
        raise argparse.ArgumentTypeError(told)
    return name, program


@contextmanager
def _renovate(bench, program):
    renovate = Renovate(bench.world, program)
    renovate.prove()
    yield renovate


def _in_a_cluster(kind):
    @contextmanager
    def begun(bench, program):
        with (
            Kubernetes(bench.fresh("kubernetes")) as kubernetes,
            kind(bench.world, program, kubernetes) as theirs,
        ):
            yield theirs

    return begun


def _once(bench, theirs):
    """Our `once`, which fetches and decides, beside a lookup, which has its checkout; nothing is new."""
    cache, (clones, _) = bench.fresh("once"), bench.clones()
    figures = [bench.figure(case, LOOK) for case in (f"once, quiet: {OURS}", f"local lookup: {theirs.name}")]
    for number in range(bench.rounds + WARM_UPS):
        floor, samples = bench.look(clones), (bench.once(cache), theirs.look())
        if number >= WARM_UPS:
            _keep(figures, samples, floor)
    return figures


def _quiet(bench, theirs):
    """A look at everything, where nothing is new. Ours fetches."""
    clones, _ = bench.clones()
    figures = [bench.figure(f"quiet look, resident: {name}", LOOK) for name in (OURS, theirs.name)]
    with bench.resident() as act:
        for number in range(2 * bench.rounds + WARM_UPS):
            floor, samples = bench.look(clones), (act()[0], theirs.look())
            if number >= WARM_UPS:
                _keep(figures, samples, floor)
    return figures


def _all(bench, theirs):
    """New images of all apps, each to its own remote."""
    world = bench.world
    figures = [bench.figure(f"all images new: {name}") for name in (OURS, theirs.name)]
    with bench.resident() as act:
        for _ in range(WARM_UPS):
            act()
        for _ in range(bench.rounds):
            tag = world.push(world.load.apps)
            one, told = act()
            assert world.running(tag) == world.load.apps, told
            _keep(figures, (one, theirs.bump(tag)))
    return figures


def _hooks(bench, theirs):
    """From a hook, or from what such a hook tells, to the commit, each on its own remote."""
    world = bench.world
    figures = [bench.figure(f"webhook to commit: {name}") for name in (OURS, theirs.name)]
    with Service(bench) as ours:
        for number in range(2 * bench.rounds + 1):
            before, tag = world.head(), world.push(1)
            one = ours.hook("app-0", lambda before=before: world.head() != before)
            other = theirs.hook("app-0", tag)
            if number:
                _keep(figures, (one, other))
    return figures


def _keep(figures, samples, floor=None):
    for figure, sample in zip(figures, samples, strict=True):
        figure.samples.append(sample)
        figure.floors += [] if floor is None else [floor]


_RESIDENT = {"quiet": _quiet, "all": _all, "hook": _hooks}
PEERS = {
    "renovate": (_renovate, {"once": _once}),
    "argocd-image-updater": (_in_a_cluster(ImageUpdater), _RESIDENT),
    "flux": (_in_a_cluster(Flux), _RESIDENT),
}
