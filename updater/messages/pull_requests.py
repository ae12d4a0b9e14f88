"""What a pull request of ours says: of one app, or of all that an environment's apps share. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Literal

from updater import times
from updater.config.templates import fill_in
from updater.forges import SHORTEST, TextLimits
from updater.messages.bumps import Bump, SourceChange, short, template_values
from updater.messages.commits import in_markdown, one_line, order_of
from updater.messages.markers import arrivals, evidence_of, fingerprint, marker
from updater.messages.mistakes import folded, shorten
from updater.model import Chart, Image, Marker, Ruling, Version
from updater.printable import printable

_COMMITS = 20
"""As many are shown in one pull request."""
_FIRST_LINE = 100
_ROOM = 40_000
"""Characters of evidence of many apps."""
_GAPS = 20
"""Characters between the parts of a body."""
_BESIDE = 1_000
"""Characters of what else a marker says."""
_ARRIVALS = 10_000
"""Characters of when things arrived: people want to read something, too."""


def title(bumps: Sequence[Bump], longest: TextLimits = SHORTEST) -> str:
    wording = bumps[0].wording
    template = wording.title_back if _goes_back(bumps) else wording.title
    return shorten(one_line(fill_in(template, template_values(bumps))), longest.title)


def _goes_back(bumps: Sequence[Bump]) -> bool:
    """Who has to approve it in a hurry must not take it for a promotion."""
    bump = bumps[0]
    return len(bumps) == 1 and bump.back and bump.request is not None and bump.old is not None


def new_title(bumps: Sequence[Bump], now: str, shown: Marker, longest: TextLimits = SHORTEST) -> str:
    """The title when others take the place of those shown; what somebody wrote stays theirs."""
    if shown.apps is not None:
        return title(bumps, longest) if shown.title in {None, fingerprint(now)} else now
    before = shown.title or fingerprint(f"{shown.environment}: {shown.app} {shown.tag}")
    if fingerprint(now) == before:
        return title(bumps, longest)
    return shorten(now.replace(short(shown.tag), short(bumps[0].new.tag)), longest.title)


def body(
    bumps: Sequence[Bump],
    instance: str,
    *,
    base: str | None = None,
    shared: bool = False,
    lost: Iterable[str] = (),
    longest: TextLimits = SHORTEST,
) -> str:
    """All a reviewer needs; the same in every pass over an unchanged world, so instants and no durations.

    What was measured is as it was when the rest was written: nothing is written anew because of it.
    `lost` are tags that moved while they were shown; of one that apps share, `app:tag`. The commits are no
    evidence: whether they can be read today says nothing of what was judged. What is too long for the forge
    is folded; the marker is whole.
    """
    template = bumps[0].wording.body
    values = _values(bumps, shared=shared)
    judged = fill_in(template, _values([_unmeasured(bump) for bump in bumps], shared=shared))
    told = _marker(bumps, instance, evidence_of(judged), " ".join(lost) or None, longest, shared=shared)
    written = fingerprint(title(bumps, longest))
    end = f"\n\n{marker(replace(told, base=base, title=written))}"
    return _fitted(template, {**values, "commits": _commits(bumps)}, longest.body - len(end)) + end


def _values(bumps: Sequence[Bump], *, shared: bool) -> dict[str, str]:
    """All but the commits."""
    many = shared and (len(bumps) > 1 or not bumps[0].paired)
    own = _of_many(bumps) if many else _of_one(bumps[0])
    return {**template_values(bumps), **own, "commits": ""}


def _unmeasured(bump: Bump) -> Bump:
    """With all that was judged, and without what is another number in a minute."""
    return replace(bump, rulings=tuple(replace(ruling, measured=None) for ruling in bump.rulings))


def _fitted(template: str, values: Mapping[str, str], most: int) -> str:
    """The table may take half of the room, and evidence what it leaves; the commits have the rest."""
    text = fill_in(template, values)
    if len(text) <= most:
        return text
    bare = {**values, "table": "", "evidence": "", "commits": ""}
    room = max(most - len(fill_in(template, bare)) - _GAPS, 0)
    table = folded(values["table"], room // 2, "rows")
    evidence = folded(values["evidence"], room - len(table))
    commits = folded(values["commits"], room - len(table) - len(evidence))
    return folded(fill_in(template, {**bare, "table": table, "evidence": evidence, "commits": commits}), most)


def fits(listed: Mapping[str, str], instance: str, environment: str, longest: TextLimits = SHORTEST) -> bool:
    """Whether one pull request can list all of these tags, by app: its marker has to be whole."""
    named = Marker(instance, "candidate", environment, app="", tag="", apps=listed)
    return len(marker(named)) <= longest.marker - _BESIDE


def _marker(
    bumps: Sequence[Bump],
    instance: str,
    evidence: str,
    lost: str | None,
    longest: TextLimits,
    *,
    shared: bool,
) -> Marker:
    bump = bumps[0]
    environment, app = bump.placement
    if shared:
        apps = {each.placement.app: each.new.tag for each in bumps}
        named = Marker(instance, "candidate", environment, app="", tag="", apps=apps)
    else:
        kind: Literal["candidate", "asked"] = "candidate" if bump.request is None else "asked"
        digest = next(iter(bump.digests.values()), None)
        automatic = bump.request.automatic if bump.request is not None else None
        failed = automatic.failed.commit if automatic is not None else None
        named = Marker(instance, kind, environment, app, bump.new.tag, digest, failed=failed)
    told = (arrivals(each.rulings, each.placement.app if shared else None) for each in bumps)
    named = replace(named, evidence=evidence, lost=lost)
    return replace(named, arrived=_as_fits([word for words in told for word in words], named, longest))


def _as_fits(words: Sequence[str], beside: Marker, longest: TextLimits) -> str | None:
    """As many as there is room for: the rest is known as long as the cache is, or Argo CD tells."""
    room = min(longest.marker - len(marker(beside)) - _BESIDE, _ARRIVALS)
    while words and len(" ".join(words)) > room:
        words = words[: len(words) // 2]
    return " ".join(words) or None


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
    line = shorten(" ".join(printable(text).split()).replace("<!--", "<! --"), _FIRST_LINE) or " "
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence, pad = "`" * (longest + 1), " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _headline(bump: Bump) -> str:
    environment, app = bump.placement
    was = f"from {as_code(short(bump.old))} " if bump.old else ""
    if _goes_back([bump]):
        went = f"Takes **{app}** in **{environment}** **back** {was}to `{short(bump.new.tag)}`"
        return f"{went}, and changes nothing else. {_why_back(bump)}"
    return f"Moves **{app}** in **{environment}** {was}to `{short(bump.new.tag)}`, and changes nothing else."


def _why_back(bump: Bump) -> str:
    request = bump.request
    if request is not None and request.automatic is not None:
        return f"Why: `{short(bump.old or '')}` has failed its verification."
    return f"Why: {in_markdown(request.why)}" if request is not None and request.why else "Nobody said why."


# --- of one app -----------------------------------------------------------------------------------------


def _of_one(bump: Bump) -> dict[str, str]:
    return {
        "headline": _headline(bump),
        "table": _table(bump),
        "evidence": _evidence(bump),
        "choices": _choices(bump),
    }


def _table(bump: Bump) -> str:
    rows = [("tag", f"`{bump.new.tag}`")]
    if bump.new.stamp:
        rows.append(("built", _built(bump.new, bump.zone)))
    rows += [(_kind(image), f"`{image}@{digest}`") for image, digest in bump.digests.items()]
    if bump.skipped:
        rows.append(
            ("skips", f"{bump.skipped} older build{'s' if bump.skipped > 1 else ''} not deployed here")
        )
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def _kind(image: Image) -> str:
    return "chart" if isinstance(image, Chart) else "image"


def _built(version: Version, zone: tzinfo) -> str:
    return times.format_span(version.stamp, version.span, zone) if version.stamp else ""


def _evidence(bump: Bump) -> str:
    lines = [_line(ruling) for ruling in bump.rulings]
    if bump.request is not None:
        back = bump.request.automatic is not None or bump.request.kind == "rollback"
        head = "### Why it goes back" if back else "### What the gates say"
        return "\n".join([head, "", f"{in_markdown(order_of(bump))}.", "", *lines])
    return "\n".join(["### Why it is safe", "", *(lines or ["* no gate is configured for this environment"])])


def _line(ruling: Ruling) -> str:
    measured = f": {in_markdown(ruling.measured)}" if ruling.measured else ""
    left = "; a person may merge it all the same, the updater does not" if ruling.left_to_people else ""
    graph = f" ([graph]({ruling.link}))" if ruling.link else ""
    return f"* {in_markdown(ruling.sentence)}{measured}{left}{graph} (`{ruling.code}`)"


def _choices(bump: Bump) -> str:
    environment, app = bump.placement
    if bump.request is not None and bump.request.automatic is not None:
        stay = f"* **Close** to stay with `{short(bump.old or '')}`: it is not proposed again."
        return f"### What you can do\n\n* **Merge** to go back.\n{stay}"
    if bump.request is not None and bump.request.kind == "rollback":
        stay = f"* **Close** to stay with `{short(bump.old or '')}`: that rejects nothing."
        return f"### What you can do\n\n* **Merge** to go back: until then nothing has changed.\n{stay}"
    if bump.request is not None:
        return "### What you can do\n\n* **Merge** to deploy.\n* **Close** to drop it: that rejects nothing."
    return (
        "### What you can do\n\n"
        f"* **Merge** to deploy. If it goes wrong, `git revert` the merge: the updater lets a revert stand.\n"
        f"* **Close** to reject `{short(bump.new.tag)}` and everything older for {app} in {environment}; "
        "a newer build is proposed again.\n"
        "* **Wait**: a newer build that passes every gate takes this one's place in this pull request."
    )


# --- of an environment's apps ---------------------------------------------------------------------------


def _of_many(bumps: Sequence[Bump]) -> dict[str, str]:
    return {
        "headline": _headline(bumps[0]) if len(bumps) == 1 else _headline_of_many(bumps),
        "table": _table_of_many(bumps),
        "evidence": _evidence_of_many(bumps),
        "choices": _choices_of_many(bumps),
    }


def _headline_of_many(bumps: Sequence[Bump]) -> str:
    environment = bumps[0].placement.environment
    if len({bump.placement.config_app for bump in bumps}) == 1:
        app = bumps[0].placement.config_app
        moved = f"Moves **{app}** and its chart in **{environment}**"
        return f"{moved}, a commit for each, and changes nothing else."
    return f"Moves **{len(bumps)} apps** in **{environment}**, a commit for each, and changes nothing else."


def _table_of_many(bumps: Sequence[Bump]) -> str:
    rows = (
        f"| {bump.placement.app} | {as_code(bump.old or 'nothing')} | `{bump.new.tag}` "
        f"| {_built(bump.new, bump.zone)} | {bump.skipped or ''} |"
        for bump in bumps
    )
    return "| app | from | to | built | older builds skipped |\n|---|---|---|---|---|\n" + "\n".join(rows)


def _evidence_of_many(bumps: Sequence[Bump]) -> str:
    """Of each app, as far as there is room."""
    told, room = ["### Why it is safe"], _ROOM
    for number, bump in enumerate(bumps):
        lines = [_line(ruling) for ruling in bump.rulings]
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


def _choices_of_many(bumps: Sequence[Bump]) -> str:
    environment, app = bumps[-1 if bumps[0].paired else 0].placement
    return (
        "### What you can do\n\n"
        "* **Merge** to deploy. If one goes wrong, `git revert` its commit: a revert stands.\n"
        "* **Close** to reject every tag above and everything older for these apps; newer builds are "
        "proposed again.\n"
        f"* **Leave one out**: `updater hold {app} {environment}` takes it out of this pull request.\n"
        "* **Wait**: what is newer and passes every gate is put into this pull request."
    )
