"""Who opened a pull request decides whether it is ours; what people do to our mark; every forge."""

import pytest
from world.scene import TOKEN, Scene, promoted, reason, well

from updater import messages
from updater.model import Marker
from updater.sandbox import Azure, Bitbucket, Gitea, GitHub, GitLab
from updater.sandbox.world import FIRST_TAG, PRODUCTION

BRANCH = f"updater/app/{PRODUCTION}--shop"
GROUP = f"updater/env/{PRODUCTION}"


@pytest.fixture(
    params=[GitHub, GitLab, Gitea, Bitbucket, Azure], ids=["github", "gitlab", "gitea", "bitbucket", "azure"]
)
def either(request, tmp_path, monkeypatch):
    scene = Scene(tmp_path, forge=request.param)
    monkeypatch.setenv(TOKEN, scene.hub.bot_token)
    yield scene
    scene.close()


def look_alike(scene, branch, **fields):
    """Somebody who may push opens one from the branch that would be ours, with our mark."""
    scene.hub.create_branch(scene.repository, branch)
    scene.set(PRODUCTION, "shop", "v6.6.6", branch=branch)
    mark = messages.marker(Marker("story", "candidate", PRODUCTION, **fields))
    return scene.hub.open(scene.repository, branch, base="main", title="production: shop", body=mark)


def renamed(scene, monkeypatch, login):
    """The token is now another user's."""
    monkeypatch.setenv(TOKEN, scene.hub.add_user(login, "ghp_" + "5" * 32))


def wiped(pull):
    pull.body = "Please look at this"


def status(scene, pull):
    said = scene.hub.statuses(scene.repository, scene.branch_head(pull))
    return (said[0].state, said[0].description) if said else None


@pytest.mark.parametrize("group", ["app", "environment"])
def test_what_somebody_else_opens_from_our_branch_is_left_to_them(either, group):
    tag = either.proven()
    either.settings(group=group)
    fields = {"app": "shop", "tag": tag} if group == "app" else {"app": "", "tag": "", "apps": {"shop": tag}}
    number = look_alike(either, BRANCH if group == "app" else GROUP, **fields)
    pull = either.hub.pull(either.repository, number)
    before, asked = either.everything(), len(either.hub.requests)
    for _ in range(2):
        report = well(either.run("later"))
        code, sentence = reason(report, PRODUCTION)
        assert code == "branch_taken"
        assert f"was opened by {either.hub.human_login}: if that login" in sentence
    assert either.everything() == before
    assert not either.writes(asked)
    assert status(either, pull) is None
    assert not pull.comments


def test_once_it_is_merged_or_closed_the_next_build_is_proposed(either):
    number = look_alike(either, BRANCH, app="shop", tag=either.proven())
    either.run()
    either.hub.close(either.repository, number)
    newer = either.proven()
    assert promoted(well(either.run()), PRODUCTION) == newer
    assert either.pull().title == f"production: shop {newer}"


def test_what_the_bot_opened_under_another_login_waits_until_config_names_that(either, monkeypatch):
    _, pull = either.proposed()
    renamed(either, monkeypatch, "updater-two")
    newer = either.proven()
    code, sentence = reason(well(either.run()), PRODUCTION)
    assert code == "branch_taken"
    assert "name it under `authors`" in sentence
    (forge,) = either.config["forges"].values()
    forge["authors"] = [either.hub.bot_login.upper()]
    assert promoted(well(either.run("later")), PRODUCTION) == newer
    assert either.pull().number == pull.number
    assert either.pull().title == f"production: shop {newer}"


@pytest.mark.parametrize("group", ["app", "environment"])
def test_what_the_bot_left_green_under_another_login_is_red_and_not_written_to(either, monkeypatch, group):
    either.settings(group=group)
    _, pull = either.proposed()
    assert status(either, pull)[0] == "success"
    renamed(either, monkeypatch, "updater-two")
    well(either.run("later"))
    said = "this was not opened by the updater's user: nobody judges it any more"
    assert status(either, pull) == ("failure", said)
    asked = len(either.hub.requests)
    well(either.run("later"))
    assert not either.writes(asked)
    assert not pull.comments


def test_nor_is_green_what_a_person_opens_from_a_head_that_was_judged(either):
    _, pull = either.proposed()
    either.hub.close(either.repository, pull.number)
    number = either.hub.open(either.repository, pull.head, base="main", title="Again")
    well(either.run())
    assert status(either, either.hub.pull(either.repository, number))[0] == "failure"


@pytest.mark.parametrize("group", ["app", "environment"])
@pytest.mark.parametrize("mark", [True, False], ids=["marked", "unmarked"])
def test_what_is_opened_from_our_head_for_another_base_has_no_word_in_its_status(either, group, mark):
    either.settings(group=group)
    _, pull = either.proposed()
    either.hub.create_branch(either.repository, "release")
    body, login = pull.body if mark else "", either.hub.bot_login
    either.hub.open(either.repository, pull.head, base="release", body=body, login=login)
    well(either.run())
    asked = len(either.hub.requests)
    for _ in range(2):
        well(either.run())
    assert not either.writes(asked)
    assert status(either, pull) == ("success", "every gate passes")


def test_what_the_bot_opens_under_its_new_login_is_its_own_though_it_runs_on(either, monkeypatch):
    either.run()
    renamed(either, monkeypatch, "updater-two")
    _, pull = either.proposed()
    assert pull.user.login == "updater-two"
    newer = either.proven()
    assert promoted(well(either.run()), PRODUCTION) == newer


def test_a_rejection_stands_though_the_bot_has_another_login(either, monkeypatch):
    _, pull = either.proposed()
    either.hub.close(either.repository, pull.number)
    renamed(either, monkeypatch, "updater-two")
    assert reason(well(either.run("later")), PRODUCTION)[0] == "rejected"
    assert either.pinned("shop", PRODUCTION) == FIRST_TAG


def test_whoever_only_looks_may_do_so_as_somebody_else(either, monkeypatch):
    tag, _ = either.proposed()
    monkeypatch.setenv(TOKEN, either.hub.human_token)
    assert promoted(well(either.run("kim", act=False)), PRODUCTION) == tag


def test_one_whose_mark_somebody_takes_out_is_red_and_said_once(either):
    _, pull = either.proposed()
    wiped(pull)
    newer = either.proven()
    for _ in range(3):
        report = well(either.run())
    code, sentence = reason(report, PRODUCTION)
    assert code == "branch_taken"
    assert "does not bear the updater's hidden mark" in sentence
    assert status(either, pull) == ("failure", "the updater's mark is missing in its text: nobody judges it")
    assert "the updater leaves it alone" in "".join(each.body for each in pull.comments)
    assert either.pulls() == [pull]
    assert pull.body == "Please look at this"
    either.hub.close(either.repository, pull.number)
    assert promoted(well(either.run()), PRODUCTION) == newer


@pytest.mark.parametrize("group", ["app", "environment"])
def test_nor_is_it_taken_for_somebodys_where_all_get_a_status(scene, group):
    scene.config["repositories"]["deploy"]["status"] = "all"
    scene.settings(group=group)
    _, pull = scene.proposed()
    wiped(pull)
    for _ in range(2):
        well(scene.run())
    assert status(scene, pull)[0] == "failure"
    assert len(pull.comments) == 1
    asked = len(scene.hub.requests)
    well(scene.run())
    assert not scene.writes(asked)


def test_a_token_that_may_not_ask_whose_it_is_goes_by_the_mark(scene):
    body = '{"message": "Resource not accessible by integration"}'
    scene.hub.fail_next(9, 403, matching="GET .*/(user$|_apis/connectionData)", body=body)
    tag, pull = scene.proposed()
    newer = scene.proven()
    assert promoted(well(scene.run()), PRODUCTION) == newer > tag
    assert scene.pull().number == pull.number
    assert [each.status for each in scene.hub.requests if each.path.endswith("/user")] == [403]


@pytest.mark.parametrize(
    "answer",
    [{"status": 500}, {"body": "[]"}, {"body": '{"login": null, "username": null}'}, {"cut": "half"}],
    ids=str,
)
def test_who_we_are_in_bad_weather_nobody_knows_so_nothing_changes(either, answer):
    _, pull = either.proposed()
    before, asked = either.everything(), len(either.hub.requests)
    either.hub.fault(matching="GET .*/(user$|_apis/connectionData)", **{"status": 200, **answer})
    report = either.run("later")
    assert [reading.port for reading in report.unreadable] == ["forge"]
    assert either.everything() == before
    assert not either.writes(asked)
    assert status(either, pull)[0] == "success"
