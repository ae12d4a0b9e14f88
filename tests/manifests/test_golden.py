"""A folder per case: `before` and `edits.json` give `after` or `refused.txt` (code, sentence)."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from updater.manifests import KINDS, Edit, PinRefused, Selector, Value, entries, file_names, read, write

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
CASES = sorted(folder for kind in KINDS for folder in (GOLDEN / kind).iterdir())
REFUSED = [case for case in CASES if (case / "refused.txt").exists()]


def text(folder: Path, what: str) -> bytes:
    """`before` or `after`, with the ending that such a file has."""
    return next(folder.glob(f"{what}.*")).read_bytes()


def name(folder: Path) -> str:
    return f"{folder.parent.name}: {folder.name.replace('-', ' ')}"


def edits(folder: Path) -> list[Edit]:
    return [
        Edit(Selector(folder.parent.name, **{"image": "", **edit}), tag, digest)
        for edit in json.loads((folder / "edits.json").read_text())
        for tag, digest in [(edit.pop("tag"), edit.pop("digest", None))]
    ]


@pytest.mark.parametrize("folder", [case for case in CASES if case not in REFUSED], ids=name)
def test_a_pin_is_rewritten_and_not_one_byte_more(folder):
    before = text(folder, "before")
    after = text(folder, "after")
    assert write(before, edits(folder)) == after
    for edit in edits(folder):
        value = read(after, edit.selector)
        assert value.tag == edit.tag if edit.selector.pin != "digest" else value.digest == edit.digest
        assert value.digest == edit.digest or edit.selector.pin == "tag"
    assert write(after, edits(folder)) == after


@pytest.mark.parametrize("folder", REFUSED, ids=name)
def test_a_doubtful_pin_is_refused_with_a_sentence(folder):
    code, sentence = (folder / "refused.txt").read_text().splitlines()
    with pytest.raises(PinRefused) as refused:
        write(text(folder, "before"), edits(folder))
    assert (refused.value.code, str(refused.value)) == (code, sentence)


def is_known_when_reading(folder: Path) -> bool:
    code, sentence = (folder / "refused.txt").read_text().splitlines()
    about_the_edit = code == "bad_value" or "give the new digest" in sentence or "ask for one" in sentence
    return not about_the_edit and not edits(folder)[0].selector.create


@pytest.mark.parametrize("folder", [case for case in REFUSED if is_known_when_reading(case)], ids=name)
def test_it_is_refused_when_reading_already(folder):
    with pytest.raises(PinRefused) as refused:
        read(text(folder, "before"), edits(folder)[0].selector)
    assert [refused.value.code, str(refused.value)] == (folder / "refused.txt").read_text().splitlines()


def test_a_file_over_the_limit_is_refused_and_the_limit_is_an_option():
    data = (GOLDEN / "kustomization" / "plain" / "before.yaml").read_bytes()
    selector = Selector("kustomization", "ghcr.io/org/shop")
    assert read(data, replace(selector, limit=len(data))).tag == "20260101-000000"
    with pytest.raises(PinRefused, match="is larger than 100 bytes") as refused:
        write(data, [Edit(replace(selector, limit=100), "v1")])
    assert refused.value.code == "too_large"


def test_a_value_says_what_is_deployed_and_where_it_stands():
    data = (
        b"images:\n- name: shop\n  newName: ghcr.io/org/shop\n  newTag: ''\n- name: side:latest\n  newTag:\n"
    )
    assert read(data, Selector("kustomization", "shop")) == Value("", None, "ghcr.io/org/shop", 4)
    assert read(data, Selector("kustomization", "side:latest")) == Value(None, None, "side", 6)


def test_a_pin_of_the_digest_stands_on_the_line_of_the_digest():
    data = b"images:\n- name: a\n  newTag: v1\n  digest: sha256:ab\n"
    assert read(data, Selector("kustomization", "a", pin="digest")) == Value("v1", "sha256:ab", "a", 4)
    assert read(data, Selector("kustomization", "a", pin="tag+digest")).line == 3


def test_a_refusal_quotes_a_file_in_one_bounded_line():
    image = "a\nb" * 500
    with pytest.raises(PinRefused) as refused:
        read(b"images: []", Selector("kustomization", image))
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


def test_only_a_kustomization_and_what_names_charts_have_names_of_their_own():
    assert file_names("kustomization") == ("kustomization.yaml", "kustomization.yml", "Kustomization")
    assert {file_names(kind) for kind in KINDS if kind not in {"kustomization", "chart"}} == {()}


def test_every_pin_of_a_file_comes_with_the_selector_that_reads_it():
    values = b"a: {image: {repository: r/a, tag: 1}}\nb:\n- image: r/b:2\n  c.d: {tag: 3@sha256:ab}\n"
    found = {(one.image, one.at, one.pin): read(values, one).tag for one in entries(values, "helm-values")}
    assert found == {
        ("r/a", "a.image.tag", "tag"): "1",
        ("r/b", "b[0].image", "tag"): "2",
        ("", 'b[0]."c.d".tag', "tag+digest"): "3",
    }
    images = (
        b"images: [{name: a, newTag: b}, {name: c, digest: sha256:d}, {name: e, digest: 'x', newTag: f}, g]"
    )
    assert [(one.image, one.pin) for one in entries(images, "kustomization")] == [
        ("a", "tag"),
        ("c", "digest"),
        ("e", "tag+digest"),
    ]
    pods = b"image: a:1\n---\nimages: ['b=c:2@sha256:d', '{{ x }}', e]\n"
    assert [(one.image, one.at) for one in entries(pods, "yaml-path")] == [("a", "image"), ("c", "images[0]")]
