"""`base_value`: what only one environment can want stands in a base: its namespace, host or name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from updater.config.levels import level
from updater.manifests.image_value import Leaf, leaves
from updater.manifests.nodes import MappingNode, Node, ScalarNode
from updater.tools.audit.finding import Finding, quoted
from updater.tools.audit.tree import SourceFile

_WORDS = frozenset(
    {
        "prod",
        "production",
        "prd",
        "staging",
        "stage",
        "stg",
        "uat",
        "preprod",
        "preproduction",
        "dev",
        "develop",
        "development",
        "qa",
    }
)
_ALSO_OTHER_THINGS = frozenset({"dev", "develop", "development", "qa", "stage"})
"""In front of a name: dev-tools are no environment."""
_NAMES = frozenset({"namespace", "namePrefix", "nameSuffix"})
_HOSTS = frozenset({"host", "hosts", "hostname", "hostnames", "dnsNames"})
_ENVIRONMENT = re.compile(
    r"(?:.*[._/-])?(?:env|environment|stage|deployment_environment|app_env|spring_profiles_active)",
    re.IGNORECASE,
)
_OF_SEVERAL = frozenset({"ApplicationSet", "AppProject"})
"""Kinds that are about all environments, with what each is called."""
_BUILD_MODES = frozenset({"NODE_ENV", "RAILS_ENV", "RACK_ENV", "MIX_ENV", "FLASK_ENV", "BABEL_ENV"})
"""`production` is there how a program is built, and the same in every environment."""


def base_value(source: SourceFile) -> Iterator[Finding]:
    """A file that names several environments is about all; one whose path names one is meant for that."""
    if source.kind == "helm-values" or source.spot.environment is not None or not source.spot.base:
        return
    found = [
        (leaf, word)
        for document in source.file.documents
        if _text(document.root, "kind") not in _OF_SEVERAL
        for leaf in leaves(document.root)
        if (word := _word(leaf)) is not None
    ]
    if len({level(word) for _, word in found}) > 1:
        return
    own = set(re.split(r"[^a-z0-9]+", source.path.lower()))
    for leaf, word in found:
        if word not in own:
            yield Finding(source.path, leaf.node.line, "base_value", _sentence(leaf, word))


def _word(leaf: Leaf) -> str | None:
    """The environment that is named."""
    value = leaf.node.value.lower()
    if leaf.key in _NAMES:
        parts = [part for part in value.split("-") if part]
        first = [part for part in parts[:1] if part not in _ALSO_OTHER_THINGS]
        return next((part for part in (*parts[-1:], *first) if part in _WORDS), None)
    if leaf.key in _HOSTS:
        return next((part for part in re.split(r"[.-]", value) if part in _WORDS), None)
    if _ENVIRONMENT.fullmatch(leaf.key) and leaf.key not in _BUILD_MODES:
        return value if value in _WORDS else None
    return None


def _text(root: Node, key: str) -> str | None:
    pairs = root.pairs if isinstance(root, MappingNode) else ()
    said = (value for name, value in pairs if isinstance(name, ScalarNode) and name.value == key)
    return next((value.value for value in said if isinstance(value, ScalarNode)), None)


def _sentence(leaf: Leaf, word: str) -> str:
    return (
        f"{quoted(leaf.key)} {quoted(leaf.node.value)} is for {word} only, and a base is for all "
        "environments: move it into that overlay"
    )
