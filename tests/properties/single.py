"""One app in three environments, fed by any scheme: its config, its tags, and what they really are worth.

The worth of a tag is known here from its making, and not from what a scheme reads in it.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from properties.ports import ClonePort, ForgePort, Ports, RegistryPort
from properties.world import MAIN, Weather, World

from updater.apply import Sinks
from updater.config import load
from updater.cycle import Pass
from updater.model import ImageConfig, ImageDate, split_tag
from updater.observe import Sources

KOREA = ZoneInfo("Asia/Seoul")
IMAGE = "ghcr.io/acme/shop"
AFTER = {"staging": (), "europe": ("staging",), "production": ("staging",)}
FOLLOW = {
    "semver": {"semver": {"range": ">=1.0"}},
    "numeric": {"numeric": {"pattern": "build-(?P<number>[0-9]+)(?:-[a-z]+)?"}},
    "created": {"created": {"pattern": "sha-[0-9a-f]{7}[a-z0-9]*"}},
    "digest": {"digest": "main"},
    "epoch": "{branch}-{sha}-{epoch}[-bad]",
    "daily": "{date}_{number}[-bad]",
}
FORBIDDEN = {"semver": "*.13", "numeric": "*-bad", "created": "*bad", "digest": "edge*"} | dict.fromkeys(
    ("epoch", "daily"), "*bad"
)
JUNK = ("latest", "v1.2", "sha256-0.sig", "buildcache", "1.2.3-rc.1", "pr-12", "build-", "main")


def path_of(environment):
    return f"overlays/{environment}/kustomization.yaml"


@cache
def config(scheme):
    pin = {"pin": "tag+digest"} if scheme == "digest" else {}
    tags = {"follow": FOLLOW[scheme], "allow": ["*"], "forbid": [FORBIDDEN[scheme]]}
    environments = {
        name: {
            "repository": "deploy",
            "path": f"overlays/{name}",
            "tags": tags,
            "deliver": "pull-request" if name == "production" else "push",
            "after_rollback": "newer" if name == "staging" else "built_after",
            **({"after": list(before)} if before else {}),
            **pin,
        }
        for name, before in AFTER.items()
    }
    main = {
        "instance": "acme",
        "repositories": {"deploy": {"url": "https://forge.test/acme/deploy.git", "history": "180d"}},
        "forges": {"forge.test": {"kind": "github", "token_env": "TOKEN", "api": "https://forge.test/api"}},
        "commit": {"name": "updater", "email": "updater@acme.example"},
        "environments": environments,
    }
    app = {"app": "shop", "images": [IMAGE], "environments": list(AFTER)}
    with TemporaryDirectory() as directory:
        (Path(directory) / "apps").mkdir()
        (Path(directory) / "updater.yaml").write_text(json.dumps(main))
        (Path(directory) / "apps" / "shop.yaml").write_text(json.dumps(app))
        return load(Path(directory))


@dataclass
class Registry(RegistryPort):
    """One that tells when its images were created."""

    created: dict = field(default_factory=dict)
    """By digest; what is deleted is not there."""

    def digest(self, image, tag):
        name, digest = split_tag(tag)
        self.ports.fails("digest", str(image))
        found = digest or self.ports.world.images.get(str(image), {}).get(name)
        return found if found in self.created else None

    def image(self, image, tag):
        digest = self.digest(image, tag)
        return None if digest is None else ImageConfig(digest, (), self.created[digest])

    def dates(self, image, tags, *, most):
        self.ports.fails("dates")
        found = {tag: self.digest(image, tag) for tag in tags}
        return {tag: digest and ImageDate(digest, self.created[digest]) for tag, digest in found.items()}


@dataclass
class Single:
    scheme: str
    world: World = field(default_factory=World)
    created: dict = field(default_factory=dict)
    worth: dict = field(default_factory=dict)
    """By what is held: of two the greater is the newer; equal ones are the same version."""

    def __post_init__(self):
        first = self.make(10)
        files = {path_of(name): self.text(name, first).encode() for name in AFTER}
        self.world.refs[MAIN] = self.world.commit([], files, "Start")
        self.updaters = {}

    # --- CI ---------------------------------------------------------------------------------------------

    def make(self, n, *, ago=0, bad=False, prefix=""):
        """Push an image; answers what holds it. `n` says how new it is; or `ago`, in minutes."""
        self.world.now += timedelta(seconds=1)
        made = self.world.now - timedelta(minutes=ago)
        tag, worth = self._named(n, made, bad=bad, prefix=prefix)
        self.world.push_image(IMAGE, tag, "" if worth else str(made))
        digest = self.world.images[IMAGE][tag]
        self.created.setdefault(digest, made)
        held = f"{tag}@{digest}" if self.scheme == "digest" else tag
        self.worth[held] = worth or (made, held)
        return held

    def _named(self, n, made, *, bad, prefix):
        """The tag, and what it is worth where that does not go by its creation."""
        if self.scheme == "semver":
            major, minor, patch = 1 + n // 40, n // 8 % 5, 13 if bad else n % 8
            return f"{prefix and 'v'}{major}.{minor}.{patch}", (major, minor, patch)
        if self.scheme == "numeric":
            return f"build-{prefix and '00'}{n}{'-bad' if bad else ''}", (n,)
        if self.scheme == "created":
            return f"sha-{len(self.worth):07x}{'bad' if bad else ''}", None
        if self.scheme == "epoch":
            return f"main-{len(self.worth):07x}-{int(made.timestamp())}{'-bad' if bad else ''}", (made,)
        if self.scheme == "daily":
            day = f"{made.astimezone(KOREA):%Y%m%d}"
            return f"{day}_{prefix and '00'}{n}{'-bad' if bad else ''}", (day, n)
        return "main", None

    def junk(self, tag):
        self.world.push_image(IMAGE, tag, "junk")
        self.created.setdefault(self.world.images[IMAGE][tag], self.world.now)

    def delete(self, held):
        """Clean the registry up."""
        tag, digest = split_tag(held)
        there = self.world.images[IMAGE]
        if digest is not None:
            self.created.pop(digest, None)
            if there.get(tag) == digest:
                there.pop(tag)
        elif tag in there:
            self.created.pop(there.pop(tag), None)

    # --- people -----------------------------------------------------------------------------------------

    def text(self, environment, held):
        tag, digest = split_tag(held)
        pin = f'    newTag: "{tag}"\n' + (f"    digest: {digest}\n" if digest else "")
        return f"# {environment}\nresources: [../base]\nimages:\n  - name: {IMAGE}\n{pin}"

    def edit(self, environment, held):
        self.world.edit({path_of(environment): self.text(environment, held).encode()}, "By hand")

    # --- the updater ------------------------------------------------------------------------------------

    def run(self, name="first", *, weather=None):
        if name not in self.updaters:
            ports = Ports(self.world)
            registry, clone, forge = Registry(ports, self.created), ClonePort(ports), ForgePort(ports)
            sources = Sources(registry, clone, forge, ports.clock)
            run = Pass(sources, Sinks(clone, forge), config(self.scheme), "deploy", jitter=0)
            self.updaters[name] = (ports, run)
        ports, run = self.updaters[name]
        ports.weather, ports.written = weather or Weather(), 0
        try:
            return run.run()
        finally:
            ports.weather = Weather()

    # --- what one sees ----------------------------------------------------------------------------------

    def held(self, sha, environment):
        text = self.world.text(sha, path_of(environment)).decode()
        tag = re.search(r'newTag: "?([^"\n]*)"?\n', text)[1]
        digest = re.search(r"digest: (\S+)\n", text)
        return f"{tag}@{digest[1]}" if digest else tag

    def past(self, base, environment):
        """What it held along the branch, oldest first; what of it is rolled back."""
        held, left, before = [], set(), None
        for sha in self.world.chain(base)[::-1]:
            now = self.held(sha, environment)
            if now == before:
                continue
            if before in self.worth and (now not in self.worth or self.worth[now] < self.worth[before]):
                left.add(before)
                if now in self.worth:
                    left |= {one for one in held if one in self.worth and self.worth[one] > self.worth[now]}
            left = {one for one in left if not self.same(one, now)}
            held.append(now)
            before = now
        return held, left

    def same(self, one, other):
        return one == other or (one in self.worth and self.worth[one] == self.worth.get(other))

    def objections(self, base, environment, held):
        """Why that may not be written by itself: I2, I3, I4, from the trees and the worth of each tag."""
        past, left = self.past(base, environment)
        worth = self.worth.get(held)
        if worth is None:
            return [f"{held} is none of the scheme's"]
        found = [f"I2: has run {one}" for one in past if one in self.worth and worth <= self.worth[one]]
        found += [f"I2: {held} is rolled back"] if any(self.same(one, held) for one in left) else []
        for name in AFTER[environment]:
            there, gone = self.past(base, name)
            if held not in there or any(self.same(one, held) for one in gone):
                found.append(f"I3: {name} has not run it, or has left it")
        if re.search(r"\.13$|bad", held.partition("@")[0]):
            found.append("I4: forbidden")
        return found
