"""A company in memory whose deployments are verified, told in sentences: who does what, and what is then so.

Each sentence is a verb of `Deployed`. Passes are whole ones, over a repository with real trees and ancestry,
a registry, a forge, clusters that sync, and a Prometheus.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from properties.monitoring import ARRIVED, ERRORS, HEARTBEAT, MATCH, MOST, Monitoring, MonitoringPort
from properties.ports import ClonePort, ForgePort, Ports, RegistryPort
from properties.world import MAIN, VERDICTS, Weather, World, pinned, stamped

from updater import holds
from updater.apply import Sinks
from updater.config import Config, load
from updater.cycle import Pass
from updater.holds import Everything, HoldEntry, Release
from updater.image_labels import FLOOR
from updater.model import HeadFiles, Hold, Placement, Promote, Report, Request
from updater.observe import Sources
from updater.service.notices import Notice, NotifierState, Thresholds, new_notices

FIRST = "20260201-120000"
SETTLES = 6
"""Passes until nothing is left to do at one instant."""
_SAYS = list[tuple[re.Pattern[str], Callable]]()
PATIENCE = Thresholds(held=timedelta(hours=12), failing=3)
VERIFY = {"for": "15m", "with": ["alerts"], "then": "rollback"}


def says(pattern: str):
    """What a sentence of this form does, or asks."""

    def known(verb):
        _SAYS.append((re.compile(pattern), verb))
        return verb

    return known


@dataclass(frozen=True)
class Given:
    """How it is configured, where it is not as usual."""

    apps: int = 1
    staging: str = "{}"
    """More of the environment's settings, in JSON."""
    production: str = '{"repository": "deploy"}'
    others: str = "{}"
    """Further environments."""
    repository: str = "{}"
    top: str = "{}"
    images: int = 1
    forbidden: str = "dev*"


def given(**settings) -> Given:
    """Settings as plain values."""
    return Given(
        **{name: value if isinstance(value, int) else json.dumps(value) for name, value in settings.items()}
    )


def _names(number: int) -> list[str]:
    return ["shop", *(f"app{at}" for at in range(1, number))]


def _images(app: str, number: int) -> list[str]:
    return [f"ghcr.io/acme/{app}", *(f"ghcr.io/acme/{app}-worker" for _ in range(1, number))]


@cache
def configured(given: Given) -> Config:
    """As a user writes it. JSON is YAML, too."""
    watched = {
        "alerts": {"match": MATCH},
        "metrics": {"errors": {"query": ERRORS, "max": MOST}},
        "heartbeat": HEARTBEAT,
        "arrived": ARRIVED,
    }
    usual = {
        "repository": "deploy",
        "path": "apps/{app}/{environment}",
        "tags": {"follow": "timestamp", "forbid": [given.forbidden]},
        "deliver": "push",
        **watched,
    }
    production = {"after": "staging", "verify": VERIFY}
    environments = {
        "staging": {**usual, **json.loads(given.staging)},
        "production": json.loads(given.production)
        and {**usual, **production, **json.loads(given.production)},
        **{name: {**usual, **said} for name, said in json.loads(given.others).items()},
    }
    environments = {name: _without_none(said) for name, said in environments.items() if said}
    main = {
        "instance": "acme",
        "repositories": {
            "deploy": {
                "url": "https://forge.test/org/deploy",
                "history": "180d",
                **json.loads(given.repository),
            }
        },
        "forges": {"forge.test": {"kind": "github", "token_env": "TOKEN", "api": "https://forge.test/api"}},
        "commit": {"name": "updater", "email": "updater@acme.example"},
        "prometheus": {"server": "http://prometheus.test:9090"},
        "environments": environments,
        **json.loads(given.top),
    }
    with TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "apps").mkdir()
        (root / "updater.yaml").write_text(json.dumps(main))
        for app in _names(given.apps):
            said = {"app": app, "images": _images(app, given.images), "environments": list(environments)}
            (root / "apps" / f"{app}.yaml").write_text(json.dumps(said))
        return load(root)


def _without_none(said: Mapping) -> dict:
    return {name: value for name, value in said.items() if value is not None}


@dataclass
class Deployed:
    given: Given = Given()
    world: World = field(default_factory=World)
    watched: Monitoring = field(default_factory=Monitoring)
    tags: dict[str, str] = field(default_factory=lambda: {"first": FIRST})
    """By the letter a sentence has for it."""
    weather: Weather | None = None
    stuck: set[str] = field(default_factory=set)
    """Environments that sync nothing."""
    report: Report | None = None
    told: list[str] = field(default_factory=list)
    """What was said of ways back, in whatever pass."""
    sent: list[Notice] = field(default_factory=list)
    known: NotifierState = field(default_factory=NotifierState)
    found: HeadFiles | None = None
    """What patterns have found at the head, as last read."""

    def __post_init__(self):
        files = {}
        for placement in self.config.policies:
            images = "".join(
                f"  - name: {image}\n    newTag: {FIRST}\n" for image in self._images(placement.app)
            )
            files[self._path(placement)] = f"images:\n{images}".encode()
        self.world.refs[MAIN] = self.world.commit([], files, "Start")
        for app in _names(self.given.apps):
            for image in self._images(app):
                self.world.push_image(image, FIRST)
        self.ports = Ports(self.world)
        registry, clone, forge = RegistryPort(self.ports), ClonePort(self.ports), ForgePort(self.ports)
        monitoring = MonitoringPort(self.ports, self.watched)
        complete = self._completed if self.config.completion else None
        sources = Sources(registry, clone, forge, self.ports.clock, complete=complete, monitoring=monitoring)
        sinks = Sinks(clone, forge) if self.config.mode == "act" else None
        self.cycle = Pass(sources, sinks, self.config, "deploy", jitter=0)
        self.world.now += timedelta(hours=1)
        self._sync()

    # --- to tell ----------------------------------------------------------------------------------------

    def tell(self, text: str) -> None:
        """Sentences, each ended by a stop; what one asks is asserted."""
        for sentence in re.split(r"[.\n]\s+|\.$", text.strip()):
            if sentence.strip():
                self._say(sentence.strip())

    def _say(self, sentence: str) -> None:
        for pattern, verb in _SAYS:
            if found := pattern.fullmatch(sentence):
                answer = verb(self, **{name: word for name, word in found.groupdict().items() if word})
                assert answer is None or answer is True, f"{sentence}: {answer}"
                return
        raise AssertionError(f"no verb says: {sentence}")

    # --- time and passes --------------------------------------------------------------------------------

    @says(r"(?P<minutes>\d+) minutes?")
    def wait(self, minutes):
        """The service goes on meanwhile."""
        left = int(minutes)
        while left:
            step = 1 if left < 25 else 5
            self.world.now += timedelta(minutes=step)
            left -= step
            self._sync()
            self.passes()

    @says(r"nobody passes for (?P<minutes>\d+) minutes?")
    def sleep(self, minutes):
        for _ in range(int(minutes)):
            self.world.now += timedelta(minutes=1)
            self._sync()

    @says("a pass")
    def one_pass(self):
        self.ports.weather, self.ports.written = self.weather or Weather(), 0
        try:
            self.report = self.cycle.run()
        finally:
            self.ports.weather = Weather()
        self.told += [f"{way.result}: {way.sentence}" for way in self.report.ways_back]
        new, self.known = new_notices(self.report, self.cycle.config, PATIENCE, self.known)
        self.sent += new

    def passes(self):
        for _ in range(SETTLES):
            written = len(self.world.writes)
            self.one_pass()
            self._sync()
            if self.weather is not None or len(self.world.writes) == written:
                return
        raise AssertionError(f"it goes on and on: {self.world.writes[-6:]}")

    def _sync(self):
        for placement in self.cycle.config.policies:
            pins = self._pins(placement)
            if pins and placement.environment not in self.stuck:
                self.watched.syncs(placement, pins, self.world.now)

    @says(r"(?P<environment>\S+) syncs nothing")
    def stick(self, environment):
        self.stuck.add(environment)

    @says(r"(?P<environment>\S+) syncs again")
    def unstick(self, environment):
        self.stuck.discard(environment)
        self._sync()

    @says("the updater starts anew")
    def restart(self):
        self.cycle = Pass(self.cycle.sources, self.cycle.sinks, self.config, "deploy", jitter=0)

    # --- CI ---------------------------------------------------------------------------------------------

    @says(r"(?P<tag>\w) is built(?: for (?P<app>\S+))?")
    def build(self, tag, app=None):
        if tag not in self.tags:
            self.world.now += timedelta(seconds=1)
            self.tags[tag] = stamped(self.world.now)
        for name in [app] if app else _names(self.given.apps):
            for image in self._images(name):
                self.world.push_image(image, self.tags[tag])

    @says(r"(?P<tag>\w) is verified")
    def verify(self, tag):
        """It comes to production, and nothing happens."""
        self.deploy(tag)
        self.wait(17)
        for name in self._last:
            recorded = [(one["tag"], one["result"]) for one in self._recorded(Placement(name, "shop"))]
            assert (self.tags[tag], "verified") in recorded[-1:], recorded or self.report.verifications

    @says(r"(?P<tag>\w) is deployed")
    def deploy(self, tag):
        self.build(tag)
        self._come()
        tags = {self._runs(Placement(name, app)) for name in self._last for app in _names(self.given.apps)}
        assert tags == {self.tags[tag]}, (tags, [self._why(name) for name in self._last])
        self.wait(1)

    def _come(self):
        for _ in range(3):
            self.wait(1)
            if self.world.open_pulls():
                self.merge()

    @says(r"the registry loses (?P<tag>\w)")
    def lose(self, tag):
        for image, tags in self.world.images.items():
            self.world.manifests[image].discard(tags.pop(self.tags[tag], ""))

    @says(r"(?P<tag>\w) is built with a floor at (?P<floor>\w)")
    def build_with_floor(self, tag, floor):
        self.build(tag)
        for image in self._images("shop"):
            self.world.labels[image, self.tags[tag]] = {FLOOR: self.tags[floor]}

    @says(r"config forbids (?P<tag>\w)")
    def forbid(self, tag):
        self.given = replace(self.given, forbidden=self.tags[tag])
        self.cycle.config = self.config

    @says(r"somebody pushes (?P<tag>\w) again")
    def push_again(self, tag):
        for image in self._images("shop"):
            self.world.push_image(image, self.tags[tag], "again")

    @says(r"(?P<environment>pr-\d+) is opened")
    def open_preview(self, environment):
        """With what staging runs."""
        path = self._path(Placement(environment, "shop"))
        text = self.world.text(self.world.head, self._path(Placement("staging", "shop")))
        self.world.edit({path: text}, f"Preview {environment}")

    @says(r"(?P<environment>pr-\d+) is closed")
    def close_preview(self, environment):
        self.world.edit({self._path(Placement(environment, "shop")): None}, f"Close {environment}")

    # --- weather ----------------------------------------------------------------------------------------

    @says(r"(?P<alert>[A-Z]\w+) (?:fires|burns) in (?P<environment>\S+?)(?: for (?P<app>\S+))?")
    def fire(self, alert, environment, app="shop"):
        self.world.now += timedelta(seconds=10)
        for name in _names(self.given.apps) if app == "all" else [app]:
            self.watched.fire(Placement(environment, name), self.world.now, alert)

    @says(r"alerts stop in (?P<environment>\S+)")
    def resolve(self, environment):
        for app in _names(self.given.apps):
            self.watched.resolve(Placement(environment, app), self.world.now)

    @says(r"(?P<percent>\d+) % of requests fail in (?P<environment>\S+)")
    def fail_requests(self, percent, environment):
        self.watched.fail_requests(Placement(environment, "shop"), int(percent) / 100, self.world.now)

    @says("prometheus does not answer")
    def prometheus_away(self):
        self.watched.away |= {None, *(policy.watched.cluster for policy in self.config.policies.values())}

    @says(r"the prometheus of (?P<cluster>\S+) does not answer")
    def one_prometheus_away(self, cluster):
        self.watched.away.add(cluster)

    @says("prometheus answers again")
    def prometheus_back(self):
        self.watched.away.clear()

    @says(r"nobody watches(?: (?P<cluster>\S+))?")
    def stop_watching(self, cluster=None):
        self.watched.stop_watching(self.world.now, cluster)

    @says("somebody watches again")
    def watch_again(self):
        self.watched.watch_again(self.world.now)

    @says(r"(?P<reading>\w+) cannot be read")
    def unreadable(self, reading):
        self.weather = Weather(reading=reading)

    @says("all can be read again")
    def readable(self):
        self.weather = None

    @says(r"the clock of the registry is (?P<minutes>\d+) minutes ahead")
    def skew(self, minutes):
        self.world.clock_offset = 60.0 * int(minutes)

    @says("the clock of the registry is right")
    def no_skew(self):
        self.world.clock_offset = None

    @says("the host refuses the ref of verdicts")
    def refuse_verdicts(self):
        self.world.refuses = VERDICTS

    # --- people -----------------------------------------------------------------------------------------

    @says(r"kim sets (?P<app>\S+?) in (?P<environment>\S+) to (?P<tag>\w+)")
    def edit(self, environment, tag, app="shop"):
        placement = Placement(environment, app)
        self.world.edit({self._path(placement): self._with_tag(placement, tag)}, "By hand")

    @says(r"kim writes a comment into the file of (?P<app>\S+) in (?P<environment>\S+)")
    def remark(self, app, environment):
        path = self._path(Placement(environment, app))
        self.world.edit({path: self.world.text(self.world.head, path) + b"# a word\n"}, "A word")

    @says(r"kim changes (?P<path>\S+)")
    def change(self, path):
        self.world.edit({path: f"{self.world.now}\n".encode()}, "Something else")

    @says(r"kim records a floor at (?P<tag>\w)")
    def record_floor(self, tag):
        self.build(tag)
        said = {"floors": [{"app": "shop", "tag": self.tags[tag], "why": "it drops a column"}]}
        self.world.edit({".updater/rollback-floors.yaml": json.dumps(said).encode()}, "Floor")

    @says("kim removes what steers us")
    def remove_holds(self):
        self.world.edit({holds.PATH: None}, "Tidy up")

    @says("kim breaks the holds file")
    def break_holds(self):
        self.world.edit({holds.PATH: b"holds: ["}, "Oops")

    @says("kim reverts the last commit")
    def revert(self):
        self.world.revert(self.world.head)

    @says(r"kim holds (?P<app>\S+)(?: in (?P<environment>\S+))?")
    def hold(self, app, environment=None):
        if app == "all":
            self._record(lambda data: holds.hold(data, Everything(why="audit")))
        else:
            entry = HoldEntry(app=app, environment=environment, why="audit")
            self._record(lambda data: holds.hold(data, entry))

    @says(r"kim lifts the hold on (?P<app>\S+)")
    def lift(self, app):
        self._record(lambda data: holds.lift(data, app, None))

    @says("kim releases all")
    def release_all(self):
        entry = Release(app="*", environment="*", why="we have looked", at=self.world.now)
        self._record(lambda data: holds.release(data, entry))

    @says(r"kim releases (?P<tag>\w) in (?P<environment>\S+)")
    def release(self, tag, environment):
        entry = Release(
            app="shop",
            environment=environment,
            tag=self.tags[tag],
            why="it was the database",
            at=self.world.now,
        )
        self._record(lambda data: holds.release(data, entry))

    def _record(self, change):
        before = self.world.text(self.world.head, holds.PATH)
        self.world.edit({holds.PATH: change(before)}, "Record")

    @says(r"kim rolls shop back in (?P<environment>\S+)(?: to (?P<tag>\w+))?(?: over (?P<code>\S+))?")
    def roll_back(self, environment, tag=None, code=None):
        overrides = {{"floor": "rollback_floor"}.get(code, code): "we restore it by hand"} if code else {}
        placement = Placement(environment, "shop")
        self._order(Request("rollback", placement, self._tag(tag), by="kim", overrides=overrides))

    @says(r"kim promotes shop in (?P<environment>\S+) to (?P<tag>\w+)(?: over (?P<code>\S+))?")
    def promote(self, environment, tag, code=None):
        overrides = {code: "it is the cure"} if code else {}
        placement = Placement(environment, "shop")
        self._order(Request("promote", placement, self._tag(tag), by="kim", overrides=overrides))

    def _order(self, request):
        self.cycle.request, self.cycle.runs = request, self.cycle.runs
        try:
            self.ordered = self.cycle.run()
        finally:
            self.cycle.request = None
        self._sync()

    @says(r"the order is refused: (?P<code>\w+)")
    def refused(self, code):
        (decision,) = self.ordered.decisions
        codes = [reason.code for reason in decision.reasons] if isinstance(decision, Hold) else ["it is not"]
        return code in codes or codes

    @says(r"kim merges it(?: by (?P<method>\w+))?")
    def merge(self, method="merge"):
        for pull in self.world.open_pulls():
            self.world.merge(pull, method)
        self._sync()

    @says("kim merges it by a squash without its words")
    def merge_bare(self):
        self.merge("bare")

    @says("kim merges the newest one")
    def merge_newest(self):
        self.world.merge(self.world.open_pulls()[-1], "merge")
        self._sync()

    @says("kim closes it")
    def close(self):
        for pull in self.world.open_pulls():
            self.world.close(pull)

    @says(r"kim labels it (?P<label>\S+)")
    def label(self, label):
        for pull in self.world.open_pulls():
            pull.labels |= {label}
            pull.metadata_items |= {label}

    @says("kim writes a comment into it")
    def remark_in_it(self):
        (pull,) = self.world.open_pulls()
        path = self._path(Placement("production", "shop"))
        files = {path: self.world.text(pull.head, path) + b"# a word\n"}
        self.world.push_branch(pull.branch, self.world.commit([pull.head], files, "A word"))

    @says(r"kim pushes (?P<tag>\w) to it")
    def push_to_it(self, tag):
        (pull,) = self.world.open_pulls()
        placement = Placement("production", "shop")
        files = {self._path(placement): self._with_tag(placement, tag)}
        self.world.push_branch(pull.branch, self.world.commit([pull.head], files, "Another"))

    # --- what is then so --------------------------------------------------------------------------------

    @says(r"(?P<environment>[\w/-]+) runs (?P<tag>\w+)(?: of (?P<app>\S+))?")
    def runs(self, environment, tag, app="shop"):
        found = self._runs(Placement(environment, app))
        return (
            found == self._tag(tag)
            or f"{self._letter(found)}, {self._why(environment, app)}; {self.told[-3:]}"
        )

    @says(r"everything in (?P<environment>\S+) runs (?P<tag>\w)")
    def all_run(self, environment, tag):
        found = {self._letter(self._runs(Placement(environment, app))) for app in _names(self.given.apps)}
        return found == {tag} or f"{found}; {self.told[-3:]}"

    @says(r"(?P<environment>[\w/-]+) (?:holds|waits): (?P<code>\w+)(?: of (?P<app>\S+))?")
    def held(self, environment, code, app="shop"):
        return code in self._why(environment, app) or self._why(environment, app)

    @says(r"it is told: (?P<words>.+)")
    def is_told(self, words):
        return (
            any(words in said for said in self.told[-self.given.apps :]) or self.told[-3:] or "nothing at all"
        )

    @says(r"(?P<number>\w+) messages? (?:was|were) sent of (?P<event>\w+)")
    def was_sent(self, number, event):
        found = [one.title for one in self.sent if one.event == event]
        return len(found) == {"no": 0, "one": 1, "two": 2}[number] or found

    @says("nothing is told")
    def is_not_told(self):
        return not self.told or self.told[-3:]

    @says(r"(?P<environment>[\w/-]+) recorded (?P<results>[\w, ]+)")
    def recorded(self, environment, results):
        """Of the app, in the order of the record."""
        found = [
            f"{self._letter(one['tag'])} {one['result']}"
            for one in self._recorded(Placement(environment, "shop"))
        ]
        wanted = [] if results == "nothing" else results.split(", ")
        return found == wanted or found

    @says(r"(?P<number>\w+) (?:is|are) open for (?P<tag>\w)")
    def is_open(self, number, tag):
        found = [pull for pull in self.world.open_pulls() if self.tags[tag] in pull.title]
        return len(found) == {"none": 0, "one": 1}[number] or [pull.title for pull in self.world.open_pulls()]

    @says("nothing is open")
    def nothing_is_open(self):
        return not self.world.open_pulls() or [pull.title for pull in self.world.open_pulls()]

    @says(r"(?P<number>\w+) commits? went? back by (?P<by>\S+)")
    def went_back(self, number, by):
        found = [line for line in self._rollback_lines() if line.endswith(f" {by}")]
        count = {"no": 0, "one": 1, "two": 2, "three": 3}[number]
        return len(found) == count or found or "none"

    @says("it is not green")
    def not_green(self):
        (pull,) = self.world.open_pulls()
        status = self.world.statuses[pull.head]
        return status.state == "failure" or status

    @says(r"it is true of (?P<environment>\S+): (?P<kind>\w+)")
    def is_true(self, environment, kind):
        found = [one.kind.code for one in self._conditions(environment)]
        return kind in found or found

    @says(r"nothing is true of (?P<environment>\S+)")
    def nothing_is_true(self, environment):
        return not self._conditions(environment) or self._conditions(environment)

    def _conditions(self, environment):
        return [one for one in self.report.conditions if one.placement == Placement(environment, "shop")]

    @says(
        r"(?P<what>\w+) is (?P<state>verified|verifying|failed|cut|unknown|waiting) there"
        r"(?: in (?P<environment>\S+))?"
    )
    def verification(self, what, state, environment="production"):
        found = self.report.verifications.get(Placement(environment, "shop"))
        return (found is not None and (self._letter(found.tag), found.state) == (what, state)) or repr(found)

    # --- to look ----------------------------------------------------------------------------------------

    @property
    def config(self) -> Config:
        return configured(self.given)

    def _completed(self, repository: str, found: HeadFiles | None) -> Config:
        self.found = found or self.found
        return self.config.completed({repository: self.found} if self.found else {})

    def _images(self, app: str) -> list[str]:
        return _images(app, self.given.images)

    @property
    def _last(self) -> list[str]:
        """The environments after which nothing comes."""
        names = dict.fromkeys(placement.environment for placement in self.config.policies)
        return [name for name in names if name.endswith("production")]

    def _path(self, placement: Placement) -> str:
        return f"apps/{placement.app}/{placement.environment}/kustomization.yaml"

    def _pins(self, placement: Placement) -> tuple[str | None, ...]:
        text = self.world.text(self.world.head, self._path(placement))
        if text is None:
            return ()
        return tuple(pinned(text, image) for image in self._images(placement.app))

    def _runs(self, placement: Placement) -> str | None:
        tags = set(self._pins(placement))
        return tags.pop() if len(tags) == 1 else None

    def _with_tag(self, placement: Placement, tag: str) -> bytes:
        text = self.world.text(self.world.head, self._path(placement)).decode()
        return re.sub(r"newTag: .*", f"newTag: {self._tag(tag)}", text).encode()

    def _tag(self, letter: str | None) -> str | None:
        return self.tags.get(letter, letter)

    def _letter(self, tag: str | None) -> str | None:
        return next((letter for letter, known in self.tags.items() if known == tag), tag)

    def _why(self, environment: str, app: str = "shop") -> str:
        decision = next(one for one in self.report.decisions if one.placement == Placement(environment, app))
        if isinstance(decision, Promote):
            return f"-> {self._letter(decision.tag)}"
        return "; ".join(f"{reason.code} ({reason.sentence})" for reason in decision.reasons)

    def _recorded(self, placement: Placement) -> list[dict]:
        tip = self.world.refs.get(VERDICTS)
        path = f"{placement.environment}/{placement.app}.jsonl"
        text = self.world.text(tip, path) if tip else None
        return [json.loads(line) for line in (text or b"").splitlines()]

    def _rollback_lines(self) -> Iterator[str]:
        for sha in self.world.ancestry(self.world.head):
            message = self.world.commits[sha].commit.message
            yield from (line for line in message.splitlines() if line.startswith("Updater-Rollback: "))
