"""To read and write the pins of any manifest, not one byte more. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as replaced
from types import MappingProxyType

from updater.manifests import chart, env_file, helm_values, kustomization, yaml_path
from updater.manifests.blocks import carried_out
from updater.manifests.composer import BYTE_ORDER_MARK, compose
from updater.manifests.dotenv import compose_env
from updater.manifests.nodes import Syntax, YamlFile
from updater.manifests.pin import LIMIT, Edit, Selector, Value
from updater.manifests.place import Kind, Part, PinPlace, checked
from updater.manifests.refusals import PinRefused, too_large
from updater.manifests.seals import refuse_encrypted, refuse_sealed
from updater.manifests.splicing import Change, apply, replace, replace_part
from updater.manifests.tag_rules import check_edit
from updater.reasons import pin_reasons

__all__ = [
    "KINDS",
    "LIMIT",
    "Edit",
    "Kind",
    "PinRefused",
    "Selector",
    "Value",
    "entries",
    "file_names",
    "names_file",
    "read",
    "read_all",
    "write",
]

_YAML_ENDINGS = (".yaml", ".yml")
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "kustomization": kustomization,
        "helm-values": helm_values,
        "yaml-path": yaml_path,
        "chart": chart,
        "env-file": env_file,
    }
)


def read(data: bytes, selector: Selector) -> Value:
    """Raise PinRefused where the pin cannot be written later without a doubt."""
    return checked(_locate(_file(data, selector.limit, _syntax(selector)), selector), selector)


def read_all(data: bytes, selectors: Sequence[Selector]) -> tuple[Value | PinRefused, ...]:
    """Many pins of one file, which is parsed once; a refusal concerns its own pin only."""
    limit = _limit(selectors)
    read_as = {_syntax(selector) for selector in selectors}
    files = {syntax: _file_or_refusal(data, limit, syntax) for syntax in read_as}
    return tuple(_read_one(files[_syntax(selector)], selector) for selector in selectors)


def _file_or_refusal(data: bytes, limit: int, syntax: Syntax) -> YamlFile | PinRefused:
    try:
        return _file(data, limit, syntax)
    except PinRefused as refusal:
        return refusal


def _read_one(file: YamlFile | PinRefused, selector: Selector) -> Value | PinRefused:
    if isinstance(file, PinRefused):
        return file
    try:
        return checked(_locate(file, selector), selector)
    except PinRefused as refusal:
        return refusal


def write(data: bytes, edits: Sequence[Edit]) -> bytes:
    """Raise PinRefused, and write nothing, unless the result is proven to differ in the wanted pins only."""
    before = _file(data, _limit([edit.selector for edit in edits]), _one_syntax(edits))
    after = _replace_all(before, edits)
    for edit in edits:
        after = _insert_all(after, edit)
    for edit in edits:
        _prove_said(after, edit)
    return data if after is before else _encoded(after)


def entries(data: bytes, kind: str, *, limit: int = LIMIT) -> tuple[Selector, ...]:
    """Every pin of a file with the selector that reads it; `read` may still refuse some."""
    return tuple(
        replaced(one, limit=limit) for one in KINDS[kind].selectors(_file(data, limit, KINDS[kind].syntax))
    )


def file_names(kind: str) -> tuple[str, ...]:
    """The names that such a file has in a folder; none where config has to name the file."""
    return KINDS[kind].file_names


def names_file(kind: str, name: str) -> bool:
    """Whether the last word of a path is a file of that kind, and not a folder."""
    return KINDS[kind].syntax == "env" or name.endswith(_YAML_ENDINGS) or name in KINDS[kind].file_names


def _limit(selectors: Sequence[Selector]) -> int:
    """Config says one for all."""
    return min((selector.limit for selector in selectors), default=LIMIT)


def _syntax(selector: Selector) -> Syntax:
    return KINDS[selector.kind].syntax


def _one_syntax(edits: Sequence[Edit]) -> Syntax:
    found = {_syntax(edit.selector) for edit in edits} or {"yaml"}
    if len(found) > 1:
        kinds = " and ".join(sorted({edit.selector.kind for edit in edits}))
        raise PinRefused(pin_reasons.AMBIGUOUS, f"is to be both {kinds}; name one kind")
    return found.pop()


def _file(data: bytes, limit: int, syntax: Syntax) -> YamlFile:
    if len(data) > limit:
        raise too_large(limit)
    refuse_encrypted(data)
    file = compose(data) if syntax == "yaml" else compose_env(data)
    refuse_sealed(file)
    return file


def _locate(file: YamlFile, selector: Selector) -> PinPlace:
    return KINDS[selector.kind].locate(file, selector)


def _replace_all(file: YamlFile, edits: Sequence[Edit]) -> YamlFile:
    changes: dict[YamlFile, dict[int, Change]] = {}
    for edit in edits:
        place = _locate(file, edit.selector)
        value = checked(place, edit.selector)
        check_edit(edit, value)
        within = place.within or file
        for part, text in _parts(place, edit):
            changes.setdefault(within, {}).setdefault(part.node.first, _change(within, part, text))
    return apply(file, _all_carried_out(changes, file)) if changes else file


def _change(file: YamlFile, part: Part, text: str) -> Change:
    if part.span is None:
        return replace(file, part.node, text)
    return replace_part(file, part.node, part.span, text)


def _all_carried_out(changes: dict[YamlFile, dict[int, Change]], file: YamlFile) -> list[Change]:
    """What is changed in blocks becomes a change of the file; of blocks in blocks the innermost first."""
    while blocks := [one for one in changes if one.block is not None]:
        inner = max(blocks, key=lambda one: one.block.depth if one.block else 0)
        outer = inner.block.outer if inner.block else file
        change = carried_out(inner, [*changes.pop(inner).values()])
        changes.setdefault(outer, {})[change.first] = change
    return [*changes[file].values()]


def _parts(place: PinPlace, edit: Edit) -> Iterator[tuple[Part, str]]:
    selector = edit.selector
    for part in place.parts:
        if part.holds == "tag" and selector.takes_tag:
            yield part, edit.tag.replace("+", part.plus)
        elif part.holds == "digest" and selector.takes_digest:
            yield part, edit.digest or ""
        elif part.reference is not None:
            tag = edit.tag if selector.takes_tag else part.reference.tag
            digest = edit.digest if selector.takes_digest else None
            yield part, str(part.reference._replace(tag=tag, digest=digest))


def _insert_all(file: YamlFile, edit: Edit) -> YamlFile:
    """One at a time: each addition is proven on its own and the next one finds what it added."""
    while _lacks(_locate(file, edit.selector), edit.selector):
        file = apply(file, [KINDS[edit.selector.kind].insert(file, edit)])
    return file


def _prove_said(file: YamlFile, edit: Edit) -> None:
    """Each edit is proven when it is made; another one may have gone over it since."""
    selector = edit.selector
    value = checked(_locate(file, selector), selector)
    said = (not selector.takes_tag or value.tag == edit.tag) and (
        not selector.takes_digest or value.digest == edit.digest
    )
    if not said:
        raise PinRefused(
            pin_reasons.DUPLICATE, f"{value.image} is to become two values at once; ask for one", value.line
        )


def _lacks(place: PinPlace, selector: Selector) -> bool:
    tag = selector.takes_tag and not place.has("tag")
    return tag or (selector.takes_digest and not place.has("digest"))


def _encoded(file: YamlFile) -> bytes:
    return (BYTE_ORDER_MARK * file.marked + file.text).encode()
