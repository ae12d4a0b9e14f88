"""How an environment left a tag that is rolled back there, in words. Pure."""

from updater.config import TagPolicy
from updater.model import Timeline
from updater.situation import PlacementState


def how_left(tag: str, sha: str, state: PlacementState) -> str:
    """What the commit `sha` did to the tag, from "was" on; no newer tag has made it good since."""
    where, follow = state.policy.placement.environment, state.policy.tags.follow
    if tag in state.timeline.forced_away:
        return f"was rolled back in {where}: somebody forced the branch away from commit {sha[:10]}"
    hotfix = hotfix_for(tag, sha, state.policy.tags, state.timeline)
    if hotfix is None:
        return f"was rolled back in {where} by commit {sha[:10]}"
    return (
        f"was left in {where} by commit {sha[:10]} for {hotfix}, which is no {follow} tag and so may be "
        "an older build"
    )


def hotfix_for(tag: str, sha: str, tags: TagPolicy, timeline: Timeline) -> str | None:
    """What cannot be ordered, and took the place of the tag; None where it went back, at once or then."""
    ran = timeline.ran_from(sha) if tag not in timeline.forced_away else ()
    if not ran or ran[0] in tags.placeholders or tags.scheme.read(ran[0]):
        return None
    left, then = tags.scheme.read(tag), filter(None, map(tags.scheme.read, ran[1:]))
    ordered = next(then, None)
    return None if left is not None and ordered is not None and ordered < left else ran[0]
