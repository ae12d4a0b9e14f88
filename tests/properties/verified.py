"""What DESIGN 4 and 10 say of verdicts, of ways back and of what failed, asked of the world.

Written from the sentences, as `oracle.py`, and with nothing of the code that judges: it knows what burned,
who watched, what each cluster ran and who committed what.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import dropwhile

from properties import oracle
from properties.acme import AFTER, APPS, FORBIDDEN, MOST, QUIET, SPANS, VERIFIED, held
from properties.monitoring import GAP
from properties.oracle import stamp
from properties.world import MAIN, US, VERDICTS

from updater.model import Placement

LATE = timedelta(minutes=20)
SURE = 5
"""Verdicts that are kept, whatever they say."""
BY_ITSELF = 3
"""Apps that may go back within the hour where nobody says how many."""
LASTS = timedelta(hours=2)
WITHIN = timedelta(hours=1)
ROLLBACK = re.compile(r"^Updater-Rollback: (\S+) (\S+) (\S+) (\S+) (\S+)$", re.MULTILINE)
ASKED = "updater/asked/"


@dataclass(frozen=True)
class Line:
    tag: str
    commit: str
    result: str
    since: datetime
    until: datetime
    failed: tuple[str, ...]
    digests: tuple[tuple[str, str], ...]


def text_of(world, tip, placement):
    return (world.text(tip, f"{placement.environment}/{placement.app}.jsonl") if tip else None) or b""


@lru_cache(maxsize=10_000)
def parsed(data):
    return tuple(_line(json.loads(line)) for line in data.splitlines())


def _line(said):
    at = {name: datetime.fromisoformat(said[name]) for name in ("since", "until")}
    failed, digests = tuple(said["failed"]), tuple(sorted(said["digests"].items()))
    return Line(said["tag"], said["commit"], said["result"], **at, failed=failed, digests=digests)


def lines(world, placement):
    return parsed(text_of(world, world.refs.get(VERDICTS), placement))


# --- what was found -----------------------------------------------------------------------------------------


def doubts(world, watched, placement, before, after):
    """What is wrong with what a pass has recorded."""
    old, new = parsed(before), parsed(after)
    kept = [one for one in old if one in new]
    if [*new[: len(kept)]] != kept:
        yield "a verdict was changed"
    if len(kept) < len(old):
        yield from _lost(old, new)
    found = [(one.tag, one.commit) for one in new]
    if len(found) != len(set(found)):
        yield "I13: a verdict was written twice"
    for one in added(before, after):
        yield from _doubts(world, watched, placement, one)


def added(before, after):
    old = parsed(before)
    return [one for one in parsed(after) if one not in old]


def _lost(old, new):
    """The record forgets of the older ones, but nothing that keeps a tag away, nor what one goes back to."""
    gone = [one for one in old if one not in new]
    yield from (f"{one} is forgotten" for one in gone if one.result == "failed" or one in old[-SURE:])
    verified = [one for one in old if one.result == "verified"]
    yield from (f"{one} is forgotten" for one in verified[-1:] if one in gone)


def _doubts(world, watched, placement, one):
    length = SPANS[placement.environment]
    if one.result in {"verified", "failed"}:
        ran = [at for at, tags in watched.ran.get(placement, ()) if set(tags) == {one.tag}]
        if one.since not in ran and not any(at <= one.since for at in ran):
            yield f"{one} counts from a sync that nobody made"
    if one.result == "verified":
        if one.until < one.since + length or world.now < one.until:
            yield f"{one} was not over"
        yield from (
            f"I14: {one}, and {said}" for said in _burned(watched, placement, one, one.since + length)
        )
        gaps = watched.outages(None, one.since, one.since + length)
        yield from (
            f"I14: {one}, and nobody watched from {gap}" for gap in gaps if gap.until - gap.since > GAP
        )
    if one.result == "failed" and not list(_burned(watched, placement, one, one.until)):
        yield f"{one}, and nothing was amiss"


def _burned(watched, placement, one, until):
    for fire in watched.fires:
        if fire.placement == placement and fire.since > one.since:
            yield from (f"{fire} burned" for _ in watched.burned(fire, None, one.since, until)[:1])
    if "metrics" in VERIFIED[placement.environment]:
        # What was beyond its limit already when the tag came is told of what ran before.
        seen = dropwhile(lambda share: share > MOST, _shares(watched, placement, one.since, until))
        yield from (f"{share} failed" for share in seen if share > MOST)


def _errors(watched, placement, since, until):
    return (share for share in _shares(watched, placement, since, until) if share > MOST)


def _shares(watched, placement, since, until):
    """What could be seen of the errors, in order of time."""
    for start, end in watched.visible(None, since, until):
        changed = (at for at, _ in watched.errors.get(placement, ()) if start <= at <= end)
        yield from (watched.errors_at(placement, at) for at in sorted({start, end, *changed}))


# --- what has failed goes nowhere ---------------------------------------------------------------------------


def failures(world, base, placement, tag):
    """None where somebody has set it there again since."""
    for one in lines(world, placement):
        if one.result == "failed" and one.tag == tag and not _set_again(world, base, placement, one):
            yield one


def _set_again(world, base, placement, one):
    chain = world.chain(base)
    after = chain[: chain.index(one.commit)] if one.commit in chain else []
    return any(brings(world, sha, placement) == one.tag for sha in after)


def brings(world, sha, placement):
    """The tag that all pins have since that commit of the line."""
    now, parents = held(world, sha, placement), world.commits[sha].commit.parents
    before = held(world, parents[0], placement) if parents else ()
    return now[0] if len(set(now)) == 1 and now != before else None


def _before(app, environment):
    found, ahead = [], [*AFTER[app, environment]]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.append(name)
            ahead += AFTER[app, name]
    return found


def _beside(app, environment):
    """Those that share a predecessor with it, and come neither before nor after it."""
    mine, before = set(AFTER[app, environment]), _before(app, environment)
    names = [name for of, name in AFTER if of == app and name not in {environment, *before}]
    apart = [name for name in names if environment not in _before(app, name)]
    return [name for name in apart if mine & set(AFTER[app, name])]


def of_failures(write, *, released):
    """Why what is known of failures forbids a promotion."""
    app, environment = write.placement.app, write.placement.environment
    if released:
        return
    for name in [environment, *_before(app, environment), *_beside(app, environment)]:
        placement = write.placement._replace(environment=name)
        yield from (f"I3: {one} in {name}" for one in failures(write.world, write.base, placement, write.tag))


def of_monitoring(write, watched, unread):
    """Why the gates `alerts` and `metrics` may not have passed; asked of production, of staging."""
    staging = write.placement._replace(environment="staging")
    good = [at for tag, at, badly in write.told("staging").whole if tag == write.tag and not badly]
    if unread:
        yield "I14: monitoring could not be read"
    if not good or not write.honest:
        return
    now, since = write.world.now, max(good)
    for fire in watched.fires:
        shown = watched.burned(fire, None, min(since, now - QUIET), now)
        if fire.placement == staging and shown and (fire.since > since or shown[-1][1] > now - QUIET):
            yield f"I14: {fire}"
    yield from (f"I14: {share} of requests failed" for share in _errors(watched, staging, since, now))
    gaps = watched.outages(None, since, now)
    yield from (f"I14: nobody watched: {gap}" for gap in gaps if gap.until - gap.since > GAP)


# --- a way back that nobody ordered -------------------------------------------------------------------------


@dataclass(frozen=True)
class WayBack:
    world: object
    sha: str
    record: str | None
    """What we had noted of the base branch before the pass."""
    placement: object
    new: str
    manner: object
    honest: bool = True
    unread: bool = False
    """The pass could not read something of its app."""
    stops: frozenset[str] = frozenset()
    """Branches with the label, and with an order that is open."""

    @property
    def base(self):
        return self.world.commits[self.sha].commit.parents[0]

    @property
    def old(self):
        tags = set(held(self.world, self.base, self.placement))
        return tags.pop() if len(tags) == 1 else None

    def told(self, environment):
        return oracle.told(
            self.world, self.placement._replace(environment=environment), self.base, self.record
        )


def rollback_lines(world, sha):
    return ROLLBACK.findall(world.commits[sha].commit.message)


def is_automatic(world, sha):
    return any(by.startswith("verify:") for *_, by in rollback_lines(world, sha))


def objections(back):
    """I2 and I13: why it may not go."""
    brought = _brought(back.world, back.base, back.placement)
    mine = [one for one in lines(back.world, back.placement) if (one.tag, one.commit) == (back.old, brought)]
    yield from _of_words(back, mine)
    if not mine or mine[-1].result != "failed":
        yield f"I13: nothing has failed there that commit {brought} brought: {mine}"
        return
    yield from _of_target(back)
    yield from _of_people(back, brought)
    yield from _of_once(back)
    yield from _of_time(back, mine[-1])


def _brought(world, base, placement):
    chain = world.chain(base)
    return next((sha for sha in chain if brings(world, sha, placement)), None)


def _of_words(back, mine):
    what = "+".join(mine[-1].failed) if mine else ""
    wanted = (*back.placement, back.old, back.new, f"verify:{what}")
    if rollback_lines(back.world, back.sha) != [wanted]:
        yield f"{rollback_lines(back.world, back.sha)} is not {wanted}"
    if back.manner.then == "tell":
        yield "config says to tell it"


def _of_target(back):
    good = list(_targets(back))
    if back.new not in good:
        yield f"I13: {back.new} was not verified there, or may not come back: {good}"
    elif back.new != max(good):
        yield f"I2: {max(good)} was verified there, too, and is newer than {back.new}"


def _targets(back):
    world, app = back.world, back.placement.app
    places = [back.placement.environment, *_before(app, back.placement.environment)]
    bad = set().union(*(back.told(name).rolled_back for name in places))
    for name in places:
        of_it = lines(world, back.placement._replace(environment=name))
        bad |= {one.tag for one in of_it if one.result == "failed"}
    now = {image: world.images[image] for image in APPS[app]}
    last = {one.tag: one for one in lines(world, back.placement) if one.result == "verified"}
    for tag, one in last.items():
        there = {image: tags.get(tag) for image, tags in now.items()}
        known = stamp(tag) and tag < back.old and tag not in bad and not tag.endswith(FORBIDDEN)
        if known and dict(one.digests) == there and tag in back.told(back.placement.environment).held:
            yield tag


def _of_people(back, brought):
    world = back.world
    if oracle.is_held(world, back.base, back.placement):
        yield "I13: a person holds it"
    if not _is_ours(world, brought):
        yield f"I13: commit {brought} is not ours"
    for sha in world.ancestry(back.base) - world.ancestry(brought):
        made = world.commits[sha]
        trees = [world.commits[parent].tree for parent in made.commit.parents]
        paths = {
            path for tree in trees for path in tree.keys() | made.tree.keys() if path.startswith(".updater/")
        }
        if any(all(tree.get(path) != made.tree.get(path) for tree in trees) for path in paths):
            yield f"I13: commit {sha} has changed what steers us"
    if back.stops:
        yield f"I13: {back.stops}"
    if back.unread:
        yield "I14: something could not be read"


def _is_ours(world, brought):
    made = world.commits[brought].commit
    if made.committer == US and (MAIN, brought) in world.pushed:
        return "Asked for by" not in made.message
    pull = world.brought.get(brought)
    if pull is None or not pull.branch.startswith("updater/app/"):
        return False
    ours = {sha for _, sha in world.pushed}
    beyond = world.ancestry(pull.head) - world.ancestry(world.fork_point(pull.head, made.parents[0]))
    return all(sha in ours or len(world.commits[sha].commit.parents) > 1 for sha in beyond)


def _of_once(back):
    world, where = back.world, tuple(back.placement)
    if back.record and back.record not in world.ancestry(back.base):
        yield "I13: somebody has forced the branch"
    for sha in world.ancestry(back.base):
        for environment, app, old, _, by in rollback_lines(world, sha):
            if (environment, app, old) == (*where, back.old) and by.startswith("verify:"):
                yield f"I13: it went back from {old} before, by {sha}"
    before = ()
    for sha in world.chain(back.base)[::-1]:
        now = held(world, sha, back.placement)
        if before and set(before) == {back.old} and any(map(oracle.is_backward, before, now)):
            yield f"I13: {sha} went back from {back.old} before"
        before = now


def _of_time(back, failed):
    if (
        back.honest
        and back.world.now > max(failed.until, failed.since + SPANS[back.placement.environment]) + LATE
    ):
        yield "I13: it is too late"


# --- many at once -------------------------------------------------------------------------------------------


def steps_back(world, base):
    """(time, app) of each on the line, after the last time that somebody has let everything go on."""
    line = _since_lifted(world, world.chain(base))[::-1]
    for app in APPS:
        for environment in SPANS | {"development": None}:
            placement = Placement(environment, app)
            if None in held(world, base, placement):
                continue  # what is no longer there has no history that counts
            before = _before_first(world, line, placement)
            for sha in line:
                now = held(world, sha, placement)
                if before and len(set(before)) == 1 and any(map(oracle.is_backward, before, now)):
                    yield world.commits[sha].at, app
                before = now


def _since_lifted(world, chain):
    return chain[: next((at for at, sha in enumerate(chain) if _lifts_all(world, sha)), len(chain))]


def _before_first(world, line, placement):
    parents = world.commits[line[0]].commit.parents if line else ()
    return held(world, parents[0], placement) if parents else ()


def _lifts_all(world, sha):
    """It takes the stop of everything away, as `release --all` and a deleted file do."""
    parents = world.commits[sha].commit.parents
    before, after = (oracle.recorded(world, one) for one in (*parents[:1], sha)) if parents else ({}, {})
    return _is_read(before) and _is_read(after) and "all" in before and "all" not in after


def _is_read(said):
    return said is not None and all(isinstance(hold.get("app"), str) for hold in said.get("holds") or [])


def too_many(world, base, apps, breaker, now):
    """More than may go back at once, with those that lately have."""
    lately = {app for at, app in steps_back(world, base) if at >= now - WITHIN}
    return len(apps | lately) > (breaker or BY_ITSELF)


def is_stopped(world, base, breaker, now):
    """By so many apps that went back close together."""
    steps = sorted(steps_back(world, base))
    for at, _ in steps:
        close = {app for one, app in steps if at - WITHIN <= one <= at}
        if len(close) >= breaker and at + LASTS > now:
            return True
    return False
