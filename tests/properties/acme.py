"""Two apps in four environments over a World: the config that feeds them, the verbs of people and CI."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from properties.monitoring import ARRIVED, ERRORS, HEARTBEAT, MATCH, MOST, Monitoring, MonitoringPort
from properties.ports import ClonePort, ForgePort, Ports, RegistryPort
from properties.world import MAIN, US, Killed, Weather, World, pinned, stamped

from updater import holds
from updater.apply import Sinks
from updater.config import load
from updater.cycle import Pass
from updater.forges import FORGES
from updater.model import Placement
from updater.observe import Sources

APPS = {"shop": ("ghcr.io/acme/shop",), "blog": ("ghcr.io/acme/blog", "ghcr.io/acme/blog-worker")}
ENVIRONMENTS = ("development", "staging", "europe", "production")
AFTER = {
    ("shop", "development"): (),
    ("shop", "staging"): (),
    ("blog", "development"): (),
    ("blog", "staging"): ("development",),
    **{(app, name): ("staging",) for app in APPS for name in ("europe", "production")},
    ("blog", "europe"): ("staging", "development"),
}
ANY = {("blog", "europe")}
"""Where one of those is enough."""
SOAK = timedelta(minutes=30)
QUIET = timedelta(minutes=10)
VERIFIED = {"staging": ("alerts", "metrics"), "europe": ("alerts",), "production": ("alerts",)}
"""What is verified where deployments are."""
SPANS = {name: timedelta(minutes=20 if name == "europe" else 15) for name in VERIFIED}
FORBIDDEN = "13"
"""How the stamps of tags end that nobody may run."""
FOLDERS = ("overlays", "clusters/one")
FIRST = "20260201-120000"
PLACEMENTS = tuple(Placement(name, app) for name in ENVIRONMENTS for app in APPS)


def path_of(environment, folder=FOLDERS[0]):
    return f"{folder}/{environment}/kustomization.yaml"


@dataclass(frozen=True, slots=True)
class Manner:
    """How production proposes, as config has it."""

    together: bool = False
    """All apps in one pull request."""
    early: bool = False
    soaks: bool = True
    merges: bool = False
    labels: tuple[str, ...] = ()
    without: str | None = None
    """The app that production's config does not name."""
    forge: str = "github"
    """What it can do decides what is planned."""
    then: str | None = None
    """What follows where a deployment fails; None: none is verified, nor watched."""
    deliver: str | None = None
    """How production goes back, if not as it delivers."""
    gated: bool = False
    """Production asks what staging's alerts and metrics say."""
    breaker: int | None = None
    """So many apps go back before the line stops."""

    @property
    def settings(self):
        gates = {"soak": "30m"} if self.soaks else {}
        if self.gated:
            gates |= {"alerts": {"quiet": f"{QUIET.seconds // 60}m"}, "metrics": ["errors"]}
        return {
            "gates": gates,
            "pull_request": {
                "open": "early" if self.early else "ready",
                "group": "environment" if self.together else "app",
                "auto_merge": self.merges,
                "labels": list(self.labels),
            },
        }

    @property
    def placements(self):
        return [each for each in PLACEMENTS if each != ("production", self.without)]


@cache
def config(folder, manner=Manner()):
    """As a user writes it. JSON is YAML, too."""
    with TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "apps").mkdir()
        (root / "updater.yaml").write_text(json.dumps(_main(folder, manner)))
        for app, images in APPS.items():
            said = {name: _after(app, name) for name, other in manner.placements if other == app}
            text = {"app": app, "images": list(images), "environments": said}
            (root / "apps" / f"{app}.yaml").write_text(json.dumps(text))
        return load(root)


def _after(app, name):
    names = list(AFTER[app, name])
    return {"after": {"any": names} if (app, name) in ANY else names} if names else {}


def _main(folder, manner):
    url = FORGES[manner.forge].example.format(host="forge.test")
    return {
        "instance": "acme",
        "repositories": {"deploy": {"url": url, "history": "180d", **_breaker(manner)}},
        "forges": {
            "forge.test": {"kind": manner.forge, "token_env": "TOKEN", "api": "https://forge.test/api"}
        },
        "commit": {"name": "updater", "email": "updater@acme.example"},
        **({"prometheus": {"server": "http://prometheus.test:9090"}} if manner.then else {}),
        "environments": {
            "development": _environment(folder, "development", "push", after_rollback="newer"),
            "staging": _environment(folder, "staging", "push", **_watched(manner, "staging")),
            "europe": _environment(folder, "europe", "push", **_watched(manner, "europe")),
            "production": _environment(
                folder, "production", "pull-request", **manner.settings, **_watched(manner, "production")
            ),
        },
    }


def _breaker(manner):
    limits = {"rolled_back": manner.breaker, "within": "1h", "for": "2h"}
    return {"breaker": limits} if manner.breaker else {}


def _watched(manner, name):
    if not manner.then:
        return {}
    minutes = SPANS[name].seconds // 60
    verify = {"for": f"{minutes}m", "with": list(VERIFIED[name]), "then": manner.then}
    if manner.deliver and name == "production" and manner.then == "rollback":
        verify["deliver"] = manner.deliver
    return {
        "alerts": {"match": MATCH},
        "metrics": {"errors": {"query": ERRORS, "max": MOST}},
        "heartbeat": HEARTBEAT,
        "arrived": ARRIVED,
        "verify": verify,
    }


def _environment(folder, name, deliver, **more):
    return {
        "repository": "deploy",
        "path": f"{folder}/{name}",
        "tags": {"follow": "timestamp", "allow": ["v[0-9]*"], "forbid": [f"*{FORBIDDEN}", "dev*"]},
        "deliver": deliver,
        **more,
    }


def kustomization(environment):
    """Some bytes that nobody may touch, and a pin for each image."""
    pins = "".join(
        f"  - name: {image}\n    newTag: {FIRST}\n" for images in APPS.values() for image in images
    )
    return (
        f"# {environment}, 손대지 마시오\nresources:   [../base]\nnamespace: {environment}\nimages:\n{pins}"
    )


@dataclass
class Acme:
    world: World = field(default_factory=World)
    folder: str = FOLDERS[0]
    manner: Manner = Manner()
    built: list[str] = field(default_factory=list)
    watched: Monitoring = field(default_factory=Monitoring)
    stuck: set[str] = field(default_factory=set)
    """Environments whose cluster syncs nothing."""

    def __post_init__(self):
        self.updaters = {}
        if self.world.refs:
            return
        files = {path_of(name): kustomization(name).encode() for name in ENVIRONMENTS}
        self.world.refs[MAIN] = self.world.commit([], files, "Start")
        for images in APPS.values():
            for image in images:
                self.world.push_image(image, FIRST)

    # --- updaters ---------------------------------------------------------------------------------------

    def updater(self, name):
        """A process of that name, so to speak, with connections and a memory of its own."""
        if name not in self.updaters:
            ports = Ports(self.world)
            registry, clone, forge = RegistryPort(ports), ClonePort(ports), ForgePort(ports)
            monitoring = MonitoringPort(ports, self.watched)
            sources = Sources(registry, clone, forge, ports.clock, monitoring=monitoring)
            self.updaters[name] = (
                ports,
                Pass(sources, Sinks(clone, forge), config(self.folder, self.manner), "deploy", jitter=0),
            )
        ports, run = self.updaters[name]
        run.config = config(self.folder, self.manner)
        return ports, run

    def run(self, name="first", *, weather=None, request=None, act=True, images=()):
        """One pass; None where it was killed."""
        ports, run = self.updater(name)
        ports.weather, ports.written = weather or Weather(), 0
        sinks, run.request = run.sinks, request
        run.sinks = sinks if act else None
        try:
            return run.run(images)
        except Killed:
            del self.updaters[name]
            return None
        finally:
            run.sinks, run.request = sinks, None
            ports.weather = Weather()

    def sync(self):
        """The clusters run what the base branch says, wherever the overlays are there."""
        for placement in PLACEMENTS if self.manner.then else ():
            tags = held(self.world, self.world.head, placement)
            if placement.environment not in self.stuck and None not in tags:
                self.watched.syncs(placement, tags, self.world.now)

    # --- people and CI ----------------------------------------------------------------------------------

    def build(self, app, tag=None, images=None):
        self.world.now += timedelta(seconds=1)
        tag = tag or stamped(self.world.now)
        for image in images or APPS[app]:
            self.world.push_image(image, tag)
        return tag

    def tags(self, app):
        return sorted(set().union(*(self.world.images[image] for image in APPS[app])))

    def pin(self, environment, app, tag, *, only=None, base=None):
        """The file with that tag in it; None takes the pin out."""
        text = self.world.text(base or self.world.head, path_of(environment, self.folder))
        if text is None:
            return {}
        for image in APPS[app] if only is None else (APPS[app][only % len(APPS[app])],):
            text = _pinned(text, image, tag)
        return {path_of(environment, self.folder): text}

    def move(self):
        """`git mv` of the overlays, and the config says so."""
        other = FOLDERS[1 - FOLDERS.index(self.folder)]
        files = {}
        for name in ENVIRONMENTS:
            text = self.world.text(self.world.head, path_of(name, self.folder))
            if text is None:
                return
            files |= {path_of(name, self.folder): None, path_of(name, other): text}
        self.world.edit(files, "Move")
        self.folder = other

    def record(self, change, message):
        """A human writes the holds file, through what the commands use; nothing where it says so already."""
        before = self.world.text(self.world.head, holds.PATH)
        try:
            after = change(before)
        except holds.HoldsUnreadable:
            after = change(None)
        if after != (before or b""):
            self.world.edit({holds.PATH: after}, message)

    # --- what one sees ----------------------------------------------------------------------------------

    def held(self, sha, placement):
        """What each pin of the app holds as of a commit, wherever the overlays are there."""
        return held(self.world, sha, placement)

    def ours(self, sha):
        return self.world.commits[sha].commit.committer == US


def held(world, sha, placement):
    paths = (path_of(placement.environment, folder) for folder in FOLDERS)
    text = next((text for path in paths if (text := world.text(sha, path)) is not None), None)
    return tuple(None if text is None else pinned(text, image) for image in APPS[placement.app])


def _pinned(text, image, tag):
    lines, found = text.decode().splitlines(keepends=True), f"  - name: {image}\n"
    value = f"    newTag: {tag}\n" if tag and "-" in tag else f'    newTag: "{tag}"\n'
    if tag is None:
        if found in lines:
            at = lines.index(found)
            del lines[at : at + 2]
    elif found in lines:
        lines[lines.index(found) + 1] = value
    else:
        lines += [found, value]
    return "".join(lines).encode()
