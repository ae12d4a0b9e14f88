"""What a commit or a proposal is about. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from updater.config.templates import BODY, SUBJECT, SUBJECT_BACK, TITLE, TITLE_BACK
from updater.model import CommitRange, Image, Placement, Request, Ruling, SourceCommit, Version, split_tag
from updater.printable import excerpt
from updater.value_class import value_class

_NAMED = 3
_LONGEST = 200
"""Characters of what a file says runs: that may be any text."""


@value_class
class SourceChange:
    """The source of an image, from what is deployed to what is proposed."""

    base: SourceCommit
    head: str
    commits: CommitRange | None = None
    """None where they could not be read."""


@value_class
class BumpTemplates:
    """The templates of what is written about a bump."""

    subject: str = SUBJECT
    title: str = TITLE
    body: str = BODY
    subject_back: str = SUBJECT_BACK
    commit_body: str | None = None
    signed_off: str | None = None
    """Who signs commits off, as `Name <mail>`; None: nobody does."""
    title_back: str = TITLE_BACK


@value_class
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
    back: bool = False
    """It is a step back, to an older tag."""
    wording: BumpTemplates = BumpTemplates()
    paired: bool = False
    """Its app has images and charts, which share a pull request."""
    lost: tuple[str, ...] = ()
    """Tags that moved to another digest while its pull request showed them."""
    sources: tuple[SourceChange, ...] = ()

    @property
    def named(self) -> Mapping[str, str]:
        """What templates may name, sections apart."""
        environment, app = self.placement
        old = excerpt(short(self.old), _LONGEST) if self.old else "nothing"
        return {"app": app, "environment": environment, "tag": short(self.new.tag), "old": old}


def short(tag: str) -> str:
    """`main@5904a84e01bf`, where a digest tells what is meant; every other tag as it is."""
    name, digest = split_tag(tag)
    return f"{name}@{digest.removeprefix('sha256:')[:12]}" if digest else tag


def template_values(bumps: Sequence[Bump]) -> Mapping[str, str]:
    if len(bumps) == 1:
        return bumps[0].named
    names = [bump.placement.app for bump in bumps]
    if len({bump.placement.config_app for bump in bumps}) == 1:
        tags = " and chart ".join(short(bump.new.tag) for bump in bumps)
        return {**bumps[0].named, "tag": tags, "old": "older ones"}
    few = f"({', '.join(names[:_NAMED])}{', …' if len(names) > _NAMED else ''})"
    return {**bumps[0].named, "app": f"{len(names)} apps", "tag": few, "old": "older tags"}
