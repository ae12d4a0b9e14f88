"""What the pull request of one app says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from updater import times
from updater.config.templates import filled_in
from updater.messages.bumps import Bump, SourceChange, named_together, short
from updater.messages.commits import one_line, order_of
from updater.messages.markers import evidence_of, fingerprint, marker
from updater.messages.mistakes import shorten
from updater.model import Marker

_COMMITS = 20
"""As many are shown in one pull request."""
_FIRST_LINE = 100


def title(bump: Bump) -> str:
    return one_line(filled_in(bump.wording.title, bump.named))


def retitled(bump: Bump, now: str, shown: Marker) -> str:
    """The title when another candidate takes the shown one's place; what somebody wrote stays theirs."""
    before = shown.title or fingerprint(f"{shown.environment}: {shown.app} {shown.tag}")
    if fingerprint(now) == before:
        return title(bump)
    return now.replace(short(shown.tag), short(bump.new.tag))


def body(bump: Bump, instance: str) -> str:
    """All a reviewer needs; the same in every pass over an unchanged world, so instants and no durations."""
    sections = {
        "headline": headline(bump),
        "table": _table(bump),
        "evidence": _evidence(bump),
        "choices": _choices(bump),
    }
    return whole([bump], sections, replace(_marker_of(bump, instance), title=fingerprint(title(bump))))


def whole(bumps: Sequence[Bump], sections: Mapping[str, str], told: Marker) -> str:
    """The commits are no evidence: whether they can be read today says nothing of what was judged."""
    template, values = bumps[0].wording.body, {**named_together(bumps), **sections}
    judged = filled_in(template, {**values, "commits": ""})
    text = filled_in(template, {**values, "commits": _commits(bumps)})
    return f"{text}\n\n{marker(replace(told, evidence=evidence_of(judged)))}"


def _commits(bumps: Sequence[Bump]) -> str:
    """What changed in the source, as text that nobody who wrote a commit can make anything else of."""
    sources = dict.fromkeys(source for bump in bumps for source in bump.sources)
    told, room = list[str](), _COMMITS
    for source in sources:
        shown = source.commits.lines[:room] if source.commits else ()
        room -= len(shown)
        lines = [f"* `{sha[:10]}` {as_code(line)}" for sha, line in shown]
        told.append("\n".join([_compared(source, len(shown)), *([""] if lines else []), *lines]))
    return "\n\n".join(["### What changed in the source", *told]) if told else ""


def _compared(source: SourceChange, shown: int) -> str:
    base, total = source.base, source.commits.total if source.commits else None
    span = f"{base.sha}...{source.head}"
    link = f"[`{base.sha[:10]}...{source.head[:10]}`](https://{base.host}/{base.repository}/compare/{span})"
    if total is None:
        return f"{base.repository}: {link}"
    more = f", the newest {shown}" if 0 < shown < total else ""
    return f"{base.repository}: {link} ({total} commit{'' if total == 1 else 's'}{more})"


def as_code(text: str) -> str:
    """One line of text as code: in there nothing is a mention, a link, a closing word or a tag."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    line = shorten(" ".join(plain.split()).replace("<!--", "<! --"), _FIRST_LINE) or " "
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence, pad = "`" * (longest + 1), " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def headline(bump: Bump) -> str:
    environment, app = bump.placement
    was = f"from `{short(bump.old)}` " if bump.old else ""
    return f"Moves **{app}** in **{environment}** {was}to `{short(bump.new.tag)}`, and changes nothing else."


def _table(bump: Bump) -> str:
    rows = [("tag", f"`{bump.new.tag}`")]
    if bump.new.stamp:
        rows.append(("built", times.format_time(bump.new.stamp, bump.zone)))
    rows += [("image", f"`{image}@{digest}`") for image, digest in bump.digests.items()]
    if bump.skipped:
        rows.append(
            ("skips", f"{bump.skipped} older build{'s' if bump.skipped > 1 else ''} not deployed here")
        )
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def _evidence(bump: Bump) -> str:
    lines = [f"* {one_line(ruling.sentence)} (`{ruling.code}`)" for ruling in bump.rulings]
    if bump.request is not None:
        return "\n".join(["### What the gates say", "", f"{order_of(bump).strip()}.", "", *lines])
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
