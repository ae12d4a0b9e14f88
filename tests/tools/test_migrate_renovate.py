"""`updater migrate` from Renovate: images only, each with what its rules come to."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools.migrating import environments, migrated, refused

from updater.tools.migrate.found import NotCarriedOver
from updater.tools.migrate.json5 import NotJson, read_json5
from updater.tools.migrate.renovate_versioning import RenovateRule

IMAGE = "ghcr.io/acme/shop"


def overlay(tag, name=IMAGE):
    return f"images:\n- name: {name}\n  newTag: {tag}\n"


def one(config, tag="1.2.3", **files):
    return {"renovate.json5": config, "overlays/staging/kustomization.yaml": overlay(f"'{tag}'"), **files}


def test_images_of_each_manager_become_pins(tmp_path):
    config = """
        // of the platform team
        {
          extends: ["config:recommended", ":dependencyDashboard", "local>acme/presets"],
          schedule: ['before 6am'],
          kubernetes: {managerFilePatterns: ["/^apps/.+\\\\.yaml$/"]},
          packageRules: [
            {matchDatasources: ["docker"], minimumReleaseAge: "3 days"},
            {matchPackageNames: ["ghcr.io/acme/**"], automerge: true,},
            {matchUpdateTypes: ["major"], matchPackageNames: ["ghcr.io/acme/web"], enabled: false},
            {matchPackageNames: ["redis"], enabled: false},
          ],
          customManagers: [{
            customType: "regex", managerFilePatterns: ["/\\\\.conf\\\\.yaml$/"],
            matchStrings: ["# renovate: image=(?<depName>\\\\S+)\\\\n\\\\S+: (?<currentValue>\\\\S+)"],
            datasourceTemplate: "docker", versioningTemplate: "regex:^(?<major>\\\\d{4})(?<minor>\\\\d{4})$",
          }],
        }
    """
    files = {
        "renovate.json": config,
        "overlays/staging/kustomization.yaml": overlay("1.2.3"),
        "charts/values.yaml": "image:\n  repository: ghcr.io/acme/web\n  tag: v2.0.0\n",
        "apps/redis.yaml": "kind: Pod\nspec:\n  containers:\n  - name: redis\n    image: redis:7.0.0\n",
        "examples/kustomization.yaml": overlay("0.1.0"),
        "jobs/a.conf.yaml": f"# renovate: image={IMAGE}-jobs\njobs: 20260202\n",
    }
    config, out, written = migrated(tmp_path, files)
    assert "Renovate: what these presets say is not known here: local>acme/presets" in out
    assert "Renovate: its schedule is not carried over" in out
    assert "  apps/redis.yaml:5 (docker.io/library/redis): renovate.json switches it off" in out
    assert "examples" not in out
    assert (
        environments(written)
        == """
  staging:
    repository: deploy
    path: overlays/staging
    tags: {follow: semver}
    deliver: pull-request

  default:
    repository: deploy
    path: jobs/a.conf.yaml
    kind: yaml-path
    at: jobs
    tags: {follow: {numeric: {pattern: "(?P<major>\\\\d{4})(?P<minor>\\\\d{4})"}}}
    deliver: pull-request
"""
    )
    assert written["apps/shop.yaml"] == (
        f"app: shop\nimages: [{IMAGE}]\nenvironments:\n"
        "  staging: {gates: {age: {min: 3d}}, pull_request: {auto_merge: true}}\n"
    )
    assert written["apps/web.yaml"] == (
        "app: web\nimages: [ghcr.io/acme/web]\nenvironments:\n  default:\n"
        "    gates: {age: {min: 3d}}\n    pull_request: {auto_merge: true}\n"
        '    tags: {follow: {semver: {pattern: "(?P<version>v2\\\\.[0-9]+\\\\.[0-9]+)"}}}\n'
        "    path: charts/values.yaml\n    kind: helm-values\n    at: image.tag\n"
    )


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (one("{enabled: false}"), "it is switched off"),
        (one('{extends: ["docker:disable"]}'), "it is switched off"),
        (
            one('{enabledManagers: ["npm"], kustomize: {enabled: true}}'),
            "nothing of Renovate could be carried",
        ),
        (one('{baseBranches: ["live"]}'), "it works on live, and main is what was read"),
        (one('{ignorePaths: ["overlays"]}'), "nothing of Renovate could be carried over"),
        (one(f'{{ignoreDeps: ["{IMAGE}"]}}'), "renovate.json5 switches it off"),
        (one("{}", tag="20260202-143512"), "Renovate takes -143512 for a variant that stays"),
        (one("{}", tag="main"), "main runs there, which is no version to Renovate"),
        (one("{}", tag="20260202"), "Renovate passes over what lies more than 500 above"),
        (one('{packageRules: [{versioning: "pep440"}]}'), "its versioning is pep440"),
        (one('{packageRules: [{allowedVersions: "<1"}]}'), "1.2.3 runs there, which its rules do not let"),
        (
            one('{packageRules: [{matchCurrentAge: "> 1 year", enabled: false}]}'),
            "the rule in line 1 holds by matchCurrentAge, which cannot be told from here",
        ),
        (one('{packageRules: [{extractVersion: "^v(?<version>.*)$"}]}'), "says extractVersion"),
        (
            one('{packageRules: [{matchUpdateTypes: ["patch"], enabled: false}]}'),
            "for some kinds of updates only",
        ),
        (one('{packageRules: [{matchPackageNames: ["/(a+)+b/"], enabled: false}]}'), "could take for ever"),
        (one("{\n a: [1,,]\n}"), "renovate.json5:2: is no JSON in line 2"),
    ],
)
def test_what_renovate_would_not_do_is_not_done_here(tmp_path, files, why):
    assert why in refused(tmp_path, files)


# --- versions -------------------------------------------------------------------------------------------

_DOCKER = re.compile(r"(\d+(?:\.\d+)*)(\w*)", re.ASCII)


def docker(tag):
    """Numbers, what stands behind them, and suffix, as Renovate reads a tag; None: no version."""
    if re.fullmatch(r"[a-f0-9]{7,40}", tag) and not tag.isdigit():
        return None
    first, _, suffix = tag.removeprefix("v").partition("-")
    match = _DOCKER.fullmatch(first)
    return match and (tuple(map(int, match[1].split("."))), match[2], suffix)


_TAG = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "v"]),
    st.lists(st.sampled_from(["0", "1", "2", "9", "10", "08", "2026"]), min_size=1, max_size=4).map(".".join),
    st.sampled_from(["", "", "-alpine", "-rc1", "rc1", "-143512", "-debian-12"]),
)


@given(st.lists(_TAG, min_size=2, max_size=8, unique=True))
def test_what_is_followed_renovate_would_take_in_that_order(tags):
    try:
        follow = RenovateRule().followed(tags[0]).follow
    except NotCarriedOver:
        return
    numbers, stage, suffix = docker(tags[0])
    read = {tag: docker(tag) for tag in tags if follow.reads(tag)}
    assert tags[0] in read
    for found in read.values():
        assert found is not None
        assert (len(found[0]), found[1], found[2]) == (len(numbers), stage, suffix)
    for one_tag, found in read.items():
        for other, same in read.items():
            if follow.scheme.read(one_tag) < follow.scheme.read(other):
                assert found[0] < same[0]


@pytest.mark.parametrize(
    ("versioning", "running", "takes", "leaves"),
    [
        (
            r"^(?<major>\d{4})(?<minor>\d{2})(?<patch>\d{2})-(?<build>\d{6})$",
            "20260202-143512",
            ["20270101-000000"],
            ["1.2.3"],
        ),
        (
            r"^(?<major>\d+)\.(?<minor>\d+)(?<prerelease>[^.-]+)?(-(?<compatibility>.*))?$",
            "1.2-slim",
            ["1.10-slim"],
            ["1.3rc1-slim", "1.3rc1"],
        ),
    ],
)
def test_an_expression_of_its_own_is_read_by_its_groups(versioning, running, takes, leaves):
    follow = RenovateRule(versioning=f"regex:{versioning}").followed(running).follow
    for tag in takes:
        assert follow.scheme.read(tag) > follow.scheme.read(running)
        assert follow.scheme.read(tag).variant == follow.scheme.read(running).variant
    assert not any(map(follow.reads, leaves))


def test_json_is_read_as_people_write_it():
    text = "// x\n{a: 'b\\'c', /* y */ \"d\": [1, 0x10, -2.5, true, null,],\n e: {},}"
    found = read_json5(text)
    assert (found.get("a").text, found.get("e").line) == ("b'c", 3)
    assert [item.value for item in found.get("d").items] == [1, 16, -2.5, True, None]


@given(st.text(alphabet="{}[],:\"'/*ab1\\ \n", max_size=40))
def test_whatever_stands_there_is_json_or_said_to_be_none(text):
    with suppress(NotJson):
        assert isinstance(read_json5(text).line, int)


def test_what_nests_for_ever_is_no_json():
    with pytest.raises(NotJson):
        read_json5("[" * 10_000)
