"""Other tools beside ours, `--peer NAME=PROGRAM`: both work in turn, in one world and in the same minutes."""

import argparse
from contextlib import ExitStack
from pathlib import Path

from bench.argocd import ImageUpdater
from bench.cases import LOOK, WARM_UPS, Bench, Service
from bench.kubernetes import Kubernetes
from bench.renovate import Renovate

OURS = "ours"


def beside(world, peers, rounds):
    """The figures of one load: for each peer, ours and its own."""
    if world.load.repositories > 1:
        raise SystemExit("peers are measured at one repository: choose another load")
    with ExitStack() as until_the_end:
        bench = Bench(world, rounds, until_the_end)
        for name, program in peers:
            yield from PEERS[name](bench, program)


def peer(word):
    """A peer's name and where its program is, for argparse."""
    name, _, program = word.partition("=")
    if name not in PEERS or not Path(program).is_file():
        told = f"NAME=PROGRAM is needed, with a name of {', '.join(PEERS)} and a file, not {word!r}"
        raise argparse.ArgumentTypeError(told)
    return name, program


def _renovate(bench, program):
    """Our `once`, which fetches and decides, beside its lookup, which has its checkout; nothing is new."""
    renovate, cache, (clones, _) = Renovate(bench.world, program), bench.fresh("once"), bench.clones()
    renovate.prove()
    cases = f"once, quiet: {OURS}", f"local lookup: {renovate.name}"
    figures = [bench.figure(case, LOOK) for case in cases]
    for number in range(bench.rounds + WARM_UPS):
        floor, samples = bench.look(clones), (bench.once(cache), renovate.look())
        if number >= WARM_UPS:
            _keep(figures, samples, floor)
    return figures


def _argocd(bench, program):
    """Both resident: a look where nothing is new, and from a hook to the commit, each to its own remote."""
    with (
        Kubernetes(bench.world.folder) as kubernetes,
        ImageUpdater(bench.world, program, kubernetes) as theirs,
    ):
        yield from _quiet(bench, theirs)
        yield from _hooks(bench, theirs)


def _quiet(bench, theirs):
    clones, _ = bench.clones()
    figures = [bench.figure(f"quiet look, resident: {name}", LOOK) for name in (OURS, theirs.name)]
    with bench.resident() as act:
        for number in range(2 * bench.rounds + WARM_UPS):
            floor, samples = bench.look(clones), (act()[0], theirs.look())
            if number >= WARM_UPS:
                _keep(figures, samples, floor)
    return figures


def _hooks(bench, theirs):
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


PEERS = {"renovate": _renovate, "argocd-image-updater": _argocd}
