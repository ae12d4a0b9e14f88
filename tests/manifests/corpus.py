"""The real files that lie beside the checkout; tests skip where they are absent."""

import base64
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from updater.manifests import Edit, PinRefused, Selector, entries

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
FOLDERS = {"kustomization": "kustomizations", "helm-values": "helm-values"}
TAG = "20260203-111111"
DIGEST = "sha256:" + "e" * 64

needs_corpus = pytest.mark.skipif(not (SHARED / "corpus").is_dir(), reason="needs ../shared/corpus")


class Pin(NamedTuple):
    path: Path
    data: bytes
    selector: Selector

    @property
    def edit(self) -> Edit:
        return Edit(self.selector, TAG, DIGEST)


class Bump(NamedTuple):
    name: str
    kind: str
    before: bytes
    after: bytes


@cache
def files(kind: str) -> tuple[tuple[Path, bytes], ...]:
    folder = SHARED / "corpus" / FOLDERS[kind]
    return tuple((path, path.read_bytes()) for path in sorted(folder.iterdir()))


def pins(kind: str, *, create: bool = True) -> Iterator[Pin]:
    """Every pin of every file that parses; a kustomization's entry without a tag gets one."""
    for path, data in files(kind):
        try:
            found = entries(data, kind)
        except PinRefused:
            continue
        for one in found:
            yield Pin(path, data, Selector(one.kind, one.image, one.at, one.pin, create))


def refused_files(kind: str) -> Iterator[tuple[Path, PinRefused]]:
    for path, data in files(kind):
        try:
            entries(data, kind)
        except PinRefused as refused:
            yield path, refused


def bumps() -> Iterator[Bump]:
    kinds = {"kustomization": "kustomization", "values": "helm-values"}
    with (SHARED / "corpus" / "bumps.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            bump = json.loads(line)
            yield Bump(bump["id"], kinds[bump["kind"]], _bytes(bump["before"]), _bytes(bump["after"]))


def _bytes(side: dict[str, str]) -> bytes:
    return base64.b64decode(side["base64"]) if "base64" in side else side["text"].encode()
