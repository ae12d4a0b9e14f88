"""The page on operating it names all that the cache holds."""

import re
from pathlib import Path

from updater.service import probe_address

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/how-to/operate/index.md"
PLACE = re.compile(r'cache / "([\w.-]+)"|with_name\("([\w.-]+)"\)')
"""How the code says where in the cache something is kept."""


def test_the_table_has_every_place_of_the_cache():
    sources = [*(ROOT / "updater/wiring").glob("*.py"), *(ROOT / "updater/service").glob("*.py")]
    sources += (ROOT / "updater/adapters/registry").glob("*.py")
    found = {place for path in sources for pair in PLACE.findall(path.read_text()) for place in pair if place}
    table = set(re.findall(r"^\| `([\w.-]+)/?` \|", PAGE.read_text(), re.MULTILINE))
    assert table == found | {probe_address._FILE}
