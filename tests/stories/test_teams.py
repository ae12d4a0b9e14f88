"""Teams declare their apps in the deploy repository: what they write there counts from the next pass on."""

import json

import pytest
from world.scene import HOST, OWNER, decided, promoted, reason, well

from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING

PATH = "teams/{app}/updater.yaml"


def written(app, environments=None, **more):
    environments = environments or {STAGING: {}, PRODUCTION: {}}
    return json.dumps({"images": [f"{HOST}/{OWNER}/{app}"], "environments": environments, **more}, indent=1)


@pytest.fixture
def teams(scene):
    """Both apps are declared in the repository, none beside the operator's config."""
    scene.apps.clear()
    scene.config["apps"] = {"from": "repository", "path": PATH}
    for app in ("shop", "blog"):
        write(scene, app, written(app))
    return scene


def write(scene, app, text, message="Say what we want"):
    scene.world.clock.forward(seconds=1)
    scene.hub.commit(scene.repository, "main", {PATH.format(app=app): text.encode()}, message)


def test_an_app_that_is_only_in_the_repository_is_promoted(teams):
    tag = teams.proven()
    well(teams.run())
    assert teams.pinned("shop", STAGING) == tag
    teams.merge(teams.pull())
    assert teams.pinned("shop", PRODUCTION) == tag


def test_an_app_is_added_by_a_commit_alone(teams):
    teams.hub.commit(teams.repository, "main", {PATH.format(app="shop"): None}, "Not yet")
    tag = teams.build()
    assert {placement.app for placement in decided(teams.run())} == {"blog"}
    write(teams, "shop", written("shop"))
    assert promoted(well(teams.run()), STAGING) == tag
    assert teams.pinned("shop", STAGING) == tag


def test_one_team_breaks_its_file_and_the_other_goes_on_until_it_is_mended(teams):
    well(teams.run())
    tags = {app: teams.build(app) for app in ("shop", "blog")}
    write(teams, "shop", "images: [")
    report = teams.run()

    assert reason(report, STAGING)[0] == "app_file_refused"
    assert reason(report, STAGING)[1].startswith("teams/shop/updater.yaml:1: is not YAML")
    assert promoted(report, STAGING, "blog") == tags["blog"]
    assert teams.pinned("shop", STAGING) == FIRST_TAG

    write(teams, "shop", written("shop"))
    assert promoted(well(teams.run()), STAGING) == tags["shop"]


def test_a_proposal_is_red_while_its_file_is_broken(teams):
    _, pull = teams.proposed()
    write(teams, "shop", written("shop", colour="red"))
    well(teams.run())
    head = teams.branch_head(teams.pull())
    assert teams.hub.statuses(teams.repository, head)[0].state == "failure"
    write(teams, "shop", written("shop"))
    well(teams.run())
    assert teams.hub.statuses(teams.repository, head)[0].state == "success"
    assert teams.pull().number == pull.number


def test_what_weakens_a_guardrail_holds_with_that_sentence(teams):
    teams.config["guardrails"] = {PRODUCTION: {"gates": {"soak": "30m"}, "deliver": "pull-request"}}
    write(teams, "shop", written("shop", {STAGING: {}, PRODUCTION: {"gates": {"soak": "1m"}}}))
    teams.build()
    code, sentence = reason(teams.run(), PRODUCTION)
    assert code == "app_file_refused"
    assert "gates.soak: weakens the guardrail in config/updater.yaml" in sentence.replace(
        str(teams.folder) + "/", ""
    )
    assert sentence.endswith("1m is less than 30m")


def test_a_person_may_go_back_though_the_file_is_broken_and_nobody_remembers_it_whole(teams):
    tag = teams.proven()
    write(teams, "shop", "images: [")
    write(teams, "blog", written("blog"), "Something else")
    back = teams.command("rollback", "shop", STAGING, "--why", "it is broken", "--to", FIRST_TAG)
    assert back.returncode == 0, back.stderr
    assert teams.pinned("shop", STAGING) == FIRST_TAG != tag

    said = teams.command("explain", "shop", STAGING)
    assert "teams/shop/updater.yaml:1: is not YAML" in said.stdout
    assert "its policy is written in teams/shop/updater.yaml:6; " in said.stdout


def test_another_process_shows_what_a_broken_file_said_when_it_last_counted(teams):
    write(teams, "shop", "images: [")
    write(teams, "shop", "images: {")
    report = teams.run("later")
    for environment in (STAGING, PRODUCTION):
        code, sentence = reason(report, environment)
        assert code == "app_file_refused"
        assert sentence.startswith("teams/shop/updater.yaml:1: is not YAML")


def test_a_proposal_is_left_alone_until_it_is_known_what_a_broken_file_said(teams, monkeypatch):
    teams.proposed()
    write(teams, "shop", "images: [")
    with monkeypatch.context() as busy:
        busy.setattr("updater.observe.completion._AT_ONCE", 0)
        assert {placement.app for placement in decided(teams.run("later"))} == {"blog"}
    head = teams.branch_head(teams.pull())
    assert teams.hub.statuses(teams.repository, head)[0].state == "success"
    assert not teams.pull().comments
    teams.run("later")
    assert teams.hub.statuses(teams.repository, head)[0].state == "failure"
    assert "Do not merge this" in teams.pull().comments[0].body


def test_what_a_team_writes_during_a_race_counts_in_the_same_pass(teams):
    """The race is lost to the file of the team itself, which says that others deliver there from now on."""
    well(teams.run())
    teams.build()
    clone = teams.updater()._clones.of("deploy")
    push, ahead = clone.push, [written("shop", {STAGING: {"deliver": "none"}, PRODUCTION: {}})]

    def push_too_late(updates, *, atomic):
        if ahead and updates[0].ref == "refs/heads/main":
            write(teams, "shop", ahead.pop())
        return push(updates, atomic=atomic)

    clone.push = push_too_late
    report = teams.run()
    assert report.races == 1
    assert reason(report, STAGING)[0] == "not_delivered"
    assert teams.pinned("shop", STAGING) == FIRST_TAG


def test_a_file_that_vanishes_leaves_an_open_proposal_red_and_open(teams):
    _, pull = teams.proposed()
    teams.hub.commit(teams.repository, "main", {PATH.format(app="shop"): None}, "We are gone")
    for _ in range(2):
        assert {placement.app for placement in decided(teams.run())} == {"blog"}
    assert teams.pull().number == pull.number
    head = teams.branch_head(teams.pull())
    assert teams.hub.statuses(teams.repository, head)[0].state == "failure"
    assert len(teams.pull().comments) == 1
    write(teams, "shop", written("shop"), "We are back")
    well(teams.run())
    assert teams.hub.statuses(teams.repository, head)[0].state == "success"


def test_one_broken_file_does_not_redden_what_an_environment_shares(teams):
    """Of a pull request for the whole environment, the app whose file does not count is taken out."""
    teams.settings(group="environment")
    tags = {app: teams.build(app) for app in ("shop", "blog")}
    teams.run()
    teams.soak()
    teams.run()
    assert all(tag in teams.pull().body for tag in tags.values())
    write(teams, "shop", "images: [")
    well(teams.run())
    head = teams.branch_head(teams.pull())
    assert teams.hub.statuses(teams.repository, head)[0].state == "success"
    assert teams.pinned("blog", PRODUCTION, ref=teams.pull().head) == tags["blog"]
    assert teams.pinned("shop", PRODUCTION, ref=teams.pull().head) == FIRST_TAG
