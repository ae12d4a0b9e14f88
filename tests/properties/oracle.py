"""What DESIGN 4 and 10 say of a write, asked of the world: the trees of each commit, read line by line.

Written from the sentences, and with nothing of the code that decides. Slow and simple.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from properties.acme import AFTER, ANY, APPS, FORBIDDEN, SOAK, held
from properties.world import US, pinned
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

PLACEHOLDERS = {"latest", "placeholder", ""}
SKEW = timedelta(minutes=5)


@lru_cache(maxsize=10_000)
def stamp(tag):
    if tag is None or not re.fullmatch(r"\d{8}-\d{6}", tag):
        return None
    try:
        return datetime.strptime(tag + "+0900", "%Y%m%d-%H%M%S%z").astimezone(UTC)
    except ValueError:
        return None


@dataclass
class Told:
    """What one environment is known to have held of one app, before a write."""

    held: dict[str, datetime] = field(default_factory=dict)
    """By tag, when it was first there."""
    whole: list[tuple[str, datetime, bool]] = field(default_factory=list)
    """Tags that all pins held, when they came, and whether they left for something not newer."""
    rolled_back: set[str] = field(default_factory=set)
    moved_back: datetime | None = None


def told(world, placement, base, record):
    """Of the first-parent line; of bumps it hides; of a line the branch was forced away from."""
    line, chain = Told(), world.chain(base)[::-1]
    before = (None,) * len(APPS[placement.app])
    for sha in chain:
        if _is_amid(world, sha, chain):
            continue
        pins = held(world, sha, placement)
        _step(line, before, pins, world.commits[sha].at)
        before = pins
    reachable = world.ancestry(base)
    for sha in reachable.difference(chain, *_never_run(world, chain)):
        made = world.commits[sha]
        if made.commit.committer == US and f"Updater-Pin: {placement.environment} {placement.app} " in str(
            made.commit.message
        ):
            for tag in set(held(world, sha, placement)) - set(_before(world, sha, placement)) - {None}:
                line.held.setdefault(tag, made.at)
    _abandoned(line, world, placement, (world.ancestry(record) - reachable) if record else ())
    return line


def _is_amid(world, sha, chain):
    """Of what a forge puts on the base anew, commit by commit, only the last was ever its head."""
    if sha not in world.brought or sha == chain[-1]:
        return False
    after = world.brought.get(chain[chain.index(sha) + 1])
    return after is not None and after.number == world.brought[sha].number


def _never_run(world, chain):
    """What stands behind the merges of our pull requests: only what they came to was ever the head."""
    for sha in chain:
        parents, pull = world.commits[sha].commit.parents, world.brought.get(sha)
        if len(parents) > 1 and pull is not None and pull.branch.startswith("updater/"):
            yield world.ancestry(pull.head) - world.ancestry(parents[0])


def _abandoned(line, world, placement, gone):
    on_the_line = set(line.held)
    for sha in gone:
        for tag in set(held(world, sha, placement)) - set(_before(world, sha, placement)) - {None}:
            line.held.setdefault(tag, world.commits[sha].at)
            if tag not in on_the_line:
                line.rolled_back.add(tag)


def _before(world, sha, placement):
    parents = world.commits[sha].commit.parents
    return held(world, parents[0], placement) if parents else ()


def _step(line, before, pins, at):
    moves = [(old, new) for old, new in zip(before, pins, strict=True) if old != new]
    backward = [(old, new) for old, new in moves if is_backward(old, new)]
    for old, new in backward:
        line.rolled_back.add(old)
        if stamp(new) or new in PLACEHOLDERS:
            line.rolled_back |= {t for t in line.held if stamp(t) and (not stamp(new) or t > new)}
    if backward:
        line.moved_back = at
    for _, new in moves:
        if new is not None:
            newest = max((t for t in line.held if stamp(t)), default="")
            if not backward and stamp(new) and new > newest:
                line.moved_back = None
            line.rolled_back.discard(new)
            line.held.setdefault(new, at)
    _whole(line, before, pins, at, bool(backward))


def _whole(line, before, pins, at, backward):
    was, now = ({*before}, {*pins})
    if was == now and len(now) == 1:
        return
    if len(was) == 1 and None not in was and line.whole and was != now:
        removed = None in now
        line.whole[-1] = (*line.whole[-1][:2], backward or removed)
    if len(now) == 1 and None not in now:
        line.whole.append((*now, at, False))


def is_backward(old, new):
    return stamp(old) is not None and new is not None and (stamp(new) is None or new < old)


# --- the holds file -----------------------------------------------------------------------------------------


def recorded(world, sha):
    """None where it cannot be read."""
    data = world.text(sha, ".updater/holds.yaml")
    return {} if data is None else _parsed(data)


@lru_cache(maxsize=10_000)
def _parsed(data):
    try:
        found = YAML(typ="safe", pure=True).load(data.decode())
    except YAMLError:
        return None
    return {} if found is None else found if isinstance(found, dict) else None  # an empty file holds nothing


def is_held(world, sha, placement):
    said = recorded(world, sha)
    if said is None:
        return True
    everything = said.get("all")
    if everything and ("until" not in everything or _instant(everything["until"]) > world.now):
        return True
    holds = [hold for hold in (said or {}).get("holds") or [] if hold["app"] == placement.app]
    concerned = [hold for hold in holds if hold.get("environment") in {None, placement.environment}]
    return any("until" not in hold or _instant(hold["until"]) > world.now for hold in concerned)


def _instant(value):
    value = datetime.fromisoformat(value) if isinstance(value, str) else value
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def releases(world, sha, placement):
    """Tags that may come back once, with None for going on after a step back; each with when it was given."""
    found, chain = {}, world.chain(sha)
    for one in (recorded(world, sha) or {}).get("releases") or []:
        if (one["environment"], one["app"]) == tuple(placement):
            found[one.get("tag")] = _given(world, chain, one)
    return found


def _given(world, chain, one):
    """The oldest commit of the newest run of commits that say it."""
    given = chain[0]
    for sha in chain:
        if world.text(sha, ".updater/holds.yaml") is not None and recorded(world, sha) is not None:
            if one not in ((recorded(world, sha) or {}).get("releases") or []):
                break
            given = sha
        elif world.text(sha, ".updater/holds.yaml") is None:
            break
    return given


# --- what may be written ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Write:
    """A commit of ours that sets a tag."""

    world: object
    base: str
    record: str | None
    """What we had noted of the base branch before the pass."""
    placement: object
    tag: str
    rejected: frozenset[str] = frozenset()
    honest: bool = True
    """Where somebody has lied about the date of a commit, no sentence about time can be checked."""
    soak: timedelta = SOAK

    def told(self, environment):
        return told(self.world, self.placement._replace(environment=environment), self.base, self.record)


def objections(write):
    """Why this may not be written."""
    given = releases(write.world, write.base, write.placement)
    released = write.tag in given and not came_after(write, given[write.tag])
    found = [*_of_the_tag(write), *_of_now(write)]
    if not released:
        found += [*_of_the_past(write), *_of_rejections(write), *_of_a_step_back(write, None in given)]
    return [*found, *_of_predecessors(write, released)]


def _of_the_tag(write):
    tag, world = write.tag, write.world
    if tag.endswith(FORBIDDEN):
        yield f"I4: {tag} is forbidden"
    if stamp(tag) is None:
        yield f"{tag} is not followed"
    elif stamp(tag) > world.now + SKEW:
        yield f"{tag} is from the future"
    missing = [image for image in APPS[write.placement.app] if tag not in world.images[image]]
    if missing:
        yield f"{missing} have no {tag}"


def _of_now(write):
    world, environment = write.world, write.placement.environment
    if is_held(world, write.base, write.placement):
        yield "it is held"
    since = write.told(environment).held
    runs = [one for one in held(world, write.base, write.placement) if stamp(one)]
    # What was from the future when it was set blocks nothing, not even once that time has come.
    if any(write.tag <= one for one in runs if stamp(one) <= since[one] + SKEW):
        yield f"I2: {environment} runs {runs}"


def _of_the_past(write):
    tag, environment = write.tag, write.placement.environment
    own = write.told(environment)
    for other, at in own.held.items():
        if stamp(other) and stamp(other) <= at + SKEW and other >= tag:
            yield f"I2: {environment} has run {other}, and {tag} is not newer"
    if tag in own.rolled_back or tag in own.held:
        yield f"I2: {tag} was held or rolled back in {environment}"


def _of_rejections(write):
    if any(stamp(other) and write.tag <= other for other in write.rejected):
        yield f"{write.tag} is rejected"


def _of_a_step_back(write, goes_on):
    environment, built = write.placement.environment, stamp(write.tag)
    moved_back = write.told(environment).moved_back
    if moved_back is None or built is None or goes_on or not write.honest:
        return
    if environment in {"staging", "europe"} and built <= moved_back:
        yield f"{write.tag} was built before {environment} moved back"


def _of_predecessors(write, released):
    app, environment = write.placement.app, write.placement.environment
    held = {name: _held_well(write, name) for name in AFTER[app, environment]}
    enough = (app, environment) in ANY and any(held.values())
    for name, good in held.items():
        if not good and not enough:
            yield f"I3: {name} has not run {write.tag}"
        elif (
            good and environment == "production" and write.honest and min(good) + write.soak > write.world.now
        ):
            yield f"{write.tag} has not soaked in {name}"
    ahead = [*AFTER[app, environment]]
    while ahead:
        name = ahead.pop()
        if write.tag in write.told(name).rolled_back and not released:
            yield f"I3: {write.tag} is rolled back in {name}"
        ahead += AFTER[app, name]


def _held_well(write, name):
    """When it came, and was not left for something not newer."""
    return [at for tag, at, badly in write.told(name).whole if tag == write.tag and not badly]


def came_after(write, given):
    """Whether a pin held that tag in a commit after the one that released it."""
    world, chain = write.world, write.world.chain(write.base)
    if write.tag in held(world, given, write.placement):
        return True
    return any(write.tag in held(world, sha, write.placement) for sha in chain[: chain.index(given)])


def changed(world, sha):
    """By placement, what a commit of ours sets; raises AssertionError where it changes anything else."""
    made = world.commits[sha]
    found = {}
    for path, change in made.commit.changes.items():
        assert change.old is not None, f"I1: {path} is new"
        assert change.new is not None, f"I1: {path} is gone"
        before, after = world.blobs[change.old], world.blobs[change.new]
        environment = path.split("/")[-2]
        for app, images in APPS.items():
            for image in images:
                if pinned(before, image) != pinned(after, image):
                    found.setdefault((environment, app), set()).add(pinned(after, image))
        _check_bytes(before, after, [i for app in APPS if (environment, app) in found for i in APPS[app]])
    return found


def _check_bytes(before, after, images):
    """I1: but for the tags of those images, not a byte differs."""
    assert _without(before, images) == _without(after, images), f"I1: {before} -> {after}"


def _without(data, images):
    for image in images:
        pattern = rb"(- name: " + re.escape(image.encode()) + rb'\n +newTag: )"?[^"\n]*"?\n'
        data = re.sub(pattern, rb"\1TAG\n", data)
    return data
