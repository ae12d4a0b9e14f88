"""Statuses, comments, standing and merging on the embedded GitHub with the real PyGithub."""

import time

import pytest

from updater.errors import Refused, Unavailable
from updater.model import CommitStatus, ReviewState
from updater.sandbox.github.protection import Protection

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"
BOT = "updater-bot"


# --- statuses -------------------------------------------------------------------------------------------


def test_a_status_is_read_once_and_then_remembered(world):
    sha = world.github.head(REPOSITORY, BRANCH)
    world.github.set_status(REPOSITORY, sha, "updater/gates", "pending", "Waits")
    world.github.set_status(REPOSITORY, sha, "ci", "failure", "Red")

    assert [world.forge.status(sha) for _ in range(3)] == [CommitStatus("pending", "Waits")] * 3
    assert world.sent() == [f"GET /commits/{sha}/statuses 200"]


def test_no_status_is_an_answer_that_is_remembered_too(world):
    sha = world.github.head(REPOSITORY, BRANCH)

    assert [world.forge.status(sha), world.forge.status(sha)] == [None, None]
    assert world.count == 1


def test_what_is_set_is_known_without_asking_and_not_set_again(world):
    sha = world.github.head(REPOSITORY, BRANCH)

    for _ in range(2):
        world.forge.set_status(sha, CommitStatus("success", "All gates pass"))

    assert world.forge.status(sha) == CommitStatus("success", "All gates pass")
    assert world.sent() == [f"POST /statuses/{sha} 201"]


def test_a_status_is_cut_at_140_characters_and_still_the_one_that_was_wanted(world):
    sha = world.github.head(REPOSITORY, BRANCH)
    wanted = CommitStatus("pending", "waits " * 40)
    world.forge.set_status(sha, wanted)
    before = world.count

    restarted = world.another_forge()
    assert len(restarted.status(sha).description) == 140
    restarted.set_status(sha, wanted)

    assert world.forge.status(sha) == restarted.status(sha) == wanted
    assert world.sent(before) == [f"GET /commits/{sha}/statuses 200"]


def test_every_updater_has_a_status_of_its_own(world):
    sha = world.github.head(REPOSITORY, BRANCH)
    other = world.another_forge(context="updater/other/gates")
    world.forge.set_status(sha, CommitStatus("failure", "Held"))

    assert other.status(sha) is None
    other.set_status(sha, CommitStatus("success", "Fine"))

    said = {each.context: each.state for each in world.github.statuses(REPOSITORY, sha)}
    assert said == {"updater/gates": "failure", "updater/other/gates": "success"}
    other.disconnect()


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_status_whose_answer_is_lost_is_asked_for_again(world, carried_out):
    sha = world.github.head(REPOSITORY, BRANCH)
    world.forge.status(sha)
    world.github.fail_next(matching="POST", cut="whole", carried_out=carried_out)
    with pytest.raises(Unavailable):
        world.forge.set_status(sha, CommitStatus("success", "Fine"))

    assert world.forge.status(sha) == (CommitStatus("success", "Fine") if carried_out else None)


# --- comments -------------------------------------------------------------------------------------------


def test_a_comment_said_twice_is_edited(world, saying):
    number = world.github.open(REPOSITORY, BRANCH)

    world.forge.comment(saying(number, "edited", "Somebody pushed."))
    world.forge.comment(saying(number, "newer", "There is a newer tag."))
    world.forge.comment(saying(number, "edited", "Somebody pushed again."))
    before = world.count
    world.forge.comment(saying(number, "edited", "Somebody pushed again.\n"))

    said = [comment.body.partition("\n")[0] for comment in world.github.pull(REPOSITORY, number).comments]
    assert said == ["Somebody pushed again.", "There is a newer tag."]
    assert world.forge.comments(number) == {
        "edited": "Somebody pushed again.",
        "newer": "There is a newer tag.",
    }
    assert world.sent(before) == []


def test_comments_outlive_the_process_that_made_them(world, saying):
    number = world.github.open(REPOSITORY, BRANCH)
    world.forge.comment(saying(number, "edited", "Two\n\nparagraphs."))
    restarted = world.another_forge()

    assert restarted.comments(number) == {"edited": "Two\n\nparagraphs."}
    before = world.count
    assert restarted.comments(number) == {"edited": "Two\n\nparagraphs."}
    restarted.comment(saying(number, "edited", "Two\n\nparagraphs."))
    restarted.comment(saying(number, "edited", "Another."))

    assert [line.split()[0] for line in world.sent(before)] == ["PATCH"]
    assert len(world.github.pull(REPOSITORY, number).comments) == 1


def test_what_others_write_with_our_mark_is_not_ours(world, saying):
    number = world.github.open(REPOSITORY, BRANCH)
    world.github.comment(REPOSITORY, number, "LGTM\n\n<!-- updater-comment edited -->")

    assert world.forge.comments(number) == {}
    world.forge.comment(saying(number, "edited", "Somebody pushed."))

    logins = [comment.user.login for comment in world.github.pull(REPOSITORY, number).comments]
    assert logins == ["alice", BOT]


def test_a_comment_of_ours_that_somebody_filled_up_is_read_in_no_time(world, saying):
    number = world.github.open(REPOSITORY, BRANCH)
    world.forge.comment(saying(number, "edited", "Somebody pushed."))
    (said,) = world.github.pull(REPOSITORY, number).comments
    for added in ("x" + " \n" * 100_000 + "x", "<!-- updater-comment " * 5_000):
        said.body = added
        began = time.thread_time()
        assert world.another_forge().comments(number) == {}
        assert time.thread_time() - began < 5


def test_a_mark_in_the_middle_of_a_text_of_ours_is_no_mark(world):
    number = world.github.open(REPOSITORY, BRANCH)
    quoted = "> <!-- updater-comment edited -->\n\nis how it looks"
    world.github.comment(REPOSITORY, number, quoted, login=BOT)

    assert world.forge.comments(number) == {}


def test_a_comment_whose_answer_is_lost_is_looked_for_and_not_doubled(world, saying):
    number = world.github.open(REPOSITORY, BRANCH)
    world.github.fail_next(matching="POST", cut="whole", carried_out=True)
    for _ in range(2):
        try:
            world.forge.comment(saying(number, "edited", "Somebody pushed."))
        except Unavailable:
            continue

    assert len(world.github.pull(REPOSITORY, number).comments) == 1


def test_a_comment_a_person_has_deleted_is_said_again_when_there_is_news(world, saying):
    number = world.github.open(REPOSITORY, BRANCH)
    world.forge.comment(saying(number, "edited", "One"))
    world.github.pull(REPOSITORY, number).comments.clear()

    with pytest.raises(Refused):
        world.forge.comment(saying(number, "edited", "Two"))
    world.forge.comment(saying(number, "edited", "Two"))

    assert len(world.github.pull(REPOSITORY, number).comments) == 1


# --- standing -------------------------------------------------------------------------------------------


def test_mergeability_is_unknown_at_first_and_then_githubs_own_word(world):
    number = world.github.open(REPOSITORY, BRANCH)

    assert world.forge.reviews(number) == ReviewState(approved=False, mergeable="unknown")
    assert world.forge.reviews(number) == ReviewState(approved=False, mergeable="clean")

    world.github.protect(REPOSITORY, "main", Protection(required_reviews=1))
    assert world.forge.reviews(number).mergeable == "blocked"
    world.github.approve(REPOSITORY, number)
    assert world.forge.reviews(number) == ReviewState(approved=True, mergeable="clean")


REVIEWS = [
    pytest.param([], False, id="nobody"),
    pytest.param(["alice APPROVED"], True, id="one"),
    pytest.param(["alice COMMENTED"], False, id="a comment"),
    pytest.param(["alice APPROVED", "alice COMMENTED"], True, id="a comment after"),
    pytest.param(["alice APPROVED", "alice CHANGES_REQUESTED"], False, id="changed her mind"),
    pytest.param(["alice CHANGES_REQUESTED", "alice APPROVED"], True, id="was convinced"),
    pytest.param(["alice APPROVED", "bob CHANGES_REQUESTED"], False, id="another objects"),
    pytest.param(["alice APPROVED", "alice DISMISSED"], False, id="dismissed"),
    pytest.param(["bob DISMISSED", "alice APPROVED"], True, id="an objection dismissed"),
    pytest.param(["alice PENDING"], False, id="not sent yet"),
]


@pytest.mark.parametrize(("reviews", "approved"), REVIEWS)
def test_the_last_word_of_each_reviewer_counts(world, reviews, approved):
    from updater.sandbox.github.pulls import add_review

    number = world.github.open(REPOSITORY, BRANCH, login=BOT)
    for login, state in (review.split() for review in reviews):
        pull, user = world.github.pull(REPOSITORY, number), world.github.forge.user(login)
        add_review(world.github.forge, pull, user, state, "")

    assert world.forge.reviews(number).approved is approved


def test_somebodys_auto_merge_is_seen(world):
    from updater.sandbox.github.state import AutoMerge

    number = world.github.open(REPOSITORY, BRANCH)
    assert [pull.auto_merge for pull in world.forge.pull_requests()] == [False]

    world.github.pull(REPOSITORY, number).auto_merge = AutoMerge(world.github.human, "squash")

    assert [pull.auto_merge for pull in world.forge.pull_requests()] == [True]


# --- merging --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_it_is_merged_as_asked(world, merging, method):
    number = world.github.open(REPOSITORY, BRANCH)
    head, base = world.github.head(REPOSITORY, BRANCH), world.github.head(REPOSITORY, "main")

    url = world.forge.merge(merging(number, head, method))

    pull = world.github.pull(REPOSITORY, number)
    assert url == f"{world.github.url}/{REPOSITORY}/pull/{number}"
    assert (pull.merged_by.login, world.sent()) == (BOT, [f"PUT /pulls/{number}/merge 200"])
    parents = world.github.find(REPOSITORY).git.text("rev-parse", f"{pull.merge_commit}^@").split()
    assert parents == ([base, head] if method == "merge" else [base])


def test_a_head_that_has_moved_is_not_merged(world, merging):
    number = world.github.open(REPOSITORY, BRANCH)
    judged = world.github.head(REPOSITORY, BRANCH)
    world.branch(BRANCH)

    with pytest.raises(Refused, match="Head branch was modified") as caught:
        world.forge.merge(merging(number, judged))

    assert caught.value.code == "not_mergeable"
    assert world.github.pull(REPOSITORY, number).state == "open"


def test_what_the_rules_forbid_is_said_in_githubs_words(world, merging):
    number = world.github.open(REPOSITORY, BRANCH)
    world.github.protect(REPOSITORY, "main", Protection(required_reviews=1))

    with pytest.raises(Refused, match="approving review is required") as caught:
        world.forge.merge(merging(number, world.github.head(REPOSITORY, BRANCH)))

    assert caught.value.code == "not_mergeable"


def test_a_merge_whose_answer_is_lost_is_not_sent_again(world, merging):
    number = world.github.open(REPOSITORY, BRANCH)
    world.github.fail_next(matching="PUT", cut="whole", carried_out=True)

    with pytest.raises(Unavailable):
        world.forge.merge(merging(number, world.github.head(REPOSITORY, BRANCH)))

    assert [pull.state for pull in world.forge.pull_requests()] == ["merged"]
    assert len([line for line in world.sent() if line.startswith("PUT")]) == 1
