"""What changed in the source between the deployed images and the proposed ones, as far as they tell. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from updater.config import Config
from updater.gates.source import read
from updater.messages import Bump, Source
from updater.model import Commits, CommitsOf, Fact, ImageFacts, ImageOf, Origin
from updater.situation import Facts, State


def source_questions(bump: Bump, state: State, facts: Facts, config: Config) -> Iterator[Fact]:
    """First what the images say of themselves, then what lies between their commits."""
    for old, new in _images(bump, state):
        yield from (old, new)
    for base, head in _spans(bump, state, facts):
        if base.host in config.forges:
            yield CommitsOf(base, head.sha)


def with_sources(bump: Bump, state: State, facts: Facts) -> Bump:
    return replace(bump, sources=tuple(_sources(bump, state, facts)))


def _sources(bump: Bump, state: State, facts: Facts) -> Iterator[Source]:
    for base, head in dict.fromkeys(_spans(bump, state, facts)):
        commits = facts.answers.get(CommitsOf(base, head.sha))
        yield Source(base, head.sha, commits if isinstance(commits, Commits) else None)


def _images(bump: Bump, state: State) -> Iterator[tuple[ImageOf, ImageOf]]:
    if bump.old is not None and bump.old not in state.policy.tags.placeholders:
        yield from ((ImageOf(image, bump.old), ImageOf(image, bump.new.tag)) for image in state.policy.images)


def _spans(bump: Bump, state: State, facts: Facts) -> Iterator[tuple[Origin, Origin]]:
    """Of one repository, and not of one commit."""
    for old, new in _images(bump, state):
        base, head = (_origin(facts.answers.get(fact)) for fact in (old, new))
        if base is None or head is None or base.sha == head.sha:
            continue
        if (base.host, base.repository.lower()) == (head.host, head.repository.lower()):
            yield base, head


def _origin(said: object) -> Origin | None:
    found = read(said) if isinstance(said, ImageFacts) else None
    return found if isinstance(found, Origin) else None
