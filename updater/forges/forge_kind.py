"""What is true of every forge of one kind. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from updater.value_class import value_class

BEARABLE = frozenset({"labels", "reviewers", "assignees", "milestone"})
"""What a pull request may have beside its words."""


_LONGEST_MARKER = 50_000
_WORDS = 1_000
"""Of a pull request, beside its mark."""


@value_class
class TextLimits:
    """How many characters a forge takes: it refuses the whole of a longer text."""

    title: int = 256
    body: int = 65_536
    """Of a pull request."""
    comment: int = 65_536
    status: int = 140
    """The description of a commit status. All forges are told the same one, so the shortest counts."""

    @property
    def marker(self) -> int:
        """Of the mark in a body: words have room beside it."""
        return min(_LONGEST_MARKER, self.body - _WORDS)


SHORTEST = TextLimits()
"""What every forge takes."""


@value_class
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


@value_class
class ForgeKind:
    """What it can do, and where things are found there."""

    name: str
    title: str
    """As people write it."""
    api: str
    """The address of its API on a server of one's own; `{host}` is filled in. Empty: there are none."""
    apis: Mapping[str, str] = field(default_factory=dict)
    """By host, where it has an address of its own. Such a host is of this kind without being told."""
    also_called: tuple[str, ...] = ()
    """What servers of one's own are called beside `name`."""
    called: tuple[str, ...] = ()
    """What its hosts are called instead, where `name` is a word of many other names, too."""
    token_env: str = "FORGE_TOKEN"  # noqa: S105 - the name of a variable
    """The variable that usually has its token."""
    path: str = ".+"
    """What the path of a repository's address looks like, as a regular expression."""
    example: str = "https://{host}/org/deploy.git"
    """How such an address is written."""
    page_of_ssh: Callable[[str, str], str] = "https://{}/{}".format
    """The page of a repository, by the host and the path that ssh knows it by."""
    commit_page: str = "/commit/{sha}"
    """Below the page of the repository."""
    edit_page: str | None = None
    """Where a file is edited, below that page: of `{branch}` and `{path}`. None: nobody knows one."""
    new_page: str | None = None
    """Where one is begun; with `{text}`, where the forge writes that into it."""
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
    person: str = ".+"
    """What people are named by, as a regular expression."""
    person_example: str = "ann"
    """How somebody is named."""
    changed_files: bool = False
    """It tells which files somebody else's pull request changes, without our fetching it."""
    makes_commits: bool = False
    """It makes commits itself, and signs them."""
    apps: bool = False
    """One can act as an app with tokens that end, instead of a user."""
    source_commits: bool = False
    """It can be asked of the commits that images were built from: their checks, order and messages."""
    bears: frozenset[str] = frozenset()
    """Which of BEARABLE a pull request has there."""
    reopens: bool = False
    """What was closed can be opened again."""
    merge_lease: bool = False
    """It is told which head it is to merge, and merges no other."""
    atomic_push: bool = True
    """A push of several refs is taken whole, or not at all."""
    experimental: bool = False
    """Nobody has run the updater against the real service yet."""
    git_user: str | None = None
    """Whom git names beside the token; None: it is not looked at."""
    git_user_of_mail: str | None = None
    """Whom git names where `user` is a mail address, which only the API wants."""

    def api_of(self, host: str) -> str:
        return self.apis.get(host) or self.api.format(host=host)

    def is_called(self, host: str) -> bool:
        """By one of its names, or as servers of one's own mostly are, where there are such."""
        names = self.called or (self.name, *self.also_called)
        named = bool(self.api) and not set(names).isdisjoint(host.split("."))
        return host in self.apis or named

    def git_user_for(self, user: str | None) -> str | None:
        """Whom git names, where config says that the token is this user's."""
        if user is None:
            return self.git_user
        return self.git_user_of_mail or user if "@" in user else user

    @property
    def lacks(self) -> tuple[str, ...]:
        """What people must do without there, a clause each."""
        bare = sorted(BEARABLE - self.bears)
        said = {
            f"a pull request has no {', no '.join(bare)}": bool(bare),
            "no label stops the updater (`updater hold` does)": "labels" in bare,
            "a closed pull request is not opened again (`updater promote --tag` opens another)": (
                not self.reopens
            ),
            "it does not merge by itself, so auto_merge merges in a pass": not self.auto_merge,
            "it merges whatever the head is, which is looked at just before": not self.merge_lease,
            "a push of several refs is not atomic: the base goes first, and refs/updater/… after it": (
                not self.atomic_push
            ),
            "nothing is asked of the commits that images were built from": not self.source_commits,
        }
        return tuple(clause for clause, is_so in said.items() if is_so)
