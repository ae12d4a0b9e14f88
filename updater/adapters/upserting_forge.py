"""The verbs that are the same on every forge: what is told once, and again where it changed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from updater.adapters.proposal_texts import ProposalTexts
from updater.adapters.upserts import CommentUpserts, StatusUpserts
from updater.model import ClosePullRequest, Comment, CommitStatus, UpdatePullRequest


class UpsertingForge:
    """Part of a forge's reader and writer (see ports); a kind brings the three that know what was said."""

    _texts: ProposalTexts
    _statuses: StatusUpserts
    _comments: CommentUpserts

    @abstractmethod
    def login(self) -> str | None:
        """Whom the token acts as; None, or Refused, where that cannot be told."""

    def logins(self) -> frozenset[str]:
        """The same; where there are several, all of them."""
        login = self.login()
        return frozenset({login} if login else ())

    def unnamed(self) -> bool:
        """Only of several can one be without a name."""
        return False

    def status(self, sha: str) -> CommitStatus | None:
        return self._statuses.of(sha)

    def comments(self, number: int) -> Mapping[str, str]:
        return self._comments.of(number)

    def update(self, step: UpdatePullRequest) -> str:
        return self._texts.edit(step.number, title=step.title, body=step.body)

    def close(self, step: ClosePullRequest) -> str:
        """Write the body with its reason first: killed in between, the next pass closes it."""
        return self._texts.close(step.number, step.body)

    def set_status(self, sha: str, status: CommitStatus) -> None:
        """Set it unless it stands so already; the description is cut at 140 characters."""
        self._statuses.set(sha, status)

    def comment(self, step: Comment) -> None:
        self._comments.say(step.number, step.key, step.text)
