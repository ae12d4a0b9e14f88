"""What the pull request of a whole environment says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from updater import times
from updater.config.templates import filled_in
from updater.messages.bumps import Bump, named_together
from updater.messages.commits import one_line
from updater.messages.markers import fingerprint
from updater.messages.proposals import headline, whole
from updater.model import Marker, Ruling

_ROOM = 40_000
"""Characters of evidence; a forge takes 65,536 in a body."""


def group_title(bumps: Sequence[Bump]) -> str:
    return one_line(filled_in(bumps[0].wording.title, named_together(bumps)))


def group_retitled(bumps: Sequence[Bump], now: str, shown: Marker) -> str:
    """The title when other candidates take the place of those shown; what somebody wrote stays theirs."""
    return group_title(bumps) if shown.title in {None, fingerprint(now)} else now


def group_body(bumps: Sequence[Bump], instance: str, lost: Iterable[str] = ()) -> str:
    """As of one; `lost` are `app:tag`."""
    sections = {
        "headline": headline(bumps[0]) if len(bumps) == 1 else _group_headline(bumps),
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
        title=fingerprint(group_title(bumps)),
        lost=" ".join(lost) or None,
        apps={bump.placement.app: bump.new.tag for bump in bumps},
    )
    return whole(bumps, sections, told)


def _group_headline(bumps: Sequence[Bump]) -> str:
    environment = bumps[0].placement.environment
    return f"Moves **{len(bumps)} apps** in **{environment}**, a commit for each, and changes nothing else."


def _group_table(bumps: Sequence[Bump]) -> str:
    rows = (
        f"| {bump.placement.app} | `{bump.old or 'nothing'}` | `{bump.new.tag}` "
        f"| {times.format_time(bump.new.stamp, bump.zone) if bump.new.stamp else ''} | {bump.skipped or ''} |"
        for bump in bumps
    )
    return "| app | from | to | built | older builds skipped |\n|---|---|---|---|---|\n" + "\n".join(rows)


def _group_evidence(bumps: Sequence[Bump]) -> str:
    """Of each app, as far as there is room."""
    told, room = ["### Why it is safe"], _ROOM
    for number, bump in enumerate(bumps):
        lines = [f"* {one_line(ruling.sentence)} (`{ruling.code}`)" for ruling in bump.rulings]
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
        f"* {app}: {one_line(ruling.sentence)} (`{ruling.code}`)"
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
