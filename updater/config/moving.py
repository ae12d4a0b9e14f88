"""What cannot be sound where a moving tag is followed by its digest. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from updater.config.policies import Policy


def fault(policy: Policy, before: Sequence[Policy]) -> str | None:
    """One sentence; None where nothing is wrong, or no tag moves here."""
    tag, follow = policy.tags.scheme.follows, policy.tags.follow
    other = next((one for one in before if one.tags.scheme.follows != tag), None)
    if other is not None:
        named = other.placement.environment
        return (
            f"it follows {_said(policy)}, and {named}, which it comes after, follows {_said(other)}: what "
            "one has run says nothing of the other, so let both follow the same"
        )
    if tag is None:
        return None
    if len(policy.images) > 1:
        count = len(policy.images)
        return f"{follow} follows what {tag} of one image points to, and this app has {count} images"
    if any(pin.selector.pin == "tag" for pin in policy.pins):
        return f"{tag} moves, so the pin has to say where to: write pin: tag+digest, or pin: digest"
    pattern = policy.tags.forbidden(tag)
    return (
        f"it follows {tag}, and forbids tags like {pattern}: allow it or follow another" if pattern else None
    )


def _said(policy: Policy) -> str:
    tag = policy.tags.scheme.follows
    return f"the digest of {tag}" if tag else f"{policy.tags.follow} tags"
