"""What `soak` and `health` say alike of Applications that do not run the candidate. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from updater.argocd_history import LASTS, was_taken_back
from updater.model import Application, Case, Deployment, Rollout, SourceOverride, Stay, Timeline


def stays_of(timeline: Timeline, tag: str) -> list[Stay]:
    """All of that tag: what was synced in one of them runs the same in another."""
    return [stay for stay in timeline.stays if stay.tag == tag]


def listed(case: Case, rollout: Rollout) -> list[Application]:
    found = case.answers[rollout.question]
    return [one for one in found if isinstance(one, Application)] if isinstance(found, tuple) else []


def why_unread(case: Case, name: str) -> str | None:
    """Somebody pushed after the repository was read, and Argo CD was quick: nobody can say what that runs."""
    rollout = case.rollouts[name]
    for one in listed(case, rollout):
        if one.last is not None and case.now - one.last.at < LASTS and _strange(one.last, rollout):
            what = f"has just synced {_short(one.last)}, which came after the repository was read"
            return f"{one.label} {what}: the next pass reads that"
    return None


def why_not_running(one: Application, stays: Sequence[Stay], rollout: Rollout, name: str) -> str:
    """Why an Application that is to run a tag in the environment of that name does not, and what helps."""
    tag = stays[-1].tag
    if one.last is None:
        return _never_synced(one)
    if (override := _override(one.last, rollout)) is not None:
        return (
            f"{one.label} sets {override.what} itself, so that what Git says of it does not run: take that "
            f"out of `{override.setting}` of its source"
        )
    if not any(rollout.manifests.are_in(each.source) for each in one.last.revisions):
        return _elsewhere(one.last, one.label, rollout, name)
    if _strange(one.last, rollout):
        return (
            f"{one.label} has synced {_short(one.last)}, which is no commit of the branch as far as we read"
        )
    last = f"what it synced last is {_short(one.last)}"
    if was_taken_back(one, stays, rollout):
        return f"{one.label} was rolled back from {tag} inside Argo CD; {last}"
    return f"{one.label} has not synced {tag}; {last}"


def _short(entry: Deployment) -> str:
    return ", ".join(each.sha[:10] for each in entry.revisions) or "nothing"


def _strange(last: Deployment, rollout: Rollout) -> bool:
    ours = [each.sha for each in last.revisions if rollout.manifests.are_in(each.source)]
    return bool(ours) and not any(map(rollout.lineage.knows, ours))


def _never_synced(one: Application) -> str:
    if one.sync == "Synced" and not one.phase:
        return (
            f"{one.label} is Synced without ever having been synced: what runs there was there before, and "
            f"nobody knows since when; sync it once, say by `argocd app sync {one.name}`"
        )
    if one.phase:
        last = "was of a part of it only" if one.phase == "Succeeded" else f"is not done well: {one.phase}"
        return f"the last sync of {one.label} {last}, and of others it keeps none (`revisionHistoryLimit: 0`)"
    return f"Argo CD has never synced {one.label}, which is {one.sync or 'not compared yet'}"


def _override(last: Deployment, rollout: Rollout) -> SourceOverride | None:
    found = (rollout.manifests.override(each.source) for each in last.revisions)
    return next((override for override in found if override is not None), None)


def _elsewhere(last: Deployment, label: str, rollout: Rollout, name: str) -> str:
    """An app of apps, another overlay, or another repository: its syncs say nothing of these pins."""
    applied = "; ".join(
        f"{each.source.path or 'no folder'} of {each.source.repository}" for each in last.revisions
    )
    manifests = rollout.manifests
    return (
        f"{label} applies {applied or 'nothing'}, and {name} stands in {manifests.folders} of "
        f"{manifests.repository}: name the Application that applies it under `argocd` of the environment, "
        "or write there the `path` or `repository` that it has"
    )
