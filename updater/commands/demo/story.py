"""What happens in the demo, told in numbered lines, and held against the repository. I/O."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from updater.commands.demo.company import ALERT, SOAK, VERIFY, Company
from updater.model import Hold, Placement, Report
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, World
from updater.terminal import say
from updater.views.steps import titles
from updater.wiring import Updater

SHOP = Placement(PRODUCTION, "shop")


@dataclass
class Story:
    """One step after the other."""

    company: Company
    updater: Updater
    verified: bool = True
    _number: int = field(default=0)

    @property
    def world(self) -> World:
        return self.company.world

    def tell(self) -> None:
        say(f"deploy repository {self.world.url}, as updater scaffold repository makes it")
        say(f"registry {self.world.registry.url}, standing in for ghcr.io")
        for chapter in (
            self._a_build_reaches_staging,
            self._production_gets_a_proposal,
            self._a_human_merges,
        ):
            chapter()
        self._a_bad_build_is_reverted()
        self._the_next_build_goes_on()
        self._a_bad_build_reaches_production()
        self._it_stays_away()
        self._nothing_is_written_twice()
        say("every step was verified" if self.verified else "not every step could be verified")

    def _a_build_reaches_staging(self) -> None:
        with self._step("CI pushes a new image of shop; the updater bumps staging at once"):
            tag = self.world.build("shop")
            self._pass()
            self._expect(f"Git has staging at {tag}", self.world.pinned("shop", STAGING) == tag)
            self._expect(
                f"production still has {FIRST_TAG}", self.world.pinned("shop", PRODUCTION) == FIRST_TAG
            )
            self._expect("one commit was added, and it changed one line", self._one_line_changed())
            look(f"git show {self.world.head()[:10]}", f"in a clone of {self.world.url}")

    def _production_gets_a_proposal(self) -> None:
        with self._step(f"production waits for {SOAK} minutes of soak, then gets a pull request"):
            self._expect("before that it holds, and says why", self._why("shop", PRODUCTION) == "soak")
            self.world.clock.forward(minutes=SOAK + 1)
            say(f"   (the clock goes {SOAK + 1} minutes on)")
            self._pass()
            pulls = self.world.github.pulls(self.world.repository, "open")
            self._expect("one pull request is open", len(pulls) == 1)
            self._expect("production is as it was", self.world.pinned("shop", PRODUCTION) == FIRST_TAG)
            for pull in pulls:
                look(
                    f"pull request #{pull.number}: {pull.title}",
                    *(pull.body or "").partition("<!--")[0].splitlines(),
                )

    def _a_human_merges(self) -> None:
        with self._step("a human merges it; production has the tag, and Argo CD syncs it"):
            for pull in self.world.github.pulls(self.world.repository, "open"):
                self.world.merge(pull.number)
            tag = self.world.pinned("shop", STAGING)
            self._expect(f"Git has production at {tag}", self.world.pinned("shop", PRODUCTION) == tag)
            self._pass()
            branches = self.world.github.branches(self.world.repository)
            self._expect("the merged branch is deleted", list(branches) == ["main"])
            self._expect(f"it is watched for {VERIFY} minutes", self._verification() == "verifying")

    def _a_bad_build_is_reverted(self) -> None:
        with self._step("CI pushes a bad image; staging gets it, and a human reverts the bump"):
            good, bad = self.world.pinned("shop", STAGING), self.world.build("shop")
            self._pass()
            self._expect(f"staging got {bad}", self.world.pinned("shop", STAGING) == bad)
            self.world.revert(self.world.head())
            self.world.clock.forward(minutes=SOAK + 1)
            say(f"   (git revert, and the clock goes {SOAK + 1} minutes on)")
            head = self.world.head()
            self._pass()
            self._expect("the revert stands: nothing was pushed", self.world.head() == head)
            self._expect(f"staging stays at {good}", self.world.pinned("shop", STAGING) == good)
            self._expect(
                "production is not offered the bad build",
                not self.world.github.pulls(self.world.repository, "open"),
            )
            self._explain("shop", STAGING, PRODUCTION)

    def _the_next_build_goes_on(self) -> None:
        with self._step(
            "CI pushes the next build; staging goes on with it, and later production is offered it"
        ):
            tag = self.world.build("shop")
            self._pass()
            self._expect(f"Git has staging at {tag}", self.world.pinned("shop", STAGING) == tag)
            self.world.clock.forward(minutes=SOAK + 1)
            self._pass()
            self._expect("production is offered it", self._offered() == [f"production: shop {tag}"])

    def _a_bad_build_reaches_production(self) -> None:
        with self._step(f"a human merges that, too; minutes later an alert fires in production: {ALERT}"):
            good = self.world.pinned("shop", PRODUCTION)
            for pull in self.world.github.pulls(self.world.repository, "open"):
                self.world.merge(pull.number)
            bad = self.world.pinned("shop", PRODUCTION)
            self._pass()
            self.world.clock.forward(minutes=2)
            self.company.burn("shop")
            self.world.clock.forward(minutes=1)
            self._pass()
            self._expect(f"production is back at {good}", self.world.pinned("shop", PRODUCTION) == good)
            newest, *_ = self.world.github.log(self.world.repository, "main", limit=1)
            self._expect("by a commit that says why", f" {bad} {good} verify:alerts" in newest.message)
            look(*newest.message.strip().splitlines())
            self.company.quench("shop")

    def _it_stays_away(self) -> None:
        with self._step("the bad build stays away from production; the next one goes on"):
            good = self.world.pinned("shop", PRODUCTION)
            self.world.clock.forward(minutes=SOAK + 1)
            self._pass()
            self._expect(f"production stays at {good}", self.world.pinned("shop", PRODUCTION) == good)
            self._expect("and is offered nothing", self._offered() == [])
            self._explain("shop", PRODUCTION)
            tag = self.world.build("shop")
            self._pass()
            self.world.clock.forward(minutes=SOAK + 1)
            self._pass()
            self._expect("production is offered the next", self._offered() == [f"production: shop {tag}"])

    def _offered(self) -> list[str]:
        return [pull.title for pull in self.world.github.pulls(self.world.repository, "open")]

    def _verification(self) -> str | None:
        found = self.updater.run("deploy", act=False).verifications.get(SHOP)
        return found.state if found else None

    def _nothing_is_written_twice(self) -> None:
        with self._step("one more pass over the unchanged world does nothing"):
            head, asked = self.world.head(), len(self.world.github.requests)
            self._pass()
            writes = [request for request in self.world.github.requests[asked:] if request.write]
            self._expect("no commit", self.world.head() == head)
            self._expect("no write to the API", not writes)

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        self._number += 1
        say(f"\n{self._number}. {title}")
        yield

    def _expect(self, what: str, true: bool) -> None:
        self.verified &= true
        say(f"   {'verified' if true else 'NOT TRUE'}: {what}")

    def _pass(self) -> Report:
        self.world.clock.forward(seconds=5)
        report = self.updater.run("deploy", act=True)
        for outcome in report.outcomes:
            for title in titles(outcome.step):
                say(f"   updater: {title}{': ' + outcome.error if outcome.error else ''}")
        if report.failed:
            self._expect("the pass read and wrote without a fault", False)
        return report

    def _why(self, app: str, environment: str) -> str:
        decision = self._decisions()[Placement(environment, app)]
        return decision.reasons[0].code if isinstance(decision, Hold) else "promote"

    def _explain(self, app: str, *environments: str) -> None:
        for environment in environments:
            decision = self._decisions()[Placement(environment, app)]
            if isinstance(decision, Hold):
                look(f"{decision.placement} holds: {decision.reasons[0].sentence}")

    def _decisions(self) -> dict[Placement, object]:
        return {decision.placement: decision for decision in self.updater.run("deploy", act=False).decisions}

    def _one_line_changed(self) -> bool:
        """By the texts themselves: all lines equal but one."""
        repository, path = self.world.repository, self.world.kustomization("shop", STAGING)
        old, new = (self.world.github.read(repository, ref, path).splitlines() for ref in ("main~1", "main"))
        return len(old) == len(new) and sum(one != other for one, other in zip(old, new, strict=True)) == 1


def look(*lines: str) -> None:
    for line in lines:
        say(f"   | {line}")
