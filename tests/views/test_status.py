"""What a person has to know first of an app in an environment, and what the pass has changed of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from reason_of import reason_of

from updater.model import (
    ClosePullRequest,
    CommitDraft,
    Hold,
    Marker,
    OpenPullRequest,
    Outcome,
    Placement,
    Promote,
    Proposal,
    PullRequest,
    PushBase,
    RefUpdate,
    Report,
    Ruling,
    Unreadable,
    UpdatePullRequest,
)
from updater.reasons import failure_reasons
from updater.views import status
from updater.views.shape import as_json

NOW = datetime(2026, 2, 2, 5, tzinfo=UTC)
PLACE = Placement("production", "shop")
OLD, NEW, NEWER = "20260201-090000", "20260202-100000", "20260202-110000"
PAGE = "https://github.com/org/deploy/pull"


def no(code, *, waits=False, until=None):
    return Ruling(reason_of(code), False, f"because of {code}", until, waits)


def hold(*reasons):
    return Hold(PLACE, OLD, tuple(no(one) if isinstance(one, str) else one for one in reasons), NEW)


def promote(tag=NEW):
    return Promote(PLACE, OLD, tag, {}, (), 0)


def open_pull(number=7, tag=NEW):
    pull = PullRequest(number, f"{PAGE}/{number}", "", "", "open", "b", "c" * 40, "main", "bot", True)
    return Proposal(pull, Marker("acme", "candidate", *PLACE, tag))


def told(decision, *outcomes, proposals=(), unreadable=(), base="b" * 40):
    report = Report(
        "deploy", NOW, NOW, base, [decision], (), outcomes, unreadable, proposals={PLACE: proposals}
    )
    (cell,) = status.cells(report)
    return as_json(cell)


def push(error=None):
    draft = CommitDraft(PLACE, "bump", {})
    step = PushBase("deploy", RefUpdate("refs/heads/main", "b" * 40, (draft,), "b" * 40), None)
    return Outcome(step, error, "push_refused" if error else "done")


@pytest.mark.parametrize(
    ("decision", "condition"),
    [
        (hold("up_to_date"), "current"),
        (hold("not_delivered"), "current"),
        (hold("held"), "held"),
        (hold("rolled_back", "after", "soak"), "held"),
        (hold("foreign_current"), "held"),
        (hold(no("soak", waits=True)), "waiting"),
        (hold(no("soak", waits=True), no("window", waits=True)), "waiting"),
        (hold("after", "soak"), "waiting"),
        (hold("predecessor_in_doubt"), "waiting"),
        (hold(no("soak", waits=True), "digest"), "blocked"),
        (hold("split"), "blocked"),
        (hold("a_code_of_tomorrow"), "blocked"),
        (hold("holds_unreadable"), "failing"),
        (promote(), "moving"),
    ],
)
def test_what_a_person_has_to_know_first(decision, condition):
    assert told(decision)["condition"] == condition


def test_a_failed_reading_beats_all_that_waits():
    cell = told(
        hold(no("registry_unavailable", waits=True)),
        unreadable=[
            Unreadable("ghcr.io is away", transient=True, reason=failure_reasons.REGISTRY_UNAVAILABLE)
        ],
    )
    assert cell["condition"] == "failing"


def test_a_step_that_failed_is_said_with_its_reason():
    cell = told(promote(), push("the branch is protected"))
    assert (cell["condition"], cell["error"]) == ("failing", "the branch is protected")
    assert told(promote(), push())["condition"] == "moving"


def test_a_pull_request_is_known_in_the_pass_that_opens_it():
    step = OpenPullRequest("deploy", PLACE, "updater/app/production--shop", "main", "title", "body")
    cell = told(promote(), Outcome(step, url=f"{PAGE}/12"))
    assert cell["condition"] == "proposed"
    assert cell["proposals"] == [
        {"number": 12, "url": f"{PAGE}/12", "tag": NEW, "kind": "candidate", "opened": "2026-02-02T05:00:00Z"}
    ]
    assert told(promote(), Outcome(step, error="no"))["proposals"] == []


def test_one_that_is_updated_shows_the_new_tag_and_one_that_is_closed_is_gone():
    update = UpdatePullRequest("deploy", PLACE, 7, "b", "title", "body")
    assert told(promote(NEWER), Outcome(update), proposals=[open_pull()])["proposals"][0]["tag"] == NEWER
    assert told(promote(NEWER), proposals=[open_pull()])["proposals"][0]["tag"] == NEW
    close = ClosePullRequest("deploy", PLACE, 7, "b", "body", "why")
    assert told(hold("up_to_date"), Outcome(close), proposals=[open_pull()])["proposals"] == []


def test_it_waits_until_the_last_of_its_reasons_and_for_ever_if_one_knows_no_end():
    soak, opens = NOW + timedelta(minutes=12), NOW + timedelta(hours=3)
    both = hold(no("soak", waits=True, until=soak), no("window", waits=True, until=opens))
    assert (told(both)["until"], told(both)["codes"]) == ("2026-02-02T08:00:00Z", ["soak", "window"])
    assert told(hold(no("soak", waits=True, until=soak), no("listing_empty", waits=True)))["until"] is None


def test_what_happens_by_itself_is_told_with_its_instant_the_soonest_first():
    soaks, opens = NOW + timedelta(minutes=12), NOW + timedelta(hours=20)
    cell = told(hold(no("window", waits=True, until=opens), no("soak", waits=True, until=soaks), "after"))
    assert [(each["at"], each["code"], each["what"]) for each in cell["next"]] == [
        ("2026-02-02T05:12:00Z", "soak", "the soak ends"),
        ("2026-02-03T01:00:00Z", "window", "the window opens"),
    ]
    assert cell["until"] is None, "nobody knows when `after` passes"


def test_what_is_over_already_does_not_come_next():
    assert told(hold(no("soak", waits=True, until=NOW)))["next"] == []
    assert told(promote())["next"] == []


def test_a_pull_request_says_since_when_it_is_open():
    (known,) = told(hold("up_to_date"), proposals=(open_pull(),))["proposals"]
    assert known["opened"] is None, "where the forge does not say"
    pull = replace(open_pull().pull_request, created=NOW - timedelta(hours=3))
    (known,) = told(hold("up_to_date"), proposals=(replace(open_pull(), pull_request=pull),))["proposals"]
    assert known["opened"] == "2026-02-02T02:00:00Z"
