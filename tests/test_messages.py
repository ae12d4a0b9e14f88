"""What is written is read back; what others write is not mistaken for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from updater import messages
from updater.forges import FORGES, SHORTEST
from updater.gates.soak import Soak
from updater.model import (
    AnotherUpdater,
    CommitRange,
    DeploymentVerdict,
    HoldsChange,
    Image,
    Marker,
    Placement,
    Request,
    Rollback,
    Ruling,
    SourceCommit,
    Version,
    WayBack,
)
from updater.reasons import hold_reasons

SHOP = Placement("production", "shop")
IMAGE = Image("ghcr.io", "org/shop")
DIGEST = "sha256:" + "a" * 64
TAG = "20260202-143512"
NOW = datetime(2026, 2, 2, 6, tzinfo=UTC)


def bump(**changes):
    values = {
        "placement": SHOP,
        "old": "20260201-090000",
        "new": Version((TAG,), TAG),
        "digests": {IMAGE: DIGEST},
    }
    return messages.Bump(**{**values, "zone": UTC, **changes})


tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,30}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8"), max_size=40)


def test_a_commit_message_is_read_back():
    (trailer,) = messages.read_trailers(messages.commit_message(bump()))
    assert trailer == messages.Trailer(SHOP, IMAGE, TAG, DIGEST)


def test_trailers_are_found_wherever_a_squash_puts_them():
    text = (
        f"Merge it\n\n* chore(shop): bump\n\n{messages.commit_message(bump())}\nCo-authored-by: A <a@b.c>\n"
    )
    assert [trailer.tag for trailer in messages.read_trailers(text)] == [TAG]


FAILED = DeploymentVerdict(
    SHOP, TAG, "c" * 40, "failed", NOW, NOW, NOW, seen=("AppDown fires",), failed=("metrics", "alerts")
)
WAY = WayBack(FAILED, "goes", "it goes back", "updater rollback shop production")
OLDER = "20260201-090000"


def back(old=TAG, new=OLDER, *, way=WAY, **changes):
    request = Request("rollback", SHOP, new, "kim", "slow", automatic=way)
    return bump(old=old, new=Version((new,), new), back=True, request=request, **changes)


def test_a_step_back_says_by_whom_and_is_read_back():
    message = messages.commit_message(back())
    assert message.startswith(
        f"revert(shop): roll production back to {OLDER}\n\nWas {TAG}.\nNobody asked for it: "
    )
    assert message.endswith(f"\nUpdater-Rollback: production shop {TAG} {OLDER} verify:alerts+metrics\n")
    assert messages.read_rollbacks(message) == (Rollback(SHOP, TAG, OLDER, "verify:alerts+metrics"),)
    by_hand = messages.read_rollbacks(messages.commit_message(back(way=None)))
    assert by_hand == (Rollback(SHOP, TAG, OLDER, "human"),)
    assert messages.read_rollbacks(messages.commit_message(bump(old=OLDER))) == ()


def test_the_pull_request_of_a_step_back_cannot_be_taken_for_a_promotion():
    asked = back(way=None)
    assert messages.title([asked]) == f"production: roll shop back from {TAG} to {OLDER}"
    first = messages.body([asked], "acme").partition("\n")[0]
    assert first == (
        f"Takes **shop** in **production** **back** from `{TAG}` to `{OLDER}`, and changes nothing else. "
        "Why: slow"
    )
    automatic = messages.body([back()], "acme").partition("\n")[0]
    assert automatic.endswith(f"Why: `{TAG}` has failed its verification.")
    worded = replace(asked, wording=messages.BumpTemplates(title="x", title_back="BACK: {app} {old} {tag}"))
    assert messages.title([worded]) == f"BACK: shop {TAG} {OLDER}"


def test_an_open_step_back_of_an_older_version_is_read_and_named_anew_only_with_another_tag():
    """Its title was that of a promotion; the marker has the sum of it."""
    older = messages.read_marker(messages.body([replace(back(way=None), back=False)], "acme"))
    now = f"production: shop {OLDER}"
    assert (older.kind, older.tag) == ("asked", OLDER)
    other = back(new="20260131-090000", way=None)
    assert messages.new_title([other], now, older) == messages.title([other])
    assert messages.new_title([other], f"urgent: {OLDER}", older) == "urgent: 20260131-090000"


def test_steps_back_are_found_wherever_a_squash_puts_them():
    each = [messages.commit_message(back()), messages.commit_message(back(way=None))]
    text = (
        "Go back (#7)\n\n" + "\n".join(f"* {message}" for message in each) + "\nCo-authored-by: A <a@b.c>\n"
    )
    assert [one.by for one in messages.read_rollbacks(text)] == ["verify:alerts+metrics", "human"]
    assert [one.by for one in messages.read_rollbacks(text.replace("\n", "\r\n"))] == [
        "verify:alerts+metrics",
        "human",
    ]


@pytest.mark.parametrize(
    "old", ["not a tag", "a\nUpdater-Rollback: production shop 1 2 human", "-1", "x" * 129, ""]
)
def test_what_is_no_tag_is_in_no_line_of_ours(old):
    message = messages.commit_message(back(old))
    assert messages.read_rollbacks(message) == ()
    assert len(messages.read_trailers(message)) == 1


@pytest.mark.parametrize(
    "line",
    [
        f"Updater-Rollback: production shop {TAG} {OLDER}",
        f"Updater-Rollback: production shop {TAG} {OLDER} robot",
        f"Updater-Rollback: production shop {TAG} {OLDER} verify:",
        f"Updater-Rollback: production shop {TAG} {OLDER} verify:a+",
        f"Updater-Rollback: production shop {OLDER} human",
        f"see Updater-Rollback: production shop {TAG} {OLDER} human",
        f"Updater-Rollback: production shop {TAG} {OLDER} human and more",
    ],
)
def test_what_is_no_line_of_a_step_back_is_not_read_as_one(line):
    assert messages.read_rollbacks(f"Subject\n\n{line}\n") == ()


LINE = f"Updater-Rollback: staging blog {TAG} {OLDER} human"
FORGED = st.sampled_from(
    [LINE, f"x\n{LINE}", f"\r{LINE}", f"\u2028{LINE}", f"\x85{LINE}\n", f"\x1b{LINE}", LINE.lower()]
)


@given(seen=FORGED, why=FORGED, by=FORGED, body=FORGED)
def test_no_text_forges_a_line_of_ours(seen, why, by, body):
    """What an alert is called, what a person says, and what a user writes under it."""
    said = (Ruling(hold_reasons.WAY_BACK, True, seen),)
    wording = messages.BumpTemplates(
        commit_body=body.replace("{", "(").replace("}", ")"), subject_back=f"a {by}"
    )
    for way in (WAY, None):
        request = Request("rollback", SHOP, OLDER, by, why, automatic=way)
        made = replace(back(way=way), rulings=said, request=request, wording=wording)
        message = messages.commit_message(made)
        assert [one.placement for one in messages.read_rollbacks(message)] == [SHOP]
        assert len(messages.read_trailers(message)) == 1


def test_the_marker_of_a_way_back_names_what_failed():
    found = messages.read_marker(messages.body([back()], "acme"))
    assert (found.kind, found.tag, found.failed) == ("asked", OLDER, "c" * 40)
    assert messages.read_marker(messages.body([back(way=None)], "acme")).failed is None


@pytest.mark.parametrize(
    "text",
    [
        "Updater-Pin: production shop ghcr.io/org/shop",
        "see Updater-Pin: production shop ghcr.io/org/shop:1",
        "Updater-Pin: production shop not-an-image:1",
        "Updater-Pin:",
    ],
)
def test_what_is_no_trailer_is_not_read_as_one(text):
    assert messages.read_trailers(text) == ()


def test_the_subject_can_be_worded_otherwise():
    wording = messages.BumpTemplates(subject="deploy {app} {tag} ({environment})")
    message = messages.commit_message(bump(wording=wording))
    assert message.splitlines()[0] == f"deploy shop {TAG} (production)"


@given(tag=tags, digest=st.none() | st.just(DIGEST), closed=st.none() | texts)
def test_a_marker_is_read_back_whatever_stands_around_it(tag, digest, closed):
    value = Marker("acme", "candidate", "production", "shop", tag, digest, closed)
    assert messages.read_marker(f"text\r\n\r\n{messages.marker(value)}\r\nmore") == value


@given(texts)
def test_no_text_is_mistaken_for_a_marker_or_breaks_reading(text):
    for body in (text, f"<!-- updater {text} -->", f'<!-- updater {{"v":1,"app":"{text}"}} -->'):
        assert messages.read_marker(body) is None


@pytest.mark.parametrize("part", ["<!-- updater {", "<!-- updater {}", "<!-- updater {x} --", "{} -->"])
def test_a_body_of_beginnings_of_markers_is_read_at_once(part):
    value = Marker("acme", "candidate", "production", "shop", TAG, DIGEST)
    body = f"{messages.marker(value)}{part * (60_000 // len(part))}"
    began = monotonic()

    assert messages.read_marker(body) == value
    assert value.tag not in messages.closed_body(body, value, "why").partition("Closed")[0]

    assert monotonic() - began < 1


def test_a_marker_of_another_version_is_not_ours_to_read():
    assert messages.read_marker('<!-- updater {"v":2,"instance":"acme"} -->') is None


def test_the_body_carries_the_evidence_the_digest_and_the_marker():
    body = messages.body(
        [bump(rulings=(Ruling(Soak.reason, True, "it has soaked for 30m"),), skipped=2)], "acme"
    )
    assert "it has soaked for 30m (`soak`)" in body
    assert f"`ghcr.io/org/shop@{DIGEST}`" in body
    assert "2 older builds" in body
    said, said_title = messages.evidence_of(body), messages.evidence_of(f"production: shop {TAG}")
    assert messages.read_marker(body) == Marker(
        "acme", "candidate", "production", "shop", TAG, DIGEST, evidence=said, title=said_title
    )


def test_the_body_of_a_pull_request_that_we_close_says_why_and_is_no_rejection():
    body = messages.body([bump()], "acme")
    value = messages.read_marker(body)
    closed = messages.closed_body(body, value, "production already runs 20260203-000000")
    assert "Closed: production already runs 20260203-000000." in closed
    assert messages.read_marker(closed).closed == "production already runs 20260203-000000"
    assert closed.count("<!-- updater") == 1


def test_line_ends_are_not_a_difference():
    assert messages.same_text("one\r\ntwo\r\n", "one\ntwo")
    assert not messages.same_text("one\ntwo", "one\nthree")


def test_a_cluster_stands_in_the_branch_with_a_dot():
    assert (
        messages.app_branch(Placement("cluster-a/production", "shop"))
        == "updater/app/cluster-a.production--shop"
    )


@pytest.mark.parametrize(
    "fields",
    [
        '{"v":1,"x":' + "[" * 900 + "]" * 900 + "}",
        '{"v":1,"instance":"a","kind":[],"environment":"e","app":"b","tag":"c"}',
        '{"v":1,"instance":"a","kind":"candidate","environment":[],"app":"b","tag":"c"}',
        '{"v":1,"instance":"a","kind":"candidate","environment":"e","app":"b","tag":null}',
        "[" * 1900,
        '["v"]',
    ],
)
def test_whatever_somebody_writes_into_a_marker_is_no_marker(fields):
    assert messages.read_marker(f"<!-- updater {fields} -->") is None
    assert messages.read_marker(f"<!-- updater {{{fields}}} -->") is None


def test_a_sentence_from_outside_cannot_pose_as_a_trailer_or_hide_the_rest():
    evil = "fine\nUpdater-Pin: staging blog ghcr.io/org/blog:1@sha256:0\n<!-- "
    said = bump(rulings=(Ruling(hold_reasons.HELD, True, evil),))
    assert [trailer.placement for trailer in messages.read_trailers(messages.commit_message(said))] == [SHOP]
    assert messages.body([said], "acme").count("<!--") == 1


def test_what_a_file_says_runs_poses_as_nothing_and_calls_nobody():
    """A pin may hold any text at all."""
    evil = "`x`\nUpdater-Pin: staging shop ghcr.io/org/shop:v9\n\nCloses #1, @team \x1b[2J" + "y" * 5000
    written = messages.commit_message(replace(bump(), old=evil))

    assert written.count("Updater-Pin: ") == len(messages.read_trailers(written)) == 1
    assert len(written) < 1000
    assert all(line.isprintable() for line in written.split("\n"))
    for shared in (False, True):
        body = messages.body([replace(bump(), old=evil)] * (1 + shared), "acme", shared=shared)
        assert all("Closes" not in token.content for token in tokens(body) if token.type == "text")
        assert body.count("Updater-Pin") <= 1 + shared


def test_the_reason_of_a_hold_cannot_pose_as_a_trailer():
    why = "Updater-Pin: staging blog ghcr.io/org/blog:1@sha256:0"
    said = HoldsChange("hold blog", "blog", "staging", "kim", why, lambda data: data or b"")
    assert messages.read_trailers(messages.holds_message(said)) == ()


# --- what people wrote in commits ------------------------------------------------------------------------

SOURCE = messages.SourceChange(SourceCommit("github.com", "org/shop", "1" * 40), "2" * 40)
lines = st.text(st.characters(exclude_categories=("Cs",)), max_size=150) | st.sampled_from(
    [
        "Fixes #12, thanks @kim and @org/team",
        "`` @kim `",
        "`",
        "``` @kim",
        "</details><img src=x> <!-- updater {} -->",
        "[link](https://evil.test) ![image](https://evil.test/x.png) https://evil.test",
        "\u202e@kim\u200b\x00\x1b[31m",
        "\\` @kim \\`",
        " | a | b |\n\n# Heading",
        "GH-12 org/shop#12 1234567890123456789012345678901234567890",
    ]
)


def with_commits(*texts):
    commits = CommitRange(len(texts), tuple((f"{number:040}", text) for number, text in enumerate(texts)))
    return bump(sources=(replace(SOURCE, commits=commits),))


def tokens(text):
    """As GitHub reads it: CommonMark with tables."""
    found = MarkdownIt("commonmark", {"linkify": False}).enable("table").parse(text)
    return [inner for token in found for inner in [token, *(token.children or [])]]


@given(st.lists(lines, min_size=1, max_size=5))
def test_no_line_of_a_commit_gets_out_of_its_code(texts):
    body = messages.body([with_commits(*texts)], "acme")
    plain = [token for token in tokens(body) if token.type == "code_inline"]
    empty = tokens(messages.body([with_commits(*["x"] * len(texts))], "acme"))
    assert [token.type for token in tokens(body)] == [token.type for token in empty]
    outside = [token.content for token in tokens(body) if token.type == "text"]
    assert outside == [token.content for token in empty if token.type == "text"]
    assert len(plain) == len([token for token in empty if token.type == "code_inline"])
    assert messages.read_marker(body).tag == TAG
    assert body.count("<!--") == 1


def test_commits_are_shown_with_a_link_and_no_more_than_twenty():
    body = messages.body([with_commits(*(f"Change {number}" for number in range(30)))], "acme")
    span = f"{'1' * 40}...{'2' * 40}"
    assert f"(https://github.com/org/shop/compare/{span}) (30 commits, the newest 20)" in body
    assert "`Change 19`" in body
    assert "`Change 20`" not in body


def test_commits_are_no_evidence():
    sums = {messages.evidence_in(messages.body([one], "acme")) for one in (bump(), with_commits("One"))}
    assert len(sums) == 1


def test_a_source_that_could_not_be_read_is_still_linked():
    body = messages.body([bump(sources=(SOURCE,))], "acme")
    assert "org/shop: [`1111111111...2222222222`](https://github.com/org/shop/compare/" in body


# --- when it arrived ------------------------------------------------------------------------------------

ARRIVED = datetime(2026, 2, 2, 5, 20, 5, tzinfo=UTC)


def arrived(*environments, later=0):
    known = tuple((name, ARRIVED + timedelta(seconds=later)) for name in environments)
    return Ruling(Soak.reason, True, "it has soaked", arrivals=known)


def test_a_pull_request_remembers_when_what_it_shows_arrived():
    rulings = (arrived("staging", "cluster-a/qa"), arrived("staging", later=60))
    read = messages.read_marker(messages.body([bump(rulings=rulings)], "acme"))
    assert messages.read_arrivals(read) == {"staging": ARRIVED, "cluster-a/qa": ARRIVED}
    assert messages.read_arrivals(messages.read_marker(messages.body([bump()], "acme"))) == {}


def test_one_that_apps_share_remembers_it_of_each():
    shop, blog = Placement("production", "shop"), Placement("production", "blog")
    bumps = [bump(placement=shop, rulings=(arrived("staging"),)), bump(placement=blog)]
    read = messages.read_marker(messages.body(bumps, "acme", shared=True))
    assert messages.read_arrivals(read.of("shop")) == {"staging": ARRIVED}
    assert messages.read_arrivals(read.of("blog")) == {}


def test_what_of_it_has_no_room_is_left_out():
    bumps = [replace(each, rulings=(arrived("staging"),)) for each in many(400)]
    read = messages.read_marker(messages.body(bumps, "acme", shared=True))
    assert len(read.apps) == 400
    assert 0 < len(read.arrived) <= 10_000


@given(st.text(max_size=60))
def test_whatever_somebody_writes_there_is_no_arrival_or_a_time(text):
    marker = Marker("acme", "candidate", "production", "shop", "1", arrived=text)
    assert all(at.tzinfo for at in messages.read_arrivals(marker).values())


# --- as long as a forge lets it be ----------------------------------------------------------------------


def many(number, **changes):
    soaked = Ruling(Soak.reason, True, "staging's manifest has had it since 2026-02-02 14:35, soaked for 30m")
    names = [Placement("production", f"app-with-a-rather-long-name-{each:04}") for each in range(number)]
    return [bump(placement=name, rulings=(soaked,), sources=(SOURCE,), **changes) for name in names]


def as_many_as_fit(bumps, longest):
    """As a plan lists them: the others wait until these are merged."""
    tags = [(each.placement.app, each.new.tag) for each in bumps]
    count = len(bumps)
    while not messages.fits(dict(tags[:count]), "acme", "production", longest):
        count -= 1
    return bumps[:count]


@pytest.mark.parametrize("number", [1, 2, 230, 1000])
@pytest.mark.parametrize("kind", FORGES.values(), ids=list(FORGES))
def test_a_body_has_room_on_its_forge_and_its_marker_is_whole(kind, number):
    bumps = as_many_as_fit(many(number), kind.longest)
    body = messages.body(bumps, "acme", shared=True, longest=kind.longest)
    assert len(body) <= kind.longest.body
    assert messages.read_marker(body).apps == {each.placement.app: TAG for each in bumps}
    assert body == messages.body(bumps, "acme", shared=True, longest=kind.longest), "and stays the same"


def test_a_long_table_is_folded_behind_whole_rows_and_says_how_many_are_missing():
    body = messages.body(many(1000), "acme", shared=True)
    table = body.partition("### Why it is safe")[0]
    rows = [line for line in table.splitlines() if line.startswith("| app-")]
    assert 50 < len(rows) < 1000
    assert all(row.endswith("|") for row in rows)
    assert f"… and {1000 - len(rows)} more rows, for which there is no room here." in table
    assert "### What you can do" in body


@given(st.text(max_size=300), st.integers(0, 200))
def test_what_is_folded_fits(text, most):
    folded = messages.folded(text, most)
    assert len(folded) <= most
    assert folded == text or len(text) > most


def test_one_whose_words_people_have_filled_up_can_still_be_closed():
    body = messages.body([bump()], "acme")
    value = messages.read_marker(body)
    full = f"{'word ' * 20_000}"[: 65_536 - len(body)] + body
    closed = messages.closed_body(full, value, "production already runs 20260203-000000")
    assert len(closed) <= 65_536
    assert messages.read_marker(closed) == replace(value, closed="production already runs 20260203-000000")


@pytest.mark.parametrize(
    ("longest", "least"),
    [(SHORTEST, 1000), *((kind.longest, 50) for kind in FORGES.values())],
    ids=["any", *FORGES],
)
def test_the_longest_marker_that_is_written_is_read(longest, least):
    apps = {f"app-{number:05}": TAG for number in range(2000)}
    while not messages.fits(apps, "acme", "production", longest):
        apps = dict(list(apps.items())[: -max(len(apps) // 40, 1)])
    bumps = [bump(placement=Placement("production", app)) for app in apps]
    body = messages.body(bumps, "acme", shared=True, longest=longest)
    assert len(apps) > least
    assert len(body) <= longest.body
    assert messages.read_marker(body).apps == apps


def test_a_title_is_as_long_as_the_forge_takes_and_is_known_again():
    worded = messages.BumpTemplates(title="{environment}: {app} " + "x" * 190)
    one = bump(wording=worded, placement=Placement("production", "a" * 120))
    title = messages.title([one])
    assert len(title) == 256
    shown = messages.read_marker(messages.body([one], "acme"))
    newer = replace(
        one, new=Version(("20260203-000000",), "20260203-000000"), wording=messages.BumpTemplates()
    )
    assert messages.new_title([newer], title, shown) == messages.title([newer])


# --- what people say does nothing by itself -------------------------------------------------------------

WORDS = [
    ("ask @acme/platform and @kim", "ask @ acme/platform and @ kim"),
    ("fixes #12, closes: org/shop#3", 'fixes "#12", closes: "org/shop#3"'),
    ("Resolved https://github.com/org/shop/issues/3", 'Resolved "https://github.com/org/shop/issues/3"'),
    ("closing GH-7; implements !4", 'closing "GH-7"; implements "!4"'),
    (
        "mail kim@example.org, see #12 and main@5904a84e01bf",
        "mail kim@example.org, see #12 and main@5904a84e01bf",
    ),
    ("x\n\nUpdater-Pin: a b c:1", "x Updater-Pin : a b c:1"),
    ("Updater-Rollback: production", "Updater-Rollback : production"),
    ('<!-- updater {"v":1} --> or so', '<! -- updater {"v":1} --> or so'),
]


@pytest.mark.parametrize(("said", "written"), WORDS)
def test_a_persons_reason_calls_nobody_closes_nothing_and_poses_as_nothing(said, written):
    order = Request("promote", SHOP, TAG, by="@kim", why=said)
    held = Ruling(hold_reasons.HELD, False, f"by order: {said}")
    asked = bump(request=order, rulings=(held,))
    change = HoldsChange("hold shop", "shop", None, "@kim", said, lambda data: data or b"")
    in_body = written.replace("<", "&lt;")
    for text in (messages.commit_message(asked), messages.holds_message(change)):
        assert written in text
        assert "@kim" not in text
    for text in (messages.body([asked], "acme"), messages.holds_body(change)):
        assert in_body in text
        assert "@kim" not in text
    assert messages.read_trailers(messages.holds_message(change)) == ()
    assert messages.read_marker(messages.body([asked], "acme")).tag == TAG


def test_the_commit_of_another_updater_is_told_in_one_short_line():
    told = AnotherUpdater("a" * 40, "\x1b[2J" + "evil " * 100_000, datetime(2026, 2, 2, tzinfo=UTC)).sentence
    assert told.isprintable()
    assert len(told) < 600
