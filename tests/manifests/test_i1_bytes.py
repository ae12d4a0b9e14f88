"""I1: a bump changes the bytes of the wanted pins and nothing else."""

import gc
import re
import time
from contextlib import suppress
from dataclasses import replace
from difflib import SequenceMatcher

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from manifests.yamls import NAMES, files

from updater.manifests import KINDS, Edit, PinRefused, Selector, Value, _locate, entries, read, write
from updater.manifests.composer import compose

TAGS = (
    "v2",
    "20260202-143512",
    "20260202",
    "1e5",
    "6e60951",
    "0123",
    "1.20",
    "yes",
    "null",
    "1_000",
    "v1",
    "a" * 128,
)
DIGEST = "sha256:" + "c" * 64

OF_YAML = tuple(kind for kind in KINDS if KINDS[kind].syntax == "yaml")
MADE_UP = tuple(kind for kind in OF_YAML if kind != "chart")
"""Those that `files` makes up; charts have some of their own in test_chart_places.py."""

selectors = some.builds(
    Selector,
    kind=some.sampled_from(("kustomization", "kustomization", "kustomization", "helm-values", "yaml-path")),
    image=some.sampled_from(NAMES),
    at=some.none(),
    pin=some.sampled_from(("tag", "tag", "tag", "tag+digest", "digest")),
    create=some.booleans(),
)
edits = some.builds(Edit, selectors, some.sampled_from(TAGS), some.sampled_from((DIGEST, DIGEST, None)))

cheap = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
in_ci = settings(cheap, max_examples=2_500)
soaking = settings(cheap, max_examples=50_000)


@some.composite
def cases(draw):
    """A file and edits of it, mostly of pins that it has."""
    data = draw(files())
    known: tuple[Selector, ...] = ()
    for kind in draw(some.permutations(MADE_UP)):
        with suppress(PinRefused):
            known = known or entries(data, kind)
    if not known or not draw(some.integers(0, 4)):
        return data, draw(some.lists(edits, min_size=1, max_size=2))
    tags = some.sampled_from(TAGS)
    chosen = draw(
        some.lists(some.sampled_from(known), min_size=1, max_size=2, unique_by=lambda one: one.image)
    )
    create = draw(some.booleans())
    return data, [Edit(replace(one, create=create), draw(tags), DIGEST) for one in chosen]


def exact_or_refused(data: bytes, wanted: list[Edit]) -> bool:
    """Tell whether it was written; assert that what was written is exactly what was asked for."""
    try:
        after = write(data, wanted)
    except PinRefused:
        return False
    for edit in wanted:
        value = read(after, edit.selector)
        assert value.tag == edit.tag or not edit.selector.takes_tag
        assert value.digest == edit.digest or not edit.selector.takes_digest
    assert write(after, wanted) == after
    step = data
    for edit in wanted:
        before, step = step, write(step, [edit])
        only_the_pin_differs(before.decode(), step.decode(), edit, read(before, edit.selector))
    assert step == after
    return True


def only_the_pin_differs(old: str, new: str, edit: Edit, said: Value) -> None:
    digest = edit.selector.pin == "digest"
    was, now = (said.digest, edit.digest) if digest else (said.tag, edit.tag)
    if (
        was
        and edit.selector.pin != "tag+digest"
        and was.isprintable()
        and not is_said_twice(old, was, digest)
    ):
        assert is_replaced_once(old, new, was, now or "")
        return
    assert old.count("#") == new.count("#")
    one, other = old.splitlines(), new.splitlines()
    changes = [
        code for code in SequenceMatcher(None, one, other, autojunk=False).get_opcodes() if code[0] != "equal"
    ]
    gone = [line for _, i1, i2, _, _ in changes for line in one[i1:i2]]
    come = [line for _, _, _, j1, j2 in changes for line in other[j1:j2]]
    assert len(come) <= len(gone) + 4
    if "\n" not in f"{said.tag}{said.digest}":  # a quoted value over several lines becomes one
        assert len(gone) <= 2
        assert all(
            any(word in line for word in ("ewTag", "ewtag", "digest", "name", "tag", "image"))
            for line in gone
        )


def is_said_twice(old: str, was: str, digest: bool) -> bool:
    """`tag: v1@sha256:…` with a `digest` beside it, empty perhaps: both say from then on what is deployed."""
    return digest and f"@{was}" in old and "digest" in old


def is_replaced_once(old: str, new: str, was: str, now: str) -> bool:
    """Tell whether one place that says `was`, in whatever quotes, says `now`, and all else is as it was."""
    forms = [f"{quote}{was}{quote}" for quote in ("", "'", '"')]
    places = (match.span() for form in forms for match in re.finditer(re.escape(form), old))
    return any(
        new in {old[:start] + one + old[end:] for one in (now, f"'{now}'", f'"{now}"')}
        for start, end in places
    )


def others_stay(data: bytes, edit: Edit) -> None:
    """What the pins in other scalars say is the same before and after."""
    try:
        after = write(data, [edit])
        found = entries(data, edit.selector.kind)
    except PinRefused:
        return
    target = scalars_of(data, edit.selector) | {-1}
    for other in found:
        if not target & scalars_of(data, other):
            old, new = read(data, other), read(after, other)
            assert (old.tag, old.digest, old.image) == (new.tag, new.digest, new.image)


def scalars_of(data: bytes, selector: Selector) -> set[int]:
    """Where the scalars of a pin start; a refused one shares all of the file."""
    try:
        read(data, selector)
        return {part.node.start for part in _locate(compose(data), selector).parts}
    except PinRefused:
        return {-1}


@given(cases())
@in_ci
@example((b"images:\n- name: app\n  newTag: v1\t# note", [Edit(Selector("kustomization", "app"), "1e5")]))
def test_i1_a_made_up_file_is_changed_exactly_or_refused(case):
    exact_or_refused(*case)


@given(cases())
@in_ci
def test_i1_the_other_pins_of_a_made_up_file_say_what_they_said(case):
    others_stay(case[0], case[1][0])


def test_i1_enough_of_the_made_up_files_are_written():
    written = []

    @given(cases())
    @settings(cheap, max_examples=400)
    def counted(case):
        written.append(exact_or_refused(*case))

    counted()
    assert sum(written) > 0.25 * len(written)


@pytest.mark.soak
@given(cases())
@soaking
def test_i1_very_many_made_up_files_are_changed_exactly_or_refused(case):
    exact_or_refused(*case)


@pytest.mark.soak
@given(cases())
@soaking
def test_i1_the_other_pins_of_very_many_made_up_files_say_what_they_said(case):
    others_stay(case[0], case[1][0])


def fuzz(data: bytes) -> None:
    for kind in KINDS:
        for at in (None, "image.tag", "a[0].b", "images[]"):
            for create in (False, True):
                with suppress(PinRefused):
                    write(data, [Edit(Selector(kind, "app", at, "tag", create), "v2")])
        with suppress(PinRefused):
            entries(data, kind)


PIECES = (
    *(
        b"- ",
        b": ",
        b"? ",
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b"&a ",
        b"*a",
        b"!!str ",
        b"!",
        b"!<",
        b"|\n",
        b">",
        b"'",
        b'"',
        b"\\",
    ),
    *(
        b"\n",
        b"\r",
        b"\t",
        b" ",
        b"  ",
        b"#",
        b"%YAML 1.2\n",
        b"%TAG ! x\n",
        b"---\n",
        b"...\n",
        b"<<: ",
        b"\xef\xbb\xbf",
    ),
    *(
        b"images:\n",
        b"name: app\n",
        b"newTag: v1\n",
        b"image:",
        b"tag: v1",
        b"app:v1",
        b"\x00",
        b"\xff",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
    ),
    *(
        b"{{",
        b"\\x41",
        b"\\UFFFFFFFF",
        b"digest: ''\n",
        b"\xf0\x9f\x98\x80",
        b"@",
        b"`",
        b"~",
        b"=",
        b"|+\n",
        b"\x0b",
    ),
)


@given(
    some.binary(max_size=40)
    | some.sampled_from((b"{}", b"[]", b"a", b"--- {}"))
    | some.lists(some.sampled_from(PIECES), max_size=14).map(b"".join)
)
@settings(cheap, max_examples=1_500)
def test_any_bytes_are_read_or_refused(data):
    fuzz(data)


@pytest.mark.soak
@given(some.binary(max_size=200) | some.lists(some.sampled_from(PIECES), max_size=40).map(b"".join))
@settings(cheap, max_examples=25_000)
def test_very_many_bytes_are_read_or_refused(data):
    fuzz(data)


PIN = "images: [{name: app, newTag: v1}]\nimage: {repository: app, tag: v1}\n"


def filled(unit: str, head: str = PIN, tail: str = "", size: int = 262_144) -> bytes:
    return (
        head + unit * ((size - len(head.encode()) - len(tail.encode())) // len(unit.encode())) + tail
    ).encode()


def bomb() -> bytes:
    lines = (f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}" if n else "lol"] * 9) + "]\n" for n in range(4_000))
    return (PIN + "".join(lines)).encode()[:262_144]


HEAVY = {
    "a bomb of aliases": bomb(),
    "open brackets": filled("["),
    "open braces": filled("{", ""),
    "deep dashes": filled("- ", ""),
    "deep questions": filled("? ", ""),
    "a flow list": filled("a,", PIN + "x: [", "]\n"),
    "a flow mapping": filled("a,", PIN + "x: {", "}\n"),
    "lists of nothing": filled("[],", PIN + "x: [", "]\n"),
    "deep lists side by side": filled("[" * 98 + "]" * 98 + ",", PIN + "x: [", "]\n"),
    "empty items": filled("-\n", PIN + "x:\n"),
    "equal keys": filled("app:\n"),
    "entries of one name": filled("- {name: app}\n", "images:\n"),
    "entries of one new name": filled("- name: b\n  newName: app\n", "images:\n"),
    "merges": filled("- {<<: [*a, *a, *a]}\n", "x: &a {name: app}\nimages:\n"),
    "anchors": filled("- &a x\n", PIN + "x:\n"),
    "documents": filled("--- a\n"),
    "empty documents": filled("---\n"),
    "tag directives": "".join(f"%TAG !{n}! b\n" for n in range(18_000)).encode()[:262_100] + b"\n--- a\n",
    "one long word": filled("a", PIN + "x: "),
    "one long quoted value": filled("\\n", PIN + 'x: "', '"\n'),
    "an open quote": filled("a", PIN + 'x: "'),
    "folded lines": filled(" a\n\n", PIN + "x: >\n"),
    "blank lines": filled("\r\n"),
    "comments": filled("#\n"),
    "escapes": filled('- "\\x41"\n', PIN + "x:\n"),
    "four-byte characters": filled("- 😀\n", PIN + "x:\n"),
    "not quite YAML": filled("- a: b\n  c: d\n", "x:\n", "\n]"),
    "templates": filled("- {{x}}\n", PIN + "x:\n"),
    "control characters": filled("\0", ""),
    "what only the pure parser reads": filled(
        "&a b,", "q: [localhost:5000/a]\n" + PIN + "x: [", "]\n", size=32_700
    ),
    "an image in every line": filled("- image: app:v1\n", "x:\n"),
    "a block with a tag in every line": filled("- |\n tag: x\n", "x:\n"),
    "blocks behind many lines": filled("- |\n tag: x\n", "\n" * 130_000 + "x:\n"),
    "blocks that are no YAML": filled("- |\n tag: x: y\n", "x:\n"),
    "blanks inside a variable": filled(" ", "A=x", "y\n"),
    "blanks in front of no variable": filled(" ", "", "=\n"),
    "an anchor that all repeat": filled(
        "- {repository: app, tag: *t}\n", "image: {repository: app, tag: &t v1}\nx:\n"
    ),
    "a repository in every line": filled("- {repository: app, tag: v1}\n", "x:\n"),
}


@pytest.mark.parametrize("data", HEAVY.values(), ids=HEAVY)
def test_no_quarter_of_a_mebibyte_takes_two_seconds(data):
    assert len(data) <= 262_144
    for kind in KINDS:
        assert seconds(lambda: write(data, [Edit(Selector(kind, "app", create=True), "v2")])) < 2  # noqa: B023  # called at once
        assert seconds(lambda: entries(data, kind)) < 2  # noqa: B023  # called at once


def seconds(act) -> float:
    """Of this process alone, without what earlier tests have left to look through: neither is our doing."""
    compose.cache_clear()
    gc.freeze()
    start = time.process_time()
    with suppress(PinRefused):
        act()
    took = time.process_time() - start
    gc.unfreeze()
    return took
