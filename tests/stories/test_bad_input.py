"""What the world gets wrong: one reason for those concerned, nothing written or closed, all others go on.

Invariant I8, row by row. In every story, shop has a proposal that stands open and a newer build waiting, and
blog has a build for staging.
"""

import re
import shutil

import pytest
from world.pushes import refuse_pushes
from world.scene import decided, reason, well

from updater.model import Hold
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING, overlay

LISTS = "/v2/acme/shop/tags/list"
HTML = {"body": "<html>log in</html>", "content_type": "text/html"}


@pytest.fixture
def story(scene):
    scene.proposed("shop")
    scene.build("shop")
    scene.tag = scene.build("blog")
    scene.bumps = bumps(scene)
    return scene


def bumps(scene):
    return [commit.sha for commit in scene.ours() if "(shop)" in commit.subject]


def check(sentence, *names):
    """One line that a person understands, and that says what it is about."""
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert not re.search(r"\b\w*(Error|Exception)\b", sentence)
    assert len(sentence) < 700
    for name in names:
        assert name in sentence
    return sentence


def untouched(scene, before):
    """Nothing of shop's was written, and no pull request was changed or closed."""
    refs, pulls = before
    now, pulls_now = scene.everything()
    assert pulls_now == pulls
    main = {"refs/heads/main", "refs/updater/main"}
    assert {ref: sha for ref, sha in now.items() if ref not in main} == {
        ref: sha for ref, sha in refs.items() if ref not in main
    }
    assert bumps(scene) == scene.bumps


# --- the registry ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param({"cut": "whole"}, "registry_unavailable", id="down"),
        pytest.param({"status": 401}, "unauthorized", id="401"),
        pytest.param({"status": 403}, "unauthorized", id="403"),
        pytest.param({"status": 404}, "not_found", id="404"),
        pytest.param({"status": 500}, "registry_unavailable", id="500"),
        pytest.param({"status": 200, **HTML}, "not_json", id="HTML"),
        pytest.param({"cut": "half"}, "registry_unavailable", id="half a body"),
        pytest.param({"status": 200, "body": '{"name": "acme/sh'}, "registry_unavailable", id="half a JSON"),
        pytest.param({"status": 200, "body": '{"tags": []}'}, "listing_empty", id="an empty list"),
        pytest.param({"status": 200, "body": '{"tags": null}'}, "listing_empty", id="no list"),
        pytest.param({"status": 200, "body": '{"tags": "all"}'}, "not_json", id="another shape"),
    ],
)
def test_i8_a_listing_that_fails_holds_its_app_and_no_other(story, fault, code):
    before, pinned = story.everything(), story.pinned("shop", STAGING)
    story.registry.fault(LISTS, **fault)
    report = story.run()
    for environment in (STAGING, PRODUCTION):
        told, sentence = reason(report, environment)
        assert told == code
        check(sentence, "ghcr.io")
    assert story.pinned("shop", STAGING) == pinned
    assert story.pinned("blog", STAGING) == story.tag
    untouched(story, before)


def test_i8_a_registry_that_wants_us_to_wait_holds_and_is_not_asked_meanwhile(story):
    before = story.everything()
    story.registry.fault(LISTS, 429, headers={"Retry-After": "60"})
    code, sentence = reason(story.run(), STAGING)
    assert code == "rate_limited"
    check(sentence, "ghcr.io")
    asked = len(story.registry.requests)
    story.run()
    assert len(story.registry.requests) == asked
    untouched(story, before)
    story.registry.lift()
    story.world.clock.forward(seconds=61)
    well(story.run())
    assert story.pinned("blog", STAGING) == story.tag


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "unauthorized"), (403, "unauthorized"), (404, "not_there_yet"), (500, "registry_unavailable")],
)
def test_i8_a_manifest_that_cannot_be_read_is_not_deployed(story, status, code):
    before, pinned = story.everything(), story.pinned("shop", STAGING)
    story.registry.fault("/v2/acme/shop/manifests", status)
    told, sentence = reason(story.run(), STAGING)
    assert told == code
    check(sentence, "ghcr.io")
    assert story.pinned("shop", STAGING) == pinned
    assert story.pinned("blog", STAGING) == story.tag
    untouched(story, before)


# --- the repository -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param({"cut": "whole"}, "repository_unavailable", id="down"),
        pytest.param({"status": 500}, "repository_unavailable", id="500"),
        pytest.param({"status": 404}, "repository_refused", id="404"),
        pytest.param({"status": 403}, "repository_refused", id="403"),
        pytest.param({"status": 401}, "repository_refused", id="401"),
        pytest.param({"status": 200, **HTML}, None, id="HTML"),
    ],
)
def test_i8_a_remote_that_is_gone_holds_all_its_apps(story, fault, code):
    before = story.everything()
    story.hub.fault("git-upload-pack", **fault)
    report = story.run()
    for placement, decision in decided(report).items():
        assert isinstance(decision, Hold)
        told, sentence = reason(report, *placement)
        assert told == code or code is None
        check(sentence, story.world.url)
    assert story.everything() == before


def test_i8_a_remote_whose_folder_is_gone_holds_all_its_apps(story):
    folder = story.hub.path(story.repository)
    shutil.move(folder, folder.with_name("elsewhere"))
    report = story.run()
    for placement in decided(report):
        check(reason(report, *placement)[1], story.world.url)


def test_i8_a_base_branch_that_is_missing_holds_all_its_apps(story):
    story.config["repositories"]["deploy"]["branch"] = "trunk"
    before = story.everything()
    report = story.run("second")
    for placement in decided(report):
        code, sentence = reason(report, *placement)
        assert code == "branch_missing"
        check(sentence, story.world.url, "trunk")
    assert story.everything() == before


def test_i8_a_protected_branch_refuses_the_push_in_the_words_of_github(story):
    story.hub.protect(story.repository, "main")
    before = story.everything()
    report = story.run()
    (failed,) = [outcome for outcome in report.outcomes if outcome.error]
    assert failed.code == "branch_protected"
    check(failed.error, story.world.url, "GH006", "deliver: pull-request")
    assert story.everything() == before


def test_i8_a_race_that_is_lost_again_and_again_is_left_to_the_next_pass(story):
    refuse_pushes(story.world, "failed to update ref")
    before = story.everything()
    report = story.run()
    (failed,) = [outcome for outcome in report.outcomes if outcome.error]
    assert failed.code == "lost_race"
    check(failed.error, story.world.url)
    assert story.everything() == before
    story.hub.lift()
    well(story.run())
    assert story.pinned("blog", STAGING) == story.tag


# --- the forge --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(
            {"status": 401, "body": '{"message": "Bad credentials"}'}, "forge_unauthorized", id="401"
        ),
        pytest.param(
            {"status": 403, "body": '{"message": "Resource not accessible"}'}, "forge_forbidden", id="403"
        ),
        pytest.param({"status": 404, "body": '{"message": "Not Found"}'}, "forge_not_found", id="404"),
        pytest.param({"status": 422, "body": '{"message": "Validation Failed"}'}, "forge_rejected", id="422"),
        pytest.param({"status": 500}, "forge_unavailable", id="500"),
        pytest.param({"status": 200, **HTML}, "forge_unavailable", id="HTML"),
        pytest.param({"cut": "whole"}, "forge_unavailable", id="down"),
        pytest.param({"cut": "half"}, "forge_unavailable", id="half a body"),
        pytest.param(
            {
                "status": 403,
                "body": '{"message": "API rate limit exceeded"}',
                "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1770020000"},
            },
            "rate_limited",
            id="rate limit",
        ),
    ],
)
def test_i8_a_forge_that_fails_holds_what_it_delivers_and_staging_goes_on(story, fault, code):
    pulls = story.everything()[1]
    story.hub.fault("/api/v3/|/repos/", **fault)
    report = story.run()
    for app in ("shop", "blog"):
        told, sentence = reason(report, PRODUCTION, app)
        assert told == code
        check(sentence)
    assert story.pinned("blog", STAGING) == story.tag
    assert story.everything()[1] == pulls
    assert story.pinned("shop", PRODUCTION) == FIRST_TAG


def test_i8_a_pull_request_that_is_rejected_fails_alone_and_says_why(story):
    story.run()
    story.soak()
    story.hub.fault("^POST .*/pulls$", 422, body='{"message": "Validation Failed"}')
    report = story.run()
    (failed,) = [outcome for outcome in report.outcomes if outcome.error]
    assert failed.code == "forge_rejected"
    check(failed.error, "acme/deploy", "Validation Failed")
    assert len(story.pulls()) == 1


# --- the files ----------------------------------------------------------------------------------------------

DIGEST = f"sha256:{'a' * 64}"
SHOP = "  - name: ghcr.io/acme/shop\n    newTag: "


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        pytest.param(
            lambda text: text.replace(SHOP, f"{SHOP}\t[: "), None, overlay(STAGING), id="does not parse"
        ),
        pytest.param(
            lambda text: re.sub(f"{SHOP}\\S+\n", "", text),
            "pin_missing",
            "ghcr.io/acme/shop",
            id="lacks the image",
        ),
        pytest.param(
            lambda text: text.replace(SHOP, SHOP.replace("    newTag", f"    digest: {DIGEST}\n    newTag")),
            None,
            "ghcr.io/acme/shop",
            id="has a digest beside the tag",
        ),
        pytest.param(
            lambda text: re.sub(
                f"({SHOP})(\\S+)", r"\1*tag", text.replace("namespace:", f"x: &tag {FIRST_TAG}\nnamespace:")
            ),
            "alias",
            "ghcr.io/acme/shop",
            id="uses an alias",
        ),
    ],
)
def test_i8_a_kustomization_in_doubt_holds_the_apps_concerned(story, change, code, named):
    text = story.text(STAGING)
    story.world.clock.forward(seconds=1)
    broken = change(text)
    assert broken != text
    story.hub.commit(story.repository, "main", {overlay(STAGING): broken}, "Rework")
    before, report = story.everything(), story.run()
    told, sentence = reason(report, STAGING)
    assert told == code or code is None
    check(sentence, overlay(STAGING), named)
    told, sentence = reason(report, PRODUCTION)
    assert told == "predecessor_in_doubt"
    check(sentence, "staging", overlay(STAGING))
    untouched(story, before)
    if code is not None:  # else no app of that file can be read
        assert story.pinned("blog", STAGING) == story.tag
    assert story.text(STAGING).replace(story.tag, FIRST_TAG) == broken.replace(story.tag, FIRST_TAG)


def test_i8_a_kustomization_that_is_missing_is_named(story):
    story.hub.commit(story.repository, "main", {overlay(STAGING): None}, "Rework")
    before, report = story.everything(), story.run()
    code, sentence = reason(report, STAGING)
    assert code == "file_missing"
    check(sentence, overlay(STAGING))
    assert story.everything() == before


def test_i8_two_kustomizations_in_one_folder_are_named(story):
    second = overlay(STAGING).replace(".yaml", ".yml")
    story.hub.commit(story.repository, "main", {second: story.text(STAGING)}, "Rework")
    before, report = story.everything(), story.run()
    code, sentence = reason(report, STAGING)
    assert code == "file_ambiguous"
    check(sentence, overlay(STAGING), second)
    assert story.everything() == before


def test_i8_what_was_held_goes_on_once_the_world_is_well_again(story):
    tag = story.registry.tags("acme/shop")[-1]
    story.registry.fault(LISTS, 500)
    story.run()
    story.registry.lift()
    well(story.run())
    assert story.pinned("shop", STAGING) == tag
