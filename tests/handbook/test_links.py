"""Every link leads somewhere, also for who reads the plain files on a forge."""

import re
import subprocess

import pytest
from handbook.pages import PAGES, ROOT, anchors, links

OTHERS = [ROOT / "CHANGELOG.md", ROOT / "charts/updater/README.md"]
OF_OTHERS = r"tests/|updater/tools/scaffold/|docs/how-to/deploy-repository\.md|.*\.png$"


@pytest.mark.parametrize("path", [*PAGES, *OTHERS], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(path):
    broken = []
    for link in links(path):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        leads = (path.parent / target).resolve() if target else path
        if not leads.exists() or (anchor and anchor not in anchors(leads)):
            broken.append(link)
    assert broken == []


def test_every_page_that_is_named_in_a_file_is_there():
    """In comments, messages and settings. A scaffolded repository has docs/ of its own."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    gone = set()
    for name in tracked.stdout.splitlines():
        if re.match(OF_OTHERS, name) or not (ROOT / name).is_file():
            continue
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        named = re.findall(r"(?<![\w./-])docs/[\w./-]+\.(?:md|png)", text)
        gone |= {f"{name}: {page}" for page in named if not (ROOT / page).is_file()}
    assert gone == set()
