"""Which commits of a branch were never its head: what they held, nobody has run. Pure.

A person may change the tag on our branch and merge that. What our commit held is then in the history, and
was never applied: it stands behind the merge, or, where a forge has put the commits anew on the base, before
the last of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import dropwhile, groupby

from updater import messages
from updater.model import Commit

_OF_OURS = re.compile(
    r"Merge (?:pull request #\d+ from [^/\s]+/|(?:remote-tracking )?branch '(?:[\w.-]+/)?)"
    f"(?:{'|'.join(re.escape(prefix) for prefix in (messages.BRANCHES, messages.GROUPS, messages.ASKED))})"
)
"""As hosts and git word it. The other way round (the base merged into ours) tells nothing."""


def sides(chain: Sequence[Commit], commits: Mapping[str, Commit], merged: Collection[str]) -> Iterator[str]:
    """The lines of our branches behind their merges, down to what the base had already.

    `chain` is the first-parent line, newest first; `merged` are heads of merged pull requests of ours. What
    is not known to be merged from a branch of ours may have been the base's line.
    """
    merges = [commit for commit in chain if len(commit.parents) > 1]
    if not merges:
        return
    brought = _brought(chain, commits)
    for merge in merges:
        side = merge.parents[1]
        if side not in merged and not _OF_OURS.match(merge.message):
            continue
        while brought.get(side) == merge.sha:
            yield side
            parents = commits[side].parents
            side = parents[0] if parents else ""


def _brought(chain: Sequence[Commit], commits: Mapping[str, Commit]) -> Mapping[str, str]:
    """By commit, the one of the chain that brought it to the branch."""
    found: dict[str, str] = {}
    for commit in reversed(chain):
        ahead = [commit.sha]
        while ahead:
            sha = ahead.pop()
            if sha in commits and sha not in found:
                found[sha] = commit.sha
                ahead += commits[sha].parents
    return found


def put_anew(chain: Sequence[Commit], mail: str) -> Mapping[str, int]:
    """By commit, the number of the lot in which somebody put it on the base, from a commit of ours on.

    Of a lot only the last commit was the head. It begins with what we wrote and somebody else committed; a
    forge dates all of it alike, and people need longer from one commit to the next.
    """
    found: dict[str, int] = {}
    lots = groupby(reversed(chain), key=lambda commit: (commit.committer, commit.time))
    for number, ((committer, _), lot) in enumerate(lots):
        if not committer.endswith(mail):
            found |= {each.sha: number for each in dropwhile(lambda each: not _wrote(each, mail), lot)}
    return found


def _wrote(commit: Commit, mail: str) -> bool:
    return commit.author.endswith(mail) and bool(messages.read_trailers(commit.message))
