"""The commands by which people steer, as they are typed."""

import json
import re
import time

import pytest
from commands.calling import call

from updater.commands.promote import OutputOptions, carry_out
from updater.holds import PATH
from updater.model import Placement, Request
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING


def fine(scene, *words, status=0):
    scene.world.clock.forward(seconds=5)
    done = scene.command(*words)
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    return done


def test_status_is_a_matrix_of_apps_and_environments(scene):
    scene.build()
    shown = fine(scene, "status").stdout
    assert "staging" in shown
    assert "production" in shown
    assert FIRST_TAG in shown
    cells = json.loads(fine(scene, "status", "--output", "json").stdout)["placements"]
    assert {(cell["app"], cell["environment"]) for cell in cells} == {
        (app, environment) for app in ("shop", "blog") for environment in (STAGING, PRODUCTION)
    }
    assert all(cell["since"] for cell in cells)


def test_an_open_pull_request_is_named_beside_its_app(scene):
    _, pull = scene.proposed()
    told = [line for line in fine(scene, "plan").stdout.splitlines() if line.endswith("is open)")]
    assert [line.rpartition(" (")[2] for line in told] == [f"#{pull.number} is open)"]
    assert f", #{pull.number}" in fine(scene, "status").stdout


def test_two_open_pull_requests_are_named_beside_their_app(scene):
    _, pull = scene.proposed()
    fine(scene, "promote", "shop", PRODUCTION, "--by", "kim", "--override", "clock_skew", "--why", "x")
    told = [line for line in fine(scene, "plan").stdout.splitlines() if "open)" in line]
    assert [line.rpartition(" (")[2] for line in told] == [f"#{pull.number}, #{pull.number + 1} are open)"]


def test_explain_says_what_each_rule_and_gate_says(scene):
    bad = scene.build()
    scene.run()
    scene.world.revert(scene.world.head())
    shown = fine(scene, "explain", "shop", PRODUCTION).stdout
    assert f"{bad}: no" in shown
    assert "- rolled_back: it was rolled back in staging by commit" in shown
    assert "it holds:" in shown
    assert shown.startswith(f"shop in production runs {FIRST_TAG} since 2026-")
    assert " KST (commit" in shown.partition("\n")[0]
    assert not re.search(r"\d{4}-\d\d-\d\dT", shown), "one zone throughout"
    told = json.loads(fine(scene, "explain", "shop", PRODUCTION, "--output", "json").stdout)
    assert told["decision"] == "hold"
    assert told["candidates"][0]["tag"] == bad


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        (FIRST_TAG, f"\n{FIRST_TAG}: runs now\n"),
        ("v1.2.3", "not_followed"),
        ("20200101-000000", "not_listed"),
    ],
)
def test_explain_of_one_tag(scene, tag, said):
    assert said in fine(scene, "explain", "shop", STAGING, "--tag", tag).stdout


def test_where_a_pull_request_brings_it_the_command_says_that_nothing_has_gone_back_yet(scene):
    tag, pull = scene.proposed()
    scene.merge(pull)
    fine(scene, "once")
    done = fine(scene, "rollback", "shop", PRODUCTION, "--by", "kim")
    (asked,) = scene.pulls()
    not_yet = f"nothing has gone back yet: shop in production still runs {tag}; it counts once "
    assert not_yet in done.stderr
    assert f"/pull/{asked.number} is merged, and not before\n" in done.stderr
    assert "to go back at once: `git revert`" in done.stderr
    assert asked.title == f"production: roll shop back from {tag} to {FIRST_TAG}"
    assert "Nobody said why." in asked.body
    assert "soak" not in asked.body, "no gate is asked"
    again = fine(scene, "rollback", "shop", PRODUCTION, "--by", "kim", "--why", "checkout fails")
    assert not_yet in again.stderr
    (asked,) = scene.pulls()
    assert "Why: checkout fails" in asked.body, again.stderr
    assert "(rollback): checkout fails" in scene.log(asked.head)[0].message
    fine(scene, "rollback", "shop", PRODUCTION, "--by", "kim")
    assert "Why: checkout fails" in scene.pull().body, "who says nothing takes no reason away"


def test_a_step_back_that_is_pushed_needs_no_such_word(scene):
    scene.build()
    fine(scene, "once")
    assert "yet" not in fine(scene, "rollback", "shop", STAGING, "--by", "kim").stderr


def test_an_unknown_app_is_one_sentence_and_exit_2(scene):
    for words in (
        ["explain", "shop", "qa"],
        ["promote", "nobody", STAGING],
        ["hold", "nobody", "--why", "x"],
    ):
        done = fine(scene, *words, status=2)
        assert len(done.stderr.strip().splitlines()) == 1
        assert "the config has no" in done.stderr
    told = fine(scene, "hold", "--all", "shop", "--why", "x", "--by", "kim", status=2).stderr
    assert told == "the config has no environment shop; it has staging, production\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["explain", "sohp"], "no app sohp; did you mean shop?"),
        (["explain", "shop", "stagin"], "no environment stagin; did you mean staging?"),
        (["explain", "staging", "shop"], "staging is an environment and shop an app: write `shop staging`"),
        (
            ["promote", "shop", "prodction"],
            "the config has no environment prodction; did you mean production?",
        ),
        (["rollback", "shp", "staging"], "no app shp; did you mean shop?"),
        (
            ["hold", "--all", "prod", "--why", "x"],
            "the config has no environment prod; did you mean production?",
        ),
        (["release", "blo"], "no app blo; did you mean blog?"),
        (
            ["plan", "--repository", "dep"],
            "--repository: the config has no deploy repository dep; did you mean deploy?",
        ),
        (
            ["promote", "shop", "staging", "--override", "soek", "--why", "x"],
            "--override soek: that can never be passed over; did you mean soak?",
        ),
    ],
)
def test_the_name_that_was_most_likely_meant_is_told(scene, words, said):
    where = ["--config", scene.configure(), "--cache-dir", scene.folder / "first"]
    status, out, err = call(*words, *where)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.endswith(f"{said}\n")


def test_explain_without_an_environment_tells_of_all_that_the_app_is_in(scene):
    tag = scene.build()
    scene.run()
    shown = fine(scene, "explain", "shop").stdout
    first, second = (shown.index(f"shop in {each} runs ") for each in (STAGING, PRODUCTION))
    assert first == 0 < second
    assert f"\n{tag}: runs now\n" in shown[:second]
    assert f"it is up to date: it runs {tag}, the newest timestamp tag there is\n" in shown[:second]
    assert f"\n{tag}: no\n" in shown[second:]
    assert "held before" not in shown
    told, alone = (
        json.loads(re.sub(r"is \w+ ahead of", "is ahead of", fine(scene, "explain", *words).stdout))
        for words in (("shop", "--output", "json"), ("shop", PRODUCTION, "--output", "json"))
    )  # by how much the clock of a process differs from that of the world grows by the minute
    assert [each["environment"] for each in told["environments"]] == [STAGING, PRODUCTION]
    assert told["environments"][1] == alone
    running = [each["tag"] for each in told["environments"][0]["candidates"] if each["runs"]]
    assert running == [tag]


def test_what_an_order_names_is_told_by_its_kind(scene):
    assert "no app nobody;" in fine(scene, "hold", "nobody", "--why", "x", status=2).stderr
    assert "no environment shop;" in fine(scene, "hold", "shop", "--all", "--why", "x", status=2).stderr


def test_promote_by_name_and_roll_back(scene):
    tag = scene.build()
    shown = fine(scene, "promote", "shop", STAGING, "--tag", tag, "--why", "now", "--by", "kim").stdout
    assert "done" in shown
    assert scene.pinned("shop", STAGING) == tag
    assert "Asked for by kim (promote): now" in scene.log()[0].message
    fine(scene, "rollback", "shop", STAGING)
    assert scene.pinned("shop", STAGING) == FIRST_TAG


def promote(scene, tag=None, **overrides):
    """As the command does, by the clock of the story; its exit status."""
    request = Request("promote", Placement(PRODUCTION, "shop"), tag, "kim", "they need it", overrides)
    scene.world.clock.forward(seconds=5)
    return carry_out(scene.updater("kim"), request, OutputOptions(dry_run=False, output="text"))


@pytest.mark.parametrize("named", [True, False])
def test_a_tag_that_an_open_pull_request_offers_gets_no_second_one(scene, named, capsys):
    tag, pull = scene.proposed()
    before = scene.everything()
    assert promote(scene, tag if named else None) == 1
    assert (
        f"REFUSES offered: {url(scene, pull)} offers {tag} already: merge that one\n"
        in capsys.readouterr().out
    )
    assert scene.everything() == before


def test_an_order_that_passes_over_a_gate_has_a_pull_request_of_its_own(scene):
    """The other one stays red, and does not say what was passed over."""
    tag, pull = scene.proposed()
    scene.config["environments"][PRODUCTION]["gates"]["soak"] = "5h"
    assert promote(scene, tag) == 1
    assert [each.head for each in scene.pulls()] == [pull.head]
    assert promote(scene, tag, soak="urgent") == 0
    assert {each.head for each in scene.pulls()} == {pull.head, "updater/asked/production--shop"}


def test_a_pull_request_that_people_edited_stands_in_nobodys_way(scene):
    tag, pull = scene.proposed()
    scene.hub.commit(scene.repository, pull.head, {"notes": "x"}, "Edit")
    assert promote(scene, tag) == 0
    assert {each.head for each in scene.pulls()} == {pull.head, "updater/asked/production--shop"}


def url(scene, pull):
    return f"{scene.hub.url}/{scene.repository}/pull/{pull.number}"


def test_a_hold_that_waits_in_a_pull_request_is_told_by_each_pass(scene):
    fine(scene, "hold", "shop", PRODUCTION, "--why", "audit", "--by", "kim")
    pull = scene.pull()
    (said,) = scene.run().warnings
    assert said == f"{url(scene, pull)} (hold shop in production) counts once it is merged"
    assert said in fine(scene, "plan").stdout
    scene.hub.commit(scene.repository, "main", {PATH: "holds: [{app: blog, why: audit}]\n"}, "Hold another")
    (said,) = scene.run().warnings
    assert said.endswith(f"; {PATH} has changed on main since: if that conflicts, give the order again")
    fine(scene, "hold", "shop", PRODUCTION, "--why", "audit", "--by", "kim")
    (said,) = scene.run().warnings
    assert said.endswith("counts once it is merged"), "it was made anew"
    scene.merge(scene.pull())
    assert scene.run().warnings == ()


def test_a_hold_is_told_in_words_that_follow_one_another(scene):
    fine(scene, "hold", "shop", STAGING, "--why", "audit", "--by", "kim")
    assert "it holds: by order of kim: audit\n" in fine(scene, "explain", "shop", STAGING).stdout
    assert ", holds: by order of kim: audit" in fine(scene, "plan").stdout


def test_a_refused_order_names_the_gates_and_writes_nothing(scene):
    scene.config["environments"][PRODUCTION]["gates"]["freeze"] = [{"from": "2026-01-01", "to": "2099-01-01"}]
    tag = scene.build()
    scene.run()
    before = scene.everything()
    done = fine(scene, "promote", "shop", PRODUCTION, "--tag", tag, status=1)
    assert "REFUSES freeze" in done.stdout
    assert scene.everything() == before


def test_a_refused_order_names_what_would_help_and_nothing_that_would_not(scene):
    bad = scene.build()
    scene.run()
    scene.world.revert(scene.world.head())
    gates = r"(--override \w+ )+--why …`"
    done = fine(scene, "promote", "shop", PRODUCTION, status=1)
    assert re.search(rf"promote refused; `--tag {bad} {gates} asks for it by name and passes", done.stdout)
    done = fine(scene, "promote", "shop", PRODUCTION, "--tag", bad, status=1)
    assert re.search(rf"promote refused; `{gates} passes over those gates\n", done.stdout)
    scene.config["environments"][PRODUCTION]["tags"]["forbid"] = ["2026*"]
    done = fine(scene, "promote", "shop", PRODUCTION, "--tag", bad, status=1)
    assert "promote refused\n" in done.stdout, "nothing lifts what is forbidden"


@pytest.mark.parametrize("words", [["promote", "shop", STAGING], ["hold", "shop", "--why", "audit"]])
def test_an_order_in_observe_mode_says_that_it_wrote_nothing(scene, words):
    scene.config["mode"] = "observe"
    scene.build()
    before = scene.everything()
    assert "nothing was written: the mode is observe" in fine(scene, *words).stderr
    assert "nothing was written" not in fine(scene, *words, "--dry-run").stderr, "that says so itself"
    assert scene.everything() == before


def test_an_override_needs_a_reason(scene):
    done = fine(scene, "promote", "shop", PRODUCTION, "--override", "soak", status=2)
    assert "say --why" in done.stderr


def test_a_dry_run_shows_the_commit_and_writes_nothing(scene):
    tag = scene.build()
    before = scene.everything()
    shown = fine(scene, "promote", "shop", STAGING, "--dry-run").stdout
    assert f"+    newTag: {tag}" in shown
    assert scene.everything() == before


def test_hold_and_release(scene):
    tag = scene.build()
    fine(scene, "hold", "shop", "--why", "audit", "--until", "2h", "--by", "kim")
    scene.run()
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    refused = fine(scene, "release", "shop", STAGING, status=1)
    assert "held more widely" in refused.stderr
    fine(scene, "release", "shop")
    scene.run()
    assert scene.pinned("shop", STAGING) == tag


def test_a_hold_by_pull_request_says_that_it_does_not_count_yet(scene):
    words = ("hold", "shop", PRODUCTION, "--why", "audit", "--by", "kim")
    assert "once that pull request is merged" in fine(scene, *words).stderr
    assert "merged" not in fine(scene, "hold", "shop", "--why", "audit", "--by", "kim").stderr


@pytest.mark.parametrize("actor", ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR", "SUDO_USER"])
def test_who_orders_is_a_person_where_one_is_known(scene, actor):
    told = scene.command("hold", "shop", "--why", "audit", environment={actor: "kim"})
    assert "nobody said who" not in told.stderr
    assert "by: kim" in scene.hub.read(scene.repository, "main", PATH).decode()


def test_that_nobody_said_who_orders_is_said(scene):
    told = scene.command("hold", "shop", "--why", "audit", environment={"LOGNAME": "root"})
    assert told.stderr == ("nobody said who orders this: it is recorded as by root; say --by NAME\n")
    assert "by: root" in scene.hub.read(scene.repository, "main", PATH).decode()


@pytest.mark.parametrize("words", [["shop"], ["shop", STAGING], ["--all"]])
def test_what_is_not_held_is_not_released_by_a_commit(scene, words):
    scene.hub.commit(scene.repository, "main", {PATH: "holds: [{app: blog, why: audit}]\n"}, "Hold another")
    before = scene.everything()
    told = scene.command("release", *words)
    assert scene.everything() == before
    assert told.returncode == 0, "what was asked for is so"
    assert "nothing to change: " in told.stderr


def test_hold_all(scene):
    scene.build()
    fine(scene, "hold", "--all", "--why", "incident 7")
    scene.run()
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    fine(scene, "release", "--all")
    scene.run()
    assert scene.pinned("shop", STAGING) != FIRST_TAG


def test_a_release_by_name_lets_a_tag_come_back(scene):
    bad = scene.build()
    scene.run()
    scene.world.revert(scene.world.head())
    fine(scene, "release", "shop", STAGING, "--tag", bad, "--why", "it was the database")
    scene.run()
    assert scene.pinned("shop", STAGING) == bad


def test_what_came_back_and_was_left_again_may_be_released_again(scene):
    bad = scene.build()
    scene.run()
    scene.world.revert(scene.world.head())
    for _ in range(2):
        time.sleep(1.1)  # orders are told apart by the second
        fine(scene, "release", "shop", STAGING, "--tag", bad, "--by", "kim")
        scene.run()
        assert scene.pinned("shop", STAGING) == bad
        scene.world.revert(scene.world.head())
        scene.run()
        assert scene.pinned("shop", STAGING) == FIRST_TAG, "once"


@pytest.mark.parametrize("tag", ["19991123-195420", "v1.2.3"])
def test_a_release_of_what_was_never_there_is_refused(scene, tag):
    before = scene.everything()
    refused = scene.command("release", "shop", STAGING, "--tag", tag)
    assert refused.returncode == 1
    assert f"staging has never run {tag}, nor was it rejected" in refused.stdout + refused.stderr
    assert scene.everything() == before


def test_a_release_of_what_runs_is_refused(scene):
    before = scene.everything()
    refused = scene.command("release", "shop", STAGING, "--tag", FIRST_TAG)
    assert refused.returncode == 1
    assert f"shop in staging runs {FIRST_TAG} now" in refused.stdout + refused.stderr
    assert scene.everything() == before


def test_a_release_of_what_is_newer_than_what_runs_is_taken_though_it_was_never_there(scene):
    skipped, bad = scene.build(), scene.build()
    scene.run()
    scene.world.revert(scene.world.head())
    fine(scene, "release", "shop", STAGING, "--tag", skipped)
    scene.run()
    assert scene.pinned("shop", STAGING) == skipped != bad


def test_a_release_that_still_waits_is_not_recorded_twice(scene):
    bad = scene.build()
    scene.run()
    scene.world.revert(scene.world.head())
    fine(scene, "release", "shop", STAGING, "--tag", bad)
    before = scene.everything()
    assert "nothing to do" in fine(scene, "release", "shop", STAGING, "--tag", bad).stdout
    assert scene.everything() == before


@pytest.mark.parametrize(
    "words",
    [
        ["hold", "--why", "x"],
        ["hold", "shop", "--all", "--why", "x"],
        ["hold", "shop", "--why", "x", "--until", "soon"],
        ["release", "shop", "--tag", "20260101-000000"],
    ],
)
def test_a_call_that_cannot_be_meant_is_exit_2(scene, words):
    assert len(fine(scene, *words, status=2).stderr.strip().splitlines()) == 1
