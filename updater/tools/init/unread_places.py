"""To name what may be a pin and is not proposed: versions of charts, images in literals. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from updater.manifests import PinRefused, entries
from updater.manifests.composer import compose
from updater.manifests.image_value import leaves
from updater.manifests.reference import parse
from updater.printable import printable
from updater.tools.init.pins import LeftOut
from updater.tools.set_image import kind_of

_LITERAL = re.compile(r"(?P<key>[A-Za-z_][\w.-]*)=(?P<image>[^\s=/]+\.[^\s=/]+/[^\s=]+)")
_OF_CHARTS = re.compile(rb"targetRevision|OCIRepository|HelmRelease|dependencies|helmCharts")


def unread_places(files: Mapping[str, bytes]) -> Iterator[LeftOut]:
    """With file and line; what cannot be read is told elsewhere."""
    for file, data in files.items():
        with suppress(PinRefused):
            if _OF_CHARTS.search(data):
                yield from _charts(file, data)
        with suppress(PinRefused):
            if kind_of(file.rpartition("/")[2]) == "kustomization" and b"literals" in data:
                yield from _literals(file, data)


def _charts(file: str, data: bytes) -> Iterator[LeftOut]:
    lines = {
        leaf.at: leaf.node.line for document in compose(data).documents for leaf in leaves(document.root)
    }
    for one in entries(data, "chart", limit=len(data)):
        address, _, _ = one.image.partition("://")
        if address in {"oci", "https", "http"} and one.at in lines:
            why = "the version of a chart: list it in the `charts:` of an app"
            yield LeftOut("charts", f"{printable(file)}:{lines[one.at]}", printable(one.image), why)


def _literals(file: str, data: bytes) -> Iterator[LeftOut]:
    for document in compose(data).documents:
        for leaf in leaves(document.root):
            found = _LITERAL.fullmatch(leaf.node.value)
            if found is None or ".literals[" not in leaf.at or parse(found["image"]).tag is None:
                continue
            image, where = parse(found["image"]).repository, f"{printable(file)}:{leaf.node.line}"
            at = f"{leaf.at.rpartition('[')[0]}[{found['key']}]"
            why = f"an image in a literal: kind yaml-path reads it with `at: {printable(at)}`"
            yield LeftOut("literals", where, printable(image), why)
