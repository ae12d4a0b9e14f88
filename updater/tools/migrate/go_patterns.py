"""To read the regular expressions of tools that are written in Go, which are Python's but for corners. Pure.

Source: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from updater.schemes.patterns import expression
from updater.tools.migrate.found import NotCarriedOver

_TOKEN = re.compile(
    r"""(?P<escape>\\.)
      | (?P<posix>\[\[:|\[\^\[:)
      | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
      | (?P<named>\(\?P?<(?P<name>[A-Za-z_][A-Za-z0-9_]*)>)
      | (?P<plain>\(\?:)
      | (?P<odd>\(\?)
      | (?P<open>\()
      | (?P<repeat>(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})(?P<lazy>\??))
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_SAME_ESCAPES = frozenset("dDwWsSbBAtnrfvx")
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<bare>\w+))", re.ASCII)
_LONGEST = 500


class GoPattern(NamedTuple):
    """As Python reads it; `text` has no group that is named, but what `with_group` puts in."""

    text: str
    groups: tuple[str | None, ...]
    """The names of its capturing groups, in their order; None: it has none."""
    is_lazy: bool
    """Something in it takes as little as it can."""

    @classmethod
    def read(cls, text: str) -> GoPattern:
        """Raises NotCarriedOver where Python would read it in another way, or Go not at all."""
        if len(text) > _LONGEST:
            raise NotCarriedOver(f"a regular expression of more than {_LONGEST} letters: write it shorter")
        flag = "(?i)" if text.startswith("(?i)") else ""
        tokens = list(_tokens(text[len(flag) :]))
        names = tuple(match["name"] for match in tokens if match["named"] or match["open"])
        plain = "".join("(?:" if match["named"] or match["open"] else _same(match) for match in tokens)
        found = cls(f"(?i:{plain})" if flag else plain, names, any(match["lazy"] for match in tokens))
        found.compiled()
        return found

    @staticmethod
    def plain(text: str) -> str:
        """As Python reads it, with the names of its groups: of any text. Raises NotCarriedOver."""
        if len(text) > _LONGEST:
            raise NotCarriedOver(f"a regular expression of more than {_LONGEST} letters: write it shorter")
        said = (f"(?P<{one['name']}>" if one["named"] else _same(one) for one in _tokens(text))
        try:
            return re.compile("".join(said)).pattern
        except re.error:
            raise NotCarriedOver(f"{text[:80]} is no regular expression") from None

    def compiled(self) -> re.Pattern[str]:
        """Raises NotCarriedOver."""
        try:
            return expression(self.text)
        except ValueError as error:
            raise NotCarriedOver(str(error)) from None

    @property
    def body(self) -> str:
        """Of the whole tag: without its anchors. What it does not say of the ends, the tag must not have."""
        text = self.text.removeprefix("^")
        return text[:-1] if text.endswith("$") and not text.endswith("\\$") else text

    @property
    def is_anchored(self) -> bool:
        return self.text.startswith("^") and self.text.endswith("$") and not self.has_branches

    @property
    def has_branches(self) -> bool:
        """At its top, so that an anchor belongs to one of them."""
        depth = 0
        for match in _tokens(self.text):
            depth += bool(match["open"] or match["plain"] or match["odd"]) - (match["other"] == ")")
            if match["other"] == "|" and depth == 0:
                return True
        return False

    @property
    def lookahead(self) -> str:
        """That a tag matches it somewhere, said in front of another expression."""
        anchored = self.text.startswith("^") and not self.has_branches
        return f"(?={self.text})" if anchored else f"(?=.*?(?:{self.text}))"

    @property
    def refusal(self) -> str:
        """That it matches nowhere."""
        return f"(?!{self.lookahead[3:]}"


def group_of(pattern: str, template: str) -> int:
    """The number of the one group that Go's template puts in place of the tag. Raises NotCarriedOver."""
    match = _VARIABLE.fullmatch(template.strip())
    if match is None:
        raise NotCarriedOver(f"it puts a text together by `extract: {template}`: no scheme here does")
    name, groups = match["braced"] or match["bare"], GoPattern.read(pattern).groups
    if name.isdigit() and 0 < int(name) <= len(groups):
        return int(name)
    if name in groups:
        return groups.index(name) + 1
    raise NotCarriedOver(f"`extract: {template}` names no group of its pattern {pattern}")


def renamed(pattern: str, names: Mapping[str, str]) -> str:
    """With groups called otherwise; one that is called nothing holds nothing. Raises NotCarriedOver."""
    found, skipped, depth = "", 0, 0
    for match in _tokens(pattern):
        opens = bool(match["open"] or match["named"] or match["plain"])
        depth += opens
        if match["named"] and not skipped and names.get(match["name"]) == "":
            skipped = depth
        wanted = names.get(match["name"]) if match["named"] else None
        if not skipped:
            found += f"(?P<{wanted}>" if wanted else "(?:" if opens else _same(match)
        if match["other"] == ")":
            found += "(?:)" if skipped == depth else ""
            skipped = 0 if skipped == depth else skipped
            depth -= 1
    return found


def split_at(pattern: str, number: int) -> tuple[str, str, str]:
    """What stands before, in and behind a group of an expression, as Python reads it, without the anchors.

    Raises NotCarriedOver where the group is not always there, once.
    """
    whole = GoPattern.read(pattern)
    if whole.has_branches or pattern.startswith("(?i)"):
        raise NotCarriedOver("its pattern has several branches, or ignores case: write it as one")
    parts, depth, inside, count = ["", "", ""], 0, 0, 0
    closes = -1
    for match in _tokens(pattern):
        opens = bool(match["open"] or match["named"] or match["plain"])
        count += bool(match["open"] or match["named"])
        if inside == 0 and opens and not match["plain"] and count == number:
            if depth:
                raise NotCarriedOver("what it extracts stands within another group of its pattern")
            inside, closes, depth = 1, depth, depth + 1
            continue
        depth += opens - (match["other"] == ")")
        if inside == 1 and depth == closes:
            inside = 2
            continue
        if inside == 2 and not parts[2] and match["repeat"]:  # noqa: PLR2004 - the part behind
            raise NotCarriedOver("what it extracts is repeated, or may lack")
        parts[inside] += "(?:" if opens else _same(match)
    before, within, behind = parts
    return before.removeprefix("^"), within, behind.removesuffix("$")


def _tokens(text: str) -> Iterator[re.Match[str]]:
    return _TOKEN.finditer(text)


def _same(match: re.Match[str]) -> str:
    """What Python reads as Go does. Raises NotCarriedOver."""
    text = match[0]
    if match["posix"]:
        raise NotCarriedOver("its pattern names a class as [[:alpha:]]: write it out, as [A-Za-z]")
    if match["odd"]:
        raise NotCarriedOver("its pattern has a (?…) that Go does not know, or that means another thing here")
    if match["escape"] and text[1].isalnum() and text[1] not in _SAME_ESCAPES:
        if text == "\\z":
            return "\\Z"
        raise NotCarriedOver(f"its pattern has {text}, which is read otherwise here: write it out")
    if match["set"] and re.search(r"\\[pPQECz1-9]|\[:", text):
        raise NotCarriedOver(f"its pattern has {text}, which is read otherwise here: write it out")
    if match["other"] == "{":
        return "\\{"
    return text
