"""One app of a pull request of ours: what was decided of it, and what the open one shows of it. Pure."""

from __future__ import annotations

from updater.model import Decision, Promote, Proposal, Ruling
from updater.reasons import hold_reasons
from updater.situation import PlacementState
from updater.value_class import value_class


@value_class
class Member:
    """One app: what was decided, what is there, and what the pull request shows of it."""

    decision: Decision
    state: PlacementState
    shown: Proposal | None
    """As if it showed this app alone; None: it does not list it, or is not open."""

    @property
    def app(self) -> str:
        return self.decision.placement.app

    @property
    def is_asked(self) -> bool:
        """By a person, by name: then nothing but the order counts."""
        return isinstance(self.decision, Promote) and self.decision.request is not None

    @property
    def is_proposed(self) -> bool:
        """By pull request, as config has it now."""
        return self.state.policy.deliver == "pull-request"

    @property
    def unjudgeable(self) -> tuple[Ruling, ...]:
        """Why nobody can judge it any more, and it is known why: not that something could not be read."""
        if not self.is_proposed:
            environment, how = self.decision.placement.environment, self.state.policy.deliver
            said = f"{environment} no longer delivers by pull request (`deliver: {how}`)"
            return (Ruling(hold_reasons.NOT_DELIVERED, False, said),)
        known = all(ruling.reason.about != "reading" for ruling in self.state.trouble)
        return self.state.trouble if known else ()

    @property
    def is_unjudged(self) -> bool:
        """Of the tag that is shown not all was read, and no other was judged in its place."""
        shown = self.decision.shown
        return (shown is None or shown.partial) and not isinstance(self.decision, Promote)

    @property
    def is_unread(self) -> bool:
        """Nobody can say what is true of what is shown."""
        return bool(self.state.trouble or self.state.unheard or self.is_unjudged)
