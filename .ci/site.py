"""What mkdocs does not do by itself: pages outside docs/ are part of the site, and links to them lead there.

A link in docs/ is written for who reads the plain files, so it may lead out of the folder: to the page of
the chart, to an example. mkdocs knows only what is in docs/. What a link names out there is put into the site
below `repository/`, and the link, in the page that is built, leads to that.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
BELOW = "repository"
SEARCH = 'data-md-component="search" role="dialog"'
TABLE = '<div class="wide-table" role="group" aria-label="Table" tabindex="0">'
LINK = re.compile(r"(\]\()([^)#\s:]+)(#[^)\s]*)?\)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add every file outside docs/ that a page links to, and what those pages link to in turn."""
    asked = [source for file in files.documentation_pages() for source in _linked(f"docs/{file.src_uri}")]
    while asked:
        source = asked.pop()
        place = _in_site(source)
        if files.get_file_from_path(place) is None and (ROOT / source).is_file():
            files.append(File.generated(config, place, abs_src_path=str(ROOT / source)))
            asked += _linked(source)
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The same text with its links as the site has them; a folder is no page: only the words stay."""
    del config
    place = page.file.src_uri
    source = place.removeprefix(f"{BELOW}/") if place.startswith(f"{BELOW}/") else f"docs/{place}"

    def leads(found: re.Match[str]) -> str:
        target = _in_site(_resolved(source, found[2]))
        if (ROOT / _resolved(source, found[2])).is_dir() and files.get_file_from_path(target) is None:
            return "](#)"
        return f"]({posixpath.relpath(target, posixpath.dirname(place))}{found[3] or ''})"

    return re.sub(r"\[([^\]]*)\]\(#\)", r"\1", LINK.sub(leads, markdown))


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """The theme's search is a dialog without a name; what scrolls sideways is out of the keyboard's reach."""
    del page, config
    named = output.replace(SEARCH, f'{SEARCH} aria-label="Search"')
    return named.replace("<table>", f"{TABLE}<table>").replace("</table>", "</table></div>")


def _linked(source: str) -> list[str]:
    """The files outside docs/ that a page names, as paths from the root of the repository."""
    if not source.endswith(".md"):
        return []
    named = [
        _resolved(source, found[2]) for found in LINK.finditer((ROOT / source).read_text(encoding="utf-8"))
    ]
    return [path for path in named if not path.startswith("docs/")]


def _resolved(source: str, link: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), link))


def _in_site(source: str) -> str:
    return source.removeprefix("docs/") if source.startswith("docs/") else f"{BELOW}/{source}"
