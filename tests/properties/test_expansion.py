"""Whatever stands in a repository, what patterns find there is the same each time, and nobody's twice."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from updater.config import load
from updater.config.found.expansion import PatternMemory
from updater.config.found.policies import ResolvedApps
from updater.errors import Refused
from updater.model import File, HeadFiles

MAIN = """\
instance: acme
repositories:
  deploy: {url: https://github.com/org/deploy.git}
commit: {email: updater@example.org}
environments:
  staging: {repository: deploy, path: staging, deliver: push}
  pr-*:
    {repository: deploy, path: "previews/{environment}", deliver: push, tags: {follow: "{match}-{number}"}}
  pr-1*: {repository: deploy, path: "previews/{environment}", deliver: push}
  pr-7: {repository: deploy, path: previews/pr-7, deliver: push}
  production: {repository: deploy, path: production, after: staging, deliver: push}
"""
APPS = """\
- {app: named, images: [ghcr.io/org/named], environments: [staging, production, pr-7, pr-*]}
- {app: other, images: [ghcr.io/org/other-a, ghcr.io/org/other-b], environments: [staging, pr-1*]}
- {app: "{image}", images: [ghcr.io/**], environments: [staging, production, pr-*]}
- {app: "x-{image}", images: ["ghcr.io/org/*a*"], environments: [staging, pr-1*]}
- {app: all, images: [ghcr.io/org/*b*, ghcr.io/org/all-*, ghcr.io/org/pinned], environments: [staging, pr-*]}
"""
NAMES = [
    "named",
    "other-a",
    "other-b",
    "all-1",
    "all-2",
    "pinned",
    "web",
    "ab",
    "b.a",
    "a/web",
    "b/web",
    "named/x",
    "x-web",
    "We.b_",
]
FOLDERS = [
    "staging",
    "production",
    *(f"previews/pr-{n}" for n in ("1", "2", "7", "12", "1-2", "X", "", "1--2")),
]
BROKEN = ["images: [", "images: 1", "", "kind: Deployment\n", "images: [{name: 1}, x, {newTag: v1}]\n"]


def kustomization(names: list[str]) -> str:
    return "images:\n" + "".join(f"  - {{name: 'ghcr.io/org/{name}', newTag: v1}}\n" for name in names)


TEXTS = st.lists(st.sampled_from(NAMES), max_size=6).map(kustomization) | st.sampled_from(BROKEN)
FILES = st.dictionaries(st.sampled_from(FOLDERS), TEXTS | st.just(Refused("a link")), max_size=8)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("config")
    (folder / "apps").mkdir()
    (folder / "updater.yaml").write_text(MAIN)
    (folder / "apps" / "all.yaml").write_text(APPS)
    return load(folder)


def anew(config):
    """As after a restart: nothing is remembered."""
    forgetful = replace(config.completion, _memory=PatternMemory(), _resolved=ResolvedApps())
    return replace(config, completion=forgetful)


def head(said):
    paths = {f"{folder}/kustomization.yaml": text for folder, text in said.items()}
    return HeadFiles("c0ffee", {path: as_file(path, text) for path, text in paths.items()})


def as_file(path, text):
    if isinstance(text, Exception):
        return text
    return File(path, text.encode(), hashlib.sha256(text.encode()).hexdigest(), "100644")


@settings(max_examples=80, deadline=None)
@given(FILES, FILES)
def test_what_is_found_is_sound(config, before, now):
    found = anew(config).completed({"deploy": head(now)})

    assert_same(found, anew(config).completed({"deploy": head(dict(reversed(now.items())))}))
    for placement, policy in config.policies.items():
        assert found.policies[placement] == policy
    pins = Counter(
        (policy.repository, file, str(pin.image))
        for policy in found.policies.values()
        for pin in policy.pins
        for file in pin.files
    )
    assert not [pin for pin, times in pins.items() if times > 1]
    assert all("*" not in f"{name}{policy.images}" for name, policy in found.policies.items())
    assert all(note.isprintable() for note in found.notes)

    later = anew(config).completed({"deploy": head(before)}).completed({"deploy": head(now)})
    assert found.policies.keys() <= later.policies.keys()
    if not any(text in BROKEN or isinstance(text, Exception) for text in now.values()):
        assert_same(found, later)


def assert_same(one, other):
    assert list(one.policies.items()) == list(other.policies.items())
    assert (one.notes, one.environments) == (other.notes, other.environments)
