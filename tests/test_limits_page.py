"""The page on limits says what the code does: each number there is that of a constant."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from updater.adapters import forge_pages
from updater.adapters.argocd import http_client as argocd
from updater.adapters.bounded_answers import LARGEST as FORGE
from updater.adapters.git import objects
from updater.adapters.github import lists
from updater.adapters.prometheus import http_client as prometheus
from updater.adapters.registry import chart_index, digest_cache, expected, listing
from updater.config.found.environments import MOST as ENVIRONMENTS
from updater.config.teams.source import LONGEST as TEAM
from updater.config.verifying import LONGEST as VERIFIED
from updater.gates._monitored import LONGEST as MONITORED
from updater.manifests.pin import LIMIT
from updater.model import LONGEST_TEXT, MOST_FILES
from updater.service.connections import MOST as CONNECTIONS
from updater.service.notifier import WAITING
from updater.service.worker import GRACE
from updater.web.hooks.routes import LARGEST as HOOK
from updater.web.hooks.routes import LARGEST_FORM as FORM

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/limits.md"
KIB, MIB = 1024, 1024 * 1024
BOUNDS = [
    ("pages of a list of tags", listing.PAGES, 1),
    ("all pages of a list of tags", expected.LARGEST_LISTING, MIB),
    ("a manifest, an image's config, a signature", expected.LARGEST, MIB),
    ("an index of a chart repository", expected.LARGEST_INDEX, MIB),
    ("an index of a chart repository", chart_index.MOST_VERSIONS, 1),
    ("a token", expected.TOKEN.most, MIB),
    ("an answer of Argo CD", argocd.LARGEST, MIB),
    ("an answer of Prometheus or Alertmanager", prometheus.LARGEST, MIB),
    ("an answer of a forge", FORGE, MIB),
    ("entries that a forge lists", lists._MOST_PAGES * forge_pages.PER_PAGE, 1),
    ("a file of the repository", objects.LARGEST, MIB),
    ("files that the paths of teams' files match", MOST_FILES, 1),
    ("a team's file", TEAM, KIB),
    ("environments that a pattern finds", ENVIRONMENTS, 1),
    ("a file with a pin", LIMIT, KIB),
    ("a commit message", LONGEST_TEXT, KIB),
    ("a hook", HOOK, MIB),
    ("a hook", FORM, MIB),
    ("news that nobody has taken yet", WAITING, 1),
    ("digests kept in the cache", digest_cache._ON_DISK, 1),
    ("a pass that runs when the service is told to end", int(GRACE), 1),
    ("an answer of the page", CONNECTIONS, 1),
    ("a span that `alerts`, `metrics` or `verify` looks at", MONITORED // timedelta(days=1), 1),
    ("a span that `alerts`, `metrics` or `verify` looks at", VERIFIED // timedelta(days=1), 1),
]
UNITS = {KIB: " KiB", MIB: " MiB", 1: ""}


@pytest.mark.parametrize(("what", "most", "unit"), BOUNDS)
def test_the_page_on_limits_has_the_numbers_of_the_code(what, most, unit):
    (said,) = re.findall(rf"^\| {re.escape(what)} \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    number = f"{most // unit:,}{UNITS[unit]}"
    assert re.search(rf"(?<![\d,]){number}\b", said), f"{number}, and not {said}"
