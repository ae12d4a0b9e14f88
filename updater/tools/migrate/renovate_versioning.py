"""How Renovate orders the tags of an image, and which scheme of ours takes no other. Pure.

Sources: https://docs.renovatebot.com/modules/versioning/docker/,
https://docs.renovatebot.com/modules/versioning/regex/, and its lookup, which drops what lies far above.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError

from updater.schemes.semver import Semver
from updater.tools.init.tag_shapes import Followed
from updater.tools.migrate.found import NotCarriedOver, Translation
from updater.tools.migrate.go_patterns import GoPattern, renamed
from updater.tools.migrate.semver_ranges import version_range
from updater.value_class import value_class

_VERSION = re.compile(
    r"(?P<v>v?)(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<stage>\w*)(?P<suffix>(?:-.*)?)", re.ASCII
)
_COMMIT = re.compile(r"(?=.*[a-f])[a-f0-9]{7,40}")
_VARYING = re.compile(r"[0-9]{4,}|\b[0-9a-f]{7,40}\b")
"""In a suffix: what differs from build to build, where Renovate takes it for a variant."""
_LIKE_DOCKER = frozenset({"docker", "loose", "semver", "semver-coerced"})
_NUMBERS = {name: name for name in ("major", "minor", "patch", "build")}
_PARTS = {**_NUMBERS, "compatibility": "variant", "prerelease": ""}
"""What a group is called here; empty: nothing may stand there."""
_AS_IT_IS = {name: name for name in (*_NUMBERS, "revision", "compatibility", "prerelease")}
_FAR = 10_000
_INCREMENT = 500
_MOST_NUMBERS = 4
_CAPPED = (
    f"Renovate passes over what lies more than {_INCREMENT} above the first number (maxMajorIncrement), and "
    "no scheme here does: with `maxMajorIncrement: 0` there, both would follow the same"
)


@value_class
class RenovateRule:
    """What its rules come to for one image."""

    versioning: str = "docker"
    allowed: str = ""
    """`allowedVersions`: a range, or /an expression/."""
    kept: int = 0
    """How many of the first numbers have to stay: 1 where majors are switched off."""
    max_increment: int = _INCREMENT

    def followed(self, running: str) -> Translation:
        """Raises NotCarriedOver."""
        if not running:
            raise NotCarriedOver("no tag runs there, so Renovate proposes nothing")
        name, _, pattern = self.versioning.partition(":")
        if name == "regex":
            found = self._by_expression(pattern, running)
        elif name in _LIKE_DOCKER:
            found = self._as_docker(running, name)
        else:
            raise NotCarriedOver(f"its versioning is {name[:40]}, which orders tags as no scheme here does")
        if not found.reads(running):
            raise NotCarriedOver(f"{running[:60]} runs there, which its rules do not let through")
        return Translation(found)

    # --- docker -----------------------------------------------------------------------------------------

    def _as_docker(self, running: str, name: str) -> Followed:
        match = _VERSION.fullmatch(running)
        if match is None or _COMMIT.fullmatch(running):
            raise NotCarriedOver(
                f"{running[:60]} runs there, which is no version to Renovate: it proposes nothing"
            )
        if match["stage"] or (match["suffix"] and name != "docker"):
            raise NotCarriedOver(
                f"{running[:60]} runs there, a prerelease: Renovate has rules of its own for these"
            )
        if _VARYING.search(match["suffix"]):
            raise NotCarriedOver(
                f"Renovate takes {match['suffix'][:40]} for a variant that stays, and so proposes nothing; "
                "`updater tags IMAGE` tries a pattern that reads it here"
            )
        numbers = match["numbers"].split(".")
        if len(numbers) > _MOST_NUMBERS:
            raise NotCarriedOver(f"{running[:60]} has more numbers than a version has here")
        self._refuse_far(numbers[0])
        number = _STRICT if name == "semver" else _NUMBER
        body = self._numbers(match["v"], numbers, number) + re.escape(match["suffix"]).replace("\\-", "-")
        is_plain = not (match["v"] or match["suffix"] or self.allowed) and Semver().read(running) is not None
        return self._scheme(body, is_plain=is_plain and not self.kept)

    def _numbers(self, v: str, numbers: list[str], number: str) -> str:
        """As many as run; the first of them may have to stay."""
        kept = [re.escape(number) for number in numbers[: self.kept]]
        rest = [number] * (len(numbers) - len(kept))
        return f"(?P<version>{v}{_DOT.join((*kept, *rest))})"

    def _refuse_far(self, major: str) -> None:
        if self.max_increment and int(major) >= _FAR:
            raise NotCarriedOver(_CAPPED)

    def _scheme(self, body: str, *, is_plain: bool) -> Followed:
        settings: list[tuple[str, Any]] = []
        guard, within = _allowed(self.allowed)
        if not is_plain or guard:
            settings.append(("pattern", guard + body))
        if within:
            settings.append(("range", within))
        return _made("semver", settings)

    # --- an expression ----------------------------------------------------------------------------------

    def _by_expression(self, text: str, running: str) -> Followed:
        """By its groups, whose names say their weight; a prerelease has to be empty."""
        whole = GoPattern.read(text)
        if not whole.is_anchored:
            raise NotCarriedOver(
                "its versioning is an expression without ^ and $: what it matches is in doubt"
            )
        match = re.search(renamed(text, _AS_IT_IS), running, re.ASCII)
        if match is None:
            raise NotCarriedOver(f"{running[:60]} runs there, which its versioning does not match")
        groups = match.groupdict()
        if groups.get("revision") or groups.get("prerelease"):
            raise NotCarriedOver(f"{running[:60]} runs there, with a part that is ordered otherwise here")
        numbers = [name for name in ("major", "minor", "patch", "build") if name in groups]
        if any(groups[name] is None for name in numbers):
            raise NotCarriedOver(f"{running[:60]} runs there, and lacks a number that others may have")
        if "major" in groups:
            self._refuse_far(groups["major"])
        if self.kept:
            raise NotCarriedOver("some kinds of updates are switched off, which only versions know here")
        body = renamed(text, _PARTS).removeprefix("^").removesuffix("$")
        guard, within = _allowed(self.allowed)
        if within:
            raise NotCarriedOver(
                f"allowedVersions {self.allowed[:60]} is a range of versions, and the tags are none"
            )
        guard += whole.lookahead if "prerelease" in groups else ""
        return _made("numeric", [("pattern", guard + body)])


_NUMBER, _STRICT = "[0-9]+", "(?:0|[1-9][0-9]*)"
_DOT = r"\."


def _allowed(text: str) -> tuple[str, str]:
    """What has to stand in front of a pattern, or the range. Raises NotCarriedOver."""
    match = re.fullmatch(r"(?P<no>!?)/(?P<text>.*)/(?P<flags>[a-z]*)", text, re.DOTALL)
    if match is None:
        wanted = version_range(text) if text else None
        if wanted is not None and wanted.prereleases:
            raise NotCarriedOver(
                f"allowedVersions {text[:60]} names prereleases, which others order otherwise"
            )
        return "", "" if wanted is None else wanted.text
    if match["flags"] not in {"", "i"}:
        raise NotCarriedOver(f"allowedVersions has flags that are not understood here: {match['flags'][:10]}")
    pattern = GoPattern.read(("(?i)" if match["flags"] else "") + match["text"])
    return (pattern.refusal if match["no"] else pattern.lookahead), ""


def _made(name: str, settings: list[tuple[str, Any]]) -> Followed:
    """Raises NotCarriedOver."""
    followed = Followed(name, tuple(settings))
    try:
        followed.scheme  # noqa: B018 - made to see whether it can be
    except ValidationError as error:
        raise NotCarriedOver(str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from None
    return followed
