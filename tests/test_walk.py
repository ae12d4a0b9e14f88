"""Walking a file by its changed lines tells what reading every version of it would tell."""

import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from updater.interpret.changed_lines import changed_pins
from updater.interpret.pin_cache import PinCache
from updater.interpret.pin_history import PinHistory, pin_history
from updater.manifests import Selector
from updater.model import FileChange, Ruling

NAMES = ["shop", "blog", "api"]
SELECTORS = [Selector("kustomization", name) for name in NAMES]
START = b"".join(b"  - name: %s\n    newTag: t0\n" % name.encode() for name in NAMES)
PATH = "kustomization.yaml"


def file(body):
    return b"kind: Kustomization\nimages:\n" + body


def _bump(body, which, tag, quote):
    found = list(re.finditer(rb"(newTag: )\S+", body))
    if not found:
        return body
    match = found[which % len(found)]
    return body[: match.start()] + match[1] + quote + tag + quote + body[match.end() :]


edits = st.one_of(
    st.builds(
        lambda which, tag, quote: lambda body: _bump(body, which, tag, quote),
        st.integers(0, 5),
        st.sampled_from(
            [b"t1", b"t2", b"20260202-143512", b"1.10", b"a: b", b"null", b"v1@sha256:ab", b"0x1F", b"yes"]
        ),
        st.sampled_from([b"", b'"', b"'"]),
    ),
    st.sampled_from(
        [
            lambda body: body.replace(b"name: shop", b"name: other"),
            lambda body: body.replace(b"name: other", b"name: shop"),
            lambda body: body.replace(b"newTag: t1", b"digest: t1"),
            lambda body: body + b"  - name: blog\n    newTag: twice\n",
            lambda body: body.removesuffix(b"  - name: blog\n    newTag: twice\n"),
            lambda body: b"# a comment\n" + body,
            lambda body: body.replace(b"# a comment\n", b""),
            lambda body: body.replace(b"    newTag: t2\n", b"    newTag: &a t2\n"),
            lambda body: body.replace(b"  - name: api", b"  - name: *a"),
            lambda body: body.replace(b"\n", b"\r\n") if b"\r" not in body else body.replace(b"\r\n", b"\n"),
            lambda body: START,
            lambda _body: None,
        ]
    ),
)


def history(steps):
    """The versions of the file, oldest first; None: it is not there."""
    versions, body = [START], START
    for step in steps:
        body = step(body) if body is not None else START
        versions.append(body)
    return [None if version is None else file(version) for version in versions]


def blob(data):
    return hashlib.sha256(data).hexdigest() if data is not None else None


def naive(versions, values, selector):
    """The value after each version, where it can be read; a version that cannot leaves the one before."""
    told = []
    for version in versions:
        value = values.of(blob(version), selector) if version is not None else None
        if value is None or (isinstance(value, Ruling) and value.code == "pin_missing"):
            told.append(None)
        elif isinstance(value, Ruling):
            told.append(told[-1] if told else None)
        else:
            told.append(value.tag)
    return told


@settings(max_examples=300)
@given(st.lists(edits, max_size=12))
def test_the_lines_tell_what_every_version_would(steps):
    versions = history(steps)
    while versions and versions[-1] is None:
        versions.pop()
    values = PinCache()
    values.learn({blob(version): version for version in versions if version is not None})
    pairs = list(zip([None, *versions], versions, strict=False))
    newest_first = [
        (position, FileChange(PATH, blob(old), blob(new)))
        for position, (old, new) in enumerate(reversed(pairs))
        if old != new
    ]
    since = next((i for i in range(len(versions) - 1, -1, -1) if versions[i] is None), -1) + 1
    said = pin_history(
        PATH, blob(versions[-1]), SELECTORS, PinHistory({PATH: newest_first}, len(pairs) - 1), values
    )
    for selector in SELECTORS:
        events = dict(reversed(said.get(selector, [])))
        told, current = [], None
        for position in range(len(pairs) - 1, -1, -1):
            current = events.get(position, current)
            told.append(current)
        assert told[since:] == naive(versions[since:], values, selector)


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (b"a\n newTag: x\n", b"a\n newTag: y\n", {2}),
        (b'tag: "x" # why', b'tag: "y" # because', {1}),
        (b"newTag: x\r\n", b"newTag: y\r\n", {1}),
        (b"newTag: x", b"digest: x", None),
        (b"newTag: x", b"newTag: &a x", None),
        (b"newTag: x", b'newTag: "x', None),
        (b"newTag: x", b" newTag: x", None),
        (b"newTag: x", b"newTag: x\n", None),
        (b"name: x", b"name: y", None),
        (b"newTag: x", b"newTag: {a}", None),
    ],
)
def test_only_a_value_on_its_line_is_told_by_its_line(old, new, lines):
    told = changed_pins(old, new)
    assert (None if told is None else set(told)) == lines


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"A=1.0\nTAG=1.0 # x\n", b"A=1.0\nTAG=1.1 # x\n", {2: "1.1"}),
        (b"export TAG='1.0'\r\n", b"export TAG='1.1'\r\n", {1: "1.1"}),
        (b"IMAGE=org/web:1.0\n", b"IMAGE=org/web:1.1\n", None),
        (b"- TAG=1.0\n", b"- TAG=1.1\n", {1: None}),
        (b"TAG=1.0\n", b"TAG2=1.0\n", None),
        (b"TAG=1.0\n", b"TAG=${X}\n", None),
        (b"TAG=1.0\n", b"TAG=1.0 2\n", None),
    ],
)
def test_a_variable_on_its_line_is_told_by_its_line(old, new, told):
    assert changed_pins(old, new) == told
