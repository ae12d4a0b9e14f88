"""`updater tags IMAGE`, or a chart: what is listed, how each tag reads, and who takes it. Newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Protocol

from pydantic import ValidationError

from updater import times
from updater.config import Config, Policy
from updater.config.tag_settings import Follow
from updater.errors import ConfigError
from updater.model import Chart, Image, ImageDate, Listing, TagPart, Version, parse_artifact
from updater.observe.image_dates import DATED_AT_ONCE
from updater.observe.listings import KEPT, orders_of
from updater.observe.other_zone import ImageConfigReader, looks_like_utc
from updater.progress import Progress, in_progress, no_progress
from updater.runner import Exit, Output
from updater.schemes import SCHEMES, Scheme, is_pattern, needs_dates, reads_only_dated
from updater.schemes.suggestions import best
from updater.terminal import say, say_json
from updater.value_class import value_class
from updater.views.shape import VERSION
from updater.views.tag_reading import parts_in_words, time_of
from updater.wiring import registry_reader

SHOWN = 30
"""How many are enough for people; programs get all."""


@value_class
class TagsOptions:
    image: str
    scheme: str | None
    """By name, with its defaults, or a pattern; None: those of the config's policies, or else all."""
    config: Config | None
    everything: bool
    output: Output


@value_class
class TagRow:
    tag: str
    scheme: str | None = None
    """The first that reads it."""
    built: str | None = None
    shown: str = ""
    parts: Sequence[TagPart] = ()
    """What its pattern names, as it stands in the tag."""
    takes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What policies say of it (follows, allows, forbids), and whose they are."""
    why_not: str = ""
    """Of a tag that none reads, where one way to read is asked for."""


def tags(call: TagsOptions, progress: Progress = no_progress) -> Exit:
    """Raises ConfigError, Refused or Unavailable."""
    image = _image(call.image)
    policies = [
        policy for policy in (call.config.policies.values() if call.config else ()) if image in policy.images
    ]
    with registry_reader(call.config) as registry, in_progress(progress, f"asking {image.registry}"):
        read_by = _schemes(call.scheme, policies, chart=isinstance(image, Chart))
        ways = {name: [*dict.fromkeys(each)] for name, each in read_by.items()}
        listing = registry.look(image, orders_of(tuple(scheme for each in ways.values() for scheme in each)))
        found = listing.tags
        schemes = {
            name: [_knowing(scheme, registry, image, found) for scheme in each] for name, each in ways.items()
        }
        hint = _hint(registry, image, schemes, found)
    rows = list(_rows(found, schemes, policies))
    hint = hint or _suggestion(rows)
    if call.output == "json":
        say_json({**_as_json(listing, rows), "hint": hint})
    else:
        say(*_as_text(listing, rows, everything=call.everything), *([hint] if hint else []))
    return Exit.FINE


def _hint(
    registry: ImageConfigReader, image: Image, schemes: Mapping[str, Sequence[Scheme]], found: Sequence[str]
) -> str | None:
    every = (looks_like_utc(registry, image, scheme, found) for ways in schemes.values() for scheme in ways)
    return next((hint for hint in every if hint), None)


def _suggestion(rows: Sequence[TagRow]) -> str | None:
    """The pattern that reads the most of what nothing reads; of the last as text: mostly the newest."""
    made = best(sorted(row.tag for row in rows if row.scheme is None)[-SHOWN:])
    if made is None or not made.is_pattern:
        return None
    read, would = sum(row.scheme is not None for row in rows), sum(made.reads(row.tag) for row in rows)
    gain = "more of them" if would > read else "others"
    return f"`updater tags IMAGE --scheme '{made.pattern}'` reads {gain}"


def _image(text: str) -> Image:
    try:
        return parse_artifact(text)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _schemes(asked: str | None, policies: Sequence[Policy], *, chart: bool) -> dict[str, list[Scheme]]:
    """By name; environments may follow one in different ways. A chart has versions."""
    if asked is not None:
        return _by_pattern(asked) if is_pattern(asked) else {asked: [_scheme(asked)]}
    found: dict[str, list[Scheme]] = {}
    for policy in policies:
        found.setdefault(policy.tags.follow, []).append(policy.tags.scheme)
    every = {name: [_scheme(name)] for name, kind in SCHEMES.items() if not reads_only_dated(kind)}
    return found or ({"semver": every["semver"]} if chart else every)


def _by_pattern(pattern: str) -> dict[str, list[Scheme]]:
    try:
        follow = Follow.model_validate(pattern)
    except ValidationError as error:
        raise ConfigError(f"--scheme: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None
    return {follow.name: [follow.scheme]}


def _scheme(name: str) -> Scheme:
    if name not in SCHEMES:
        raise ConfigError(
            f"--scheme {name}: there is no such scheme, only {', '.join(SCHEMES)}, or a pattern with parts "
            "in braces"
        )
    try:
        scheme: Any = SCHEMES[name]()
    except ValidationError:
        raise ConfigError(f"--scheme {name} needs settings: name it in the config, or another here") from None
    return scheme  # type: ignore[no-any-return]  # the settings of a scheme are the scheme


def _knowing(scheme: Scheme, registry: DateReader, image: Image, found: Sequence[str]) -> Scheme:
    """With when images were created, where the scheme has to know; of the last tags listed."""
    if not needs_dates(scheme) or scheme.follows is not None:
        return scheme
    asked = [tag for tag in found if scheme.asks(tag)]
    dates = registry.dates(image, asked, most=DATED_AT_ONCE)
    return scheme.knowing({tag: dated for tag, dated in dates.items() if dated is not None}, {})


class DateReader(Protocol):
    def dates(self, image: Image, tags: Sequence[str], *, most: int) -> Mapping[str, ImageDate | None]: ...


def _rows(
    found: Sequence[str], schemes: Mapping[str, Sequence[Scheme]], policies: Sequence[Policy]
) -> Iterator[TagRow]:
    """Those that a scheme reads, newest first; then the others."""
    left = dict.fromkeys(found)
    for name, ways in schemes.items():
        for scheme in ways:
            versions = [version for tag in left if (version := scheme.read(tag)) is not None]
            for version in sorted(versions, reverse=True):
                yield _row(version, name, scheme, policies)
                del left[version.tag]
    for tag in sorted(left, reverse=True):
        yield TagRow(tag, why_not=_why_not(tag, schemes), takes=_takes(tag, policies))


def _why_not(tag: str, schemes: Mapping[str, Sequence[Scheme]]) -> str:
    """Of several ways each has another reason, and none is worth a line."""
    every = [scheme for ways in schemes.values() for scheme in ways]
    return every[0].why_not(tag) if len(every) == 1 else ""


def _row(version: Version, name: str, scheme: Scheme, policies: Sequence[Policy]) -> TagRow:
    built = times.to_iso(version.stamp) if version.stamp else None
    parts, takes = scheme.parts(version.tag), _takes(version.tag, policies)
    return TagRow(version.tag, name, built, time_of(version, scheme), parts, takes)


def _takes(tag: str, policies: Sequence[Policy]) -> dict[str, list[str]]:
    """An environment that says nothing of a tag does not take it."""
    said: dict[str, list[str]] = {}
    apps = {policy.placement.app for policy in policies}
    for policy in policies:
        rules, placement = policy.tags, policy.placement
        verdict = (
            "forbids"
            if rules.forbidden(tag) is not None
            else ("follows" if rules.scheme.read(tag) else "allows" if rules.allowed(tag) else None)
        )
        if verdict is not None:
            said.setdefault(verdict, []).append(placement.environment if len(apps) == 1 else str(placement))
    return said


def _as_json(listing: Listing, rows: Sequence[TagRow]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "image": str(listing.image),
        "listed": len(listing),
        "tags": [
            {
                "tag": row.tag,
                "scheme": row.scheme,
                "why_not": row.why_not or None,
                "built": row.built,
                "parts": [part._asdict() for part in row.parts],
                "policies": row.takes,
            }
            for row in rows
        ],
    }


def _as_text(listing: Listing, rows: Sequence[TagRow], *, everything: bool) -> Iterator[str]:
    yield f"{listing.image}: {_counted(listing)}{_left_out(listing)}"
    shown = rows if everything else rows[:SHOWN]
    cells = [(row.tag, _read_as(row), _said(row)) for row in shown]
    widths = [max((len(row[column]) for row in cells), default=0) for column in (0, 1)]
    for tag, reads, said in cells:
        yield f"{tag:{widths[0]}}  {reads:{widths[1]}}  {said}".rstrip()
    if len(shown) < len(rows):
        yield f"and {len(rows) - len(shown):,} more: --all shows them"


def _counted(listing: Listing) -> str:
    noun = "version" if isinstance(listing.image, Chart) else "tag"
    return f"{len(listing):,} {noun}{'' if len(listing) == 1 else 's'}"


def _left_out(listing: Listing) -> str:
    if not listing.is_cut:
        return ""
    return f", of which the newest {KEPT:,} that each scheme reads are shown"


def _read_as(row: TagRow) -> str:
    words = parts_in_words(row.parts)
    return " ".join(filter(None, (row.scheme or "-", row.shown, f"({words})" if words else "")))


def _said(row: TagRow) -> str:
    words = {"follows": "followed by", "allows": "allowed in", "forbids": "forbidden in"}
    said = [f"{words[verdict]} {', '.join(where)}" for verdict, where in row.takes.items()]
    return "; ".join(said) or row.why_not
