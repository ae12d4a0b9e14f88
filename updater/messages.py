"""Every sentence written into a repository or a forge, beside what reads it back. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import tzinfo
from pathlib import PurePath
from traceback import extract_tb
from typing import Literal

from updater import instants
from updater.config.templates import BODY, SUBJECT, TITLE, filled_in
from updater.model import (
    Commits,
    Degraded,
    Image,
    Marker,
    Origin,
    Placement,
    Record,
    Request,
    Ruling,
    Version,
    parted,
)

RECORD = "refs/updater/"
"""Where we note the last head of a base branch that we have pushed."""
BRANCHES = "updater/app/"
GROUPS = "updater/env/"
ASKED = "updater/asked/"
HOLDS = "updater/holds/"
STOP = "updater:stop"
"""The label on a pull request that tells us to leave it alone."""
OURS = (BRANCHES, GROUPS, ASKED, HOLDS)
STATUS = "updater/gates"
"""The context of our commit status."""


@dataclass(frozen=True, slots=True)
class Source:
    """The source of an image, from what is deployed to what is proposed."""

    base: Origin
    head: str
    commits: Commits | None = None
    """None where they could not be read."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The templates of what is written about a bump."""

    subject: str = SUBJECT
    title: str = TITLE
    body: str = BODY


@dataclass(frozen=True, slots=True)
class Bump:
    """What a commit or a proposal of ours is about."""

    placement: Placement
    old: str | None
    new: Version
    digests: Mapping[Image, str]
    zone: tzinfo
    rulings: tuple[Ruling, ...] = ()
    skipped: int = 0
    request: Request | None = None
    """The person's order it follows, if it follows one."""
    wording: Wording = Wording()
    lost: tuple[str, ...] = ()
    """Tags that moved to another digest while its pull request showed them."""
    sources: tuple[Source, ...] = ()

    @property
    def named(self) -> Mapping[str, str]:
        """What templates may name, sections apart."""
        environment, app = self.placement
        old = short(self.old) if self.old else "nothing"
        return {"app": app, "environment": environment, "tag": short(self.new.tag), "old": old}


def short(tag: str) -> str:
    """`main@5904a84e01bf`, where a digest tells what is meant; every other tag as it is."""
    name, digest = parted(tag)
    return f"{name}@{digest.removeprefix('sha256:')[:12]}" if digest else tag


# --- branches -------------------------------------------------------------------------------------------


def branch(placement: Placement) -> str:
    """The branch of an app's proposal; `/` in an environment's name becomes `.`."""
    return BRANCHES + _segment(placement)


def group_branch(environment: str) -> str:
    """The branch of the pull request that a whole environment's apps share."""
    return GROUPS + environment.replace("/", ".")


def asked_branch(placement: Placement) -> str:
    """The branch of what a person asks for by name."""
    return ASKED + _segment(placement)


def record_branch(record: Record) -> str:
    """The branch of a hold or release that has to go through a pull request."""
    return HOLDS + _segment(Placement(record.environment or "all", record.app or "all"))


def _segment(placement: Placement) -> str:
    return f"{placement.environment.replace('/', '.')}--{placement.app}"


def context(instance: str, *, shared: bool) -> str:
    """Of our commit status; of several updaters in one repository, each has its own."""
    return f"{STATUS}/{instance}" if shared else STATUS


# --- commits --------------------------------------------------------------------------------------------

_TRAILER = re.compile(
    r"^Updater-Pin: (?P<environment>\S+) (?P<app>\S+) "
    r"(?P<image>[^\s@]+):(?P<tag>[^\s@:/]+)(?:@(?P<digest>\S+))?\s*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Trailer:
    """What a commit says it did to one pin; to be believed only if it did."""

    placement: Placement
    image: Image
    tag: str
    digest: str | None


def commit_message(bump: Bump) -> str:
    subject = _line(filled_in(bump.wording.subject, bump.named))
    reasons = "".join(f"* {_line(ruling.sentence)}\n" for ruling in bump.rulings)
    was = f"Was {bump.old}.\n" if bump.old else "There was no tag before.\n"
    return f"{subject}\n\n{was}{_order(bump)}{reasons}\n{_trailers(bump)}"


def _order(bump: Bump) -> str:
    """Who asked for it, and what they passed over and why."""
    if bump.request is None:
        return ""
    why = f": {_line(bump.request.why)}" if bump.request.why else ""
    return f"Asked for by {_line(bump.request.by)} ({bump.request.kind}){why}\n"


def record_message(record: Record) -> str:
    return f"chore({record.app or 'all'}): {record.title}\n\n{_line(record.why)}\n\nBy {_line(record.by)}.\n"


def record_body(record: Record) -> str:
    return f"{_line(record.why)}\n\nBy {_line(record.by)}. It counts from when it is merged."


def _line(text: str) -> str:
    """As one line that cannot pose as a trailer, another paragraph or the start of a hidden comment."""
    return " ".join(text.split()).replace("Updater-Pin:", "Updater-Pin :").replace("<!--", "<! --")


def _trailers(bump: Bump) -> str:
    environment, app = bump.placement
    tag, _ = parted(bump.new.tag)
    pins = (f"{image}:{tag}@{digest}" for image, digest in bump.digests.items())
    return "".join(f"Updater-Pin: {environment} {app} {pin}\n" for pin in pins)


def trailers(message: str) -> tuple[Trailer, ...]:
    """The pins a commit message names, at any line start: a squash merge indents and reorders."""
    return tuple(trailer for match in _TRAILER.finditer(message) if (trailer := _trailer(match)))


def _trailer(match: re.Match[str]) -> Trailer | None:
    try:
        image = Image.parse(match["image"])
    except ValueError:
        return None
    return Trailer(Placement(match["environment"], match["app"]), image, match["tag"], match["digest"])


# --- pull requests --------------------------------------------------------------------------------------

_MARKER = re.compile(r"<!-- updater (\{.{0,30000}?\}) -->")
_BODY = 70_000
"""Longer than any forge lets a body be."""
_VERSION = 1


def title(bump: Bump) -> str:
    return _line(filled_in(bump.wording.title, bump.named))


def retitled(bump: Bump, now: str, shown: Marker) -> str:
    """The title when another candidate takes the shown one's place; what somebody wrote stays theirs."""
    before = shown.title or _sum(f"{shown.environment}: {shown.app} {shown.tag}")
    if _sum(now) == before:
        return title(bump)
    return now.replace(short(shown.tag), short(bump.new.tag))


def body(bump: Bump, instance: str) -> str:
    """All a reviewer needs; the same in every pass over an unchanged world, so instants and no durations."""
    sections = {
        "headline": _headline(bump),
        "table": _table(bump),
        "evidence": _evidence(bump),
        "choices": _choices(bump),
    }
    return _whole([bump], sections, replace(_marker_of(bump, instance), title=_sum(title(bump))))


def _whole(bumps: Sequence[Bump], sections: Mapping[str, str], told: Marker) -> str:
    """The commits are no evidence: whether they can be read today says nothing of what was judged."""
    template, values = bumps[0].wording.body, {**_named_together(bumps), **sections}
    judged = filled_in(template, {**values, "commits": ""})
    text = filled_in(template, {**values, "commits": _commits(bumps)})
    return f"{text}\n\n{marker(replace(told, evidence=evidence_of(judged)))}"


_FIRST_LINE = 100
_COMMITS = 20
"""As many are shown in one pull request."""


def _commits(bumps: Sequence[Bump]) -> str:
    """What changed in the source, as text that nobody who wrote a commit can make anything else of."""
    sources = dict.fromkeys(source for bump in bumps for source in bump.sources)
    told, room = list[str](), _COMMITS
    for source in sources:
        shown = source.commits.lines[:room] if source.commits else ()
        room -= len(shown)
        lines = [f"* `{sha[:10]}` {code(line)}" for sha, line in shown]
        told.append("\n".join([_compared(source, len(shown)), *([""] if lines else []), *lines]))
    return "\n\n".join(["### What changed in the source", *told]) if told else ""


def _compared(source: Source, shown: int) -> str:
    base, total = source.base, source.commits.total if source.commits else None
    span = f"{base.sha}...{source.head}"
    link = f"[`{base.sha[:10]}...{source.head[:10]}`](https://{base.host}/{base.repository}/compare/{span})"
    if total is None:
        return f"{base.repository}: {link}"
    more = f", the newest {shown}" if 0 < shown < total else ""
    return f"{base.repository}: {link} ({total} commit{'' if total == 1 else 's'}{more})"


def code(text: str) -> str:
    """One line of text as code: in there nothing is a mention, a link, a closing word or a tag."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    line = cut(" ".join(plain.split()).replace("<!--", "<! --"), _FIRST_LINE) or " "
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence, pad = "`" * (longest + 1), " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _headline(bump: Bump) -> str:
    environment, app = bump.placement
    was = f"from `{short(bump.old)}` " if bump.old else ""
    return f"Moves **{app}** in **{environment}** {was}to `{short(bump.new.tag)}`, and changes nothing else."


def _table(bump: Bump) -> str:
    rows = [("tag", f"`{bump.new.tag}`")]
    if bump.new.stamp:
        rows.append(("built", instants.written(bump.new.stamp, bump.zone)))
    rows += [("image", f"`{image}@{digest}`") for image, digest in bump.digests.items()]
    if bump.skipped:
        rows.append(
            ("skips", f"{bump.skipped} older build{'s' if bump.skipped > 1 else ''} not deployed here")
        )
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def _evidence(bump: Bump) -> str:
    lines = [f"* {_line(ruling.sentence)} (`{ruling.code}`)" for ruling in bump.rulings]
    if bump.request is not None:
        return "\n".join(["### What the gates say", "", f"{_order(bump).strip()}.", "", *lines])
    return "\n".join(["### Why it is safe", "", *(lines or ["* no gate is configured for this environment"])])


def _choices(bump: Bump) -> str:
    environment, app = bump.placement
    if bump.request is not None:
        return "### What you can do\n\n* **Merge** to deploy.\n* **Close** to drop it: that rejects nothing."
    return (
        "### What you can do\n\n"
        f"* **Merge** to deploy. If it goes wrong, `git revert` the merge: the updater lets a revert stand.\n"
        f"* **Close** to reject `{short(bump.new.tag)}` and everything older for {app} in {environment}; "
        "a newer build is proposed again.\n"
        "* **Wait**: a newer build that passes every gate takes this one's place in this pull request."
    )


def _marker_of(bump: Bump, instance: str) -> Marker:
    digest = next(iter(bump.digests.values()), None)
    kind: Literal["candidate", "asked"] = "candidate" if bump.request is None else "asked"
    environment, app = bump.placement
    return Marker(instance, kind, environment, app, bump.new.tag, digest, lost=" ".join(bump.lost) or None)


def marker(value: Marker) -> str:
    fields = {"v": _VERSION, **{name: item for name, item in asdict(value).items() if item is not None}}
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    text = text.replace("<", r"\u003c").replace(">", r"\u003e")  # nothing inside may end the comment
    return f"<!-- updater {text} -->"


def read_marker(body: str) -> Marker | None:
    """The last marker of a pull request's body, anybody's; None where there is none that we can read."""
    matches = _MARKER.findall(body[-_BODY:])
    try:
        fields = json.loads(matches[-1]) if matches else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or fields.pop("v", None) != _VERSION:
        return None
    return _marker_from(fields)


def _marker_from(fields: dict[str, object]) -> Marker | None:
    """Whoever may edit a body may write anything into it: only texts are believed to be a marker's."""
    apps = fields.get("apps", {})
    texts = [*(each for name, each in fields.items() if name != "apps"), *_texts(apps)]
    if not isinstance(apps, dict) or not all(isinstance(each, str) for each in texts):
        return None
    try:
        found = Marker(**fields)  # type: ignore[arg-type] # checked above
    except TypeError:
        return None
    return found if found.kind in {"candidate", "asked"} else None


def _texts(apps: object) -> list[object]:
    return [*apps, *apps.values()] if isinstance(apps, dict) else []


def closed_body(body: str, value: Marker, why: str) -> str:
    """The body with the reason for closing in its marker, so that our closing is no rejection."""
    closed = replace(value, closed=why)
    return f"{_MARKER.sub('', body).rstrip()}\n\nClosed: {why}.\n\n{marker(closed)}"


def evidence_in(body: str) -> str | None:
    """The sum of what a body of ours says was judged."""
    found = read_marker(body)
    return found.evidence if found else None


def evidence_of(text: str) -> str:
    """A short sum of a body's visible text."""
    return _sum("\n".join(_lines(_MARKER.sub("", text))))


def _sum(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def cut(description: str, length: int = 140) -> str:
    """As long as GitHub lets a status's description be."""
    return description if len(description) <= length else description[: length - 1] + "…"


def edited_comment(placement: Placement, template: str | None = None) -> str:
    return _worded(template, placement) or (
        "Somebody has pushed to this branch, so the updater leaves it alone: it is neither updated nor "
        "rebuilt, and nothing newer is proposed while it is open. Merge it, or close it: then the next build "
        "is proposed."
    )


def withdrawn_comment(
    placement: Placement, tag: str, against: Iterable[Ruling], template: str | None = None
) -> str:
    lines = "\n".join(f"* {_line(ruling.sentence)} (`{ruling.code}`)" for ruling in against)
    said = f"**Do not merge this.** What spoke for `{tag}` no longer holds:\n\n{lines}"
    return _worded(template, placement, tag=tag, reasons=lines) or said


def newer_comment(placement: Placement, tag: str, template: str | None = None) -> str:
    return _worded(template, placement, tag=tag) or (
        f"`{tag}` is newer and passes every gate, too. This pull request is approved, so it stays as it is; "
        f"after it is merged or closed, the newer one is proposed."
    )


def retargeted_comment(placement: Placement, base: str, template: str | None = None) -> str:
    return _worded(template, placement, base=base) or (
        f"Somebody has aimed this pull request at `{base}`, so the updater leaves it alone, and proposes "
        f"nothing for {placement} while it is open. Aim it back, or close it."
    )


def degraded_comment(degraded: Degraded) -> str:
    environment, _ = degraded.placement
    return (
        f"**{environment} is not well since this was merged.** {_line(degraded.sentence)}.\n\n"
        f"Nothing is rolled back by itself. The way back:\n\n```\n{degraded.command}\n```"
    )


def stray_comment(placement: Placement) -> str:
    return f"The updater's config no longer names {placement}. This pull request is left to people."


def _worded(template: str | None, placement: Placement, **values: str) -> str | None:
    return template and filled_in(template, {**placement._asdict(), **values})


def same_text(one: str, other: str) -> bool:
    """Whether two bodies are the same to a forge, which may have its own idea of line ends."""
    return _lines(one) == _lines(other)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


BUG = "bug"
"""The code of a hold that is our own fault."""


def bug(error: Exception) -> Ruling:
    """A mistake of ours as a reason to hold, with the place for whoever mends it."""
    frames = extract_tb(error.__traceback__)
    where = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    what = cut(_line(f"{type(error).__name__}: {error}").removesuffix(": "))
    return Ruling(BUG, False, f"a mistake in the updater ({what}{where}): report it; everything else goes on")


def sentences(rulings: Iterable[Ruling]) -> str:
    return "; ".join(ruling.sentence for ruling in rulings)


# --- pull requests of whole environments ------------------------------------------------------------------

_ROOM = 40_000
"""Characters of evidence; a forge takes 65,536 in a body."""
_NAMED = 3


def group_title(bumps: Sequence[Bump]) -> str:
    return _line(filled_in(bumps[0].wording.title, _named_together(bumps)))


def group_retitled(bumps: Sequence[Bump], now: str, shown: Marker) -> str:
    """The title when other candidates take the place of those shown; what somebody wrote stays theirs."""
    return group_title(bumps) if shown.title in {None, _sum(now)} else now


def group_body(bumps: Sequence[Bump], instance: str, lost: Iterable[str] = ()) -> str:
    """As of one; `lost` are `app:tag`."""
    sections = {
        "headline": _headline(bumps[0]) if len(bumps) == 1 else _group_headline(bumps),
        "table": _group_table(bumps),
        "evidence": _group_evidence(bumps),
        "choices": _group_choices(bumps),
    }
    told = Marker(
        instance,
        "candidate",
        bumps[0].placement.environment,
        app="",
        tag="",
        title=_sum(group_title(bumps)),
        lost=" ".join(lost) or None,
        apps={bump.placement.app: bump.new.tag for bump in bumps},
    )
    return _whole(bumps, sections, told)


def _named_together(bumps: Sequence[Bump]) -> Mapping[str, str]:
    if len(bumps) == 1:
        return bumps[0].named
    names = [bump.placement.app for bump in bumps]
    few = f"({', '.join(names[:_NAMED])}{', …' if len(names) > _NAMED else ''})"
    return {**bumps[0].named, "app": f"{len(names)} apps", "tag": few, "old": "older tags"}


def _group_headline(bumps: Sequence[Bump]) -> str:
    environment = bumps[0].placement.environment
    return f"Moves **{len(bumps)} apps** in **{environment}**, a commit for each, and changes nothing else."


def _group_table(bumps: Sequence[Bump]) -> str:
    rows = (
        f"| {bump.placement.app} | `{bump.old or 'nothing'}` | `{bump.new.tag}` "
        f"| {instants.written(bump.new.stamp, bump.zone) if bump.new.stamp else ''} | {bump.skipped or ''} |"
        for bump in bumps
    )
    return "| app | from | to | built | older builds skipped |\n|---|---|---|---|---|\n" + "\n".join(rows)


def _group_evidence(bumps: Sequence[Bump]) -> str:
    """Of each app, as far as there is room."""
    told, room = ["### Why it is safe"], _ROOM
    for number, bump in enumerate(bumps):
        lines = [f"* {_line(ruling.sentence)} (`{ruling.code}`)" for ruling in bump.rulings]
        images = [f"* `{image}@{digest}`" for image, digest in bump.digests.items()]
        section = "\n".join([f"**{bump.placement.app}** `{bump.new.tag}`", "", *lines, *images])
        room -= len(section)
        if room < 0:
            rest = (
                f"And {len(bumps) - number} more: `updater explain APP {bump.placement.environment}` tells."
            )
            return "\n\n".join([*told, rest])
        told.append(section)
    return "\n\n".join(told)


def _group_choices(bumps: Sequence[Bump]) -> str:
    environment, app = bumps[0].placement
    return (
        "### What you can do\n\n"
        "* **Merge** to deploy. If one goes wrong, `git revert` its commit: a revert stands.\n"
        "* **Close** to reject every tag above and everything older for these apps; newer builds are "
        "proposed again.\n"
        f"* **Leave one out**: `updater hold {app} {environment}` takes it out of this pull request.\n"
        "* **Wait**: what is newer and passes every gate is put into this pull request."
    )


def group_withdrawn_comment(lost: Mapping[str, Iterable[Ruling]]) -> str:
    lines = "\n".join(
        f"* {app}: {_line(ruling.sentence)} (`{ruling.code}`)"
        for app, said in lost.items()
        for ruling in said
    )
    return f"**Do not merge this.** What spoke for it no longer holds:\n\n{lines}"


def group_newer_comment(tags: Mapping[str, str]) -> str:
    lines = "\n".join(f"* {app} `{tag}`" for app, tag in tags.items())
    return (
        "This pull request is approved, so it stays as it is. These pass every gate, too, and are proposed "
        f"after it is merged or closed:\n\n{lines}"
    )
