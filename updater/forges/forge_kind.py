"""What is true of every forge of one kind. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TextLimits:
    """How many characters a forge takes: it refuses the whole of a longer text."""

    title: int = 256
    body: int = 65_536
    """Of a pull request."""
    comment: int = 65_536
    status: int = 140
    """The description of a commit status. All forges are told the same one, so the shortest counts."""


SHORTEST = TextLimits()
"""What every forge takes."""


@dataclass(frozen=True, slots=True)
class ForgeSign:
    """What a server answers to anybody, without a token."""

    title: str
    """What it is then, as people write it."""
    path: str
    """What is asked."""
    header: str | None = None
    """The header that only this kind sends, whatever the status."""
    key: str | None = None
    """Or the key of the JSON that only this kind answers."""


@dataclass(frozen=True, slots=True)
class ForgeKind:
    """What it can do, and where things are found there."""

    name: str
    title: str
    """As people write it."""
    api: str
    """The address of its API on a server of one's own; `{host}` is filled in."""
    apis: Mapping[str, str] = field(default_factory=dict)
    """By host, where it has an address of its own. Such a host is of this kind without being told."""
    also_called: tuple[str, ...] = ()
    """What servers of one's own are called beside `name`."""
    token_env: str = "FORGE_TOKEN"  # noqa: S105 - the name of a variable
    """The variable that usually has its token."""
    commit_page: str = "/commit/{sha}"
    """Below the page of the repository."""
    sign: ForgeSign | None = None
    """How a server of this kind is known by anybody."""
    longest: TextLimits = SHORTEST
    rights: str = "the right to push and to open pull requests"
    """What a token needs, in the forge's words."""
    auto_merge: bool = False
    """It merges by itself once nothing is missing, and can be told so of one pull request."""
    auto_merge_lease: bool = False
    """And of one head only: what is pushed at that very moment is not merged unseen."""
    team_reviewers: bool = False
    """Teams can be asked to review, and not only people."""
    changed_files: bool = False
    """It tells which files somebody else's pull request changes, without our fetching it."""
    makes_commits: bool = False
    """It makes commits itself, and signs them."""
    apps: bool = False
    """One can act as an app with tokens that end, instead of a user."""
    source_commits: bool = False
    """It can be asked of the commits that images were built from: their checks, order and messages."""

    def api_of(self, host: str) -> str:
        return self.apis.get(host) or self.api.format(host=host)

    def is_called(self, host: str) -> bool:
        """By one of its names, or as servers of one's own mostly are."""
        return host in self.apis or not {self.name, *self.also_called}.isdisjoint(host.split("."))
