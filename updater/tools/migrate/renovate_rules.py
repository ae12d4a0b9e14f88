"""What Renovate's config comes to for one image in one file: its packageRules, one laid over the other. Pure.

Source: https://docs.renovatebot.com/configuration-options/#packagerules
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from updater.schemes.reachable import may_take_for_ever
from updater.tools.migrate.found import NotCarriedOver
from updater.tools.migrate.go_patterns import GoPattern
from updater.tools.migrate.json5 import Json
from updater.tools.migrate.renovate_versioning import RenovateRule
from updater.value_class import value_class

_AGE = re.compile(r"(?P<number>[0-9]+) ?(?P<unit>minute|hour|day|week)s?|(?P<short>[0-9]+[mhdw])")
_KEPT = {frozenset({"major"}): 1, frozenset({"major", "minor"}): 2, frozenset({"minor", "major"}): 2}
_TOLD = frozenset({"description", "addLabels", "labels", "groupName", "groupSlug", "prPriority", "reviewers"})
_DECIDES = frozenset(
    {
        "enabled",
        "versioning",
        "allowedVersions",
        "extractVersion",
        "ignoreUnstable",
        "followTag",
        "maxMajorIncrement",
    }
)
_FOREIGN = ("extractVersion", "followTag", "replacementName", "registryUrls", "overridePackageName")
_STAR = re.compile(r"(\*\*/?|\*|\?)")


@value_class
class Dependency:
    """An image in a file, as Renovate knows it."""

    manager: str
    file: str
    names: tuple[str, ...]
    """As it may be written there."""

    def is_any(self, texts: Iterable[str]) -> bool:
        """Whether one of its names is one of these, each a name, a glob or an /expression/."""
        listed = list(texts)
        return any(matches(text, name) for text in listed for name in self.names)


@value_class
class Ruled:
    """What holds for it."""

    rule: RenovateRule
    enabled: bool = True
    age: str = ""
    auto_merge: bool = False
    by_branch: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = {"gates": {"age": {"min": self.age}}} if self.age else {}
        merges = self.auto_merge and not self.by_branch
        return found | ({"pull_request": {"auto_merge": True}} if merges else {})


def ruled(config: Json, dependency: Dependency, versioning: str = "") -> Ruled:
    """`versioning`: what the manager says. Raises NotCarriedOver where a rule is not understood."""
    found = Ruled(RenovateRule(versioning=versioning or "docker"))
    own = config.get(dependency.manager)
    for layer in (config, own):
        found = _over(found, layer)
    for rule in (*_rules(config), *_rules(own)):
        if _matches(rule, dependency):
            found = _over(found, rule)
    return found


def _rules(config: Json) -> tuple[Json, ...]:
    return config.get("packageRules").items


def _over(found: Ruled, layer: Json) -> Ruled:
    kinds = frozenset(layer.get("matchUpdateTypes").texts)
    if kinds:
        return _over_kinds(found, layer, kinds)
    foreign = next((key for key in _FOREIGN if key in layer), None)
    if foreign is not None and layer.get(foreign).value:
        raise NotCarriedOver(f"the rule in line {layer.line} says {foreign}, which nothing here does")
    if layer.get("ignoreUnstable").value is False:
        raise NotCarriedOver(f"the rule in line {layer.line} takes prereleases, which others order otherwise")
    rule = replace(
        found.rule,
        versioning=layer.get("versioning").text or found.rule.versioning,
        allowed=layer.get("allowedVersions").text or found.rule.allowed,
        max_increment=_number(layer.get("maxMajorIncrement"), found.rule.max_increment),
    )
    age = layer.get("minimumReleaseAge").text or layer.get("stabilityDays").value
    merges, how = layer.get("automerge").value, layer.get("automergeType").text
    return replace(
        found,
        rule=rule,
        enabled=found.enabled if layer.get("enabled").value is None else layer.get("enabled").value is True,
        age=_age(age, layer.line) if age else found.age,
        auto_merge=found.auto_merge if merges is None else merges is True,
        by_branch=how == "branch" if how else found.by_branch,
    )


def _over_kinds(found: Ruled, layer: Json, kinds: frozenset[str]) -> Ruled:
    """Of some kinds of updates only. Raises NotCarriedOver where that decides which tag is taken."""
    moving = kinds & {"major", "minor", "patch"}
    if not moving or not any(key in layer for key in (*_DECIDES, "minimumReleaseAge")):
        return found
    kept = _KEPT.get(moving)
    if layer.get("enabled").value is False and kept is not None:
        return replace(found, rule=replace(found.rule, kept=max(kept, found.rule.kept)))
    if layer.get("enabled").value is True and len(layer.children.keys() & _DECIDES) == 1:
        raise NotCarriedOver(f"the rule in line {layer.line} switches some kinds of updates on again")
    raise NotCarriedOver(f"the rule in line {layer.line} is for some kinds of updates only")


def _number(value: Json, otherwise: int) -> int:
    return value.value if isinstance(value.value, int) and not isinstance(value.value, bool) else otherwise


def _age(value: object, line: int) -> str:
    if isinstance(value, int):
        return f"{value}d"
    match = _AGE.fullmatch(str(value))
    if match is None:
        raise NotCarriedOver(f"the age in line {line} is not understood: {str(value)[:40]}")
    return match["short"] or f"{match['number']}{match['unit'][0]}"


# --- which rules hold -----------------------------------------------------------------------------------


def _matches(rule: Json, one: Dependency) -> bool:
    """Each kind of matcher has to hold. Raises NotCarriedOver for one that is not known, where it matters."""
    answers = list(_answers(rule, one))
    if False in answers:
        return False
    unknown = next((key for key in rule.children if _is_matcher(key) and key not in _MATCHERS), None)
    if unknown is not None and rule.children.keys() & (_DECIDES | {"minimumReleaseAge"}):
        raise NotCarriedOver(
            f"the rule in line {rule.line} holds by {unknown[:40]}, which cannot be told from here"
        )
    return unknown is None


def _is_matcher(key: str) -> bool:
    return key.startswith(("match", "exclude")) and key != "matchUpdateTypes"


def _answers(rule: Json, one: Dependency) -> Iterator[bool]:
    for key, said in rule.children.items():
        if key in _MATCHERS:
            yield _MATCHERS[key](said.texts, one)


def _names(said: Iterable[str], one: Dependency) -> bool:
    """Names, globs, /expressions/; what has a ! in front takes away."""
    listed = list(said)
    wanted = [text for text in listed if not text.startswith("!")]
    refused = [text[1:] for text in listed if text.startswith("!")]
    return (not wanted or one.is_any(wanted)) and not one.is_any(refused)


def matches(text: str, name: str) -> bool:
    """A name, a glob or an /expression/. Raises NotCarriedOver for one that is not understood."""
    if text in {"*", "**", "/*/"}:  # also where an expression belongs, Renovate takes it for all
        return True
    expression = re.fullmatch(r"/(?P<text>.*)/(?P<flags>[a-z]*)", text)
    if expression is not None:
        return expression_of(expression["text"], expression["flags"]).search(name) is not None
    return re.fullmatch(glob(text), name, re.IGNORECASE) is not None


def expression_of(text: str, flags: str = "") -> re.Pattern[str]:
    """One of Renovate's, which are read by RE2. Raises NotCarriedOver."""
    pattern = GoPattern.plain(text)
    if may_take_for_ever(pattern):
        raise NotCarriedOver(f"{text[:60]} could take for ever on a long text: write it otherwise")
    return re.compile(pattern, re.IGNORECASE if "i" in flags else 0)


def glob(text: str) -> str:
    """As an expression: * stays in a folder, ** does not."""
    meant = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(meant.get(part, re.escape(part)) for part in _STAR.split(text))


def _paths(said: Iterable[str], one: Dependency) -> bool:
    return any(matches(text, one.file) for text in said)


_MATCHERS: dict[str, Callable[[Sequence[str], Dependency], bool]] = {
    "matchManagers": lambda said, one: one.manager in said or f"custom.{one.manager}" in said,
    "matchDatasources": lambda said, one: "docker" in said,  # noqa: ARG005 - images are of no other
    "matchCategories": lambda said, one: bool({"docker", "kubernetes", "helm"} & set(said)),  # noqa: ARG005 - the same
    "matchPackageNames": _names,
    "matchDepNames": _names,
    "matchPackagePatterns": lambda said, one: one.is_any(f"/{text}/" for text in said),
    "matchDepPatterns": lambda said, one: one.is_any(f"/{text}/" for text in said),
    "matchPackagePrefixes": lambda said, one: one.names[0].startswith(tuple(said)),
    "matchDepPrefixes": lambda said, one: one.names[0].startswith(tuple(said)),
    "excludePackageNames": lambda said, one: not set(one.names) & set(said),
    "excludePackagePatterns": lambda said, one: not one.is_any(f"/{text}/" for text in said),
    "matchFileNames": _paths,
    "matchPaths": lambda said, one: _paths(said, one) or any(text in one.file for text in said),
}
