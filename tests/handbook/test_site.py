"""The handbook builds strictly, needs no other server, and says the same as the plain Markdown does."""

import os
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser

import pytest
from axe_playwright_python.sync_playwright import Axe
from handbook.pages import PAGES, ROOT, anchors, tokens
from world.chromium import chromium, needs_chromium

BUILT = [path for path in PAGES if path.is_relative_to(ROOT / "docs")]
COUNTED = {"li": "list_item_open", "table": "table_open", "tr": "tr_open", "blockquote": "blockquote_open"}
KINDS = ["index", "reference/gates/soak", "how-to/rights/index", "reference/reason-codes"]
LOADS = {("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src")}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Strict: a page that is not in the nav, a link or an anchor that leads nowhere is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


class Seen(HTMLParser):
    """What a page loads, and what stands in its article."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.counts, self.ids, self._inside = [], Counter(), [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.loads += [found[key] for name, key in LOADS if name == tag and key in found]
        self._inside |= tag == "article"
        if self._inside:
            self.counts[tag] += 1
            self.ids += [found["id"]] if re.fullmatch(r"h[1-6]", tag) and "id" in found else []

    def handle_endtag(self, tag):
        self._inside &= tag != "article"


def seen(site, path):
    name = path.relative_to(ROOT / "docs").with_suffix(".html")
    name = name.with_name("index.html") if name.name == "README.html" else name
    return Seen((site / name).read_text(encoding="utf-8"))


def test_it_asks_no_other_server(site):
    loads = {load for page in site.rglob("*.html") for load in Seen(page.read_text(encoding="utf-8")).loads}
    assert {load for load in loads if re.match(r"https?:|//", load)} == set()
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert set(re.findall(r"url\(\s*[\"']?(https?:[^)]*)", styles)) == set()


def test_it_can_be_searched(site):
    assert "what it never does" in (site / "search/search_index.json").read_text(encoding="utf-8").lower()


def test_every_page_reads_the_same_on_a_forge(site):
    """Lists without an empty line before them, or indented by two, are one paragraph to mkdocs."""
    other = {}
    for path in BUILT:
        on_forge = Counter(token.type for token in tokens(path))
        page = seen(site, path)
        differs = {tag: (on_forge[kind], page.counts[tag]) for tag, kind in COUNTED.items()}
        wrong = {tag: both for tag, both in differs.items() if both[0] != both[1]}
        if wrong or page.ids != anchors(path):
            other[str(path.relative_to(ROOT))] = wrong or {"anchors": (anchors(path), page.ids)}
    assert other == {}


@needs_chromium
def test_axe_finds_nothing_serious(site):
    """A page of each kind: an index, one with quotes, one with tables, a long one."""
    with chromium() as browser:
        found = [fault for scheme in ("light", "dark") for fault in _faults(browser, scheme, site)]
    assert found == []


def _faults(browser, scheme, site):
    page = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800}).new_page()
    for name in KINDS:
        page.goto(f"{(site / name).as_uri()}.html")
        violations = Axe().run(page).response["violations"]
        yield from (
            (scheme, name, one["id"]) for one in violations if one["impact"] in {"serious", "critical"}
        )
