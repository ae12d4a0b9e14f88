"""What is checked: one module for each thing that can be wrong, one line in a table for each code. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from updater.tools.audit.finding import Finding
from updater.tools.audit.rules.base_tag import base_tag
from updater.tools.audit.rules.base_value import base_value
from updater.tools.audit.rules.other_app import other_app
from updater.tools.audit.rules.plain_secret import plain_secret
from updater.tools.audit.rules.running_tags import forbidden_tag, unfollowed_tag, untagged_image
from updater.tools.audit.tree import SourceFile, Tree

OF_A_FILE: Mapping[str, Callable[[SourceFile], Iterable[Finding]]] = MappingProxyType(
    {
        "base_value": base_value,
        "plain_secret": plain_secret,
    }
)
"""Rules that need to see the file itself."""

OF_THE_TREE: Mapping[str, Callable[[Tree], Iterable[Finding]]] = MappingProxyType(
    {
        "base_tag": base_tag,
        "forbidden_tag": forbidden_tag,
        "other_app": other_app,
        "unfollowed_tag": unfollowed_tag,
        "untagged_image": untagged_image,
    }
)
"""Rules that need to know the other files as well."""

CODES = tuple(sorted((*OF_A_FILE, *OF_THE_TREE)))
