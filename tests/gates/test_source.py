"""What the gates say of the commits that images say they were built from."""

from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from updater import image_labels, messages
from updater.gates.own_build import OwnBuild
from updater.gates.source_checks import SourceChecks
from updater.gates.source_order import SourceOrder
from updater.model import (
    Case,
    ChecksOf,
    ComparisonOf,
    Image,
    ImageConfig,
    ImageOf,
    MessageOf,
    Placement,
    Ruling,
    SourceCommit,
    Stay,
    Timeline,
    Unreadable,
    Version,
)

SHOP, WORKER = Image("ghcr.io", "org/shop"), Image("ghcr.io", "org/worker")
NOW = datetime(2026, 2, 2, tzinfo=UTC)
NEW, OLD = "a" * 40, "b" * 40
HEAD, BASE = (SourceCommit("github.com", "org/shop", sha) for sha in (NEW, OLD))
CHECKS = SourceChecks.model_validate({"required": ["ci/test", "lint"]})
ORDER, OWN = SourceOrder.model_validate(True), OwnBuild.model_validate(True)
DOWN = Unreadable("GitHub does not answer", transient=True)
FORBIDDEN = Unreadable("GitHub refuses", transient=False)


def built(sha=NEW, url="https://github.com/org/shop", **labels):
    said = {image_labels.REVISION: sha, image_labels.SOURCE: url, **labels}
    return ImageConfig("sha256:" + "0" * 64, (), None, {k: v for k, v in said.items() if v is not None})


def case(answers, images=(SHOP,), deployed="old"):
    stays = (Stay(deployed, NOW, "c" * 40, True, None, "still"),) if deployed else ()
    return Case(
        placement=Placement("production", "shop"),
        candidate=Version(("new",), "new"),
        images=images,
        now=NOW,
        zone=UTC,
        own=Timeline(stays, frozenset(), {}, None, None, None),
        predecessors={},
        rolled_back={},
        answers=answers,
    )


def said(gate, **more):
    """What a gate says once everything it asks for is answered."""
    answers = {ImageOf(SHOP, "new"): built(), ImageOf(SHOP, "old"): built(OLD)}
    answers |= {ChecksOf(HEAD): {}, MessageOf(HEAD): "Fix", ComparisonOf(BASE, NEW): "ahead"}
    return gate.judge(case({**answers, **more.pop("answers", {})}, **more))


# --- labels ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "host", "repository"),
    [
        ("https://github.com/org/shop", "github.com", "org/shop"),
        ("https://github.com/Org/Shop.git", "github.com", "Org/Shop"),
        ("https://GitHub.com/org/shop/", "github.com", "org/shop"),
        ("http://127.0.0.1:8080/org/my.shop_2", "127.0.0.1:8080", "org/my.shop_2"),
    ],
)
def test_where_an_image_was_built_from(url, host, repository):
    assert image_labels.source_commit(built(url=url)) == SourceCommit(host, repository, NEW)


@pytest.mark.parametrize(
    "url",
    [
        "github.com/org/shop",
        "git@github.com:org/shop.git",
        "ssh://git@github.com/org/shop",
        "https://bot:secret@github.com/org/shop",
        "https://github.com",
        "https://github.com/org",
        "https://github.com/org/shop/tree/main",
        "https://github.com/org/..",
        "https://github.com/../shop",
        "https://github.com/org/..git",
        "https://github.com/org/sh%2fop",
        "https://github.com/org/shop?x=1#y",
        "https://github.com/o rg/shop",
        "https://github.com/-org/shop",
        "https://github.com/org/shop\n",
        "https://[::1/org/shop",
        "https://exa_mple.com/org/shop",
        "file:///org/shop",
        "https:///org/shop",
        "x" * 3000,
    ],
)
def test_what_is_no_address_of_a_repository_is_named(url):
    found = image_labels.source_commit(built(url=url))
    assert isinstance(found, str)
    assert "no address of a repository" in found


@pytest.mark.parametrize(
    "sha", ["main", "abc1234", "A" * 40, "a" * 41, "a" * 39, "../" + "a" * 40, "a" * 40 + "\n"]
)
def test_what_is_no_whole_commit_is_named(sha):
    assert "no whole commit" in image_labels.source_commit(built(sha))


@given(st.text(max_size=300), st.text(max_size=300))
def test_labels_are_anybody_s_text(sha, url):
    found = image_labels.source_commit(built(sha, url))
    assert isinstance(found, SourceCommit | str)
    assert isinstance(found, SourceCommit) or (found.isascii() and found.isprintable())


@pytest.mark.parametrize(
    "text",
    ["@acme/owners", "![x](https://example.org/p.png)", "Fixes #1", "GH-1", "<b>x", "`x", "*x*", "www.a.b"],
)
def test_what_a_label_says_is_no_part_of_a_comment_but_as_a_word(text):
    for wrong in (built(text), built(url=text)):
        assert text not in image_labels.source_commit(wrong)
    assert image_labels.source_commit(built("main")).endswith("is no whole commit: main")


@pytest.mark.parametrize("gate", [CHECKS, ORDER, OWN])
@pytest.mark.parametrize("label", [image_labels.REVISION, image_labels.SOURCE])
def test_a_missing_label_is_a_hold_that_names_it(gate, label):
    ruling = said(gate, answers={ImageOf(SHOP, "new"): built(**{label: None})})
    assert (ruling.passes, ruling.waits) == (False, False)
    assert label in ruling.sentence


@pytest.mark.parametrize("gate", [CHECKS, ORDER, OWN])
@pytest.mark.parametrize("answer", [DOWN, FORBIDDEN])
def test_a_failed_reading_is_a_hold_never_a_pass(gate, answer):
    situation = [
        ImageOf(SHOP, "new"),
        ImageOf(SHOP, "old"),
        ChecksOf(HEAD),
        MessageOf(HEAD),
        ComparisonOf(BASE, NEW),
    ]
    ruling = said(gate, answers=dict.fromkeys(situation, answer))
    assert (ruling.passes, ruling.unread, ruling.waits) == (False, True, answer.transient)
    for question in situation:
        one = said(
            gate, answers={ChecksOf(HEAD): dict.fromkeys(CHECKS.required, "success"), question: answer}
        )
        assert one.passes is not one.unread


@pytest.mark.parametrize("gate", [CHECKS, ORDER, OWN])
def test_it_asks_for_the_image_first_and_then_for_its_commit(gate):
    asked = gate.judge(case({}))
    assert ImageOf(SHOP, "new") in asked
    assert all(isinstance(question, ImageOf) for question in asked)
    images = {ImageOf(SHOP, "new"): built(), ImageOf(SHOP, "old"): built(OLD)}
    (then,) = gate.judge(case(images))
    assert then in {ChecksOf(HEAD), MessageOf(HEAD), ComparisonOf(BASE, NEW)}


# --- checks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "passes", "waits", "words"),
    [
        (
            {"ci/test": "success", "lint": "success", "other": "failure"},
            True,
            False,
            "ci/test, lint passed on",
        ),
        ({"ci/test": "failure", "lint": "success"}, False, False, "ci/test failed on org/shop@aaaaaaaaaa"),
        ({"ci/test": "pending", "lint": "success"}, False, True, "ci/test still runs"),
        ({"ci/test": "success"}, False, True, "lint has not reported (yet)"),
        ({"ci/test": "pending", "lint": "failure"}, False, False, "lint failed"),
        ({"CI/test": "success", "lint": "success"}, False, True, "ci/test has not reported"),
        ({}, False, True, "ci/test, lint has not reported"),
    ],
)
def test_every_required_check_has_to_be_green(states, passes, waits, words):
    ruling = said(CHECKS, answers={ChecksOf(HEAD): states})
    assert (ruling.passes, ruling.waits) == (passes, waits)
    assert words in ruling.sentence


def test_every_image_s_commit_has_to_be_green():
    other = SourceCommit("github.com", "org/worker", OLD)
    green = dict.fromkeys(CHECKS.required, "success")
    answers = {
        ImageOf(WORKER, "new"): built(OLD, "https://github.com/org/worker"),
        ChecksOf(HEAD): green,
        ChecksOf(other): {**green, "lint": "failure"},
    }
    assert "lint failed on org/worker" in said(CHECKS, answers=answers, images=(SHOP, WORKER)).sentence


@pytest.mark.parametrize(
    ("sources", "url", "passes"),
    [
        ("org/shop", "https://github.com/org/shop", True),
        ("Org/Shop", "https://github.com/ORG/shop.git", True),
        ("org/*", "https://github.com/org/anything", True),
        ("org/{app}", "https://github.com/org/shop", True),
        ("org/{app}-*", "https://github.com/org/shop-api", True),
        (["org/worker", "org/shop"], "https://github.com/org/shop", True),
        ("github.com/org/shop", "https://github.com/org/shop", True),
        ("org/shop", "https://github.com/evil/green", False),
        ("org/shop", "https://github.com/evil/shop", False),
        ("org/shop", "https://github.com/org/shop-two", False),
        ("*/shop", "https://evil.example/org/green", False),
        ("org/{app}", "https://github.com/org/worker", False),
        ("github.com/org/shop", "https://gitlab.example/org/shop", False),
    ],
)
def test_an_image_may_have_to_be_built_from_a_repository_of_ours(sources, url, passes):
    """Who pushes an image writes its labels: any repository with green checks would do."""
    gate = SourceChecks.model_validate({"required": ["ci/test"], "source": sources})
    found = image_labels.source_commit(built(url=url))
    answers = {ImageOf(SHOP, "new"): built(url=url), ChecksOf(found): {"ci/test": "success"}}
    ruling = gate.judge(case(answers))
    assert (ruling.passes, ruling.waits) == (passes, False)
    if not passes:
        assert f"says {found.host}/{found.repository}, and it may only be built from" in ruling.sentence
        assert gate.judge(case({ImageOf(SHOP, "new"): built(url=url)})) == ruling, (
            "nobody else's checks count"
        )


def test_every_image_has_to_be_built_from_there():
    gate = SourceChecks.model_validate({"required": [], "source": "org/shop"})
    assert gate.judge(case({ImageOf(SHOP, "new"): built()})).sentence.startswith(
        "it was built from org/shop@"
    )
    answers = {ImageOf(WORKER, "new"): built(url="https://github.com/org/worker")}
    ruling = said(gate, answers=answers, images=(SHOP, WORKER))
    assert not ruling.passes
    assert "org/worker" in ruling.sentence


@pytest.mark.parametrize(
    "wrong",
    ["https://github.com/org/shop", "shop", "org/", "org/{name}", "org/{app", "a/b/c/d", "org/[s]hop", 7, []],
)
def test_a_repository_that_can_be_none_is_an_error(wrong):
    with pytest.raises(ValidationError) as error:
        SourceChecks.model_validate({"required": ["ci"], "source": wrong})
    assert isinstance(wrong, int | list) or "write it like org/shop" in str(error.value)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({}, "required"),
        ({"required": [""]}, "at least 1"),
        ({"require": ["x"]}, "required"),
        (True, "dictionary"),
    ],
)
def test_checks_that_cannot_be_meant_are_refused(value, sentence):
    with pytest.raises(ValidationError, match=sentence):
        SourceChecks.model_validate(value)


@pytest.mark.parametrize("value", [[], {"required": []}])
def test_a_gate_that_asks_for_nothing_is_refused(value):
    with pytest.raises(ValidationError, match="false leaves the gate out"):
        SourceChecks.model_validate(value)


# --- order ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standing", "passes", "words"),
    [
        ("ahead", True, "org/shop@aaaaaaaaaa follows bbbbbbbbbb, which is deployed"),
        ("identical", True, "is the commit that is deployed"),
        ("diverged", True, "note that"),
        ("behind", False, "is behind bbbbbbbbbb, which is deployed"),
        ("something new", False, "is behind"),
        (None, False, "is behind"),
    ],
)
def test_a_commit_behind_the_deployed_one_is_held(standing, passes, words):
    ruling = said(ORDER, answers={ComparisonOf(BASE, NEW): standing})
    assert ruling.passes is passes
    assert words in ruling.sentence


@pytest.mark.parametrize(
    ("answer", "words"), [(None, "the registry has it no more"), (built(None), image_labels.REVISION)]
)
def test_nothing_is_behind_what_nobody_knows(answer, words):
    ruling = said(ORDER, answers={ImageOf(SHOP, "old"): answer})
    assert ruling.passes
    assert ruling.sentence.startswith("note that nothing is known of ghcr.io/org/shop:old")
    assert words in ruling.sentence


@pytest.mark.parametrize("other", ["https://github.com/org/other", "https://git.example.org/org/shop"])
def test_commits_of_two_repositories_have_no_order(other):
    ruling = said(ORDER, answers={ImageOf(SHOP, "old"): built(OLD, other)})
    assert (ruling.passes, "they have no order" in ruling.sentence) == (False, True)


def test_where_nothing_is_deployed_nothing_is_asked():
    assert said(ORDER, deployed=None).passes
    assert ORDER.judge(case({}, deployed=None)).passes


# --- own builds -----------------------------------------------------------------------------------------

BUMP = messages.Bump(
    Placement("staging", "shop"), "old", Version(("new",), "new"), {SHOP: "sha256:" + "0" * 64}, UTC
)


@pytest.mark.parametrize(
    ("message", "passes"),
    [
        ("Fix the basket\n\nIt was empty.", True),
        ("", True),
        (messages.commit_message(BUMP), False),
        ("Squashed (#7)\n\n* " + messages.commit_message(BUMP).replace("\n", "\n  "), False),
        ("Merge pull request #7 from org/updater/app/production--shop\n\nproduction: shop new", False),
        ("Merge branch 'updater/app/production--shop'", False),
        ("Merge pull request #7 from org/feature", True),
        ("Tell of Updater-Pin: in the documentation", True),
        ('Revert "chore(shop): bump staging to new"\n\nThis reverts commit ' + OLD, True),
    ],
)
def test_a_build_of_our_own_bump_is_held(message, passes):
    assert said(OWN, answers={MessageOf(HEAD): message}).passes is passes


@pytest.mark.parametrize("blank", ["\n", " ", "\t", "\r\n", "\u2003", "Updater-Pin: "])
def test_a_message_of_blanks_is_judged_at_once(blank):
    began = monotonic()
    assert said(OWN, answers={MessageOf(HEAD): f"x\n{blank * 60_000}y"}).passes
    assert monotonic() - began < 1


@pytest.mark.parametrize("gate", [SourceOrder, OwnBuild])
def test_an_app_may_leave_out_what_its_environment_asks(gate):
    off = gate.model_validate(False).judge(case({}))
    assert isinstance(off, Ruling)
    assert off.passes
    for value in ("yes", 1, None, {"on": "true"}):
        with pytest.raises(ValidationError):
            gate.model_validate(value)


def test_two_images_of_one_commit_are_asked_about_once():
    answers = {ImageOf(SHOP, "new"): built(), ImageOf(WORKER, "new"): built()}
    assert OWN.judge(replace(case(answers), images=(SHOP, WORKER))) == {MessageOf(HEAD)}
