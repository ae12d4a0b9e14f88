"""The names of branches, refs, labels and statuses. Pure."""

from __future__ import annotations

from updater.model import HoldsChange, Placement

RECORD = "refs/updater/"
"""Where we note the last head of a base branch that we have pushed."""
BRANCHES = "updater/app/"
GROUPS = "updater/env/"
ASKED = "updater/asked/"
HOLDS = "updater/holds/"
STOP = "updater:stop"
"""The label on a pull request that tells us to leave it alone."""
OURS = (BRANCHES, GROUPS, ASKED, HOLDS)
STATUS = "updater/gates"
"""The context of our commit status."""


def app_branch(placement: Placement) -> str:
    """The branch of an app's proposal, for its images and its charts; `/` in an environment becomes `.`."""
    return BRANCHES + _segment(placement.environment, placement.config_app)


def group_branch(environment: str) -> str:
    """The branch of the pull request that a whole environment's apps share."""
    return GROUPS + environment.replace("/", ".")


def environment_of(branch: str) -> str | None:
    """Which environment a branch of ours is of; None where it is no proposal's. No name has a dot in it."""
    kind = next((prefix for prefix in (BRANCHES, GROUPS, ASKED) if branch.startswith(prefix)), None)
    if kind is None:
        return None
    return branch.removeprefix(kind).partition("--")[0].replace(".", "/")


def is_of_environment(branch: str) -> bool:
    """It is shared by all apps of an environment."""
    return branch.startswith(GROUPS)


def candidate_branches(placement: Placement) -> tuple[str, str]:
    """What was proposed stays in its form, whatever config says since: its own, or its environment's."""
    return app_branch(placement), group_branch(placement.environment)


def asked_branch(placement: Placement) -> str:
    """The branch of what a person asks for by name."""
    return ASKED + _segment(*placement)


def holds_branch(holds_change: HoldsChange) -> str:
    """The branch of a hold or release that has to go through a pull request."""
    return HOLDS + _segment(holds_change.environment or "all", holds_change.app or "all")


def _segment(environment: str, app: str) -> str:
    return f"{environment.replace('/', '.')}--{app}"


def status_context(instance: str, *, shared: bool) -> str:
    """Of our commit status; of several updaters in one repository, each has its own."""
    return f"{STATUS}/{instance}" if shared else STATUS
