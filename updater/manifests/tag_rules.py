"""To hold what is about to be written against what a registry allows. Pure."""

import re

from updater.manifests.pin import Edit, Value
from updater.manifests.refusals import PinRefused
from updater.reasons import pin_reasons

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_VERSION = re.compile(
    r"v?(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?", re.ASCII
)
_DIGEST = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+")


def is_tag(text: str) -> bool:
    return _TAG.fullmatch(text) is not None


def is_version(text: str) -> bool:
    """Of a chart: a whole one and no range, `1.2.3-rc.1+b1`."""
    return _VERSION.fullmatch(text) is not None


def check_edit(edit: Edit, value: Value) -> None:
    """Raise PinRefused for an edit that could not be what runs."""
    selector = edit.selector
    if selector.takes_tag and selector.kind == "chart" and not is_version(edit.tag):
        raise PinRefused(
            pin_reasons.BAD_VALUE,
            f"{edit.tag!r} is no version of a chart; give one such as 1.2.3",
            value.line,
        )
    if selector.takes_tag and selector.kind != "chart" and not is_tag(edit.tag):
        raise PinRefused(
            pin_reasons.BAD_VALUE,
            f"{edit.tag!r} is no image tag; give letters, digits, dots, dashes",
            value.line,
        )
    if selector.takes_digest and edit.digest is None:
        raise PinRefused(
            pin_reasons.DIGEST_WINS,
            f"{value.image} is pinned by digest; give the new digest as well",
            value.line,
        )
    if selector.takes_digest and not _DIGEST.fullmatch(edit.digest or ""):
        raise PinRefused(
            pin_reasons.BAD_VALUE, f"{edit.digest!r} is no digest; give it as sha256:…", value.line
        )
