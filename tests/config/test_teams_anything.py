"""Whatever a team writes: no other app's policy changes, and none is weaker than the guardrails."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_config import MAIN, SHOP

from updater.config import Config, load
from updater.config.environments import Override
from updater.config.models import App
from updater.gates import GATES
from updater.model import File, HeadFiles

MINE = 'apps: {from: repository, path: "teams/{app}/updater.yaml"}\n'
GUARDED = """\
guardrails:
  production:
    gates: {soak: 30m}
    deliver: pull-request
    tags: {forbid: [evil]}
    pull_request: {reviewers: [ann], auto_merge: false}
"""
OTHERS = {
    app: f"images: [ghcr.io/org/{app}]\nenvironments: [staging, production]\n" for app in ("aaa", "zzz")
}

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
gates = st.fixed_dictionaries(
    {},
    optional={name: st.sampled_from(["5m", "2h", False, True, [], {"for": "1m"}]) | junk for name in GATES},
)
values = {
    "path": st.sampled_from(["apps/aaa/production", "apps/mine/x", "..", "apps", "teams/aaa/updater.yaml"]),
    "at": st.sampled_from(["image.tag", "a.b", "[0]"]),
    "kind": st.sampled_from(["yaml-path", "helm-values", "kustomization", "none"]),
    "image": st.sampled_from(["ghcr.io/org/mine", "ghcr.io/org/aaa", "x"]),
    "pins": st.just([{"path": "apps/zzz/staging", "kind": "kustomization"}]),
    "repository": st.just("deploy"),
    "after": st.sampled_from([[], "staging", ["production"]]),
    "deliver": st.sampled_from(["push", "pull-request", "none", "x"]),
    "gates": gates,
    "tags": st.sampled_from(
        [{"forbid": []}, {"allow": ["evil"]}, {"follow": "semver"}, {"placeholders": ["evil"]}]
    ),
    "pull_request": st.sampled_from(
        [{"auto_merge": True}, {"reviewers": []}, {"group": "environment"}, {"draft": True}]
    ),
    "after_rollback": st.sampled_from(["newer", "release"]),
}
overrides = st.fixed_dictionaries(
    {}, optional={name: values.get(name, junk) | junk for name in Override.model_fields}
)
files = st.fixed_dictionaries(
    {
        "images": st.sampled_from(
            [["ghcr.io/org/mine"], ["ghcr.io/org/aaa"], ["ghcr.io/org/mine", "ghcr.io/org/zzz"]]
        ),
        "environments": st.dictionaries(
            st.sampled_from(["staging", "production", "elsewhere"]), overrides, min_size=1
        )
        | st.lists(st.sampled_from(["staging", "production"]) | junk),
    },
    optional={"app": st.sampled_from(["mine", "aaa", "shop"]), "repositories": junk, "guardrails": junk},
)


@pytest.fixture(scope="module")
def config(tmp_path_factory) -> Config:
    folder: Path = tmp_path_factory.mktemp("config")
    (folder / "apps").mkdir()
    main = MAIN.replace("gates:\n      soak: 30m", "gates: {soak: 30m}\n    pull_request: {reviewers: [ann]}")
    (folder / "updater.yaml").write_text(main + MINE + GUARDED)
    (folder / "apps" / "shop.yaml").write_text(SHOP)
    return load(folder)


def completed(config: Config, text: str | None) -> Config:
    texts = OTHERS | ({"mine": text} if text is not None else {})
    read = {
        path: File(path, said.encode("utf-8", "surrogatepass"), said, "100644")
        for app, said in texts.items()
        for path in [f"teams/{app}/updater.yaml"]
    }
    return config.completed({"deploy": HeadFiles("c0ffee", read)})


def test_the_keys_that_are_tried_are_those_there_are():
    assert values.keys() <= Override.model_fields.keys()
    assert {"app", "images", "environments"} <= App.model_fields.keys()


@given(files.map(json.dumps) | junk.map(json.dumps) | st.text(max_size=60))
def test_nobody_elses_policy_changes_and_none_is_weaker_than_the_guardrails(config, text):
    without, found = completed(config, None), completed(config, text)

    others = {placement: policy for placement, policy in found.policies.items() if placement.app != "mine"}
    assert others == without.policies
    mine = [policy for placement, policy in found.policies.items() if placement.app == "mine"]
    assert mine or found.faults, "it is there, or it is said why not"
    for policy in mine:
        assert policy.repository == "deploy"
        assert policy.after == (("staging",) if policy.placement.environment == "production" else ())
        assert all(pin.path == "apps/mine" or pin.path.startswith("apps/mine/") for pin in policy.pins)
        if policy.placement.environment == "production":
            assert policy.gates["soak"].length >= timedelta(minutes=30)
            assert policy.deliver in {"pull-request", "none"}
            assert policy.tags.forbidden("evil")
            assert policy.deliver == "none" or "ann" in policy.pull_request.reviewers
            assert policy.deliver == "none" or not policy.pull_request.auto_merge
