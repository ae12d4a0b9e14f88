"""Situations as rows, by the table of deliveries: what stands open, and what a pass would send."""

from dataclasses import replace
from datetime import UTC

import pytest
from scenario import Past, Scenario, Shown, built, digest_of

from updater import messages
from updater.config import Limits, PullRequestSettings
from updater.gates import soak
from updater.gates.age import Age
from updater.gates.freeze import Freeze
from updater.gates.soak import Soak
from updater.gates.window import Window
from updater.model import CommitStatus, Marker, Placement, Request, Ruling, Unreadable, Version
from updater.plan.commit_status import status_of_pushed
from updater.reasons import failure_reasons, pin_reasons

T8, T9, T10, T11 = (built(hour) for hour in (8, 9, 10, 11))
DOWN = Unreadable(
    "ghcr.io does not answer for ghcr.io/org/shop",
    transient=True,
    reason=failure_reasons.REGISTRY_UNAVAILABLE,
)
SHOP = Placement("production", "shop")
BUMP = messages.Bump(SHOP, None, Version((T9,), T9), {}, UTC)
UNREAD = Ruling(failure_reasons.REPOSITORY_UNAVAILABLE, False, "the repository is away", unread=True)
MARKER = Marker("acme", "candidate", *SHOP, T9)
GREEN = CommitStatus("success", "every gate passes")
BRANCH = "updater/app/production--shop"
SOAK = {"soak": Soak.model_validate("30m")}
FROZEN = {"freeze": Freeze.model_validate([{"from": "2026-02-02", "to": "2026-02-02"}])}
SOAKS = (
    "pending: it soaks until 2026-02-02 10:30:00 KST "
    "(30m asked; staging's manifest has had it since 2026-02-02 10:00:00 KST)"
)
SOAKING = CommitStatus(*SOAKS.split(": ", 1))
OFFICE = {"window": Window.model_validate([{"days": "mon-fri", "from": "10:00", "to": "17:00"}])}
PROVEN = [(9, T8), (10, T9)]
NEWER = [(9, T8), (10, T9), (11, T10)]
LEFT = [(9, T8), (10, T9), (12, T8)]


def row(scenario, expected, sentence):
    return pytest.param(scenario, expected, id=sentence)


def production(before, shown=None, own=((8.5, T8),), **more):
    shown = Shown(shown, status=GREEN) if isinstance(shown, str) else shown
    return Scenario(Past(before), Past(own), **{"tags": [T8, T9], "shown": shown, **more})


def green(tag, **more):
    return Shown(tag, status=GREEN, **more)


PUSH = f"push {BRANCH}"
OPEN = [PUSH, f"open production: shop {T9}", "success: every gate passes"]
TO_T10 = [PUSH, f"update production: shop {T10}", "success: every gate passes"]
LOST = (
    "failure: it was rolled back in staging by commit 0000000000; "
    f"staging has run {T9}, and went back from it (commit 0000000000)"
)
MOVED = "failure: " + messages.shorten(
    f"ghcr.io/org/shop has moved: staging got {digest_of('x')}, now the tag is {digest_of(T9)}"
)
NOTHING = []

DELIVERIES = [
    # push
    row(
        Scenario(Past([(9, T8)]), tags=[T9]),
        [f"chore(shop): bump staging to {T9}"],
        "a push: one commit for each app and environment",
    ),
    row(Scenario(Past([(9, T8)]), tags=[T8]), NOTHING, "nothing new: nothing is written"),
    row(
        Scenario(Past([(9, T8)]), Past([(8.5, T8)]), [T8, T9], production_delivers="push"),
        [f"chore(shop): bump staging to {T9}"],
        "what staging gets in this pass has not been held yet",
    ),
    row(
        Scenario(Past(PROVEN), Past([(8.5, T8)]), [T8, T9, T10], production_delivers="push"),
        [f"chore(shop): bump staging to {T10}", f"chore(shop): bump production to {T9}"],
        "two environments that push are two commits",
    ),
    row(Scenario(Past([(9, T8)]), tags=[T9], staging_delivers="none"), NOTHING, "others deliver"),
    row(Scenario(Past([(9, T8)]), tags=DOWN), NOTHING, "a registry that does not answer"),
    # nothing open
    row(production(PROVEN), OPEN, "nothing open: branch, pull request, status"),
    row(
        production(PROVEN, pull_request=PullRequestSettings(labels=["promotion"])),
        OPEN,
        "with its labels in the opening",
    ),
    row(
        production(PROVEN, gates=SOAK, now=10.25, pull_request=PullRequestSettings(open="early")),
        [*OPEN[:2], SOAKS],
        "open early: pending, with the instant",
    ),
    row(production(PROVEN, limits=Limits(open_proposals=1)), OPEN, "within the limit of open proposals"),
    row(production(PROVEN, closed=[T9]), NOTHING, "closed unmerged by somebody: that tag is rejected"),
    row(production(PROVEN, closed=[T10]), NOTHING, "and all below it"),
    row(
        production(NEWER, closed=[T9], tags=[T8, T9, T10]),
        [PUSH, f"open production: shop {T10}", "success: every gate passes"],
        "a newer one may be proposed",
    ),
    row(production(PROVEN, closed=DOWN), NOTHING, "nobody says what was closed"),
    row(production(PROVEN, taken=True), NOTHING, "another instance's pull request comes from that branch"),
    # open, same candidate
    row(production(PROVEN, T9), NOTHING, "open, same candidate: nothing"),
    row(
        production(PROVEN, green(T9, evidence="older")),
        [f"update production: shop {T9}"],
        "open, same candidate, other evidence: the body says so",
    ),
    row(production(PROVEN, Shown(T9)), ["success: every gate passes"], "a status that was never set is set"),
    row(
        Scenario(Past(PROVEN, {T9: digest_of("x")}), Past([(8.5, T8)]), [], shown=green(T9)),
        [],
        "what an empty list says of the shown tag is not believed",
    ),
    row(
        Scenario(Past(PROVEN, {T9: digest_of("x")}), Past([(8.5, T8)]), [T9], steady=0, shown=green(T9)),
        [],
        "nor what half a list says",
    ),
    row(
        production(PROVEN, Shown(T9, status=CommitStatus("pending", "it soaks"))),
        ["success: every gate passes"],
        "a status that is no longer true is set",
    ),
    row(
        production(PROVEN, green(T9, exact=False)),
        ["failure: this branch changes something else than the tag that was judged"],
        "a branch that holds something else is never green",
    ),
    row(production(PROVEN, green(T9, behind=True)), NOTHING, "the base moved, and it still applies"),
    row(
        production(PROVEN, green(T9, behind=True, conflict=True)),
        [PUSH, "success: every gate passes"],
        "the base moved, and it no longer applies: rebuilt",
    ),
    # open, newer candidate
    row(production(NEWER, T9, tags=[T8, T9, T10]), TO_T10, "open, newer candidate: updated in place"),
    row(
        production(NEWER, green(T9, approved=True), tags=[T8, T9, T10]),
        ["comment newer"],
        "approved: the newer one is only named",
    ),
    row(
        production(
            NEWER,
            green(T9, approved=True, comments={"newer": messages.newer_comment(MARKER, {"shop": T10})}),
            tags=[T8, T9, T10],
        ),
        NOTHING,
        "and named once",
    ),
    row(
        production(NEWER, green(T9, auto_merge=True), tags=[T8, T9, T10]),
        ["comment newer"],
        "somebody lets the forge merge it: the same",
    ),
    row(
        production(
            NEWER,
            green(T9, approved=True),
            tags=[T8, T9, T10],
            pull_request=PullRequestSettings(update="always"),
        ),
        TO_T10,
        "unless config says always",
    ),
    row(
        production(NEWER, T9, tags=[T8, T9, T10], gates=SOAK, now=11.25),
        NOTHING,
        "a newer one that still soaks does not take its place",
    ),
    # open, evidence lost
    row(
        production(LEFT, T9),
        [LOST, "comment withdrawn"],
        "evidence lost, nothing older: red, one comment, left open",
    ),
    row(
        production([(9, T8), (10, T9), (11, T10), (12, T9)], T10, tags=[T8, T9, T10]),
        [PUSH, f"update production: shop {T9}", "success: every gate passes"],
        "evidence lost: the best older one takes its place",
    ),
    row(
        production([(9, T8), (10, T9), (11, T10), (12, T9)], green(T10, approved=True), tags=[T8, T9, T10]),
        [PUSH, f"update production: shop {T9}", "success: every gate passes"],
        "also where the lost one was approved",
    ),
    row(
        Scenario(Past(PROVEN, {T9: digest_of("x")}), Past([(8.5, T8)]), [T8, T9], shown=green(T9)),
        [MOVED, "comment withdrawn"],
        "the tag has moved",
    ),
    row(
        production(PROVEN, green(T9), digests={T9: None}),
        [f"pending: ghcr.io/org/shop has no manifest for {T9} (yet)"],
        "the manifest is gone for now: pending",
    ),
    # a time gate closes again, holds
    row(
        production(PROVEN, T9, gates=OFFICE, now=18),
        ["pending: the window for promotions opens at 2026-02-03 10:00:00 KST"],
        "a window closes: pending with the instant, no comment",
    ),
    row(
        production(PROVEN, T9, gates=SOAK, now=10.25),
        [SOAKS],
        "a soak that is longer now: pending",
    ),
    row(
        production(
            PROVEN,
            T9,
            gates={"freeze": Freeze.model_validate([{"from": "2026-02-02", "to": "2026-02-02"}])},
            now=12,
        ),
        ["pending: promotions are frozen until 2026-02-03 00:00:00 KST"],
        "a freeze begins: pending",
    ),
    row(
        production(PROVEN, T9, gates={"age": Age.model_validate({"min": "2h"})}, now=10.5),
        ["pending: it is old enough at 2026-02-02 11:00:00 KST (2h asked)"],
        "it has to be older now: pending",
    ),
    row(
        production(PROVEN, T9, gates={"age": Age.model_validate({"max": "2h"})}, now=12),
        ["failure: it is older than the 2h allowed", "comment withdrawn"],
        "it is too old now: red, for waiting does not help",
    ),
    row(
        production(PROVEN, T9, held={"production": "audit"}),
        ["failure: by order of kim: audit"],
        "held by a human: red, no comment, not closed",
    ),
    row(
        production(
            PROVEN, T9, held={"production": "audit"}, pull_request=PullRequestSettings(auto_merge=True)
        ),
        ["failure: by order of kim: audit"],
        "held by a human: nor merged",
    ),
    # other people's hands
    row(
        production(PROVEN, green(T9, edited=True, exact=False)),
        ["failure: somebody pushed to this branch: what it holds now was not judged", "comment edited"],
        "a human pushed to the branch: left alone, red, said once",
    ),
    row(
        production(
            PROVEN,
            Shown(
                T9,
                edited=True,
                exact=False,
                status=CommitStatus(
                    "failure", "somebody pushed to this branch: what it holds now was not judged"
                ),
                comments={"edited": messages.edited_comment(SHOP)},
            ),
        ),
        NOTHING,
        "and not said twice",
    ),
    row(
        production(NEWER, green(T9, stopped=True), tags=[T8, T9, T10]),
        NOTHING,
        "the label stops everything",
    ),
    row(production(PROVEN, retargeted=True), NOTHING, "ours is aimed elsewhere: no second one is opened"),
    # the base has it
    row(
        production(PROVEN, T9, own=((8.5, T8), (11, T9))),
        [f"close: production already runs {T9}", f"delete {BRANCH}"],
        "the base has it: closed with a sentence, the branch deleted",
    ),
    row(
        production(NEWER, T9, own=((8.5, T8), (12, T10)), tags=[T8, T9, T10]),
        [f"close: production already runs {T10}", f"delete {BRANCH}"],
        "the base has a newer one",
    ),
    row(
        production(PROVEN, T9, own=((8.5, T8), (9.1, built(40))), tags=[T8, T9], now=41),
        NOTHING,
        "the base has one that was of the future when it was set: what it runs blocks nothing",
    ),
    row(
        production(PROVEN, green(T9, edited=True, exact=False), own=((8.5, T8), (11, T9))),
        ["failure: somebody pushed to this branch: what it holds now was not judged", "comment edited"],
        "the base has it, and somebody edited the branch: not closed",
    ),
    # merging
    row(
        production(PROVEN, T9, pull_request=PullRequestSettings(auto_merge=True)),
        ["merge", f"delete {BRANCH}"],
        "merged by us where config says so",
    ),
    row(
        production(PROVEN, green(T9, mergeable="blocked"), pull_request=PullRequestSettings(auto_merge=True)),
        NOTHING,
        "not while the forge says it is blocked",
    ),
    row(
        production(PROVEN, T9, pull_request=PullRequestSettings(auto_merge=True), gates=OFFICE, now=18),
        ["pending: the window for promotions opens at 2026-02-03 10:00:00 KST"],
        "not while a gate is shut",
    ),
    row(
        production(PROVEN, green(T9, exact=False), pull_request=PullRequestSettings(auto_merge=True)),
        ["failure: this branch changes something else than the tag that was judged"],
        "not with anything else in it",
    ),
    # silence
    row(production(PROVEN, T9, tags=DOWN), NOTHING, "the registry does not answer: the last evidence stays"),
    row(
        production(PROVEN, Shown(T9, status=SOAKING), gates=SOAK, unread=["staging"], now=10.1),
        NOTHING,
        "what comes before is in another repository, which was not read: the last evidence stays",
    ),
    row(production(PROVEN, T9, tags=[]), [], "an empty list closes nothing"),
    row(
        production(
            LEFT,
            T9,
            unheard={"production": Ruling(failure_reasons.FORGE_UNAVAILABLE, False, "silent", waits=True)},
        ),
        NOTHING,
        "the forge does not answer: nothing is said",
    ),
    row(
        production(PROVEN, T9, trouble={"production": UNREAD}),
        NOTHING,
        "the pin cannot be read: nothing is said",
    ),
    row(
        production(PROVEN, T9, trouble={"production": Ruling(pin_reasons.ALIAS, False, "an alias")}),
        ["failure: not judged any more: an alias", "comment unjudged"],
        "the pin is known to be in doubt: it is not judged any more",
    ),
    row(
        production(
            PROVEN, T9, trouble={"production": (UNREAD, Ruling(pin_reasons.ALIAS, False, "an alias"))}
        ),
        NOTHING,
        "one pin in doubt and another unread: nobody knows enough to say it",
    ),
    row(
        production(PROVEN, green(T9), digests={T9: DOWN}),
        NOTHING,
        "the digest cannot be read: the last evidence stays",
    ),
    # asked by name
    row(
        production(
            PROVEN,
            own=((8, T8), (9.5, T9)),
            request=Request("rollback", SHOP, None, by="kim"),
        ),
        [
            "push updater/asked/production--shop",
            f"open production: roll shop back from {T9} to {T8}",
            "success: every gate passes",
        ],
        "an order opens a pull request of its own",
    ),
    row(
        production(NEWER, asked=T9, tags=[T8, T9, T10]), NOTHING, "while it is open nothing else is proposed"
    ),
    row(
        production(NEWER, T9, asked=T8, tags=[T8, T9, T10]),
        NOTHING,
        "and what was open before stays as it is",
    ),
    row(
        Scenario(
            Past([(9, T8), (10, T9)]),
            tags=[T8, T9],
            request=Request("rollback", Placement("staging", "shop"), None, by="kim"),
        ),
        [f"revert(shop): roll staging back to {T8}"],
        "an order is pushed where the environment pushes",
    ),
]


@pytest.mark.parametrize(("scenario", "expected"), DELIVERIES)
def test_what_is_sent(scenario, expected):
    assert scenario.steps() == expected


def test_the_status_of_an_order_names_what_was_passed_over():
    ruling = Ruling(soak.REASON, True, "it soaks; overridden: a hotfix", overridden=True)
    over, usual = (replace(BUMP, rulings=(each,)) for each in (ruling, replace(ruling, overridden=False)))
    said = status_of_pushed([over], shared=False, merges=True)
    assert said == CommitStatus("success", "every gate passes but soak, overridden")
    assert status_of_pushed([usual], shared=False, merges=True).description == "every gate passes"
