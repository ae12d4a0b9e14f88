"""How one updater sees and changes a World: the Protocols of `updater/ports.py`, with weather."""

from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from properties.world import MAIN, US, VERDICTS, Conflict, Killed, Pull, Weather, World

from updater.errors import LostRace, Refused, Unavailable
from updater.model import (
    BranchRules,
    File,
    FileChange,
    HeadFiles,
    Heads,
    History,
    ImageConfig,
    Listing,
    PullRequest,
    ReviewState,
    SeenDigest,
    matches_any,
)
from updater.reasons import Reason, failure_reasons

_FORBIDDEN = Reason("refused", "reading", "")
SHOWN = 3
"""How many closed pull requests the forge's first page has."""


@dataclass
class Ports:
    """One updater's connections; the weather is of its next pass only."""

    world: World
    weather: Weather = field(default_factory=Weather)
    written: int = 0

    def fails(self, reading, image=None):
        if self.weather.reading == reading and self.weather.image in {None, image}:
            raise Unavailable(
                f"{reading} is not there now", reason=Reason(f"{reading}_unavailable", "reading", "of a test")
            )

    def clock(self):
        return self.world.now

    def approach(self):
        """A write is on its way: somebody may be quicker."""
        if self.weather.before and self.written == self.weather.number:
            before, self.weather.before = self.weather.before, None
            before()

    def write(self, verb, what, act):
        """Carry it out as the weather has it."""
        struck = self.weather.writing if self.written == self.weather.number else None
        self.written += 1
        if struck == "killed_before":
            raise Killed
        if struck == "refused":
            raise Refused(f"{verb} is forbidden", reason=Reason("refused", "reading", ""))
        if struck == "silent":
            raise Unavailable(f"{verb}: no answer", reason=Reason("silent", "reading", ""))
        result = act()
        self.world.writes.append((verb, what))
        if struck == "lost":
            raise Unavailable(f"{verb}: no answer", reason=Reason("silent", "reading", ""))
        if struck == "killed":
            raise Killed
        return result


@dataclass
class RegistryPort:
    ports: Ports
    seen: dict = field(default_factory=dict)
    listed: list = field(default_factory=list)
    """Each image that was listed, and whether that counts."""

    def listing(self, image, ends, *, counts=True):
        self.listed.append((str(image), counts))
        self.ports.fails("tags", str(image))
        try:
            self.ports.fails("empty", str(image))
        except Unavailable:
            return Listing.of(image, ())
        return Listing.of(image, self.ports.world.images.get(str(image), {}))

    def clock_offset(self, registry):
        return self.ports.world.clock_offset

    def digest(self, image, tag):
        self.ports.fails("digest", str(image))
        tag, _, wanted = tag.partition("@")
        if wanted:
            return wanted if wanted in self.ports.world.manifests.get(str(image), ()) else None
        return self.ports.world.images.get(str(image), {}).get(tag)

    def seen_digest(self, image, tag):
        return self.seen.get((image, tag))

    def see_digest(self, image, tag):
        now, digest = self.ports.clock(), self.digest(image, tag)
        self.seen[image, tag] = SeenDigest(digest, now, now)
        return self.seen[image, tag]

    def dates(self, image, tags, *, most):
        raise AssertionError("nobody configured a scheme that asks")

    def image(self, image, tag):
        digest = self.digest(image, tag)
        labels = self.ports.world.labels.get((str(image), tag.partition("@")[0]), {})
        return None if digest is None else ImageConfig(digest, (), None, labels=labels)


@dataclass
class ClonePort:
    ports: Ports
    mine: set = field(default_factory=set)
    """The commits it has made."""

    # --- reader -----------------------------------------------------------------------------------------

    def fetch(self):
        self.ports.fails("fetch")
        return Heads(dict(self.ports.world.refs))

    def files(self, commit, paths, also=()):
        self.ports.fails("files")
        tree, blobs = self.ports.world.commits[commit].tree, self.ports.world.blobs
        paths = {*paths, *(path for path in tree if path in also)}
        return {
            path: File(path, blobs[tree[path]], tree[path], "100644") if path in tree else None
            for path in paths
        }

    def matching(self, commit, patterns):
        self.ports.fails("matching")
        tree, blobs = self.ports.world.commits[commit].tree, self.ports.world.blobs
        found = {path: blob for path, blob in tree.items() if matches_any(path, patterns)}
        return HeadFiles(
            commit, {path: File(path, blobs[blob], blob, "100644") for path, blob in found.items()}
        )

    def history(self, tips, paths, *, since):
        """Newest first, until everything is older than `since` and each path there is has three changes."""
        self.ports.fails("history")
        made = self.ports.world.commits
        unsettled = {path: 0 for path in paths if any(path in made[tip].tree for tip in tips)}
        found, ahead, seen = {}, [], set()
        for tip in tips:
            _ahead(ahead, seen, made, tip)
        while ahead:
            commit = made[heappop(ahead)[1]].commit
            if commit.time < since and not unsettled:
                return History(found, complete=False)
            found[commit.sha] = commit
            _settle(commit, unsettled)
            for parent in commit.parents:
                _ahead(ahead, seen, made, parent)
        return History(found, complete=True)

    def blobs(self, ids):
        self.ports.fails("blobs")
        return {blob: self.ports.world.blobs[blob] for blob in ids}

    def conflicts(self, base, head):
        self.ports.fails("conflicts")
        world = self.ports.world
        try:
            world.merged_tree(world.fork_point(base, head), base, head)
        except Conflict:
            return True
        return False

    def changes(self, old, new):
        self.ports.fails("changes")
        one, other = (self.ports.world.commits[sha].tree for sha in (old, new))
        paths = sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))
        return tuple(FileChange(path, one.get(path), other.get(path)) for path in paths)

    def touched(self, old, new):
        world = self.ports.world
        if old not in world.chain(new):
            return None
        made = [world.commits[sha] for sha in world.ancestry(new) - world.ancestry(old)]
        parents = [(each, world.commits[sha]) for each in made for sha in each.commit.parents]
        pairs = [(each.tree, parent.tree) for each, parent in parents]
        return frozenset(p for one, two in pairs for p in one.keys() | two.keys() if one.get(p) != two.get(p))

    def is_mine(self, commit):
        return commit in self.mine

    def tip(self, ref):
        return self.ports.world.refs.get(ref)

    # --- writer -----------------------------------------------------------------------------------------

    def push(self, updates, *, atomic):
        self.ports.approach()
        if any(update.ref == MAIN for update in updates) and self.ports.weather.race:
            race, self.ports.weather.race = self.ports.weather.race, None
            race()
        world = self.ports.world
        wrong = {u.ref for u in updates if world.refs.get(u.ref) != u.expected}
        lost = {ref: LostRace(f"{ref} moved", reason=failure_reasons.LOST_RACE) for ref in wrong}
        if atomic and wrong:
            return dict.fromkeys((u.ref for u in updates), next(iter(lost.values())))
        closed = {u.ref for u in updates if world.refuses and u.ref.startswith(world.refuses)}
        lost |= {ref: Refused(f"{ref} is forbidden", reason=_FORBIDDEN) for ref in closed}
        rest = [u for u in updates if u.ref not in lost]
        if rest:
            self.ports.write("push", " ".join(u.ref for u in rest), lambda: self._carry_out(rest))
        return {u.ref: lost.get(u.ref) for u in updates}

    def _carry_out(self, updates):
        tip = None
        for update in updates:
            tip = self._commits(update) if update.drafts else tip or update.onto
            rewinds = update.expected and update.expected not in self.ports.world.ancestry(tip)
            assert not (rewinds and update.ref in {MAIN, VERDICTS}), "a rewind"
            self._note(update.ref)
            self.ports.world.refs[update.ref] = tip
            self.ports.world.moved(update.ref)

    def _commits(self, update):
        tip = update.onto
        for draft in update.drafts:
            parents = [tip] if tip else []
            tip = self.ports.world.commit(parents, draft.files, draft.message, who=US)
            self.ports.world.pushed.append((update.ref, tip))
            self.mine.add(tip)
        return tip

    def _note(self, ref):
        world = self.ports.world
        if ref.startswith("refs/heads/") and ref != MAIN and ref in world.refs:
            named = (p for p in world.open_pulls() if f"refs/heads/{p.branch}" == ref and not p.fork)
            world.replaced.append((ref, world.refs[ref], next(named, None)))

    def delete(self, ref, *, expected):
        self.ports.approach()
        if ref not in self.ports.world.refs:
            return
        if self.ports.world.refs[ref] != expected:
            raise LostRace(f"{ref} moved", reason=failure_reasons.LOST_RACE)
        self.ports.write("delete", ref, lambda: self._delete(ref))

    def _delete(self, ref):
        self._note(ref)
        self.ports.world.delete_branch(ref.removeprefix("refs/heads/"))


@dataclass
class ForgePort:
    ports: Ports

    def logins(self):
        return frozenset({"updater"})

    def unnamed(self):
        return False

    def pull_requests(self):
        self.ports.fails("pulls")
        pulls = self.ports.world.pulls
        closed = sorted((p for p in pulls if p.state != "open"), key=lambda p: (p.closed, p.number))
        shown = [*self.ports.world.open_pulls(), *closed[-SHOWN:]]
        return tuple(map(_told, sorted(shown, key=lambda p: p.number)))

    def closed_pull_requests(self, branch):
        self.ports.fails("closed")
        pulls = reversed(self.ports.world.pulls)
        named = (p for p in pulls if p.branch == branch and not p.fork)
        return tuple(_told(p) for p in named if p.state != "open")

    def status(self, sha):
        self.ports.fails("status")
        return self.ports.world.statuses.get(sha)

    def comments(self, number):
        self.ports.fails("comments")
        return dict(self.ports.world.comments.get(number, {}))

    def reviews(self, number):
        self.ports.fails("reviews")
        pull = self._pull(number)
        return ReviewState(approved=pull.approved, mergeable=self.ports.world.mergeable(pull))

    def metadata_history(self, number):
        self.ports.fails("metadata_history")
        return frozenset(("label", label) for label in self._pull(number).metadata_items)

    def changed_files(self, number, head):
        raise AssertionError("nobody wants a status on all")

    def branch_rules(self, branch):
        self.ports.fails("branch_rules")
        return BranchRules(up_to_date="newest" in self.ports.world.demands)

    def set_metadata(self, step):
        return self._write("dress", step, lambda: self._wear(self._pull(step.number), step.metadata))

    def set_status(self, sha, status):
        self.ports.approach()
        said = self.ports.world.statuses
        self.ports.write("status", sha, lambda: said.update({sha: status}))

    def comment(self, step):
        said = self.ports.world.comments.setdefault(step.number, {})
        self._write("comment", step, lambda: said.update({step.key: step.text}))

    def set_auto_merge(self, step):
        return self._write("auto_merge", step, lambda: self._set_auto_merge(step))

    def _set_auto_merge(self, step):
        pull = self._pull(step.number)
        if step.method and (pull.head != step.sha or self.ports.world.mergeable(pull) != "blocked"):
            raise Refused("it cannot be switched on now", reason=Reason("refused", "reading", ""))
        pull.merges_by = "updater" if step.method else None
        pull.method = step.method or "merge"
        return _url(pull)

    def merge(self, step):
        return self._write("merge", step, lambda: self._merge(step))

    def _merge(self, step):
        world, pull = self.ports.world, self._pull(step.number)
        ready = pull.state == "open" and pull.head == step.sha and world.mergeable(pull) == "clean"
        if not ready:
            raise Refused("it cannot be merged now", reason=failure_reasons.NOT_MERGEABLE)
        world.merged.append((replace(pull), world.head, False))
        world.merge(pull, step.method)
        return _url(pull)

    def _write(self, verb, step, act):
        self.ports.approach()
        return self.ports.write(verb, step.branch, act)

    def _pull(self, number):
        return self.ports.world.pulls[number - 1]

    def _wear(self, pull, dress):
        pull.labels |= frozenset(dress.labels)
        pull.metadata_items |= frozenset(dress.labels)
        return _url(pull)

    def open(self, step):
        return self._write("open", step, lambda: self._open(step))

    def _open(self, step):
        world = self.ports.world
        named = (p for p in world.open_pulls() if (p.branch, p.base) == (step.branch, step.base))
        found = next((p for p in named if not p.fork), None)
        if found is not None:
            found.title, found.body = step.title, step.body
            return _url(found)
        head = world.refs.get(f"refs/heads/{step.branch}")
        if head is None:
            raise Refused("no such branch", reason=Reason("head_missing", "reading", ""))
        where = (len(world.pulls) + 1, step.branch, head, step.base)
        made = Pull(*where, step.title, step.body, "updater", frozenset(), world.now, draft=step.draft)
        world.pulls.append(made)
        return self._wear(made, step.metadata)

    def update(self, step):
        return self._write("update", step, lambda: self._edit(step))

    def close(self, step):
        return self._write("close", step, lambda: self._close(step))

    def _edit(self, step):
        pull = self._pull(step.number)
        pull.title, pull.body = step.title, step.body
        return _url(pull)

    def _close(self, step):
        pull = self._pull(step.number)
        pull.body = step.body
        if pull.state == "open":
            pull.closed_by_us = True
            self.ports.world.close(pull)
        return _url(pull)


def _url(pull):
    return f"https://forge.test/{pull.number}"


def _told(pull):
    return PullRequest(
        number=pull.number,
        url=_url(pull),
        title=pull.title,
        body=pull.body,
        state=pull.state,
        branch=pull.branch,
        head=pull.head,
        base=pull.base,
        author=pull.author,
        same_repository=not pull.fork,
        labels=pull.labels,
        draft=pull.draft,
        auto_merge=pull.merges_by is not None,
        merges_by=pull.merges_by,
        metadata_items=frozenset(("label", label) for label in pull.labels),
        created=pull.created,
        closed=pull.closed,
    )


def _ahead(ahead, seen, made, sha):
    if sha not in seen:
        seen.add(sha)
        heappush(ahead, (-made[sha].number, sha))


def _settle(commit, unsettled):
    if len(commit.parents) > 1:
        return
    for path, change in commit.changes.items():
        if path in unsettled:
            unsettled[path] += 1
            if change.renamed_from:
                unsettled[change.renamed_from] = unsettled[path]
            if change.old is None or unsettled[path] >= 3:
                del unsettled[path]
