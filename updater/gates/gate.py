"""What every gate is: settings that judge. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Self

from updater.model import Case, Question, Ruling
from updater.reasons import Reason
from updater.settings import Settings


class Gate(Settings, ABC):
    """The settings of a gate, as `gates:` has them, are the gate."""

    reason: ClassVar[Reason]
    """By which it holds. About `time`: it goes by the clock, so a clock that is wrong keeps it shut."""
    without_predecessor: ClassVar[str | None] = None
    """The fault where it is asked of an environment that comes after nothing. None: it can be."""

    needs_image: ClassVar[str | None] = None
    """Why it cannot be asked of a Helm chart. None: it can be."""

    drawn: ClassVar[str | None] = None
    """What a timeline writes at the stretches of time that the gate knows; None: it draws none."""

    by_teams: ClassVar[bool] = True
    """An app's team may set it; one whose settings name files or secrets is the operator's."""

    @property
    def words(self) -> str | None:
        """What it asks, by its settings, in a few words; None: as its reason says, with its settings."""
        return None

    @abstractmethod
    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        """Say whether the candidate passes; or ask the questions without which that cannot be said."""

    def weaker_than(self, bound: Self) -> str | None:
        """What of it lets through what the other holds; None: it is as strict, or stricter."""
        return None if self == bound else "it has to be as it is there"

    def excludes(self, other: Self) -> str | None:  # noqa: ARG002
        """Why nothing is as strict as both; None: something is."""
        return None

    def stretches(self, since: datetime, until: datetime) -> Iterable[tuple[datetime, datetime]]:  # noqa: ARG002
        """What a timeline from one instant to the other shows of it, in UTC; it may reach further."""
        return ()
