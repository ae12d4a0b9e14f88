"""What changed in the source between the deployed images and the proposed ones, as far as they tell. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from updater.config import Config
from updater.image_labels import source_commit
from updater.messages import Bump, SourceChange
from updater.model import CommitRange, CommitsOf, ImageConfig, ImageOf, SourceCommit
from updater.situation import PlacementState, Situation


def with_sources(bump: Bump, state: PlacementState, situation: Situation, config: Config) -> Bump:
    return replace(bump, sources=tuple(_sources(bump, state, situation, config)))


def _sources(
    bump: Bump, state: PlacementState, situation: Situation, config: Config
) -> Iterator[SourceChange]:
    """What lies between two commits is asked of forges that config names; a link to it is for everybody."""
    for base, head in dict.fromkeys(_spans(bump, state, situation)):
        known = base.host in config.forges
        commits = situation.answers.get(CommitsOf(base, head.sha)) if known else None
        yield SourceChange(base, head.sha, commits if isinstance(commits, CommitRange) else None)


def _images(bump: Bump, state: PlacementState) -> Iterator[tuple[ImageOf, ImageOf]]:
    if bump.old is not None and bump.old not in state.policy.tags.placeholders:
        yield from ((ImageOf(image, bump.old), ImageOf(image, bump.new.tag)) for image in state.policy.images)


def _spans(
    bump: Bump, state: PlacementState, situation: Situation
) -> Iterator[tuple[SourceCommit, SourceCommit]]:
    """Of one repository, and not of one commit."""
    for old, new in _images(bump, state):
        base, head = (_origin(situation.answers.get(question)) for question in (old, new))
        if base is None or head is None or base.sha == head.sha:
            continue
        if (base.host, base.repository.lower()) == (head.host, head.repository.lower()):
            yield base, head


def _origin(said: object) -> SourceCommit | None:
    found = source_commit(said) if isinstance(said, ImageConfig) else None
    return found if isinstance(found, SourceCommit) else None
