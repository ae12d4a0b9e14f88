"""Several Apps for one owner: GitHub counts each, and what one of them does is ours."""

from datetime import timedelta

import pytest
from world.installed_apps import key_pair

from updater.adapters.github import Actor, InstallationToken, RateLimits
from updater.errors import Refused, Unavailable
from updater.model import Comment, CommitDraft, CommitStatus, Placement

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"


class Pair:
    """Two Apps at the world's GitHub, and a forge that acts as both."""

    def __init__(self, world, **limits):
        self.world, self.tokens = world, []
        world.github.clock = world.github.forge.clock = world.clock
        self.installed = [world.github.add_app(name, key_pair()[1]) for name in ("first", "second")]
        self.limits = [
            RateLimits(world.github.host, world.clock, app_id=str(each.id), **limits)
            for each in self.installed
        ]
        self.actors = list(map(self._actor, self.installed, self.limits))
        self.forge = self.another_forge()
        world.github.open(REPOSITORY, BRANCH, base="main", title="production: shop 2")

    def _actor(self, app, limits):
        token = InstallationToken(
            self.world.github.api, app.id, app.installation, lambda: key_pair()[0], clock=self.world.clock
        )
        self.tokens.append(token)
        return Actor(token, limits, token.login)

    def another_forge(self):
        first, second = self.actors
        return self.world.another_forge(first.token, login=first.login, limits=first.limits, others=(second,))

    def spend(self, number, count):
        """Some minutes ago it has written so often."""
        self.limits[number].hear([self.world.clock() - timedelta(minutes=5)] * count)

    def say(self, count, start=0):
        """So many comments, each of its own."""
        for number in range(start, start + count):
            step = Comment(REPOSITORY, Placement("production", "shop"), BRANCH, 1, f"key-{number}", "Hm.")
            self.forge.comment(step)

    @property
    def head(self):
        return self.world.github.find(REPOSITORY).git.refs("refs/heads/main")["refs/heads/main"]

    def writers(self):
        """Who has made each comment, oldest first."""
        return [each.user.login for each in self.world.github.pull(REPOSITORY, 1).comments]

    def close(self):
        self.forge.disconnect()
        for each in self.tokens:
            each.disconnect()


@pytest.fixture
def pair(world):
    pair = Pair(world)
    yield pair
    pair.close()


def test_each_write_goes_out_as_the_app_that_may_still_write_most(pair):
    pair.spend(0, 3)

    pair.say(7)

    assert sorted(pair.writers()) == ["first[bot]"] * 2 + ["second[bot]"] * 5
    assert [each.writes_left() for each in pair.limits] == [495, 495]


def test_what_is_read_is_read_as_the_first_so_that_its_etags_stand(pair):
    pair.forge.pull_requests()
    since = pair.world.count
    pair.forge.pull_requests()

    assert {each.status for each in pair.world.github.requests[since:]} == {304}
    asked = {f"Bearer {token()}" for token in pair.tokens} & pair.world.github.sent_credentials
    assert asked == {f"Bearer {pair.tokens[0]()}"}


def test_two_apps_write_twice_as_much_within_an_hour_and_no_more(world):
    world.github.enforce_limits(writes=10)
    pair = Pair(world, writes_an_hour=10)
    pair.say(20)
    with pytest.raises(Unavailable, match=r"10 writes within an hour .* for app \d+: the next can go out"):
        pair.say(1, start=20)
    assert sorted(pair.writers()) == ["first[bot]"] * 10 + ["second[bot]"] * 10

    world.clock.pass_by(hours=1)
    pair.say(1, start=20)
    assert len(pair.writers()) == 21
    pair.close()


def test_a_limit_that_stops_one_app_does_not_stop_the_other(world):
    """Somebody else has spent what the first may write: GitHub knows, and we do not."""
    pair = Pair(world)
    world.github.enforce_limits(writes=10)
    for _ in range(10):
        world.github.forge.limits.excess("first[bot]", world.github.forge.now, writes=True)

    pair.say(4)

    assert pair.writers() == ["second[bot]"] * 4
    refused = [each for each in world.github.requests if each.status == 403]
    assert len(refused) == 1
    pair.close()


def test_what_is_only_read_goes_on_as_the_other(world):
    pair = Pair(world)
    world.github.enforce_limits(requests=20)
    for _ in range(20):
        world.github.forge.limits.count("first[bot]", world.github.forge.now)

    for _ in range(3):
        assert len(pair.forge.pull_requests()) == 1
    assert len([each for each in world.github.requests if each.status == 403]) == 1
    pair.close()


def test_where_all_are_spent_it_says_when_the_first_of_them_is_free(pair):
    pair.say(2)
    for seconds in (600, 60):
        pair.world.github.limit_rate(retry_after=seconds)
    free = pair.world.clock.now + timedelta(seconds=60)

    with pytest.raises(Unavailable, match=f"for app {pair.installed[1].id} is used up until") as caught:
        pair.forge.pull_requests()

    assert (caught.value.code, f"{free:%H:%M:%S} UTC" in caught.value.sentence) == ("rate_limited", True)
    count = pair.world.count
    with pytest.raises(Unavailable):
        pair.say(1, start=2)
    assert pair.world.count == count  # and nothing is sent until then


def test_what_one_opened_the_other_updates_closes_and_merges(pair, opening, updating, merging):
    pair.spend(1, 400)
    pair.world.github.close(REPOSITORY, 1)
    pair.forge.open(opening())
    pair.spend(0, 490)

    pair.forge.update(updating(2, "production: shop 3", "Better still."))
    pull = pair.world.github.pull(REPOSITORY, 2)
    pair.forge.merge(merging(2, pull.head_sha))

    assert (pull.user.login, pull.title) == ("first[bot]", "production: shop 3")
    assert pull.merged_by.login == "second[bot]"


def test_a_comment_is_edited_by_the_app_that_wrote_it(pair, opening, saying):
    """Also where the other may write more, and after a restart."""
    pair.forge.open(opening())
    pair.forge.comment(saying(1, "key", "One"))
    (comment,) = pair.world.github.pull(REPOSITORY, 1).comments
    writer = [each.slug for each in pair.installed].index(comment.user.login.removesuffix("[bot]"))
    pair.spend(writer, 50)

    pair.forge.comment(saying(1, "key", "Two"))
    restarted = pair.another_forge()
    restarted.comment(saying(1, "key", "Three"))

    assert [each.body.partition("\n")[0] for each in pair.world.github.pull(REPOSITORY, 1).comments] == [
        "Three"
    ]
    restarted.disconnect()


def test_the_other_edits_its_own_where_an_app_cannot_tell_its_name(world, saying):
    pair = Pair(world)
    pair.spend(0, 50)
    pair.forge.comment(saying(1, "key", "One"))
    del world.github.forge.apps[pair.installed[0].id]
    pair.tokens[0]._login = None

    pair.forge.comment(saying(1, "key", "Two"))

    (comment,) = world.github.pull(REPOSITORY, 1).comments
    assert (comment.user.login, comment.body.partition("\n")[0]) == ("second[bot]", "Two")
    pair.close()


@pytest.mark.parametrize(
    "how", [{"status": 502}, {"cut": "whole"}, {"cut": "half"}, {"status": 201, "body": "<html>"}]
)
def test_i7_what_was_carried_out_and_ill_answered_is_not_done_again_by_another(pair, saying, how):
    pair.world.github.fail_next(1, matching="POST .*/comments", carried_out=True, **how)
    with pytest.raises(Unavailable):
        pair.forge.comment(saying(1, "key", "One"))
    assert len(pair.writers()) == 1
    pair.forge.comment(saying(1, "key", "One"))
    assert len(pair.writers()) == 1


def test_all_of_them_are_us_or_nobody_knows(pair):
    assert pair.forge.logins() == {"first[bot]", "second[bot]"}

    del pair.world.github.forge.apps[pair.installed[1].id]
    restarted = Pair.another_forge(pair)
    assert restarted.logins() == {"first[bot]", "second[bot]"}  # it was told before
    restarted.disconnect()


def test_while_one_does_not_tell_its_name_the_other_is_known_all_the_same(world):
    pair = Pair(world)
    gone = world.github.forge.apps.pop(pair.installed[1].id)
    assert (pair.forge.logins(), pair.forge.unnamed()) == ({"first[bot]"}, True)
    world.github.forge.apps[pair.installed[1].id] = gone
    world.clock.pass_by(minutes=2)
    assert (pair.forge.logins(), pair.forge.unnamed()) == ({"first[bot]", "second[bot]"}, False)
    pair.close()


def test_where_none_tells_its_name_nothing_is_left_to_the_mark(world):
    pair = Pair(world)
    world.github.forge.apps.clear()
    with pytest.raises(Unavailable, match=f"app {pair.installed[0].id} "):
        pair.forge.logins()
    pair.close()


def test_a_comment_with_our_mark_of_a_bot_that_may_be_we_is_not_ours_to_edit_nor_said_again(world, saying):
    pair = Pair(world)
    pair.spend(0, 50)
    pair.forge.comment(saying(1, "key", "One"))
    del world.github.forge.apps[pair.installed[1].id]
    pair.tokens[1]._login = None
    restarted = pair.another_forge()

    with pytest.raises(Unavailable, match=r"second\[bot\] has written .* `updater doctor` tries each"):
        restarted.comment(saying(1, "key", "Two"))
    assert [each.body.partition("\n")[0] for each in world.github.pull(REPOSITORY, 1).comments] == ["One"]
    restarted.disconnect()
    pair.close()


def test_an_app_that_is_gone_is_passed_over_and_told_once(world):
    pair = Pair(world)
    del world.github.forge.apps[pair.installed[0].id]
    pair.say(3)
    pair.forge.pull_requests()

    assert pair.writers() == ["second[bot]"] * 3
    (told,) = world.warnings
    assert "check app_id and installation_id" in told
    assert "`updater doctor` tries each" in told
    asked = [each for each in world.github.requests if "access_tokens" in each.path and each.status == 404]
    assert len(asked) == 1  # and not with each request
    pair.close()


def test_what_all_refuse_is_refused_in_the_words_of_the_first(world):
    pair = Pair(world)
    world.github.forge.apps.clear()
    with pytest.raises(Refused, match=f"app {pair.installed[0].id} "):
        pair.forge.pull_requests()
    pair.close()


def test_the_commits_that_github_makes_are_all_of_the_first(pair):
    """By its address we know them."""
    pair.spend(0, 100)
    draft = CommitDraft(Placement("production", "shop"), "chore(shop): bump production to 3", {"tag": b"3"})
    made = pair.forge.commit("main", pair.head, draft)

    assert made == pair.head
    assert pair.world.github.log(REPOSITORY)[0].author.name == "first[bot]"


def test_statuses_are_all_of_the_first_whose_word_a_branch_may_demand(pair):
    pair.spend(0, 100)
    pair.forge.set_status(pair.head, CommitStatus("success", "all is well"))
    pair.forge.set_status(pair.head, CommitStatus("failure", "staging was rolled back"))

    statuses = pair.world.github.find(REPOSITORY).statuses[pair.head]
    assert [each.user.login for each in statuses] == ["first[bot]"] * 2
