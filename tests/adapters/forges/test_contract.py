"""What every forge promises, whatever it calls it."""

import re
from urllib.parse import quote, unquote

import pytest

from updater.errors import LostRace, Refused, Unavailable
from updater.forges import FORGES
from updater.model import CommitStatus, Placement, ReviewState, SetMetadata
from updater.sandbox.github.protection import Protection

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"
NOTHING = {"bitbucket": '{"values": []}', "azure": '{"value": [], "count": 0}'}
"""An empty list."""
PLACEMENT = Placement("production", "shop")
MERGES = r"/merge$|PATCH .+/pullrequests/\d+\?"
"""The call that merges, wherever."""


# --- reading --------------------------------------------------------------------------------------------


def test_one_is_read_with_all_the_model_holds(world, kind):
    number = world.hub.open(REPOSITORY, BRANCH, title="A title", body="A body", draft=True)
    world.hub.label(REPOSITORY, number, "promotion")
    labels = {"promotion"} if "labels" in FORGES[kind].bears else set()
    (pull,) = world.forge.pull_requests()
    assert (pull.number, pull.title, pull.body, pull.state) == (number, "A title", "A body", "open")
    assert (pull.branch, pull.base, pull.head) == (BRANCH, "main", world.head())
    assert (pull.author, pull.same_repository) == ("alice", True)
    assert (pull.labels, pull.draft, pull.auto_merge) == (labels, True, False)
    assert pull.created == world.clock.now
    assert pull.closed is None
    assert pull.url.startswith(f"{world.hub.url}/{world.address(REPOSITORY)}/")
    assert pull.url.endswith(f"/{number}")


def test_open_closed_and_merged_ones_are_told_apart(world, kind):
    numbers = {}
    for name in ("open", "closed", "merged"):
        world.branch(name)
        numbers[name] = world.hub.open(REPOSITORY, name)
    world.clock.forward(minutes=1)
    world.hub.close(REPOSITORY, numbers["closed"])
    world.hub.merge(REPOSITORY, numbers["merged"], "squash")
    found = {pull.state: pull for pull in world.forge.pull_requests()}
    assert {state: pull.number for state, pull in found.items()} == numbers
    assert {state: pull.closed for state, pull in found.items()} == {
        "open": None,
        "closed": world.clock.now,
        # Bitbucket says only when it was touched last, and nobody asks more of a merged one.
        "merged": None if kind == "bitbucket" else world.clock.now,
    }


def test_a_fork_is_not_the_same_repository(world):
    fork = world.hub.fork(REPOSITORY, "mallory")
    world.hub.commit(fork, BRANCH, {"tag": "evil"}, "Look alike")
    world.hub.open(REPOSITORY, f"mallory:{BRANCH}")
    assert [pull.same_repository for pull in world.forge.pull_requests()] == [False]


def test_all_pages_of_open_ones_are_read(world):
    from dataclasses import replace

    world.hub.open(REPOSITORY, BRANCH)
    issues = world.hub.find(REPOSITORY).issues
    for number in range(2, 251):
        issues[number] = replace(issues[1], number=number, head=f"b{number}")
    assert [pull.number for pull in world.forge.pull_requests()] == list(range(1, 251))


def test_one_page_that_fails_fails_the_reading(world):
    world.hub.open(REPOSITORY, BRANCH)
    world.hub.fault("state=(closed|MERGED)|status=abandoned", 500)
    with pytest.raises(Unavailable):
        world.forge.pull_requests()


def test_the_closed_ones_of_a_branch_come_newest_first(world):
    numbers = []
    for _ in range(2):
        numbers.append(world.hub.open(REPOSITORY, BRANCH))
        world.hub.close(REPOSITORY, numbers[-1])
        world.clock.forward(minutes=1)
    world.branch("other")
    world.hub.close(REPOSITORY, world.hub.open(REPOSITORY, "other"))
    world.hub.open(REPOSITORY, BRANCH)
    found = world.forge.closed_pull_requests(BRANCH)
    assert [(pull.number, pull.state) for pull in found] == [(numbers[1], "closed"), (numbers[0], "closed")]
    assert world.forge.closed_pull_requests("nobody") == ()


# --- opening, updating, closing -------------------------------------------------------------------------


def test_one_is_opened_with_what_it_should_bear_as_a_draft(world, kind):
    world.hub.forge.user("bob")
    labels = {"labels": ("promotion",)} if "labels" in FORGES[kind].bears else {}
    step = world.opening(**labels, reviewers=("bob",), draft=True)
    url = world.forge.open(step)
    (pull,) = world.hub.pulls(REPOSITORY)
    assert url.endswith(f"/{pull.number}")
    assert (pull.title, pull.body, pull.draft) == (step.title, step.body, True)
    assert (pull.head, pull.base, pull.user.login) == (BRANCH, "main", "updater-bot")
    assert pull.labels == list(labels.get("labels", ()))
    assert [user.login for user in pull.reviewers] == ["bob"]
    assert world.warnings == []


def test_one_that_is_open_is_adopted_with_the_new_texts(world):
    number = world.hub.open(REPOSITORY, BRANCH, title="Old", body="Old", login="updater-bot")
    assert world.forge.open(world.opening()).endswith(f"/{number}")
    assert (world.pull(number).title, world.pull(number).body) == ("production: shop 2", "Why it is safe.")
    assert len(world.hub.pulls(REPOSITORY)) == 1


def test_adopting_the_very_same_writes_nothing(world):
    world.opened()
    before = world.writes
    world.another_forge().open(world.opening())
    assert world.writes == before


def test_the_same_branch_to_another_base_is_not_adopted(world):
    world.hub.create_branch(REPOSITORY, "release")
    world.hub.open(REPOSITORY, BRANCH, base="release")
    world.opened()
    assert [pull.base for pull in world.hub.pulls(REPOSITORY)] == ["release", "main"]


def test_one_that_another_opened_in_between_is_adopted(world, kind):
    number = world.hub.open(REPOSITORY, BRANCH, title="Theirs")
    world.hub.fail_next(status=200, matching="GET", body=NOTHING.get(kind, "[]"))
    assert world.forge.open(world.opening()).endswith(f"/{number}")
    assert world.pull(number).title == "production: shop 2"


@pytest.mark.parametrize("how", ["merge", "close"])
def test_one_that_another_process_opened_and_that_is_over_is_not_opened_again(world, how):
    late = world.another_forge()
    late.pull_requests()
    number = world.opened()
    (world.hub.merge if how == "merge" else world.hub.close)(REPOSITORY, number)
    with pytest.raises(LostRace, match="meanwhile"):
        late.open(world.opening())
    assert len(world.hub.pulls(REPOSITORY, "all")) == 1
    late.pull_requests()
    if how == "close":
        late.open(world.opening())
        assert len(world.hub.pulls(REPOSITORY, "all")) == 2


def test_a_lost_answer_is_not_asked_for_again_but_found_the_next_time(world):
    world.hub.fail_next(matching="POST", carried_out=True, cut="whole")
    with pytest.raises(Unavailable):
        world.forge.open(world.opening())
    posts = [line for line in world.writes if line.startswith("POST")]
    world.forge.open(world.opening())
    assert len(posts) == 1
    assert len(world.hub.pulls(REPOSITORY)) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_post_is_never_repeated_blindly(world, status):
    world.hub.fault("POST", status)
    with pytest.raises(Unavailable):
        world.forge.open(world.opening())
    assert len([line for line in world.writes if line.startswith("POST")]) == 1


def test_what_the_forge_rejects_is_said_and_nothing_is_open(world):
    with pytest.raises(Refused) as caught:
        world.forge.open(world.opening(branch="nowhere"))
    assert caught.value.code == "forge_rejected"
    assert "\n" not in caught.value.sentence
    assert world.hub.pulls(REPOSITORY) == []


def test_a_reviewer_that_cannot_be_asked_does_not_lose_the_pull_request(world):
    number = world.opened(reviewers=("updater-bot",) if _is_github(world) else ("nobody-there",))
    assert world.pull(number).state == "open"
    assert len(world.warnings) == 1


def test_title_and_body_are_updated_in_one_call_and_only_where_they_differ(world):
    number = world.opened()
    world.forge.pull_requests()
    before = len(world.writes)
    url = world.forge.update(world.updating(number))
    assert url == world.forge.update(world.updating(number))
    assert (world.pull(number).title, world.pull(number).body) == ("New", "New body")
    assert len(world.writes) == before + 1


def test_a_draft_stays_one_when_its_title_changes(world):
    number = world.opened(draft=True)
    world.forge.pull_requests()
    world.forge.update(world.updating(number))
    assert (world.pull(number).title, world.pull(number).draft) == ("New", True)
    assert world.forge.pull_requests()[0].title == "New"


def test_a_body_that_a_person_saved_with_other_line_ends_is_the_same(world):
    number = world.hub.open(REPOSITORY, BRANCH, title="Same", body="One\r\nTwo\r\n")
    world.forge.pull_requests()
    before = world.writes
    world.forge.update(world.updating(number, "Same", "One\nTwo"))
    assert world.writes == before


def test_the_reason_is_written_before_it_is_closed(world):
    number = world.opened()
    world.forge.pull_requests()
    world.hub.fail_next(status=500, matching="^(PATCH|PUT)|/decline$", after=1)
    with pytest.raises(Unavailable):
        world.forge.close(world.closing(number, "Closed, since it is on base"))
    assert (world.pull(number).state, world.pull(number).body) == ("open", "Closed, since it is on base")
    world.forge.close(world.closing(number, "Closed, since it is on base"))
    assert world.pull(number).state == "closed"


def test_closing_twice_writes_once(world):
    number = world.opened()
    world.forge.pull_requests()
    world.forge.close(world.closing(number, "Closed"))
    before = world.writes
    world.forge.close(world.closing(number, "Closed"))
    assert world.writes == before


# --- labels and people ----------------------------------------------------------------------------------

ALL = {
    "labels": ("promotion", "Shop"),
    "reviewers": ("bob",),
    "assignees": ("kim",),
    "milestone": "Spring",
}


@pytest.fixture
def dress(kind):
    """What a pull request may bear there."""
    return {name: worn for name, worn in ALL.items() if name in FORGES[kind].bears}


@pytest.fixture
def people(world):
    for name in ("bob", "kim"):
        world.hub.forge.user(name)
    world.hub.create_milestone(REPOSITORY, "Spring")


def worn(world, number):
    pull = world.pull(number)
    names = [user.login for user in (*pull.reviewers, *pull.assignees)]
    return [*pull.labels, *names, *([pull.milestone] if pull.milestone else [])]


def named(dress):
    return [name for key, names in dress.items() for name in ([names] if key == "milestone" else names)]


def test_one_is_opened_with_all_it_should_bear_and_read_so(world, people, dress):
    number = world.opened(**dress)
    assert worn(world, number) == named(dress)
    assert world.warnings == []
    (pull,) = world.forge.pull_requests()
    assert pull.metadata_items >= world.opening(**dress).metadata.as_items


def test_what_is_missing_of_one_that_is_open_is_completed(world, people, dress):
    number = world.opened(**({"labels": ("promotion",)} if "labels" in dress else {}))
    if "assignees" in dress:
        world.hub.assign(REPOSITORY, number, "alice")
    restarted = world.another_forge()
    step = SetMetadata(REPOSITORY, PLACEMENT, BRANCH, number, world.opening(**dress).metadata)
    assert restarted.set_metadata(step).endswith(f"/{number}")
    there = {"assignees": ("alice", *dress["assignees"])} if "assignees" in dress else {}
    assert worn(world, number) == named(dress | there)
    before = world.writes
    restarted.set_metadata(step)
    assert world.writes == before


def test_what_a_person_has_taken_away_stays_away(world, people, dress):
    number = world.opened(**dress)
    world.hub.unlabel(REPOSITORY, number, "promotion")
    world.hub.unrequest(REPOSITORY, number, "bob")
    world.hub.assign(REPOSITORY, number)
    world.hub.set_milestone(REPOSITORY, number, None)
    for forge in (world.forge, world.another_forge()):
        assert forge.metadata_history(number) >= world.opening(**dress).metadata.as_items - {
            ("label", "shop")
        }
        forge.open(world.opening(**dress))
        assert worn(world, number) == (["Shop"] if "labels" in dress else [])


def test_what_is_not_there_is_said_and_loses_nothing_else(world, people, dress):
    missing = {"milestone": "Autumn"} if "milestone" in dress else {"reviewers": ("bob", "Autumn")}
    number = world.opened(**dress | missing)
    assert worn(world, number) == [name for name in named(dress) if name != "Spring"]
    assert "autumn" in world.warnings[-1].lower()


# --- statuses -------------------------------------------------------------------------------------------


def test_no_status_is_an_answer(world):
    assert world.forge.status(world.head()) is None


@pytest.mark.parametrize("first", ["success", "pending", "failure"])
@pytest.mark.parametrize("second", ["success", "pending", "failure"])
def test_every_status_follows_every_other(world, first, second):
    sha = world.head()
    for state in (first, second):
        world.forge.set_status(sha, CommitStatus(state, f"It is {state}"))
        world.forge.set_status(sha, CommitStatus(state, f"It is now {state}"))
    assert world.another_forge().status(sha) == CommitStatus(second, f"It is now {second}")
    assert world.hub.statuses(REPOSITORY, sha)[0].state == second


def test_what_is_set_is_known_without_asking_and_not_set_again(world):
    sha = world.head()
    for _ in range(2):
        world.forge.set_status(sha, CommitStatus("success", "All gates pass"))
    assert world.forge.status(sha) == CommitStatus("success", "All gates pass")
    assert len(world.writes) == 1


def test_statuses_of_others_are_not_ours(world):
    sha = world.head()
    world.hub.set_status(REPOSITORY, sha, "ci", "failure", "Red")
    assert world.forge.status(sha) is None
    other = world.another_forge(context="updater/other/gates")
    world.forge.set_status(sha, CommitStatus("failure", "Held"))
    assert other.status(sha) is None


def test_a_long_description_is_cut_and_still_the_one_that_was_wanted(world):
    sha, wanted = world.head(), CommitStatus("pending", "waits " * 60)
    world.forge.set_status(sha, wanted)
    assert world.forge.status(sha) == wanted
    before = len(world.writes)
    restarted = world.another_forge()
    assert len(restarted.status(sha).description) == 140
    restarted.set_status(sha, wanted)
    assert len(world.writes) == before


# --- comments -------------------------------------------------------------------------------------------


def test_a_comment_said_twice_is_edited_also_by_another_process(world):
    number = world.opened()
    world.forge.comment(world.saying(number, "edited", "Somebody pushed."))
    world.forge.comment(world.saying(number, "newer", "Two\n\nparagraphs."))
    world.another_forge().comment(world.saying(number, "edited", "Somebody pushed again."))
    said = [comment.body.partition("\n")[0] for comment in world.pull(number).comments]
    assert said == ["Somebody pushed again.", "Two"]
    assert world.another_forge().comments(number) == {
        "edited": "Somebody pushed again.",
        "newer": "Two\n\nparagraphs.",
    }
    before = world.writes
    world.another_forge().comment(world.saying(number, "newer", "Two\n\nparagraphs.\n"))
    assert world.writes == before


def test_a_comment_of_two_processes_is_said_once(world):
    number = world.opened()
    forges = [world.forge, world.another_forge()]
    assert [forge.comments(number) for forge in forges] == [{}, {}]
    for forge in forges:
        forge.comment(world.saying(number, "edited", "Somebody pushed."))
    assert len(world.pull(number).comments) == 1


def test_what_others_write_with_our_mark_is_not_ours(world):
    number = world.opened()
    world.hub.comment(REPOSITORY, number, "LGTM\n\n<!-- updater-comment edited -->")
    assert world.forge.comments(number) == {}
    world.forge.comment(world.saying(number, "edited", "Somebody pushed."))
    logins = [comment.user.login for comment in world.pull(number).comments]
    assert logins == ["alice", "updater-bot"]


def test_a_comment_whose_answer_is_lost_is_looked_for_and_not_doubled(world):
    number = world.opened()
    world.hub.fail_next(matching="POST", cut="whole", carried_out=True)
    with pytest.raises(Unavailable):
        world.forge.comment(world.saying(number, "edited", "Somebody pushed."))
    world.forge.comment(world.saying(number, "edited", "Somebody pushed."))
    assert len(world.pull(number).comments) == 1


# --- standing and merging -------------------------------------------------------------------------------


def test_mergeability_is_unknown_at_first_and_then_in_the_same_words(world, kind):
    number = world.opened()
    if kind != "bitbucket":  # which tries no merge before it is told to
        assert world.forge.reviews(number) == ReviewState(approved=False, mergeable="unknown")
    assert world.forge.reviews(number) == ReviewState(approved=False, mergeable="clean")
    world.hub.protect(REPOSITORY, "main", Protection(required_reviews=1))
    assert world.forge.reviews(number) == ReviewState(approved=False, mergeable="blocked")
    world.hub.approve(REPOSITORY, number)
    assert world.forge.reviews(number) == ReviewState(approved=True, mergeable="clean")
    world.hub.request_changes(REPOSITORY, number)
    assert world.forge.reviews(number).approved is False


def test_a_draft_and_a_conflict_are_not_mergeable(world, kind):
    number = world.opened(draft=True)
    world.forge.reviews(number)
    assert world.forge.reviews(number).mergeable == "draft"
    world.hub.commit(REPOSITORY, "main", {"tag": "another"}, "In the way")
    world.forge.reviews(number)
    # Gitea tries no draft, and Bitbucket says nothing of conflicts.
    assert world.forge.reviews(number).mergeable == ("draft" if kind in ("gitea", "bitbucket") else "dirty")
    world.hub.set_draft(REPOSITORY, number, False)
    world.forge.reviews(number)
    assert world.forge.reviews(number).mergeable == ("clean" if kind == "bitbucket" else "dirty")


@pytest.mark.parametrize(("method", "parents"), [("merge", 2), ("squash", 1)])
def test_it_is_merged_as_asked(world, method, parents):
    number = world.opened()
    url = world.forge.merge(world.merging(number, world.head(), method))
    pull = world.pull(number)
    assert url.endswith(f"/{number}")
    assert pull.merged_by.login == "updater-bot"
    found = world.hub.find(REPOSITORY).git.text("rev-parse", f"{pull.merge_commit}^@").split()
    assert len(found) == parents
    assert world.hub.read(REPOSITORY, "main", "tag") == BRANCH.encode()


def test_a_head_that_has_moved_is_not_merged(world):
    number, judged = world.opened(), world.head()
    world.hub.commit(REPOSITORY, BRANCH, {"tag": "moved"}, "Move")
    with pytest.raises(Refused) as caught:
        world.forge.merge(world.merging(number, judged))
    assert caught.value.code == "not_mergeable"
    assert world.pull(number).state == "open"


def test_what_the_rules_forbid_is_not_merged(world):
    number = world.opened()
    world.hub.protect(REPOSITORY, "main", Protection(required_reviews=1))
    with pytest.raises(Refused) as caught:
        world.forge.merge(world.merging(number, world.head()))
    assert caught.value.code == "not_mergeable"


def test_a_merge_whose_answer_is_lost_is_not_sent_again(world):
    number = world.opened()
    world.hub.fail_next(matching=MERGES, cut="whole", carried_out=True)
    with pytest.raises(Unavailable):
        world.forge.merge(world.merging(number, world.head()))
    assert [pull.state for pull in world.forge.pull_requests()] == ["merged"]
    assert len([line for line in world.writes if re.search(MERGES, line)]) == 1


# --- when it fails --------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "wrong-token-of-nobody", "two words"])
def test_a_token_that_is_none_is_refused_and_not_repeated(world, token):
    with pytest.raises(Refused) as caught:
        world.another_forge(token=lambda: token).pull_requests()
    assert caught.value.code == "forge_unauthorized"
    assert world.hub.host in caught.value.sentence
    assert "nobody" not in caught.value.sentence
    assert "two words" not in caught.value.sentence


def test_a_token_that_is_echoed_is_not_passed_on(world):
    body = f'{{"message": "no rights for {world.hub.bot_token}"}}'
    world.hub.fault("GET", 403, body=body)
    with pytest.raises(Refused) as caught:
        world.forge.pull_requests()
    assert world.hub.bot_token not in caught.value.sentence


@pytest.mark.parametrize(
    "written",
    [
        lambda secret: "".join(f"\\u{ord(each):04x}" for each in secret),  # as JSON may
        lambda secret: quote(secret, safe=""),
        lambda secret: "x" * 290 + secret,  # where a long message is cut
    ],
    ids=["json", "url", "cut"],
)
def test_a_token_that_is_echoed_in_another_form_is_not_passed_on(world, written):
    token = "glp+a/bc=0123456789abcdef"
    world.hub.fault("GET", 403, body=f'{{"message": "no rights for {written(token)}"}}')
    with pytest.raises(Refused) as caught:
        world.another_forge(token=lambda: token).pull_requests()
    said = unquote(caught.value.sentence)
    assert token[:6] not in said


def test_a_redirect_is_not_followed_with_the_token(world):
    elsewhere = type(world.hub)()
    with elsewhere:
        world.hub.fault("GET", 302, headers={"Location": f"{elsewhere.api}/user"})
        with pytest.raises(Refused) as caught:
            world.forge.pull_requests()
        assert elsewhere.requests == []
    assert caught.value.code == "forge_moved"


def test_a_link_to_another_host_is_not_followed(world):
    with type(world.hub)() as elsewhere:
        link = f'<{elsewhere.api}/projects?page=2>; rel="next"'
        world.hub.fail_next(headers={"Link": link, "X-Next-Page": "2"})
        world.forge.pull_requests()
        assert elsewhere.requests == []


def test_a_rate_limit_is_obeyed_without_asking_again(world):
    world.hub.limit_rate(retry_after=90)
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            world.forge.pull_requests()
        assert caught.value.code == "rate_limited"
    assert len(world.hub.requests) == 1
    world.clock.forward(seconds=91)
    assert world.forge.pull_requests() == ()


@pytest.mark.parametrize("body", ["<html>", "null", "[1]", '{"a": 1}', '[{"iid": "x"}]'])
def test_an_answer_that_makes_no_sense_is_bad_weather(world, body):
    world.hub.fault("GET", 200, body=body)
    with pytest.raises(Unavailable) as caught:
        world.forge.pull_requests()
    assert caught.value.code == "forge_unavailable"


def test_a_page_where_json_belongs_is_told_with_what_was_asked(world):
    world.hub.fault("GET", 200, body="\n<!DOCTYPE html><title>Welcome</title>", content_type="text/html")
    with pytest.raises(
        Unavailable, match=r"answered 200 to GET /\S+ with .*: look for a login page"
    ) as caught:
        world.forge.pull_requests()
    assert caught.value.code == "forge_unavailable"
    assert "`api:`" in caught.value.sentence


def test_a_host_without_tls_has_no_bad_certificate(world):
    forge = world.another_forge(api=world.hub.api.replace("http:", "https:"))
    with pytest.raises(Unavailable, match=r"is asked over https and does not answer in TLS for .*`api:`"):
        forge.pull_requests()


def test_a_limit_of_an_infinite_number_is_no_mistake_of_ours(world):
    world.hub.fault("GET", 500, headers={"X-RateLimit-Reset": "inf", "X-RateLimit-Remaining": "0"})
    with pytest.raises(Unavailable):
        world.forge.pull_requests()


def test_a_reading_that_fails_in_passing_is_tried_once_more(world):
    world.hub.fail_next(1, 502)
    assert world.forge.pull_requests() == ()


def test_a_repository_that_is_not_there_is_refused(world):
    with pytest.raises(Refused) as caught:
        world.another_forge(repository="acme/none").pull_requests()
    assert caught.value.code == "forge_not_found"
    assert world.address("acme/none").replace("%20", " ") in caught.value.sentence


def test_the_terms_of_an_open_branch_are_that_we_may_push(world, kind):
    terms = world.forge.branch_rules("main")
    assert terms.may_push is (None if kind == "bitbucket" else True)
    assert not terms.pull_request_required


def test_the_terms_of_a_protected_branch_are_a_pull_request(world):
    world.hub.protect(REPOSITORY, "main", Protection(kind="ruleset"))
    assert world.forge.branch_rules("main").pull_request_required


def _is_github(world):
    return type(world.hub).__name__ == "GitHub"


def test_a_forge_takes_just_as_much_as_the_table_of_forges_says(world, kind):
    longest = FORGES[kind].longest
    number = world.opened(title="x" * longest.title, body="y" * longest.body, draft=True)
    world.forge.comment(world.saying(number, "key", "z" * (longest.comment - 100)))
    world.forge.pull_requests()
    # Gitea's limit is one of columns, of which a character may take two; for a body it has none. Azure
    # DevOps counts an emoji of a body as two.
    title = {"title": "x" * (256 if kind == "gitea" else longest.title + 10)}
    body = {"body": "y" * (4_001 if kind == "azure" else longest.body + 1)}
    for more in (title,) if kind == "gitea" else (body, title):
        with pytest.raises(Refused, match=r"too long|must not be longer"):
            world.forge.update(world.updating(number, **more))


@pytest.mark.parametrize(
    "somebody",
    [
        lambda world, number: world.hub.merge(REPOSITORY, number),
        lambda world, number: world.hub.close(REPOSITORY, number),
        lambda world, number: setattr(world.pull(number), "title", "A title of mine"),
        lambda world, number: setattr(world.pull(number), "body", "A body of mine"),
    ],
    ids=["merged", "closed", "retitled", "rewritten"],
)
@pytest.mark.parametrize("write", ["update", "close"])
def test_what_somebody_did_since_it_was_read_is_not_written_over(world, somebody, write):
    number = world.opened()
    world.forge.pull_requests()
    somebody(world, number)
    before = (world.pull(number).title, world.pull(number).body, world.pull(number).state)
    steps = {"update": world.updating(number), "close": world.closing(number, "Closed: why.")}
    with pytest.raises(LostRace, match="after it was read"):
        getattr(world.forge, write)(steps[write])
    assert (world.pull(number).title, world.pull(number).body, world.pull(number).state) == before
    world.forge.pull_requests()
