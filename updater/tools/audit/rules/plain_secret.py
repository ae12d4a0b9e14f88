"""`plain_secret`: a Secret stands in the repository for everybody to read. Pure. Never repeats a value."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from updater.manifests.nodes import MappingNode, Node, ScalarNode, SequenceNode
from updater.tools.audit.finding import Finding, quoted
from updater.tools.audit.tree import SourceFile

_FILLED_IN_LATER = re.compile(
    r"\s*|.*(?:\{\{|\{%|[$#]\{|\$\(|\(\(|\(@|@@|<[^>]+>|ENC\[|placeholder|change_?-?me|replace|your[-_]).*"
    r"|(?:ref\+|vault:|op://).*|\$[A-Z_]+|__\w+__|%\w+%|\*+|x{3,}|\.{3}|…|todo",
    re.IGNORECASE | re.DOTALL,
)
"""Templates (Helm, Jinja, ytt, Concourse), references (vals, Vault, 1Password), and what waits for one."""
_SAID_IN_A_COMMENT = re.compile(
    r"[ \t]+#(?:@|!|.*(?:placeholder|gitleaks:allow|allowlist secret|notsecret|change_?-?me))", re.IGNORECASE
)
"""ytt fills the value in, or somebody has said of this very value that it is none."""
_HARMLESS = frozenset({"name", "project", "type", "url", "enableOCI", "insecure"})
"""What a Secret tells Argo CD about a repository besides its credentials."""
_ARGO_CD = "argocd.argoproj.io/secret-type"
_WHAT_TO_DO = "keep it as a SealedSecret, an ExternalSecret or encrypted by SOPS, and replace what has leaked"


def plain_secret(source: SourceFile) -> Iterator[Finding]:
    for document in source.file.documents:
        root = document.root
        for resource in _resources(root):
            yield from _of_a_secret(source, resource)
        if source.kind == "kustomization" and isinstance(root, MappingNode):
            yield from _of_a_generator(source, root)


def _resources(root: Node) -> Iterator[MappingNode]:
    """The document, or the items of a List."""
    if isinstance(root, MappingNode):
        yield root
        items = _field(root, "items")
        for item in items.items if isinstance(items, SequenceNode) else ():
            if isinstance(item, MappingNode):
                yield item


def _of_a_secret(source: SourceFile, resource: MappingNode) -> Iterator[Finding]:
    if _text(resource, "kind") != "Secret" or _text(resource, "apiVersion") != "v1":
        return
    if _field(resource, "sops") is not None:
        return
    for key in ("data", "stringData"):
        values = _field(resource, key)
        harmless = _HARMLESS if _is_argo_cds(resource) else frozenset[str]()
        if isinstance(values, MappingNode) and _tells(source, values, harmless, encoded=key == "data"):
            sentence = f"the Secret {_name(resource)} is in plain sight: {_WHAT_TO_DO}"
            yield Finding(source.path, values.pairs[0][0].line, "plain_secret", sentence)
            return


def _of_a_generator(source: SourceFile, root: MappingNode) -> Iterator[Finding]:
    generators = _field(root, "secretGenerator")
    for generator in generators.items if isinstance(generators, SequenceNode) else ():
        literals = _field(generator, "literals") if isinstance(generator, MappingNode) else None
        for literal in literals.items if isinstance(literals, SequenceNode) else ():
            if isinstance(literal, ScalarNode) and _is_literal(source, literal):
                name = _text(generator, "name") if isinstance(generator, MappingNode) else None
                sentence = f"secretGenerator {quoted(name or '')} has a plain literal: {_WHAT_TO_DO}"
                yield Finding(source.path, literal.line, "plain_secret", sentence)
                break


def _is_literal(source: SourceFile, literal: ScalarNode) -> bool:
    return _is_plain(literal.value.partition("=")[2], encoded=False) and not _is_excused(source, literal)


def _is_excused(source: SourceFile, node: ScalarNode) -> bool:
    return _SAID_IN_A_COMMENT.match(source.file.text, node.end) is not None


def _tells(source: SourceFile, values: MappingNode, harmless: frozenset[str], *, encoded: bool) -> bool:
    return any(
        isinstance(value, ScalarNode)
        and _is_plain(value.value, encoded=encoded)
        and not _is_excused(source, value)
        for key, value in values.pairs
        if not (isinstance(key, ScalarNode) and key.value in harmless)
    )


def _is_plain(text: str, *, encoded: bool) -> bool:
    return not _FILLED_IN_LATER.fullmatch(text) and not (
        encoded and _FILLED_IN_LATER.fullmatch(_decoded(text))
    )


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def _is_argo_cds(resource: MappingNode) -> bool:
    metadata = _field(resource, "metadata")
    labels = _field(metadata, "labels") if isinstance(metadata, MappingNode) else None
    return isinstance(labels, MappingNode) and _field(labels, _ARGO_CD) is not None


def _name(resource: MappingNode) -> str:
    metadata = _field(resource, "metadata")
    return quoted(
        (_text(metadata, "name") if isinstance(metadata, MappingNode) else None) or "without a name"
    )


def _field(mapping: MappingNode, key: str) -> Node | None:
    return next(
        (value for name, value in mapping.pairs if isinstance(name, ScalarNode) and name.value == key), None
    )


def _text(mapping: MappingNode, key: str) -> str | None:
    value = _field(mapping, key)
    return value.value if isinstance(value, ScalarNode) else None
