"""What DESIGN 6 says of open pull requests, asked of the world, with nothing of the code that decides."""

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta

from properties import oracle
from properties.acme import APPS, held
from properties.ports import SHOWN
from properties.world import MAIN, RECORD

from updater.model import Placement

STOP = "updater:stop"
GROUP = "updater/env/production"
US = "updater"


def marker(pull):
    """What we have written into the body, if nobody took it out."""
    found = re.findall(r"<!-- updater (\{.*?\}) -->", pull.body)
    return json.loads(found[-1]) if found else None


def listed(pull):
    """By app, the tag it shows."""
    said = marker(pull) or {}
    return said.get("apps") or ({said["app"]: said["tag"]} if said.get("app") else {})


def is_ours(pull):
    return pull.author == US and not pull.fork


@dataclass
class Proposed:
    """The open pull requests of one world, as people and updaters have left them."""

    acme: object
    rejected: dict = field(default_factory=dict)
    """By placement, tag by number of the pull request somebody closed."""
    updates: set = field(default_factory=set)
    """The merges of the base into a branch that people have made."""
    digests: dict = field(default_factory=dict)
    """By commit of ours on a branch: what the tags it sets pointed to then."""
    moved: set = field(default_factory=set)
    """(app, tag) of what was pushed again."""

    @property
    def world(self):
        return self.acme.world

    def branches(self, app):
        return f"updater/app/production--{app}", GROUP

    def opened(self, app):
        """Whatever is open from where we would propose it."""
        return [p for p in self.world.open_pulls() if p.branch in self.branches(app) and not p.fork]

    def objections(self, app, tag, at=None):
        """Why that tag may not be in production; `at` is the base and our record of it."""
        base, record = at or (self.world.head, self.world.refs.get(RECORD))
        placement = Placement("production", app)
        write = oracle.Write(
            self.world,
            base,
            record,
            placement,
            tag,
            frozenset(self.rejected.get(placement, {}).values()),
            soak=oracle.SOAK if self.acme.manner.soaks else timedelta(),
        )
        return list(oracle.objections(write))

    def added(self, pull):
        """The commits on its branch that are not on its base."""
        return self.world.ancestry(pull.head) - self.world.ancestry(self.world.head)

    def is_edited(self, pull):
        ours = {sha for _, sha in self.world.pushed}
        return any(sha not in ours and sha not in self.updates for sha in self.added(pull))

    def is_left_to_people(self, pull):
        aimed_elsewhere = f"refs/heads/{pull.base}" != MAIN
        nobodys = marker(pull) is None or set(listed(pull)) == {self.acme.manner.without}
        doubled = self.is_doubled(pull)
        return STOP in pull.labels or aimed_elsewhere or nobodys or doubled or self.is_edited(pull)

    def is_doubled(self, pull):
        """Somebody has opened it again, and its environment's shows the app by now."""
        shared = [p for p in self.world.open_pulls() if p.branch == GROUP and is_ours(p)]
        to_main = (p for p in shared if f"refs/heads/{p.base}" == MAIN)
        return pull.branch != GROUP and any(set(listed(pull)) & set(listed(p)) for p in to_main)

    def has_moved(self, pull, app, tag):
        """One of its images points elsewhere than when it was proposed."""
        noted = [self.digests[sha] for sha in self.added(pull) if sha in self.digests]
        now = {(image, tag): self.world.images[image].get(tag) for image in APPS[app]}
        return any(said.get(key, digest) != digest for said in noted for key, digest in now.items())

    def over(self):
        """What was merged, or closed by us, and is still to be seen: its branch has to go."""
        closed = sorted(
            (p for p in self.world.pulls if p.state != "open"), key=lambda p: (p.closed, p.number)
        )
        used = {p.branch for p in self.world.open_pulls() if not p.fork}
        done = (p for p in closed[-SHOWN:] if p.state == "merged" or p.closed_by_us)
        return [p for p in done if p.branch not in used and not p.fork]

    # --- I10 --------------------------------------------------------------------------------------------

    def states(self, pull):
        """What its status may say once all is quiet; None where nobody promises anything."""
        if self._is_nobodys(pull):
            return None
        if self.is_left_to_people(pull) or self.acme.manner.without in listed(pull):
            return {"failure"}
        against = {app: self.against(pull, app, tag) for app, tag in listed(pull).items()}
        if any(found is None for found in against.values()):
            return {"failure", "pending"}
        found = [each for said in against.values() for each in said]
        if not found:
            return {"success"}
        return {"pending"} if all("soaked" in each for each in found) else {"failure"}

    def _is_nobodys(self, pull):
        """People have stopped it; or neither its text nor config says that it was ours; or its status is that
        of another that is looked after: a status belongs to a commit.
        """
        unnamed = f"updater/app/production--{self.acme.manner.without}"
        nameless = marker(pull) is None and pull.branch == unnamed
        shared = self.is_left_to_people(pull) and self._shares_its_head(pull)
        return STOP in pull.labels or nameless or shared

    def _shares_its_head(self, pull):
        others = (each for each in self.world.open_pulls() if each is not pull and each.head == pull.head)
        return any(is_ours(each) and not self.is_left_to_people(each) for each in others)

    def against(self, pull, app, tag):
        """None: it is not so good, and nobody here can say how bad."""
        if self.has_moved(pull, app, tag):
            return None
        return self.objections(app, tag)

    # --- what is missing --------------------------------------------------------------------------------

    def best(self, app):
        """The newest tag that nothing is said against."""
        common = set.intersection(*(set(self.world.images[image]) for image in APPS[app]))
        good = [tag for tag in common if oracle.stamp(tag) and not self.objections(app, tag)]
        return max(good, default=None)

    def is_clear(self, app):
        """It can be decided about, whatever is proposed."""
        pins = [
            set(held(self.world, self.world.head, Placement(name, app))) for name in ("staging", "production")
        ]
        known = all(len(tags) == 1 and oracle.stamp(next(iter(tags))) for tags in pins)
        return known and not oracle.is_held(self.world, self.world.head, Placement("production", app))

    def missing(self, app):
        """What should be shown and is not, in a sentence."""
        best = self.best(app) if app != self.acme.manner.without and self.is_clear(app) else None
        if best is None or any((app, tag) in self.moved for tag in self.acme.tags(app)):
            return None
        for pull in self.opened(app):
            about = app in listed(pull)
            if about or pull.branch == self._branch(app):
                mine = is_ours(pull) and marker(pull) and not self.is_left_to_people(pull)
                if not mine or pull.approved or pull.merges_by not in {None, US}:
                    return None
                if about and listed(pull)[app] >= best:
                    return None
        return f"{best} of {app} should be proposed"

    def _branch(self, app):
        own, together = self.branches(app)
        return together if self.acme.manner.together else own
