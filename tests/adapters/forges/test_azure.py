"""Where Azure DevOps differs from what every forge promises."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from urllib.parse import unquote

import pytest
from azure_models import PACKAGE, azure

from updater.adapters.azure import AzureForge
from updater.errors import Refused, Unavailable
from updater.forges import FORGES
from updater.model import CommitStatus, ReviewState
from updater.sandbox.exchange import answer_json
from updater.sandbox.github.protection import Protection

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"
LONG = "A table. " * 100 + "<!-- the mark -->"
GREEN = CommitStatus("success", "every gate passes")
UNTOLD = CommitStatus("success", "")
"""Of a commit whose pull request does not say so yet: it is told again."""
NOBODY = "00000000-0000-0000-0000-000000000000"
SIGN_IN = "<html><title>Azure DevOps Services | Sign In</title></html>"


@pytest.fixture
def kind():
    return "azure"


def asked(world, part):
    return [unquote(each.path) for each in world.hub.requests if part in unquote(each.path)]


def rewrite(world, **fields):
    """Let each pull request that is listed say something else of itself."""
    answer = world.hub.answer

    def rewritten(request):
        said = answer(request)
        if not unquote(request.path).partition("?")[0].endswith("/pullrequests"):
            return said
        content = json.loads(said.body)
        content["value"] = [{**each, **fields} for each in content["value"]]
        return replace(said, body=json.dumps(content).encode())

    world.hub.answer = rewritten


def record(world, number):
    return world.hub.records.of(world.pull(number))


@pytest.mark.real
def test_the_stand_in_is_held_against_the_library_that_is_generated_from_the_service():
    if azure() is None:
        pytest.skip(f"its models come with `pip download --no-deps {PACKAGE}`, in ~/.cache/updater-tests")


# --- who asks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 203, "content_type": "text/html", "body": SIGN_IN},
        {
            "status": 302,
            "headers": {"Location": "https://app.vssps.visualstudio.com/_signin?realm=dev.azure.com"},
        },
        {"status": 302, "headers": {"Location": "https://spsprodeus1.vssps.visualstudio.com/_signin"}},
    ],
    ids=["203", "302", "302 of a region"],
)
def test_the_page_where_people_sign_in_is_said_to_be_a_bad_token(world, fault):
    world.hub.fault("GET", **fault)
    with pytest.raises(Refused) as caught:
        world.forge.pull_requests()
    assert caught.value.code == "forge_unauthorized"
    said = caught.value.sentence
    assert (
        f"the page where people sign in ({fault['status']}): the token is wrong, expired or revoked" in said
    )
    assert "\n" not in said
    assert "<" not in said


def test_such_a_page_in_answer_to_a_write_is_no_success(world):
    number = world.opened()
    world.forge.pull_requests()
    world.hub.fault("PATCH", 203, content_type="text/html", body=SIGN_IN)
    with pytest.raises(Refused, match="sign in"):
        world.forge.update(world.updating(number))
    world.hub.lift()
    assert world.forge.pull_requests()[0].title != "New"


def test_the_token_is_the_password_of_nobody_and_echoed_by_nobody(world):
    seen = []
    answer = world.hub.answer
    world.hub.answer = lambda request: (seen.append(request), answer(request))[1]
    world.forge.pull_requests()
    assert {request.basic() for request in seen} == {("", world.hub.bot_token)}
    assert {request.headers["x-tfs-fedauthredirect"] for request in seen} == {"Suppress"}
    encoded = seen[0].headers["authorization"].partition(" ")[2]
    world.hub.fault("GET", 403, body=f'{{"message": "no rights for {encoded}"}}')
    with pytest.raises(Refused) as caught:
        world.forge.pull_requests()
    assert encoded not in caught.value.sentence


def test_whose_a_pull_request_is_goes_by_the_number_of_an_identity(world):
    """What people read may change, and be another in each answer."""
    world.opened()
    world.branch("theirs")
    world.hub.open(REPOSITORY, "theirs")
    bot = world.hub.forge.users["updater-bot"]
    answer = world.hub.answer

    def renamed(request):
        given = answer(request)
        if "connectionData" in request.path:
            return given
        old, new = b'"uniqueName": "updater-bot"', b'"uniqueName": "svc.updater@acme.example"'
        return replace(given, body=given.body.replace(old, new))

    world.hub.answer = renamed
    assert {each.author for each in world.forge.pull_requests()} == {world.forge.login(), "alice"}
    assert world.forge.login() == bot.login


# --- addresses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api", "repository", "calls", "page"),
    [
        ("https://dev.azure.com", "acme/Shop/_git/deploy", "/acme/Shop/_apis", "/acme/Shop/_git/deploy"),
        ("https://dev.azure.com", "acme/_git/deploy", "/acme/deploy/_apis", "/acme/deploy/_git/deploy"),
        (
            "https://dev.azure.com",
            "acme/My%20Team/_git/a%26b",
            "/acme/My%20Team/_apis",
            "/acme/My%20Team/_git/a%26b",
        ),
        (
            "https://dev.azure.com",
            "v3/acme/My%20Team/deploy",
            "/acme/My%20Team/_apis",
            "/acme/My%20Team/_git/deploy",
        ),
        ("https://acme.visualstudio.com", "Shop/_git/deploy", "/Shop/_apis", "/Shop/_git/deploy"),
        ("https://acme.visualstudio.com", "_git/deploy", "/deploy/_apis", "/deploy/_git/deploy"),
        (
            "https://acme.visualstudio.com",
            "DefaultCollection/Shop/_git/_full/deploy",
            "/DefaultCollection/Shop/_apis",
            "/DefaultCollection/Shop/_git/deploy",
        ),
        (
            "https://tfs.acme.example",
            "tfs/Main/Shop/_git/deploy",
            "/tfs/Main/Shop/_apis",
            "/tfs/Main/Shop/_git/deploy",
        ),
    ],
)
def test_a_repository_is_found_by_each_address_that_it_has(api, repository, calls, page):
    forge = AzureForge(repository, api=api, token=lambda: "t")
    name = page.rpartition("/")[2]
    assert forge._root == f"{calls}/git/repositories/{name}"
    assert forge._url(7) == f"{api}{page}/pullrequest/7"
    forge.disconnect()


@pytest.mark.parametrize(
    ("api", "page"),
    [
        ("https://tfs.acme.example/tfs/Main", "https://tfs.acme.example/tfs/Main/Shop/_git/deploy"),
        ("https://tfs.acme.example:8080/TFS", "https://tfs.acme.example:8080/tfs/Main/Shop/_git/deploy"),
        ("https://proxy.example/azure", "https://proxy.example/azure/tfs/Main/Shop/_git/deploy"),
        ("https://proxy.example/tf", "https://proxy.example/tf/tfs/Main/Shop/_git/deploy"),
    ],
)
def test_an_api_that_names_the_collection_names_it_once(api, page):
    forge = AzureForge("tfs/Main/Shop/_git/deploy", api=api, token=lambda: "t")
    assert forge._url(7) == f"{page}/pullrequest/7"
    forge.disconnect()


def test_an_api_with_the_organization_is_asked_as_one_without(world):
    number = world.opened()
    forge = world.another_forge(api=f"{world.hub.api}/acme")
    assert [each.number for each in forge.pull_requests()] == [number]


@pytest.mark.parametrize(
    "path",
    [
        *("acme/deploy", "acme/Shop/_git", "v3/acme/deploy", "acme/Shop/_git/a/b", ""),
        *("_git/deploy", "acme/../_git/deploy", "acme//_git/deploy", "v3/acme/Shop/.."),
    ],
)
def test_what_is_no_address_of_a_repository_is_refused_with_what_to_write(path):
    with pytest.raises(Refused, match="write its address like https://dev"):
        AzureForge(path, token=lambda: "t")


# --- texts ----------------------------------------------------------------------------------------------


def test_one_that_may_be_ours_is_read_to_its_end_and_others_are_not(world):
    """A list has the first 400 characters, and the mark stands at the end."""
    forge = world.another_forge(prefixes=("updater/",))
    world.opened(body=LONG)
    world.branch("theirs")
    world.hub.open(REPOSITORY, "theirs", body=LONG)
    ours, theirs = forge.pull_requests()
    assert ours.body == LONG
    assert theirs.body == LONG[:400]


@pytest.mark.parametrize("before", ["", "x"])
def test_one_with_emoji_is_read_to_its_end_for_they_count_as_two(world, before):
    body = f"{before}\N{ROCKET} ship it. {LONG}"
    number = world.opened(body=body)
    assert [each.body for each in world.forge.pull_requests()] == [body]
    world.hub.close(REPOSITORY, number)
    assert [each.body for each in world.forge.closed_pull_requests(BRANCH)] == [body]
    full = before + "\N{ROCKET}" * 250
    world.pull(number).body = full + "<!-- the mark -->"
    assert [each.body for each in world.another_forge().closed_pull_requests(BRANCH)] == [
        full + "<!-- the mark -->"
    ]


def test_an_instant_without_a_zone_is_utc(world):
    world.hub.close(REPOSITORY, world.opened())
    rewrite(world, closedDate="0001-01-01T00:00:00", creationDate="2026-02-02T00:00:00")
    (pull,) = world.forge.pull_requests()
    assert (pull.created, pull.closed) == (
        datetime(2026, 2, 2, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "fields",
    [{"pullRequestId": float("inf")}, {"status": []}, {"createdBy": {"id": 1}}],
    ids=["number", "state", "author"],
)
def test_an_entry_that_makes_no_sense_is_bad_weather(world, fields):
    world.opened()
    rewrite(world, **fields)
    with pytest.raises(Unavailable, match="something unexpected"):
        world.forge.pull_requests()


def test_a_description_that_is_no_text_is_read_as_one(world):
    world.opened()
    rewrite(world, description={"text": "x"})
    assert [type(each.body) for each in world.forge.pull_requests()] == [str]


def test_what_people_edit_beyond_what_a_list_has_is_seen_in_the_next_pass(world):
    number = world.opened(body=LONG)
    world.forge.pull_requests()
    world.pull(number).body = f"{LONG}, and more"
    assert [each.body for each in world.forge.pull_requests()] == [f"{LONG}, and more"]


def test_a_closed_one_is_read_to_its_end_once(world):
    number = world.opened(body=LONG)
    world.hub.close(REPOSITORY, number)
    for _ in range(3):
        assert [each.body for each in world.forge.pull_requests()] == [LONG]
        assert [each.body for each in world.forge.closed_pull_requests(BRANCH)] == [LONG]
    assert len(asked(world, f"/pullrequests/{number}?")) == 1


def test_one_that_was_closed_long_after_it_was_opened_is_among_the_recent_ones(world):
    number = world.opened()
    world.clock.forward(days=60)
    world.hub.close(REPOSITORY, number)
    assert [each.number for each in world.forge.pull_requests()] == [number]
    world.clock.forward(days=31)
    assert world.forge.pull_requests() == ()
    assert [each.number for each in world.forge.closed_pull_requests(BRANCH)] == [number]


def test_a_rejection_is_known_once_the_branch_is_gone(world):
    number = world.opened()
    world.hub.close(REPOSITORY, number)
    world.hub.delete_branch(REPOSITORY, BRANCH)
    (pull,) = world.another_forge().closed_pull_requests(BRANCH)
    assert (pull.number, pull.branch, pull.state) == (number, BRANCH, "closed")


def test_one_that_is_opened_again_is_open(world):
    number = world.opened()
    world.hub.close(REPOSITORY, number)
    world.forge.pull_requests()
    world.hub.reopen(REPOSITORY, number)
    assert [each.state for each in world.forge.pull_requests()] == ["open"]
    assert world.forge.closed_pull_requests(BRANCH) == ()


# --- statuses -------------------------------------------------------------------------------------------


def test_a_status_is_set_on_the_pull_request_too_for_that_head_alone(world):
    """Policies look there."""
    number = world.opened()
    world.forge.set_status(world.head(), GREEN)
    assert record(world, number).green() == {"updater/gates"}
    world.hub.commit(REPOSITORY, BRANCH, {"tag": "moved"}, "Move")
    assert record(world, number).green() == set()
    assert world.pull(number).state == "open"


def test_a_head_that_has_moved_on_gets_no_status_on_its_pull_request(world):
    number, judged = world.opened(), world.head()
    world.hub.commit(REPOSITORY, BRANCH, {"tag": "moved"}, "Move")
    record(world, number)
    world.forge.set_status(judged, GREEN)
    assert record(world, number).green() == set()


def test_what_was_told_of_a_head_right_after_its_push_is_told_on_the_pull_request_once_it_is_there(world):
    number = world.opened()
    world.forge.pull_requests()
    sha = world.hub.commit(REPOSITORY, BRANCH, {"tag": "newer"}, "Bump")
    world.forge.set_status(sha, GREEN)
    assert record(world, number).green() == set()
    world.forge.pull_requests()
    assert world.forge.status(sha) == UNTOLD
    world.forge.set_status(sha, GREEN)
    assert record(world, number).green() == {"updater/gates"}
    world.forge.pull_requests()
    before = len(world.hub.requests)
    assert world.forge.status(sha) == GREEN
    assert len(world.hub.requests) == before


def test_one_whose_status_was_lost_between_the_two_is_told_again(world):
    number, sha = world.opened(), world.head()
    world.hub.fail_next(1, 502, matching=f"POST .*/commits/{sha}/statuses")
    with pytest.raises(Unavailable):
        world.forge.set_status(sha, GREEN)
    restarted = world.another_forge()
    restarted.pull_requests()
    assert restarted.status(sha) is None
    restarted.set_status(sha, GREEN)
    assert restarted.status(sha) == GREEN
    assert record(world, number).green() == {"updater/gates"}


def test_another_pull_request_of_the_same_head_gets_it_too(world):
    """After the base of config has changed."""
    first = world.opened()
    world.forge.set_status(world.head(), GREEN)
    world.hub.close(REPOSITORY, first)
    world.hub.create_branch(REPOSITORY, "release")
    for forge in (world.forge, world.another_forge()):
        forge.pull_requests()
        forge.open(world.opening(base="release"))
        assert forge.status(world.head()) == UNTOLD
    world.forge.set_status(world.head(), GREEN)
    second = world.hub.pulls(REPOSITORY)[-1].number
    assert record(world, second).green() == {"updater/gates"}
    assert world.another_forge().status(world.head()) == GREEN


# --- policies and merging -------------------------------------------------------------------------------


def test_a_status_that_a_policy_wants_and_lacks_blocks(world):
    world.hub.protect(REPOSITORY, "main", Protection(required_statuses=("updater/gates",)))
    number = world.opened()
    world.forge.reviews(number)
    assert world.forge.reviews(number) == ReviewState(approved=False, mergeable="blocked")
    world.forge.set_status(world.head(), GREEN)
    assert world.forge.reviews(number) == ReviewState(approved=False, mergeable="clean")
    world.forge.merge(world.merging(number, world.head()))
    assert world.pull(number).merged_at


def test_what_a_branch_demands_is_read_from_its_policies(world):
    protection = Protection(required_reviews=2, required_statuses=("ci/test", "lint"))
    world.hub.protect(REPOSITORY, "main", protection)
    rules = world.forge.branch_rules("main")
    assert (rules.reviews, rules.checks, rules.pull_request_required) == (2, ("ci/test", "lint"), True)
    assert (rules.may_push, rules.archived, rules.up_to_date) == (True, False, False)


def test_policies_that_bind_nobody_and_those_of_files_demand_nothing(world):
    assert not world.forge.branch_rules("main").pull_request_required


def test_who_may_not_ask_what_is_permitted_is_told_nothing_of_it(world):
    world.hub.fault("/_apis/permissions/", 403, body='{"message": "no"}')
    assert world.forge.branch_rules("main").may_push is None
    world.hub.lift()
    world.hub.fault("/_apis/permissions/", 200, body='{"count": 1, "value": [false]}')
    assert world.forge.branch_rules("main").may_push is False


@pytest.mark.parametrize(
    ("votes", "approved"),
    [
        ({}, False),
        ({"bob": 10}, True),
        ({"bob": 5}, True),
        ({"bob": 10, "kim": -5}, False),
        ({"bob": 10, "kim": -10}, False),
        ({"bob": 0}, False),
        ({"updater-bot": 10}, False),
    ],
    ids=str,
)
def test_who_has_approved_and_who_waits(world, votes, approved):
    number = world.opened()
    shown = [
        {"id": f"{n}", "displayName": name, "uniqueName": name, "vote": vote}
        for n, (name, vote) in enumerate(votes.items())
        if name != "updater-bot"
    ]
    mine = {"id": NOBODY[:-4] + "03e8", "displayName": "Updater-Bot", "uniqueName": "updater-bot", "vote": 10}
    team = {"id": "team", "displayName": "[Shop]\\Platform", "isContainer": True, "vote": -10}
    answer = world.hub.answer

    def voted(request):
        given = answer(request)
        if not request.path.endswith(f"/pullrequests/{number}"):
            return given
        content = json.loads(given.body)
        content["reviewers"] = [*shown, team, *([mine] if "updater-bot" in votes else [])]
        return replace(given, body=json.dumps(content).encode())

    world.hub.answer = voted
    assert world.forge.reviews(number).approved is approved


def test_a_squash_keeps_what_the_commits_say(world):
    """A list cuts what they say after the first line, and Azure DevOps itself would say the title."""
    message = "chore(shop): bump production to 2\n\nUpdater-Pin: production shop ghcr.io/org/shop:2"
    world.hub.commit(REPOSITORY, "updater/app/one", {"tag": "one"}, message)
    number = world.opened(branch="updater/app/one")
    world.forge.merge(world.merging(number, world.head("updater/app/one"), "squash"))
    merged = world.hub.find(REPOSITORY).git.text("log", "-1", "--format=%B", "main").strip()
    head, _, rest = message.partition("\n")
    assert merged == f"{head} (#{number})\n{rest}"


def test_a_squash_of_several_keeps_what_each_of_them_says(world):
    for app in ("shop", "blog"):
        world.hub.commit(
            REPOSITORY, "updater/env/production", {app: "2"}, f"bump {app}\n\nUpdater-Pin: {app}"
        )
    number = world.opened(branch="updater/env/production")
    world.forge.merge(world.merging(number, world.head("updater/env/production"), "squash"))
    merged = world.hub.find(REPOSITORY).git.text("log", "-1", "--format=%B", "main")
    said = [line for line in merged.splitlines() if line.startswith("Updater-Pin")]
    assert said == ["Updater-Pin: shop", "Updater-Pin: blog"]


def test_branches_and_work_items_are_left_alone(world):
    number = world.opened()
    world.forge.merge(world.merging(number, world.head()))
    assert record(world, number).options == {
        "mergeStrategy": "noFastForward",
        "deleteSourceBranch": False,
        "transitionWorkItems": False,
    }
    assert world.head() == world.pull(number).head_sha


def test_one_that_is_completed_behind_our_back_is_not_called_merged_yet(world):
    number = world.opened()
    world.forge.pull_requests()
    world.hub.fail_next(matching="PATCH", status=200, body='{"status": "active", "mergeStatus": "queued"}')
    assert world.forge.merge(world.merging(number, world.head())).endswith(f"/{number}")
    assert [each.state for each in world.forge.pull_requests()] == ["open"]
    world.forge.merge(world.merging(number, world.head()))
    assert [each.state for each in world.forge.pull_requests()] == ["merged"]


def test_auto_complete_is_switched_on_seen_and_switched_off(world, blocked):
    head = world.head()
    world.forge.set_auto_merge(world.auto_merging(blocked, head))
    for forge in (world.forge, world.another_forge()):
        (pull,) = forge.pull_requests()
        assert (pull.auto_merge, pull.merges_by) == (True, "updater-bot")
    for _ in range(2):
        world.forge.set_auto_merge(world.auto_merging(blocked, head, None))
    (pull,) = world.forge.pull_requests()
    assert (pull.auto_merge, pull.merges_by) == (False, None)
    world.hub.set_auto_merge(REPOSITORY, blocked, "kim")
    assert [each.merges_by for each in world.another_forge().pull_requests()] == ["kim"]


def test_auto_complete_merges_once_nothing_is_missing(world, blocked):
    world.forge.set_auto_merge(world.auto_merging(blocked, world.head(), "squash"))
    world.hub.approve(REPOSITORY, blocked)
    assert world.pull(blocked).merged_at


def test_a_head_that_has_moved_is_not_left_to_auto_complete(world, blocked):
    judged = world.head()
    world.hub.commit(REPOSITORY, BRANCH, {"tag": "moved"}, "Move")
    for _ in range(2):
        world.forge.set_auto_merge(world.auto_merging(blocked, judged))
    assert world.pull(blocked).auto_merge is None
    said = "its head has moved, or Azure DevOps has not seen it yet"
    assert world.warnings == [f"#{blocked} is not merged by Azure DevOps itself: {said}"]


def test_a_head_that_azure_devops_has_not_seen_yet_is_left_to_it_later(world, blocked):
    old = json.dumps({"pullRequestId": blocked, "lastMergeSourceCommit": {"commitId": "0" * 40}})
    world.hub.fail_next(1, 200, matching=f"GET .*/pullrequests/{blocked}\\?", body=old)
    for expected in (None, "updater-bot"):
        world.forge.set_auto_merge(world.auto_merging(blocked, world.head()))
        merges = world.pull(blocked).auto_merge
        assert (merges and merges.user.login) == expected


def test_what_is_refused_of_auto_complete_is_not_asked_for_again(world, blocked):
    world.hub.fault("PATCH", 400, body='{"message": "Auto-complete is off."}')
    for _ in range(2):
        world.forge.set_auto_merge(world.auto_merging(blocked, world.head()))
    assert len([line for line in world.writes if line.startswith("PATCH")]) == 1
    (said,) = world.warnings
    assert "Auto-complete is off." in said


# --- labels and people ----------------------------------------------------------------------------------


def identity(world, name):
    return f"00000000-0000-0000-0000-{world.hub.forge.user(name).id:012x}"


def test_a_reviewer_is_asked_by_mail_by_team_or_by_number(world):
    world.hub.forge.user("bob")
    number = world.opened(reviewers=("Bob", "team:platform", identity(world, "kim")))
    assert [user.login for user in world.pull(number).reviewers] == ["bob", "kim"]
    assert world.pull(number).team_reviewers == ["platform"]
    assert world.warnings == []
    before = world.writes
    world.another_forge().open(world.opening(reviewers=("Bob", "team:platform", identity(world, "kim"))))
    assert world.writes == before


def test_a_number_needs_no_look_at_the_teams(world):
    world.opened(reviewers=(identity(world, "kim"),))
    assert asked(world, "/teams") == []


def test_a_token_that_may_not_read_the_teams_is_told_what_to_do_and_loses_nothing_else(world):
    world.hub.forge.user("bob")
    world.hub.fault("/teams", 401)
    number = world.opened(labels=("promotion",), reviewers=("bob", identity(world, "kim")))
    assert world.pull(number).labels == ["promotion"]
    assert [user.login for user in world.pull(number).reviewers] == ["kim"]
    (said,) = {each.partition(": ")[2] for each in world.warnings if "bob" in each.partition(":")[0]}
    assert "Project and Team (Read), or write the number of the identity" in said


def test_a_label_that_is_not_there_is_made_and_one_that_is_there_is_not(world):
    world.hub.forge.label(world.hub.find(REPOSITORY), "Promotion")
    number = world.opened(labels=("promotion", "new"))
    assert world.pull(number).labels == ["Promotion", "new"]


def test_who_dies_before_it_is_noted_what_was_given_gives_it_no_second_time(world):
    world.hub.fail_next(1, 502, matching="PATCH .*/properties")
    number = world.opened(labels=("promotion",))
    assert world.pull(number).labels == ["promotion"]
    before = len(asked(world, "/labels"))
    restarted = world.another_forge()
    restarted.open(world.opening(labels=("promotion",)))
    assert len(asked(world, "/labels")) == before


@pytest.mark.parametrize("value", ["[", "7", '[["label"]]'])
def test_properties_that_somebody_has_spoilt_are_bad_weather(world, value):
    number = world.opened(labels=("promotion",))
    record(world, number).properties["Updater.Given"] = value
    with pytest.raises(Unavailable):
        world.another_forge().metadata_history(number)


# --- the rest -------------------------------------------------------------------------------------------


def test_our_comments_are_closed_threads_so_that_no_policy_waits_for_them(world):
    number = world.opened()
    bodies = []
    answer = world.hub.answer
    world.hub.answer = lambda request: (bodies.append(request), answer(request))[1]
    world.forge.comment(world.saying(number, "edited", "Somebody pushed."))
    (sent,) = [each.json() for each in bodies if each.method == "POST"]
    assert sent["status"] == "closed"


def test_a_disabled_repository_is_said_to_be(world):
    world.hub.archive(REPOSITORY)
    assert world.forge.branch_rules("main").archived
    with pytest.raises(Refused, match="disabled"):
        world.forge.open(world.opening())


def test_the_files_it_changes_are_read_page_by_page(world, monkeypatch):
    files = {f"apps/{n}.yaml": "1" for n in range(5)}
    world.hub.commit(REPOSITORY, BRANCH, files, "Five")
    number = world.opened()
    monkeypatch.setattr("updater.adapters.azure.forge._MOST_CHANGES", 2)
    assert set(world.forge.changed_files(number, world.head())) == {"tag", *files}


@pytest.mark.parametrize("entries", [[], [{"item": {"path": "/a.yaml"}}]], ids=["empty", "the same"])
def test_files_that_are_listed_round_and_round_are_bad_weather(world, entries):
    number = world.opened()
    world.hub.fault("/changes", 200, body=json.dumps({"changeEntries": entries, "nextSkip": 1}))
    with pytest.raises(Unavailable, match="something unexpected"):
        world.forge.changed_files(number, world.head())
    assert len(asked(world, "/changes")) <= 2


def test_files_without_an_end_are_left(world, monkeypatch):
    monkeypatch.setattr("updater.adapters.azure.forge._MOST_FILES", 3)
    number, skips = world.opened(), count(1)
    answer = world.hub.answer

    def endless(request):
        if "/changes" not in request.path:
            return answer(request)
        entries = [{"item": {"path": "/a.yaml"}}]
        return answer_json({"changeEntries": entries, "nextSkip": next(skips)})

    world.hub.answer = endless
    with pytest.raises(Refused, match="more than 3 entries"):
        world.forge.changed_files(number, world.head())


def test_a_limit_is_told_of_the_service(world):
    world.hub.limit_rate(retry_after=30)
    with pytest.raises(Unavailable, match="Azure DevOps's rate limit") as caught:
        world.forge.pull_requests()
    assert caught.value.code == "rate_limited"


def test_the_table_says_what_it_lacks():
    said = " ".join(FORGES["azure"].lacks)
    assert "no assignees, no milestone" in said
    assert "not atomic" in said
    assert "label" not in said
