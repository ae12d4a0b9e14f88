"""What the pages of the embedded GitHub are made of: differences of any file, HTML of anybody."""

import re
import subprocess
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.sandbox.github.pages.differences import read_differences
from updater.sandbox.github.pages.markdown import rendered
from updater.sandbox.github.pages.references import References
from updater.sandbox.github.pages.safe_html import safe_html

NOWHERE = References("/org/deploy")
PIECES = (
    "<b>", "</b>", "<details open>", "</details>", "<li>", "</p>", "<script>", "</script>", "<style>x{",
    "</style>", "<!--", "-->", "<![CDATA[", "<a href='java&#9;script:alert(1)'>", "<a href=//x onclick=y>",
    "<svg/onload=x>", "<img src=x onerror=y", ">", "`", "\n\n", "- [ ] ", "| a |\n|---|\n", "&lt;script&gt;",
    "text", "<textarea>", "<input type=checkbox onfocus=x autofocus>", "<input type=text>", "<plaintext>",
    "<?php ?>", "<x y='",
)  # fmt: skip
SAFE = re.compile(r"</?[a-z][a-z0-9]*(?: [a-z-]+(?:=\"[^\"<>]*\")?)*>")


class Strict(HTMLParser):
    """Every element is closed in its order, and bears nothing that acts."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        assert tag not in {"script", "style", "svg", "textarea", "plaintext", "x"}
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "autofocus"
            assert not re.match(r"\s*javascript:", re.sub(r"\s", "", value or ""))
        if tag not in {"br", "hr", "img", "input", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=12).map("".join))
def test_whatever_is_written_nothing_acts_and_all_is_closed(text):
    for html in (safe_html(text), str(rendered(text, NOWHERE))):
        reader = Strict()
        reader.feed(html)
        reader.close()
        assert reader.open == []
        assert "<" not in SAFE.sub("", html)


def difference(tmp_path, old, new):
    for name, content in (("old", old), ("new", new)):
        (tmp_path / name).write_bytes(content)
    words = ["git", "diff", "--no-index", "--no-color", "--no-prefix", "--src-prefix=a/", "--dst-prefix=b/"]
    done = subprocess.run([*words, "old", "new"], cwd=tmp_path, capture_output=True, check=False)
    (found,) = read_differences(done.stdout.decode())
    return found


def test_lines_bear_their_numbers_and_what_changed_in_them(tmp_path):
    text = b"".join(b"line %d\n" % number for number in range(1, 10))
    found = difference(
        tmp_path, text + b"  newTag: 20260201-090000 # ours\n-- a\n", text + b"  newTag: v2 # ours\n"
    )
    told = [(line.sign, line.old, line.new) for line in found.lines]
    assert told == [
        ("@", None, None), (" ", 7, 7), (" ", 8, 8), (" ", 9, 9), ("-", 10, None), ("-", 11, None),
        ("+", None, 10),
    ]  # fmt: skip
    assert (found.path, found.added, found.removed) == ("new", 1, 2)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (
            "  newTag: 20260201-090000 # x",
            "  newTag: 20260302-100000 # x",
            ("20260201-090000", "20260302-100000"),
        ),
        ("tag: v1.2.3", "tag: v1.3.0", ("v1.2.3", "v1.3.0")),
        ("one thing", "quite another", ("", "")),
    ],
)
def test_the_word_that_changed_is_marked(tmp_path, old, new, changed):
    lines = difference(tmp_path, f"{old}\n".encode(), f"{new}\n".encode()).lines
    assert tuple(line.pieces[1] for line in lines if line.sign in "+-") == changed
    assert [line.text for line in lines[1:]] == [old, new]


def test_a_file_without_an_end_of_line_and_one_of_bytes_are_told(tmp_path):
    assert difference(tmp_path, b"a\n", b"a").lines[-1].text == "No newline at end of file"
    assert difference(tmp_path, b"a\0", b"b\0").notes[-1].startswith("Binary files")
