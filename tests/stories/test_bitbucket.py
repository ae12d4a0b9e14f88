"""What is otherwise on Bitbucket Cloud, as people meet it."""

import pytest
from world.scene import TOKEN, Scene, reason, well

from updater.sandbox import Bitbucket
from updater.sandbox.github.protection import Protection
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING


@pytest.fixture
def scene(tmp_path, monkeypatch):
    scene = Scene(tmp_path, forge=Bitbucket)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def users_of(scene):
    """Whom git has named, and whom the API was, from now on; None: a token alone."""
    git, api, hear = set(), set(), scene.hub.answer

    def answer(request):
        user, _ = request.basic() or (None, None)
        if "authorization" in request.headers:
            (git if ".git/" in request.path else api).add(user)
        return hear(request)

    scene.hub.answer = answer
    return git, api


@pytest.mark.parametrize(
    ("user", "of_git", "of_api"),
    [
        (None, "x-token-auth", None),
        ("bot@acme.example", "x-bitbucket-api-token-auth", "bot@acme.example"),
        ("acme-bot", "acme-bot", None),
    ],
)
def test_git_and_the_api_are_told_whom_each_wants(scene, user, of_git, of_api):
    (forge,) = scene.config["forges"].values()
    forge |= {"user": user} if user else {}
    git, api = users_of(scene)
    tag = scene.build()
    well(scene.run())
    assert scene.pinned("shop", STAGING) == tag
    assert (git, api) == ({of_git}, {of_api})


def test_an_access_token_proposes_and_merges_though_it_may_not_ask_whose_it_is(scene):
    scene.hub.act_by_access_token()
    scene.settings(auto_merge=True)
    tag = scene.proven()
    for _ in range(4):
        well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == tag
    assert [pull.merged_by.login for pull in scene.pulls("all")] == [scene.hub.bot_login]


def test_what_a_pull_request_cannot_bear_is_asked_for_in_no_pass(scene):
    scene.hub.forge.user("bob")
    scene.settings(labels=["promotion"], reviewers=["bob"], assignees=["kim"], milestone="Spring")
    _, pull = scene.proposed()
    assert scene.worn(pull) == ["bob"]
    before, asked = scene.everything(), len(scene.hub.requests)
    for name in ("first", "later"):
        assert well(scene.run(name)).outcomes == ()
    assert scene.everything() == before
    assert not scene.writes(asked)


def test_what_was_declined_stays_so_and_the_next_one_is_proposed_from_the_same_branch(scene):
    _, pull = scene.proposed()
    scene.hub.close(scene.repository, pull.number)
    code, _ = reason(well(scene.run()), PRODUCTION)
    assert code == "rejected"
    newer = scene.proven()
    well(scene.run("later"))
    assert scene.pull().title == f"production: shop {newer}"
    assert scene.pull().head == pull.head
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG


def test_a_merge_that_the_base_forbids_is_refused_in_bitbuckets_words(scene):
    scene.hub.act_by_access_token()
    bypass = frozenset({scene.hub.bot_login})
    scene.hub.protect(scene.repository, "main", Protection(required_reviews=1, bypass=bypass))
    scene.settings(auto_merge=True)
    scene.proven()
    said = [outcome.error for _ in range(4) for outcome in scene.run().outcomes if outcome.error]
    assert all("You can't merge until all merge checks have passed" in each for each in said)
    assert [each.status for each in scene.hub.requests if each.path.endswith("/merge")] == [400]
    scene.hub.approve(scene.repository, scene.pull().number)
    scene.world.clock.forward(minutes=10)
    well(scene.run())
    assert scene.pulls() == []
