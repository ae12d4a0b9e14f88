"""Which files Renovate looks through, and what it finds there by expressions of one's own. Pure.

Source: https://docs.renovatebot.com/modules/manager/regex/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from updater.printable import printable
from updater.tools.init.pins import FoundPin
from updater.tools.migrate.checkout import Checkout, image_of
from updater.tools.migrate.found import NotCarriedOver, ToolFinds, TrackedImage
from updater.tools.migrate.json5 import Json
from updater.tools.migrate.renovate_rules import Dependency, Ruled, expression_of, matches, ruled
from updater.value_class import value_class

_NO_TESTS = tuple(
    f"**/{name}/**" for name in ("node_modules", "bower_components", "vendor", "examples", "test", "tests")
)
_RECOMMENDED = re.compile(r"config:(?:base|recommended|best-practices|js-app|js-lib)")
_DIGEST = "Renovate also follows what the same tag points to; here a tag stays what it was"
_LARGEST = 65_536
"""Bytes of a file in which somebody's expression is searched."""


@value_class
class Dependencies:
    """Of one repository, by one config; `source` is its file."""

    checkout: Checkout
    config: Json
    source: str
    finds: ToolFinds

    def is_enabled(self, manager: str) -> bool:
        only = self.config.get("enabledManagers").texts
        named = not only or manager in only or f"custom.{manager}" in only
        return named and self.config.get(manager).get("enabled").value is not False

    def files(self, manager: Json, patterns: tuple[str, ...] = ()) -> Iterator[str]:
        """That it looks through; a pattern without slashes around it is a glob. Raises NotCarriedOver."""
        wanted = (*patterns, *manager.get("managerFilePatterns").texts)
        wanted += tuple(f"/{text}/" for text in manager.get("fileMatch").texts)
        ignored, included = self._ignored, self.config.get("includePaths").texts
        for file in self.checkout.files:
            kept = not any(matches(text, file) or file.startswith(f"{text}/") for text in ignored)
            taken = not included or any(matches(text, file) for text in included)
            if kept and taken and any(matches(text, file) for text in wanted):
                yield file

    @property
    def _ignored(self) -> tuple[str, ...]:
        presets = self.config.get("extends").texts
        if "ignorePaths" not in self.config and any(map(_RECOMMENDED.match, presets)):
            return _NO_TESTS
        return self.config.get("ignorePaths").texts

    def track(self, pin: FoundPin, one: Dependency, versioning: str = "") -> None:
        where = f"{printable(pin.file)}:{pin.line}"
        try:
            found = self._ruled(pin, one, versioning)
        except NotCarriedOver as why:
            self.finds.leave_out(where, str(pin.image), str(why))
            return
        tracked = TrackedImage(
            where,
            "",
            pin,
            found.rule,
            "push" if found.auto_merge and found.by_branch else "pull-request",
            (_DIGEST,) if pin.pin == "tag+digest" else (),
            found.settings,
        )
        self.finds.tracked.append(tracked)

    def _ruled(self, pin: FoundPin, one: Dependency, versioning: str) -> Ruled:
        """Raises NotCarriedOver."""
        found = ruled(self.config, one, versioning)
        ignored = set(one.names) & set(self.config.get("ignoreDeps").texts)
        if not found.enabled or ignored:
            raise NotCarriedOver(f"{self.source} switches it off")
        if pin.pin == "digest":
            raise NotCarriedOver("a digest stands there alone: Renovate follows what one tag points to")
        return found


# --- expressions of one's own ---------------------------------------------------------------------------


def take_custom(dependencies: Dependencies) -> None:
    config, finds = dependencies.config, dependencies.finds
    if not dependencies.is_enabled("regex"):
        return
    for manager in (*config.get("customManagers").items, *config.get("regexManagers").items):
        try:
            for file, match in _found(dependencies, manager):
                _take(dependencies, manager, file, match)
        except NotCarriedOver as why:
            finds.seen += 1
            finds.leave_out(f"{dependencies.source}:{manager.line}", "a custom manager", str(why))


def _found(dependencies: Dependencies, manager: Json) -> Iterator[tuple[str, re.Match[str]]]:
    """Raises NotCarriedOver."""
    template = manager.get("datasourceTemplate").text
    if manager.get("customType").text not in {"", "regex"} or (template and template not in _OF_IMAGES):
        return
    if manager.get("matchStringsStrategy").text not in {"", "any"}:
        raise NotCarriedOver(
            "its expressions are put together (matchStringsStrategy): write the places by hand"
        )
    texts = dependencies.checkout.files
    files = [file for file in dependencies.files(manager) if len(texts[file]) <= _LARGEST]
    for text in manager.get("matchStrings").texts:
        expression = expression_of(text)
        for file in files:
            for match in expression.finditer(texts[file].decode(errors="replace")):
                yield file, match


def _take(dependencies: Dependencies, manager: Json, file: str, match: re.Match[str]) -> None:
    said = {key: value or "" for key, value in match.groupdict().items()}
    if (_named(manager, said, "datasource")) != "docker":
        return
    dependencies.finds.seen += 1
    at = match.start("currentValue") if "currentValue" in said else match.start()
    line = match.string.count("\n", 0, at) + 1
    name = _named(manager, said, "packageName") or _named(manager, said, "depName")
    try:
        pin = _pin(dependencies, manager, said, (file, line, name))
    except NotCarriedOver as why:
        dependencies.finds.leave_out(f"{printable(file)}:{line}", printable(name)[:100], str(why))
        return
    names = tuple(dict.fromkeys((name, said.get("depName", name))))
    dependencies.track(pin, Dependency("regex", file, names), _named(manager, said, "versioning"))


def _pin(
    dependencies: Dependencies, manager: Json, said: dict[str, str], place: tuple[str, int, str]
) -> FoundPin:
    """Raises NotCarriedOver."""
    file, line, name = place
    odd = "extractVersionTemplate" in manager or said.get("extractVersion") or said.get("currentDigest")
    if odd or "{" in name:
        raise NotCarriedOver("it takes a digest or a part of the tag, or fills in a template of its own")
    return dependencies.checkout.pin_in_line(file, line, image_of(name))


_OF_IMAGES = frozenset({"docker", "{{datasource}}", "{{{datasource}}}"})


def _named(manager: Json, said: dict[str, str], key: str) -> str:
    """As a template says it, where that only repeats a group."""
    template = manager.get(f"{key}Template").text
    group = re.match(r"\{\{\{?\s*(?:#if \w+\s*\}\}\{\{\{?)?(\w+)\s*\}?\}\}", template)
    if group is not None:
        return said.get(group[1], "") or ("docker" if key == "versioning" else "")
    return template or said.get(key, "")
