"""`updater init` proposes what stands inside of other things, in words that read it again."""

from pathlib import Path

import pytest

from updater.manifests import Selector, read
from updater.tools.init.pins import find

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
