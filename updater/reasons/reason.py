"""What is true of a reason, whoever gives it. Pure values."""

from __future__ import annotations

from types import ModuleType
from typing import Literal, TypeAlias

from updater.value_class import value_class

About: TypeAlias = Literal["time", "fact", "people", "reading"]
"""What has to change: the time, something that is so, what people decided, or that it cannot be read."""


@value_class
class Reason:
    """One reason. Its code is published, in logs, metrics, JSON and pull requests, and never changes."""

    code: str
    about: About
    meaning: str
    """A sentence for the documentation."""
    overridable: bool = False
    """A person who orders a tag may pass over it, by its code and with a reason."""
    override: str | None = None
    """What `--override` calls it, where that is not its code."""
    lifted_by_name: bool = False
    """It only keeps a tag from coming by itself: a person who names the tag has decided."""
    asked_of_rollback: bool = True
    """It also keeps a person from going back."""
    lost_for_good: bool = False
    """Found against a shown candidate, it does not go by waiting: an older one may take its place."""
    nothing_to_do: bool = False
    """Nobody has to do anything about it: there is nothing to promote."""
    may_last: bool = False
    """However long it holds, nobody has to be told."""
    said_before: bool = False
    """What is amiss, if anything is, is amiss in an environment before this one, and is said there."""
    remark: bool = False
    """Found against a tag that is none (yet), it is said beside what is decided, and never decides."""
    ends: str = ""
    """What happens at the instant that it ends by itself, in words: `the soak ends`."""
    commented: bool = True
    """People have to hear of it in a pull request that loses its evidence by it; not where they did it."""

    @property
    def passed_by(self) -> str:
        """What `--override` calls it."""
        return self.override or self.code

    def __str__(self) -> str:
        return self.code


def reasons_in(*modules: ModuleType) -> tuple[Reason, ...]:
    """All that these modules name, in the order of their codes."""
    found = {value for module in modules for value in vars(module).values() if isinstance(value, Reason)}
    return tuple(sorted(found, key=lambda reason: reason.code))
