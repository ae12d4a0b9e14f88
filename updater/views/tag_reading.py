"""How a scheme reads a tag, in words; and the page of the documentation that shows it form by form. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from updater import times
from updater.config.tag_settings import Follow
from updater.model import TagPart, Version
from updater.schemes import Scheme
from updater.schemes.parts import DIRECTIVES, PARTS, Role

_ROLES: dict[Role, str] = {
    "version": "orders: as a version",
    "time": "orders: as a time",
    "number": "orders: as a number",
    "same": "has to be as in the tag that runs",
    "ignored": "says nothing",
}


def time_of(version: Version, scheme: Scheme) -> str:
    """When it was built, as exactly as its tag says it; empty where that says nothing."""
    return times.format_span(version.stamp, version.span, scheme.zone) if version.stamp else ""


def parts_in_words(parts: Sequence[TagPart]) -> str:
    """`date 20260601, time 101112; same: branch main; ignored: sha abc1234`."""
    orders = ", ".join(f"{part.name} {part.text}" for part in parts if part.role not in {"same", "ignored"})
    others = (
        f"{role}: " + ", ".join(f"{part.name} {part.text}" for part in parts if part.role == role)
        for role in ("same", "ignored")
        if any(part.role == role for part in parts)
    )
    return "; ".join(filter(None, (orders, *others)))


class TagForm(NamedTuple):
    tag: str
    follow: str
    """What stands behind `follow:`, a pattern or a setting."""
    setting: dict[str, object] | str


FORMS = (
    TagForm("20260601-101112-abc1234", '"{date}-{time}-{sha}"', "{date}-{time}-{sha}"),
    TagForm("2026.07.14-a1b2c3d", '"{year}.{month}.{day}-{sha}"', "{year}.{month}.{day}-{sha}"),
    TagForm("20260601.10", '"{date}.{number}"', "{date}.{number}"),
    TagForm("20190209-4", '"{date}-{number}"', "{date}-{number}"),
    TagForm("2026.01.0", '"{year}.{month}.{number}"', "{year}.{month}.{number}"),
    TagForm("v2026-01-30-10", '"v{year}-{month}-{day}-{number}"', "v{year}-{month}-{day}-{number}"),
    TagForm("251130", '"%y%m%d"', "%y%m%d"),
    TagForm("1.9.7.4460-a39b25852", '"{version}-{sha}"', "{version}-{sha}"),
    TagForm("1.10", '"{version}"', "{version}"),
    TagForm("main-0a1b2c3-1760000000", '"{branch}-{sha}-{epoch}"', "{branch}-{sha}-{epoch}"),
    TagForm("1.2.3-alpine", '"{version}-{variant}"', "{version}-{variant}"),
    TagForm("release-1.2.3", '"release-{version}"', "release-{version}"),
    TagForm("web-v1.2.3", '"web-{version}"', "web-{version}"),
    TagForm("v1.0.1-rc10", "{semver: {prereleases: true}}", {"semver": {"prereleases": True}}),
    TagForm("v1.2.3-14-gabc1234", '"{version}[-{number}-g{sha}]"', "{version}[-{number}-g{sha}]"),
    TagForm("build-1742", '"build-{number}"', "build-{number}"),
    TagForm("1742_7.1", '"{build}_{major}.{minor}"', "{build}_{major}.{minor}"),
)


def row(form: TagForm) -> str:
    """What `updater tags` says of it."""
    follow = Follow.model_validate(form.setting)
    version = follow.scheme.read(form.tag)
    assert version is not None, f"{form.tag} is read by {form.follow}"
    words = parts_in_words(follow.scheme.parts(form.tag))
    said = f"{follow.name} {time_of(version, follow.scheme)}".rstrip() + (f" ({words})" if words else "")
    return f"| `{form.tag}` | `follow: {form.follow}` | {said} |"


def page() -> str:
    """In Markdown."""
    return "\n".join([*_HEAD, *map(row, FORMS), *_RULES, *_words(), *_DIRECTIVES, *_percents(), ""])


def _words() -> Iterator[str]:
    return (f"| `{part.name}` | {_ROLES[part.role]} | {part.matches} |" for part in PARTS.values())


def _percents() -> Iterator[str]:
    return (f"| `{part.name}` | {part.matches} |" for part in DIRECTIVES.values())


_HEAD = (
    "# Tags of every form",
    "",
    "An environment follows the tags that its `tags: {follow: …}` reads, from one to the next newer.",
    "Where more than the default `20260202-143512` or a version `v1.2.3` stands in them, name the parts",
    "in braces, and write the rest as it is. Each form with the shortest setting that follows it, and",
    "what `updater tags IMAGE` says:",
    "",
    "| tag | setting | read as |",
    "|---|---|---|",
)
_RULES = (
    "",
    "`updater tags IMAGE --scheme '{date}-{time}-{sha}'` tries a pattern on what a registry holds; it",
    "needs no config. `updater init` writes the pattern that reads what runs, and `updater doctor` names",
    "it where a running tag is not read. This page is made from the code (`make docs`).",
    "",
    "## What counts",
    "",
    "* The whole tag has to match; what does not is not read, and never deployed by itself.",
    "* What stands first counts first; the units of a date count from the year down, wherever they stand.",
    "  As a setting of a scheme (`timestamp: {pattern: …}`) its own parts count before the rest: the",
    "  time, the version, the numbers.",
    "* Numbers count as numbers, with leading zeros or without. Versions may have two, three or four of",
    "  them; `1.10`, `1.10.0` and `v1.10` are one version. A prerelease (`-rc10`) stands below its",
    "  release, and is read where `prereleases: true` says so.",
    "* What has to be the same (`variant`, `branch`, `arch`) stays as it is in the tag that runs: from",
    "  `1.2.3-alpine` the next is `1.2.4-alpine`. Where nothing runs yet that says it, and tags of",
    "  several are there, a person sets the first (`foreign_current`). Of a list of more than 1,000 such",
    "  tags the newest 1,000 are read: where many branches push, write the one to follow out.",
    "* `[…]` stands around what may lack: `{version}[-{number}-g{sha}]` reads `v1.2.3` and, above it,",
    "  `v1.2.3-14-gabc1234`. A pattern has up to eight.",
    "* Two tags of which the parts that order say the same are one version with two names: what runs is",
    "  not replaced by its twin. So two builds of one day need more than a date, such as a time or a",
    '  counter; or follow `created: "{date}-{sha}"`, which goes by when their images were created.',
    "* Times are of Asia/Seoul unless the setting says otherwise: `timestamp: {pattern:",
    '  "{date}-{time}-{sha}", zone: UTC}`. An epoch needs no zone.',
    "* A date without a time of day is a whole day. Rules that need an instant (after a rollback, where",
    "  history ends, `age`) go by the first moment of it, or the last, whichever is on the safe side; and",
    "  where that does not tell, or the tag bears no time, by when the images were created.",
    "",
    "## Parts",
    "",
    "A regular expression whose groups bear these names does the same:",
    "`(?P<version>[0-9.]+)-(?P<variant>alpine|slim)`. Its groups hold what it says, a date or a time also",
    "with `-`, `.`, `_` or `:` in it. `number`, `sha` and `any` may stand in one pattern more than once;",
    "as groups they are called `number2`, `number3`.",
    "",
    "| part | role | matches |",
    "|---|---|---|",
)
_DIRECTIVES = (
    "",
    "## Directives",
    "",
    "In plain text, as strptime has them, with as many digits as are usual there:",
    "",
    "| directive | reads |",
    "|---|---|",
)
