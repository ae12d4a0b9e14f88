"""The forges we propose on: one module a forge, one line in the table. What each can do stands with it. Pure.

The adapter of the same name speaks to it; nobody else asks what kind a forge is, only what it can do.
"""

from __future__ import annotations

from updater.forges.azure import AZURE
from updater.forges.bitbucket import BITBUCKET
from updater.forges.forge_kind import BEARABLE, SHORTEST, ForgeKind, ForgeSign, TextLimits
from updater.forges.gitea import GITEA
from updater.forges.github import GITHUB
from updater.forges.gitlab import GITLAB

__all__ = [
    "BEARABLE",
    "DEFAULT",
    "FORGES",
    "OTHERS",
    "SHORTEST",
    "ForgeKind",
    "ForgeSign",
    "TextLimits",
    "kind_of_host",
    "kind_with_host",
]

FORGES: dict[str, ForgeKind] = {kind.name: kind for kind in (GITHUB, GITLAB, GITEA, BITBUCKET, AZURE)}
"""By the name that `forges: {HOST: {kind: …}}` uses."""
DEFAULT = GITHUB.name
OTHERS = (ForgeSign("Bitbucket Data Center", "/rest/api/1.0/application-properties", key="buildNumber"),)
"""Known when they are met; what they host is pushed to, and nothing is proposed there."""


def kind_with_host(host: str) -> ForgeKind | None:
    """The one whose public service that is."""
    return next((kind for kind in FORGES.values() if host in kind.apis), None)


def kind_of_host(host: str) -> ForgeKind | None:
    """As it is called: gitlab.com, or gitlab.example.org; None where its name says nothing."""
    return next((kind for kind in FORGES.values() if kind.is_called(host)), None)
