"""To make up files whose tag stands inside something: a block, a string of KEY=VALUE, a `.env`."""

from typing import NamedTuple

from hypothesis import strategies as some

from updater.manifests import Selector

one_of = some.sampled_from

TAGS = ("1.0", "v1", "20260101-000000", "6e60951")
_QUOTES = ("", "", '"', "'")
_NOTES = ("", "", "  # 메모", "   ", " # {{ x }}")
_ODD = ("{{ tag }}", "*x", "&x !!str v1", "!!str v1", "|-\n  v1", ">\n  v1", "[v1]")


class Made(NamedTuple):
    """A text, the pin in it, and what stands there; None where it may not be written."""

    data: bytes
    selector: Selector
    before: str | None
    after: str | None = None


@some.composite
def written(draw, value: str) -> str:
    quote = draw(one_of(_QUOTES))
    return f"{quote}{value}{quote}"


@some.composite
def inner_values(draw, tag: str) -> tuple[str, str]:
    """YAML as it stands in a block, and the path to the tag in it."""
    note = draw(one_of(_NOTES))
    shape = draw(one_of(("block", "block", "flow", "list", "dotted", "two documents")))
    lead = draw(one_of(("", "# values\n", "\n", "other: {tag: x}\n", "---\n", "text: |2\n    tag: y\n")))
    if shape == "flow":
        return f"{lead}image: {{repository: org/web, tag: {tag}}}{note}\n", "image.tag"
    if shape == "list":
        return (
            f"{lead}images:\n- name: web\n  tag: {tag}{note}\n- name: b\n  tag: x\n",
            "images[name=web].tag",
        )
    if shape == "dotted":
        return f'{lead}"image.tag": {tag}{note}\n', '"image.tag"'
    tail = draw(one_of(("", "pullPolicy: Always\n", "\n", "x: >-\n  a\n\n  b\n")))
    tail += "---\nother: x\n" if shape == "two documents" else ""
    return f"{lead}image:\n  repository: org/web\n  tag: {tag}{note}\n{tail}", "image.tag"


@some.composite
def indented(draw, text: str, outer: int) -> str:
    """The text as a literal block below a key that stands `outer` blanks in, its header in front."""
    step = draw(some.integers(1, 5))
    indicator = draw(one_of(("", "", str(step))))
    if text.startswith((" ", "\n")):
        indicator = str(step)
    chomp = draw(one_of(("", "-", "+")))
    header = draw(one_of((f"{indicator}{chomp}", f"{chomp}{indicator}"))) + draw(
        one_of(("", "  # the values"))
    )
    blank = draw(one_of(("", " " * (outer + step))))
    lead = " " * (outer + step)
    lines = (f"{lead}{line}" if line else blank for line in text.removesuffix("\n").split("\n"))
    return f"|{header}\n" + "\n".join(lines) + draw(one_of(("\n", "\n\n", "\n" + lead + "\n")))


@some.composite
def blocks(draw) -> Made:
    """YAML in a literal block, in one or two of them."""
    tag = draw(one_of(TAGS))
    said = draw(written(tag))
    odd = draw(some.integers(0, 5)) == 0
    value = draw(one_of(_ODD)) if odd else said
    text, at = draw(inner_values(value))
    if draw(some.booleans()):
        text, at = "inner: " + draw(indented(text, 0)) + "rest: x\n", f"inner.{at}"
    key = draw(one_of(("values", '"a.b"')))
    data = f"spec:\n  {key}: " + draw(indented(text, 2)) + draw(one_of(("", "  next: v1\n", "# end\n")))
    at = f"spec.{key}.{at}"
    return draw(dressed(data, Selector("yaml-path", "org/web", at), None if odd else tag))


@some.composite
def lines_of_variables(draw) -> tuple[str, str | None]:
    """Lines of KEY=VALUE, one of which sets TAG; and what it says, None where that is in doubt."""
    tag = draw(one_of(TAGS))
    fillers = (
        "# 운영",
        "",
        "A=1.0",
        "export B='x y'",
        'URL="https://x/?a=b#c"',
        "OPTS=-Dtag=1.0 -Xmx1g",
        "TAG2=1.0",
        "NAME",
    )
    doubts = ("C=\\", "TAG=1", 'D="open', "E = x", "E: x", "F='a' b")
    before = draw(some.lists(one_of(fillers), max_size=3))
    behind = draw(some.lists(one_of(fillers), max_size=2))
    doubt = draw(some.lists(one_of(doubts), max_size=1)) if draw(some.integers(0, 4)) == 0 else []
    head = draw(one_of(("", "", "export ", "  ")))
    note = draw(one_of(("", "", "  # note", " ")))
    lines = [*before, *doubt, f"{head}TAG={draw(written(tag))}{note}", *behind]
    return "\n".join(lines) + draw(one_of(("\n", ""))), None if doubt else tag


@some.composite
def env_files(draw) -> Made:
    text, tag = draw(lines_of_variables())
    return draw(dressed(text, Selector("env-file", "org/web", "TAG"), tag))


@some.composite
def literals(draw) -> Made:
    """KEY=VALUE in an item of a list, or lines of it in a block."""
    if draw(some.booleans()):
        text, tag = draw(lines_of_variables())
        data = 'data:\n  "x.env": ' + draw(indented(text.rstrip("\n") + "\n", 2)) + "  next: TAG=1.0\n"
        return draw(dressed(data, Selector("yaml-path", "org/web", 'data."x.env"[TAG]'), tag))
    tag, quote = draw(one_of(TAGS)), draw(one_of(_QUOTES))
    items = draw(
        some.permutations([f"{quote}TAG={tag}{quote}", "A=1.0", "'TAG2=1.0'", "--tag=1.0", "{TAG: x}"])
    )
    flow = draw(some.booleans())
    data = f"l: [{', '.join(items)}]\n" if flow else "l:\n" + "".join(f"  - {item}\n" for item in items)
    return draw(dressed(data, Selector("yaml-path", "org/web", "l[TAG]"), tag))


@some.composite
def dressed(draw, text: str, selector: Selector, said: str | None) -> Made:
    """With LF or CRLF, with or without a byte order mark."""
    text = text.replace("\n", draw(one_of(("\n", "\n", "\r\n"))))
    mark = draw(one_of(("", "", "\ufeff")))
    return Made((mark + text).encode(), selector, said)


@some.composite
def anchored(draw) -> tuple[bytes, Selector]:
    """Values in which some places have one tag by an anchor, and a pin of one of these places."""
    owners = draw(
        some.lists(one_of(("org/web", "org/web", "org/web", "org/other", "")), min_size=1, max_size=4)
    )
    tag = draw(written(draw(one_of(TAGS))))
    lines = []
    for number, owner in enumerate(owners):
        beside = f"repository: {owner}, " if owner else ""
        own = draw(one_of((f"&t {tag}", "&t v9"))) if draw(some.integers(0, 9)) == 0 else "*t"
        held = draw(one_of(("", "", "", "", "&m ")))
        lines.append(
            f"p{number}: {held}{{{beside}tag: {own if number else f'&t {tag}'}}}{draw(one_of(_NOTES))}"
        )
    fillers = ["x: 'v1'", "all: [*t]", "b: {repository: org/web, tag: v1}"]
    fillers += ["same: *m"] if any("&m" in line for line in lines) else []
    lines += draw(some.lists(one_of(fillers), max_size=2, unique=True))
    paths = [f"p{number}.tag" for number in range(len(owners))]
    also = tuple(draw(some.lists(one_of(paths), max_size=2)))
    text = "\n".join(lines) + "\n"
    kind, lead = draw(one_of((("helm-values", ""), ("yaml-path", ""), ("yaml-path", "values."))))
    if lead:
        text = "values: " + draw(indented(text, 0))
    also = tuple(f"{lead}{path}" for path in also)
    data = text.replace("\n", draw(one_of(("\n", "\r\n")))).encode()
    return data, Selector(kind, "org/web", lead + draw(one_of(paths)), also=also)
