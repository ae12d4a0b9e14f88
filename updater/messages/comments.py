"""What comments say: each only where people have to hear something. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import tzinfo

from updater import times
from updater.config.templates import fill_in
from updater.messages.commits import in_markdown
from updater.model import Degraded, DeploymentVerdict, Marker, Placement, Ruling


def edited_comment(placement: Placement, template: str | None = None) -> str:
    return _worded(template, placement) or (
        "Somebody has pushed to this branch, so the updater leaves it alone: it is neither updated nor "
        "rebuilt, and nothing newer is proposed while it is open. Merge it, or close it, which rejects what "
        "it shows: then the next build is proposed."
    )


def unjudged_comment(shown: Marker, why: Mapping[str, Iterable[Ruling]]) -> str:
    """`why` has, by app, what keeps the updater from judging it."""
    named = f"{shown.app} `{shown.tag}`" if shown.apps is None else ", ".join(why)
    lines = "\n".join(f"* {_said(ruling)}" for said in why.values() for ruling in said)
    return (
        f"**The updater does not judge {named} any more**, so what it said here before no longer counts:\n\n"
        f"{lines}"
    )


def judged_again_comment(shown: Marker) -> str:
    """In the place of a comment that is over."""
    named = f"{shown.app} `{shown.tag}`" if shown.apps is None else shown.environment
    return f"The updater judges {named} again: the commit status says what is true of it."


def withdrawn_comment(
    shown: Marker, lost: Mapping[str, Iterable[Ruling]], template: str | None = None
) -> str:
    """`lost` has, by app, what is said against what is shown of it."""
    if shown.apps is not None:
        lines = "\n".join(f"* {app}: {_said(ruling)}" for app, said in lost.items() for ruling in said)
        return f"**Do not merge this.** What spoke for it no longer holds:\n\n{lines}"
    lines = "\n".join(f"* {_said(ruling)}" for said in lost.values() for ruling in said)
    said = f"**Do not merge this.** What spoke for `{shown.tag}` no longer holds:\n\n{lines}"
    placement = Placement(shown.environment, shown.app)
    return _worded(template, placement, tag=shown.tag, reasons=lines) or said


def newer_comment(
    shown: Marker, newer: Mapping[str, str], template: str | None = None, *, queued: bool = False
) -> str:
    """`newer` has the tags by app. `queued`: it waits in a merge queue, and is not approved."""
    how = "in the merge queue" if queued else "approved"
    if shown.apps is not None:
        lines = "\n".join(f"* {app} `{tag}`" for app, tag in newer.items())
        return (
            f"This pull request is {how}, so it stays as it is. These pass every gate, too, and are "
            f"proposed after it is merged or closed:\n\n{lines}"
        )
    tag = newer[shown.app]
    return _worded(template, Placement(shown.environment, shown.app), tag=tag) or (
        f"`{tag}` is newer and passes every gate, too. This pull request is {how}, so it stays as it is; "
        f"after it is merged or closed, the newer one is proposed."
    )


def retargeted_comment(placement: Placement, base: str, template: str | None = None) -> str:
    return _worded(template, placement, base=base) or (
        f"Somebody has aimed this pull request at `{base}`, so the updater leaves it alone, and proposes "
        f"nothing for {placement} while it is open. Aim it back, or merge it there. To close it is to reject "
        "what it shows."
    )


def renamed_comment(placement: Placement) -> str:
    return (
        "This was opened by an updater of another name (`instance:`), so this one does not judge it any "
        f"more, and proposes nothing for {placement} while it is open. Merge it, or close it: then the next "
        "build is proposed."
    )


def degraded_comment(degraded: Degraded) -> str:
    environment, _ = degraded.placement
    return (
        f"**{environment} is not well since this was merged.** {in_markdown(degraded.sentence)}.\n\n"
        f"Nothing is rolled back by itself. The way back:\n\n```\n{degraded.command}\n```"
    )


def verified_comment(found: DeploymentVerdict, zone: tzinfo) -> str:
    """What came of it after its merge."""
    since, until = (times.format_time(at, zone) for at in (found.since, found.until))
    tag, (environment, app) = f"`{found.tag}`", found.placement
    what = f" ({' and '.join(found.failed)})" if found.failed else ""
    said = {
        "verified": f"**{tag} is verified in {environment}**: all was well from {since} to {until}.",
        "failed": f"**{tag} failed its verification in {environment}**{what} at {until}; "
        f"it was synced at {since}.",
    }
    unknown = f"**{tag} is not verified in {environment}**: nobody could watch it from {since} to {until}."
    seen = "\n".join(f"* {in_markdown(each)}" for each in found.seen)
    way = f"The way back, unless it has gone by itself:\n\n```\nupdater rollback {app} {environment}\n```"
    parts = (said.get(found.result, unknown), seen, way if found.result == "failed" else "")
    return "\n\n".join(filter(None, parts))


def orphan_comment(placement: Placement) -> str:
    return f"The updater's config no longer names {placement}. This pull request is left to people."


def doubled_comment(placement: Placement) -> str:
    return (
        f"The pull request of all apps of {placement.environment} shows {placement.app}, too. So the updater "
        "leaves this one to people: merge it, or close it, which rejects its tag there, too."
    )


def unmarked_comment(placement: Placement) -> str:
    return (
        "This comes from a branch of the updater's, and its text does not bear the updater's hidden mark "
        f"(any more). So the updater leaves it alone, and proposes nothing for {placement} while it is open: "
        "merge it, or close it."
    )


def _said(ruling: Ruling) -> str:
    return f"{in_markdown(ruling.sentence)} (`{ruling.code}`)"


def _worded(template: str | None, placement: Placement, **values: str) -> str | None:
    return template and fill_in(template, {**placement._asdict(), **values})
