"""Matchers of labels, read and written: a name in them is a name, whatever it looks like."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.label_matchers import LabelMatcher, filled, filled_any, literal, parse, quoted


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", []),
        ('a="b"', [("a", "=", "b")]),
        (""" a!='b' , c=~"d{2}" ,e!~`\\.`,""", [("a", "!=", "b"), ("c", "=~", "d{2}"), ("e", "!~", "\\.")]),
        (r'''a="\"\\\n\x41\u00e9"''', [("a", "=", '"\\\nA\u00e9')]),
        ('a="x, b=\\"y\\""', [("a", "=", 'x, b="y"')]),
    ],
)
def test_what_is_written_is_read(text, meant):
    assert [(each.name, each.operator, each.value) for each in parse(text)] == meant


@pytest.mark.parametrize(
    "text", ['a="b" c="d"', "a=b", 'a="b', '{a="b"}', 'a="b"} or up{', "1a='x'", 'a="\\q"', "a", ',a="b"']
)
def test_what_is_none_is_said(text):
    with pytest.raises(ValueError, match=r"is no matcher of a label|means nothing in a string"):
        parse(text)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20))
def test_any_value_reads_back_as_it_was(value):
    assert parse(f"a={quoted(value)}") == (LabelMatcher("a", "=", value),)


@given(st.text("a.-|*+{}()[]^$\\\"'", min_size=1, max_size=8))
def test_a_name_matches_itself_alone(app):
    name, pod = filled(parse('app="{app}", pod=~"{app}-.*"'), app)
    assert name.value == app
    assert re.fullmatch(pod.value, f"{app}-1", re.DOTALL)
    assert not re.fullmatch(pod.value, f"x{app}-1", re.DOTALL)


@given(
    st.lists(st.text("ab.-", min_size=1, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["{app}", "{app}-.*", "(?:x|{app})?", "{app}{app}"]),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.text("ab.-x", max_size=5),
)
def test_what_matches_one_of_them_matches_when_all_are_asked_for(apps, template, operator, value):
    matchers = parse(f"pod{operator}{quoted(template)}")
    if any(_match(filled(matchers, app), value) for app in apps):
        assert _match(filled_any(matchers, apps), value)


def _match(matchers, value):
    """As RE2 and Python agree on it."""
    return all(
        (re.fullmatch(each.value, value) is not None if each.is_expression else each.value == value)
        == (each.operator[0] == "=")
        for each in matchers
    )


def test_many_apps_are_matched_at_once():
    matchers = parse('namespace="prod", app="{app}.web", pod=~"{app}-.*", job!="{app}"')
    assert ", ".join(map(str, filled_any(matchers, ["shop", "a.b"]))) == (
        r'namespace="prod", app=~"(?:shop|a\\.b)\\.web", pod=~"(?:shop|a\\.b)-.*"'
    )
    assert literal("a.b") == r"a\.b"
