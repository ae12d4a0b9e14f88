"""To say where a pin stands in a file and what it holds, whichever kind the file is. Pure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, Protocol

from updater.manifests.nodes import AliasNode, MappingNode, Node, ScalarNode, SequenceNode, Syntax, YamlFile
from updater.manifests.pin import Edit, Selector, Value
from updater.manifests.reference import Reference, parse_tag, pinned_by
from updater.manifests.refusals import PinRefused
from updater.manifests.scalars import is_null
from updater.manifests.seals import refuse_encrypted_value
from updater.manifests.splicing import Change
from updater.reasons import pin_reasons
from updater.value_class import value_class

_TEMPLATE = re.compile(r"\{\{|\{%|[#$]\{|\$\(|<%|^\$")
_TEMPLATE_COMMENT = re.compile(r"[ \t]+#\{")


class Part(NamedTuple):
    """One scalar of the pin: the tag, the digest, or both in one string (`reference`)."""

    node: ScalarNode
    holds: str
    reference: Reference | None = None
    plus: str = "+"
    """How the `+` of a chart's version is written there."""
    span: tuple[int, int] | None = None
    """Where in the value it stands; None: it is all of it."""


@value_class
class PinPlace:
    """`tag` and `digest` are None where nothing stands; a part may be there all the same (`newTag:`)."""

    image: str
    line: int
    tag: str | None = None
    digest: str | None = None
    parts: tuple[Part, ...] = ()
    within: YamlFile | None = None
    """The text of the block in which they stand; None: the file itself."""

    def has(self, what: str) -> bool:
        """Tell whether a scalar is there to take the tag or digest."""
        return any(part.holds in {what, "reference"} for part in self.parts)

    def lacks(self, what: str) -> bool:
        """Tell whether the file says nothing about it; `newTag:` says that none is set."""
        found = self.tag if what == "tag" else self.digest
        return found is None and not any(part.holds == what for part in self.parts)


class Kind(Protocol):
    """A sort of file that holds pins."""

    @property
    def file_names(self) -> tuple[str, ...]: ...

    @property
    def syntax(self) -> Syntax: ...

    def locate(self, file: YamlFile, selector: Selector) -> PinPlace:
        """Raise PinRefused where there is a doubt about which scalars are meant."""

    def insert(self, file: YamlFile, edit: Edit) -> Change:
        """Add what `locate` did not find, in the file's own style."""

    def selectors(self, file: YamlFile) -> Iterator[Selector]:
        """Every pin of the file, the refused ones too."""


def checked(place: PinPlace, selector: Selector) -> Value:
    """Raise PinRefused where the pin does not say what the selector asks for."""
    if place.digest and not selector.takes_digest:
        raise PinRefused(
            pin_reasons.DIGEST_WINS,
            f"{place.image} has the digest {place.digest[:19]}, which wins over any tag; "
            f"set `pin: {pinned_by(place.tag, place.digest)}` so that it is updated, or remove it",
            place.line,
        )
    for what, wanted in (("tag", selector.takes_tag), ("digest", selector.takes_digest)):
        if wanted and not selector.create and place.lacks(what):
            raise missing(f"{selector.image or place.image} has no {what}", place.line)
    anchor = next((part.node.anchor for part in place.parts if part.node.anchor), None)
    return Value(place.tag, place.digest, place.image, _line(place, selector), _alias(place), anchor)


def _alias(place: PinPlace) -> str | None:
    return next((part.reference.alias for part in place.parts if part.reference is not None), None)


def _line(place: PinPlace, selector: Selector) -> int:
    wanted = [part.node.line for part in place.parts if selector.takes_tag or part.holds != "tag"]
    return min(wanted, default=place.line)


TO_ADD = "write one, or set `create: true`"


def missing(what: str, line: int | None, todo: str = TO_ADD) -> PinRefused:
    return PinRefused(pin_reasons.PIN_MISSING, f"{what}; {todo}", line)


def scalar(file: YamlFile, node: Node, what: str) -> ScalarNode:
    """Take the node for a scalar that can be replaced, or say why it is none."""
    if isinstance(node, AliasNode):
        raise PinRefused(
            pin_reasons.ALIAS, f"{what} is the alias *{node.value}; write the value itself there", node.line
        )
    if isinstance(node, MappingNode | SequenceNode):
        raise _no_scalar(file, node, what)
    refuse_marks(node, what)
    if node.style in {"|", ">"}:
        raise PinRefused(
            pin_reasons.BLOCK_SCALAR,
            f"{what} is a block scalar ({node.style}); write it on one line",
            node.line,
        )
    refuse_template(file, node, what)
    refuse_encrypted_value(node, what)
    return node


def refuse_template(file: YamlFile, node: ScalarNode, what: str) -> None:
    if _TEMPLATE.search(node.value) or _TEMPLATE_COMMENT.match(file.text, node.end):
        raise PinRefused(
            pin_reasons.TEMPLATE,
            f"{what} is filled in by a template; pin a file that is applied as is",
            node.line,
        )


def _no_scalar(file: YamlFile, node: Node, what: str) -> PinRefused:
    if file.text.startswith(("{{", "{%"), node.start):
        return PinRefused(
            pin_reasons.TEMPLATE,
            f"{what} is filled in by a template; pin a file that is applied as is",
            node.line,
        )
    return PinRefused(
        pin_reasons.NOT_SCALAR, f"{what} is a list or a mapping; a single value belongs there", node.line
    )


def refuse_marks(node: ScalarNode | MappingNode | SequenceNode, what: str) -> None:
    """Raise PinRefused for an anchor (others may repeat it) and for a tag (it may change what is read)."""
    if node.anchor is not None:
        raise PinRefused(
            pin_reasons.ANCHOR,
            f"{what} carries the anchor &{node.anchor}, others may repeat it; remove the anchor",
            node.line,
        )
    if node.tag is not None:
        raise PinRefused(
            pin_reasons.TAGGED, f"{what} carries the tag {_short(node.tag)}; remove the tag", node.line
        )


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def content(node: ScalarNode) -> str | None:
    """What the scalar says; None for an empty or null one without quotes."""
    return None if not node.style and is_null(node.value) else node.value


def tag_place(node: ScalarNode, image: str) -> PinPlace:
    """What a scalar that keeps `tag` or `tag@digest` says."""
    text = content(node)
    whole = parse_tag(text or "")
    if whole.digest is None:
        return PinPlace(image, node.line, text, None, (Part(node, "tag"),))
    return PinPlace(image, node.line, whole.tag, whole.digest, (Part(node, "reference", whole),))


def with_digest(place: PinPlace, node: ScalarNode) -> PinPlace:
    """Add a digest that stands on its own; an empty one says nothing."""
    return replace(place, digest=content(node) or place.digest, parts=(*place.parts, Part(node, "digest")))
