"""What a token may do in a repository, and what its base branch demands. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BranchRules:
    """As a forge tells it; None where it does not tell."""

    may_push: bool | None = None
    expires: datetime | None = None
    """When the token ends."""
    pull_request_required: bool = False
    """Nobody pushes to the base branch, except who may pass by its rules."""
    reviews: int = 0
    """How many approvals a pull request needs there."""
    checks: tuple[str, ...] = ()
    """The status checks the base branch requires."""
    up_to_date: bool | None = False
    """A pull request must contain the newest base before it is merged."""
