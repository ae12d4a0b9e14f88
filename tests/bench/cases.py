"""What is measured, each beside its floor: the same requests by curl, the same Git by git."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property, partial

from bench.fleet import Fleet
from bench.forged import ForgedWorld
from bench.measure import UPDATER, Figure, Largest, Resident, Sample, run, run_python, used
from bench.world import git, package_hook, surroundings

ROUNDS = 5
IDLE, TENTH = 30, 10
WARM_UPS = 3
LOOK = "curl, git fetch"


def measure(world, wanted, rounds):
    """The figures of one load, in the order of CASES: later ones go on where earlier ones have ended."""
    with ExitStack() as until_the_end:
        bench = Bench(world, rounds, until_the_end)
        for case, figure in CASES.items():
            if case in wanted:
                yield figure(bench)


class Bench:
    def __init__(self, world, rounds, until_the_end):
        self.world, self.rounds, self._until_the_end = world, rounds, until_the_end
        self.env = surroundings(world.folder / "cache")
        self._made = 0

    def figure(self, case, floor=""):
        return Figure(self.world.load.name, case, floor=floor)

    def once(self, cache):
        self.world.requests()
        words = ["once", "--config", self.world.config, "--cache-dir", cache]
        return replace(run_python(UPDATER, words, self.env), requests=self.world.requests())

    def fresh(self, what):
        """A folder that nobody has seen."""
        self._made += 1
        return self.world.folder / f"{what}-{self._made}"

    # --- floors -----------------------------------------------------------------------------------------

    def curl(self, *also):
        """All lists, and what is asked for beside them."""
        urls = self.world.folder / "urls"
        lines = (f'url = "{url}"\noutput = "/dev/null"\n' for url in [*self.world.lists(), *also])
        urls.write_text("".join(lines))
        words = [
            "curl",
            "--no-progress-meter",
            "--fail",
            "--parallel",
            "--parallel-max",
            "8",
            "--config",
            urls,
        ]
        if self.world.load.tokens:
            words += ["--header", "Authorization: Bearer bench"]
        return run(words, self.env)

    def fetches(self, clones):
        return [run(["git", "-C", clone, "fetch", "-q"], self.env) for clone in clones]

    def clones(self):
        """One of each repository, and what that took."""
        made = [self.fresh("clone") for _ in range(self.world.load.repositories)]
        took = [
            run(["git", "clone", "-q", "--bare", self.world.remote(number), clone], self.env)
            for number, clone in enumerate(made)
        ]
        for clone in made:  # a bare clone fetches nothing by itself
            git("config", "remote.origin.fetch", "+refs/heads/*:refs/heads/*", folder=clone)
        return made, took

    def look(self, clones):
        """What no look can do without: the same lists, and a fetch."""
        return _sum(self.curl(), *self.fetches(clones))

    @cached_property
    def fleet(self):
        """Workers that know all there is, for every case that asks for them."""
        return self._until_the_end.enter_context(Fleet(self))

    def resident(self):
        return Resident(self.world, self.fresh("resident"), self.env)


def _sum(*samples):
    return Sample(sum(each.wall for each in samples), sum(each.cpu for each in samples))


def _help(bench):
    figure = bench.figure("--help", "python -c 'import typer'")
    for number in range(2 * bench.rounds + 1):
        one, floor = run_python(UPDATER, ["--help"], bench.env), run_python("import typer", [], bench.env)
        if number:
            figure.samples.append(one)
            figure.floors.append(floor)
    return figure


def _cold(bench):
    """`once` with an empty cache: what a first start takes until all is decided."""
    figure = bench.figure("cold start to first decision", "curl, git clone, git log")
    for _ in range(bench.rounds):
        clones, took = bench.clones()
        logs = [
            run(["git", "-C", clone, "log", "--raw", "-z", "--no-renames"], bench.env) for clone in clones
        ]
        figure.floors.append(_sum(bench.curl(), *took, *logs))
        figure.samples.append(bench.once(bench.fresh("cold")))
    return figure


def _quiet(bench):
    figure = bench.figure("quiet pass, resident", LOOK)
    clones, _ = bench.clones()
    with bench.resident() as act:
        for _ in range(WARM_UPS):
            _, told = act()
        if profile := os.environ.get("BENCH_PROFILE"):
            act(profile)
        for _ in range(2 * bench.rounds):
            figure.floors.append(bench.look(clones))
            one, told = act()
            figure.samples.append(one)
            assert not told["failed"], told
            assert not told["outcomes"], "a quiet pass wrote"
        if os.environ.get("BENCH_PROFILE"):
            sys.stderr.write(f"{told['stages']}\n")
    return figure


def _once(bench):
    figure, cache = bench.figure("once, quiet", LOOK), bench.fresh("once")
    clones, _ = bench.clones()
    for number in range(bench.rounds + WARM_UPS):
        floor, one = bench.look(clones), bench.once(cache)
        if number >= WARM_UPS:
            figure.floors.append(floor)
            figure.samples.append(one)
    return figure


def _bumps(bench, images, case):
    """New images of so many apps, from lists to push; then git makes the same commits and pushes them."""
    figure = bench.figure(case, "curl, git fetch, git fast-import and push of the same commits")
    (clone,), _ = bench.clones()
    with bench.resident() as act:
        for _ in range(WARM_UPS):
            act()
        for _ in range(bench.rounds):
            before, refs = bench.world.head(), bench.world.refs()
            tag = bench.world.push(images)
            one, told = act(*filter(None, [os.environ.get("BENCH_PROFILE")]))
            if os.environ.get("BENCH_PROFILE"):
                sys.stderr.write(f"{told['stages']}\n")
            assert bench.world.head() != before, f"nothing was pushed: {told}"
            figure.samples.append(one)
            asked = bench.curl(*bench.world.manifests(images, tag))
            figure.floors.append(_sum(asked, *_by_git(bench, clone, before, refs)))
    return figure


def _by_git(bench, clone, before, refs):
    """The remote as it was before is fetched, the same commits are made, and pushed to where ours went."""
    world = bench.world
    told = git("fast-export", "--reference-excluded-parents", f"{before}..main", folder=world.bare())
    moved = world.put_back(refs)
    fetched, made = (
        bench.fetches([clone]),
        run(["git", "-C", clone, "fast-import", "--quiet"], bench.env, given=told),
    )
    pushed = run(_push(clone, moved), bench.env)
    assert world.head() == moved["refs/heads/main"], "git made other commits of the same"
    return *fetched, made, pushed


def _push(clone, moved):
    return ["git", "-C", clone, "push", "-q", "origin", *(f"{sha}:{ref}" for ref, sha in moved.items())]


def _hook(bench, case):
    """From the hook's answer to the commit on the branch, `updater run` as it is installed."""
    figure = bench.figure(case, "git push of the same commit")
    clones, _ = bench.clones()
    with Service(bench) as service:
        for _ in range(2 * bench.rounds):
            before, refs = bench.world.head(), bench.world.refs()
            bench.world.push(1)
            figure.samples.append(service.hook("app-0", lambda before=before: bench.world.head() != before))
            service.rest()
            bench.fetches(clones)
            figure.floors.append(run(_push(clones[0], bench.world.put_back(refs)), bench.env))
    return figure


class Service:
    """`updater run` and its hooks."""

    def __init__(self, bench):
        self._bench = bench
        self._log = bench.fresh("log")
        words = [sys.executable, "-c", UPDATER, "run", "--config", str(bench.world.config)]
        words += ["--log-format", "json", "--cache-dir", str(bench.fresh("service"))]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log, env=bench.env)

    def __enter__(self):
        self._url = f"http://{self._bench.world.service}"
        try:
            self._within(lambda: "pass_finished" in self._log.read_text())
            self.rest()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)

    def hook(self, app, happened):
        asked = urllib.request.Request(f"{self._url}/webhooks/github", *package_hook(app))  # noqa: S310 - ours
        before = self._used()
        self._bench.world.requests()
        with Largest(self._process.pid) as largest:
            began = time.perf_counter()
            urllib.request.urlopen(asked).close()  # noqa: S310 - ours
            self._within(happened, step=0.002)
            wall = time.perf_counter() - began
            self.rest()
        own, children, mib = self._used()
        return Sample(
            wall, own - before[0], children - before[1], mib, largest.mib, self._bench.world.requests()
        )

    def rest(self):
        """Until no pass goes on."""
        passes, until = -1, time.monotonic() + 60
        while (now := self._log.read_text().count("pass_finished")) != passes or self._busy():
            assert time.monotonic() < until, "it never rests"
            passes = now
            time.sleep(0.3)

    def _busy(self):
        before = self._used()
        time.sleep(0.2)
        return sum(self._used()[:2]) - sum(before[:2]) > 0.03

    def _used(self):
        return used(self._process.pid)

    def _within(self, happened, seconds=60, step=0.05):
        until = time.monotonic() + seconds
        while not (found := happened()):
            assert time.monotonic() < until, self._log.read_text()[-2_000:]
            time.sleep(step)
        return found


def _proposals(bench):
    """What staging has proven is proposed for production, a pull request each, all in one pass."""
    figure = bench.figure("a pull request for each app, in one pass", "git push of the same branches")
    for _ in range(bench.rounds):
        with ForgedWorld(bench) as world:
            world.act()
            world.prove()
            one, told = world.act()
            assert one.writes >= bench.world.load.apps, told
            figure.samples.append(one)
            figure.floors.append(world.push_as_git())
    return figure


def _proposed(bench):
    """While they are open: every other pass finds a commit of others' on the branch."""
    figure = bench.figure("all of them open, and somebody has committed")
    with ForgedWorld(bench) as world:
        world.prove()
        for _ in range(WARM_UPS):
            world.act()
        for number in range(bench.rounds):
            world.commit(f"{number}\n")
            figure.samples.append(world.act()[0])
    return figure


def _open(bench):
    figure = bench.figure("all of them open, quiet pass")
    with ForgedWorld(bench) as world:
        world.prove()
        for _ in range(WARM_UPS):
            world.act()
        figure.samples += [world.act()[0] for _ in range(2 * bench.rounds)]
    return figure


def _workers_quiet(bench):
    """Somebody has every repository looked at: until the last of its passes has ended."""
    figure = bench.figure(f"quiet pass over all, {bench.fleet.count} workers", LOOK)
    clones, _ = bench.clones()
    for _ in range(bench.rounds):
        figure.floors.append(bench.look(clones))
        figure.samples.append(bench.fleet.passes(bench.fleet.poll))
    return figure


def _workers_idle(bench):
    """What workers that have nothing to do ask the database for."""
    figure = bench.figure(f"{IDLE} s of nothing to do, {bench.fleet.count} workers")
    figure.samples.append(bench.fleet.idle(IDLE))
    return figure


def _workers_new(bench):
    """Every tenth image is new, and a hook tells of each: until all is pushed and all passes have ended."""
    fleet, world = bench.fleet, bench.world
    apps = [f"app-{app}" for app in range(0, world.load.apps * world.load.repositories, TENTH)]
    figure = bench.figure(f"{len(apps):,} new images by hooks, {fleet.count} workers")
    for _ in range(bench.rounds):
        tag = world.push(len(apps), step=TENTH)
        act, done = partial(fleet.hooks, apps), lambda tag=tag: world.running(tag) == len(apps)
        figure.samples.append(fleet.passes(act, done))
    return figure


CASES = {
    "help": _help,
    "cold": _cold,
    "quiet": _quiet,
    "once": _once,
    "hook": lambda bench: _hook(bench, "webhook to commit"),
    "new": lambda bench: _bumps(bench, 1, "one new image"),
    "all": lambda bench: _bumps(bench, bench.world.load.apps, "all images new, one push"),
    "hook-waiting": lambda bench: _hook(bench, "webhook to commit, all others wait for their soak"),
    "proposals": _proposals,
    "proposals-open": _open,
    "proposals-moved": _proposed,
    "workers-quiet": _workers_quiet,
    "workers-idle": _workers_idle,
    "workers-new": _workers_new,
}
