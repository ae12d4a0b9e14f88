"""`updater init` proposes what stands inside of other things, in words that read it again."""

from pathlib import Path

import pytest

from updater.manifests import Selector, read
from updater.tools.init.environment_assignment import assign_environments
from updater.tools.init.path_roles import path_role
from updater.tools.init.pins import LeftOut, find
from updater.tools.init.summary import where_left_out
from updater.tools.init.unread_places import unread_places

FOUND = Path(__file__).resolve().parents[2] / ".." / "shared" / "cases" / "found"
VALUES = b"""kind: Application
spec:
  source:
    helm:
      values: |
        image:
          repository: ghcr.io/org/web
          tag: '1.4'
"""


@pytest.mark.parametrize(
    ("path", "data", "kind", "at"),
    [
        ("web.yaml", VALUES, "yaml-path", "spec.source.helm.values.image.tag"),
        ("params.env", b"# x\nweb=ghcr.io/org/web:1.4\n", "env-file", "web"),
        (".env", b"IMAGE=ghcr.io/org/web:1.4\n", "env-file", "IMAGE"),
    ],
)
def test_a_tag_inside_of_something_is_proposed(path, data, kind, at):
    finds = find({path: data})
    assert [(pin.path, str(pin.image), pin.kind, pin.at, pin.tag) for pin in finds.pins] == [
        (path, "ghcr.io/org/web", kind, at, "1.4")
    ]
    assert read(data, Selector(kind, "ghcr.io/org/web", at)).tag == "1.4"


@pytest.mark.parametrize("data", [b"A=b\nTAG=1.0\n", b"image: x\n", b"A='open\nx'\n"])
def test_a_file_of_variables_without_an_image_is_nothing_to_speak_of(data):
    finds = find({".env": data})
    assert not finds.pins
    assert not finds.left_out


@pytest.mark.skipif(not FOUND.exists(), reason="needs ../shared/cases/found")
def test_what_others_have_in_blocks_is_proposed():
    files = {path.name: path.read_bytes() for path in sorted((FOUND / "inline-values").glob("*.yaml"))}
    found = {(pin.file, str(pin.image)) for pin in find(files).pins}
    assert found >= {
        ("app-values.yaml", "docker.io/org/web"),
        ("app-plugin.yaml", "docker.io/org/data-engine"),
        ("app-valuesobject.yaml", "docker.io/org/web"),
    }


def test_a_file_of_variables_may_be_called_as_its_environment():
    assert path_role("envs/staging.env").environment == "staging"
    assert path_role("shop.env").environment is None


@pytest.mark.parametrize(
    ("short", "whole", "said"),
    [("prod", "production", {"production"}), ("stage", "qa", {"stage", "qa"}), ("dev", "dev", {"dev"})],
)
def test_an_environment_has_one_name(short, whole, said):
    """Of values and of an overlay."""
    files = {
        f"charts/web/values-{short}.yaml": b"image: {repository: ghcr.io/org/web, tag: '1.4.0'}\n",
        f"overlays/{whole}/kustomization.yaml": b"images: [{name: ghcr.io/org/shop, newTag: 1.4.0}]\n",
    }
    placed, _ = assign_environments(find(files).pins, "org")
    assert {one.environment for one in placed} == said


def test_where_nothing_is_written_each_place_is_listed():
    left_out = [LeftOut("unread", f"a.yaml:{line}", "org/web", "nothing reads it") for line in range(22)]
    lines = [*where_left_out(left_out)]
    assert lines[0] == "  a.yaml:0 (org/web): nothing reads it"
    assert lines[20:] == ["  and 2 more"]


CHART = b"""kind: Application
spec:
  source:
    repoURL: https://charts.example.org/stable
    chart: web
    targetRevision: 1.2.3
"""
LITERALS = b"configMapGenerator:\n- literals: [A=b, K=ghcr.io/org/k:1.0, URL=http://ghcr.io/x:80]\n"


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("web.yaml", CHART, ["web.yaml:6 https://charts.example.org/stable/web"]),
        ("a/kustomization.yaml", LITERALS, ["a/kustomization.yaml:2 ghcr.io/org/k"]),
        ("a/Chart.yaml", b"dependencies: [{name: x, repository: file://../x, version: 1.0.0}]\n", []),
        ("web.yaml", b"targetRevision: [\n", []),
    ],
)
def test_what_may_be_a_pin_and_is_not_proposed_is_named(path, data, said):
    assert [f"{one.where} {one.what}" for one in unread_places({path: data})] == said
