"""Lives of a machine of rules: in parts with seeds of their own, and counted."""

from collections import Counter
from typing import ClassVar

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


class Machine(RuleBasedStateMachine):
    """Rules change `self.world`; `_checked(weather, name)` is a pass of the updater of that name."""

    QUIET = 5
    """Passes until nothing is left to do."""
    made = 0
    """Steps of this life."""
    steps = 0
    """Of all lives that have ended."""
    passes = 0
    tally: ClassVar[Counter[str]] = Counter()
    """What else has happened, in how many passes."""

    def teardown(self):
        type(self).steps += self.made

    def _settle(self):
        """I5: it comes to rest, and then stays so."""
        for name in ("second", *["first"] * self.QUIET):
            written = len(self.world.writes)
            self._checked(None, name)
            if len(self.world.writes) == written:
                return
        raise AssertionError(f"I5: it goes on and on: {self.world.writes[-6:]}")


def live(machine, part, *, lives, steps, tally=None, **more):
    """Steps and passes made; a part of a number is the same each time."""
    counted = {"steps": 0, "passes": 0, "tally": Counter() if tally is None else tally}
    mortal = type(machine.__name__, (machine,), counted)
    checks = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}
    profile = settings(max_examples=lives, stateful_step_count=steps, **checks, **more)
    run_state_machine_as_test(mortal if part is None else seed(part)(mortal), settings=profile)
    return mortal.steps, mortal.passes
