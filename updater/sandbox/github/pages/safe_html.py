"""To let through the HTML that GitHub lets through, and show all other as the text it is. Pure."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from html.parser import HTMLParser

_PLAIN = frozenset({
    "abbr", "b", "bdo", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details",
    "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "ins", "kbd", "li", "mark", "p", "pre", "q", "s", "samp", "small", "span", "strike",
    "strong", "sub", "summary", "sup", "table", "tbody", "tfoot", "thead", "tr", "tt", "ul", "var",
    "wbr",
})  # fmt: skip
_VOID = frozenset({"br", "hr", "img", "input", "wbr"})
_WITH: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href", "title"}),
    "abbr": frozenset({"title"}),
    "details": frozenset({"open"}),
    "img": frozenset({"src", "alt", "title", "width", "height"}),
    "input": frozenset({"checked", "aria-label"}),
    "ol": frozenset({"start"}),
    "td": frozenset({"align", "colspan", "rowspan"}),
    "th": frozenset({"align", "colspan", "rowspan"}),
}
_ALIGNED = re.compile(r"text-align:(left|center|right)")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_BLANK = re.compile(r"[\x00-\x20]+")
_ALLOWED_SCHEMES = frozenset({"http:", "https:", "mailto:"})

Attributes = list[tuple[str, str | None]]


def safe_html(html: str) -> str:
    """Every element that is opened is closed, so that it cannot reach what is around it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.whole()


class _Reader(HTMLParser):
    """Writes anew what it reads: nothing but known elements and escaped text comes out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._written: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if not _is_allowed(tag, attrs):
            self.handle_data(self.get_starttag_text() or "")
            return
        self._written.append(f"<{tag}{''.join(_kept(tag, attrs))}>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        """As browsers read it: only what never has an end ends here."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            self._close(len(self._open) - self._open[::-1].index(tag) - 1)
        elif not (tag in _PLAIN or tag in _WITH):
            self.handle_data(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._written.append(escape(data))

    def whole(self) -> str:
        self._close(0)
        return "".join(self._written)

    def _close(self, depth: int) -> None:
        while len(self._open) > depth:
            self._written.append(f"</{self._open.pop()}>")


def _is_allowed(tag: str, attrs: Attributes) -> bool:
    if tag == "input":  # a task in a list
        return ("type", "checkbox") in attrs
    return tag in _PLAIN or tag in _WITH


def _kept(tag: str, attrs: Attributes) -> Iterator[str]:
    allowed = _WITH.get(tag, frozenset())
    if tag == "input":
        yield ' type="checkbox" disabled'
    if tag == "img" and not any(name == "alt" for name, _ in attrs):
        yield ' alt=""'
    for name, value in attrs:
        aligned = _ALIGNED.fullmatch(value or "") if name == "style" else None
        if aligned and "align" in allowed:
            yield f' align="{aligned[1]}"'
        if name in allowed and not (name in {"href", "src"} and not _leads_somewhere_known(value or "")):
            yield f' {name}="{escape(value or "")}"'
    if tag == "a":
        yield ' rel="nofollow"'


def _leads_somewhere_known(address: str) -> bool:
    """Browsers skip blanks in an address."""
    scheme = _SCHEME.match(_BLANK.sub("", address))
    return scheme is None or scheme[0].lower() in _ALLOWED_SCHEMES
