"""To understand IMAGE=TAG as people write it, in kustomize's ways too. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from updater.errors import ConfigError
from updater.manifests.reference import Reference, parse, parse_tag
from updater.manifests.tag_rules import is_tag, is_version
from updater.value_class import value_class

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_EXAMPLE = "ghcr.io/org/shop=20260202-143512"
_AS_IT_IS = "*"


@value_class
class ImageArgument:
    """A tag, a digest, or both; `runs` is what kustomize's IMAGE=NEWIMAGE:TAG names besides."""

    image: str
    tag: str | None
    digest: str | None
    runs: str | None

    @property
    def pins(self) -> tuple[str, ...]:
        """Which `pin:` takes it, the better one first: a file with a digest alone gets no tag."""
        if self.tag is None:
            return ("digest",)
        return ("tag",) if self.digest is None else ("tag+digest", "digest")


def parse_argument(text: str) -> ImageArgument:
    """Raises ConfigError."""
    image, reference = _taken_apart(text)
    tag, runs = (None if word in {"", _AS_IT_IS} else word for word in (reference.tag, reference.before))
    if not image or (tag is None and reference.digest is None):
        raise ConfigError(f"{text!r} has no image and tag: write it like {_EXAMPLE}")
    if not image.isprintable() or " " in image:
        raise ConfigError(f"{text!r}: {image!r} is no image: write it like ghcr.io/org/shop")
    if tag is not None and "://" in image and not is_version(tag):
        raise ConfigError(f"{text!r}: {tag!r} is no version of a chart: give a whole one, such as 1.2.3")
    if tag is not None and "://" not in image and not is_tag(tag):
        raise ConfigError(f"{text!r}: {tag!r} is no tag: use letters, digits, dots, dashes and _")
    if reference.digest is not None and not _DIGEST.fullmatch(reference.digest):
        raise ConfigError(f"{text!r}: {reference.digest!r} is no digest: write it like sha256:5904…")
    if tag == image.rpartition("/")[2] and reference.digest is not None:
        raise ConfigError(f"{text!r} would set the tag {tag}: for a digest alone write {image}=@sha256:…")
    return ImageArgument(image, tag, reference.digest, runs)


def _taken_apart(text: str) -> tuple[str, Reference]:
    """`IMAGE=…`, or as kustomize has it where the name stays: `IMAGE:TAG`, `IMAGE@DIGEST`."""
    image, equals, value = text.partition("=")
    if not equals:
        whole = parse(text)
        return whole.before, whole._replace(before="")
    return image, parse(value) if re.search("[:/]", value.partition("@")[0]) else parse_tag(value)


_MOST = 3
"""Images, before it says how many more there are."""


def nearest_images(image: str, names: Iterable[str]) -> str:
    """`ghcr.io/org/shop, ghcr.io/org/blog and 7 more`, the likeliest first; empty where there is none."""
    every = sorted(dict.fromkeys(names), key=lambda name: _distance(image, name))
    named = every if len(every) <= _MOST else every[: _MOST - 1]
    more = f" and {len(every) - len(named)} more" if len(every) > len(named) else ""
    return ", ".join(named) + more


def _distance(image: str, name: str) -> tuple[bool, float]:
    """`shop` most likely is `ghcr.io/acme/shop`, however little else is alike."""
    last, other = (one.rpartition("/")[2] for one in (image, name))
    return last != other, -difflib.SequenceMatcher(None, image, name).ratio()
