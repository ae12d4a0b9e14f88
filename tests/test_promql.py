"""Names stand in a query as nothing but themselves, wherever they are filled in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater import promql
from updater.label_matchers import parse

NASTY = 'a.b"}\\) or up{x=~"'


@pytest.mark.parametrize(
    ("query", "filled"),
    [
        ('up{pod="{app}"}', r'up{pod="a.b\"}\\) or up{x=~\""}'),
        ('up{pod=~"{app}-.*"}', r'up{pod=~"a\\.b\"\\}\\\\\\) or up\\{x=~\"-.*"}'),
        ("up{pod!~'{app}'}", r"""up{pod!~'a\\.b\"\\}\\\\\\) or up\\{x=~\"'}"""),
        ("up{pod=`{app}`}", 'up{pod=`a.b"}\\) or up{x=~"`}'),
        (
            'up{a=~"[a-z]{2}", b="{other}"} # {app} " in a remark',
            'up{a=~"[a-z]{2}", b="{other}"} # {app} " in a remark',
        ),
        (
            'label_replace(up, "a", "{app}", "b", "(.*)")',
            r'label_replace(up, "a", "a.b\"}\\) or up{x=~\"", "b", "(.*)")',
        ),
    ],
)
def test_a_name_is_escaped_for_where_it_stands(query, filled):
    assert promql.fill(query, {"app": NASTY}) == filled


@given(st.text(), st.sampled_from(["=", "=~"]))
def test_no_name_ever_ends_the_string_it_stands_in(value, operator):
    filled = promql.fill(f'up{{pod{operator}"{{app}}"}}', {"app": value})
    (found,) = parse(filled.removeprefix("up{").removesuffix("}"))
    assert found.value == value if operator == "=" else re.fullmatch(found.value, value)


def test_outside_quotes_only_a_word_can_stand():
    assert promql.fill("{app}_errors[{span}]", {"app": "shop", "span": "90s"}) == "shop_errors[90s]"
    with pytest.raises(ValueError, match="'shop-api' cannot stand outside quotes"):
        promql.fill("{app}_errors", {"app": "shop-api"})


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("sum(rate(x[5m])", r"character 4: \( is never closed"),
        ("rate(x[5m)]", r"character 10: \) closes nothing"),
        ('up{a="b}', 'character 6: " begins a text that never ends'),
        ("up}", "character 3: } closes nothing"),
        ("  ", "it is empty"),
    ],
)
def test_what_does_not_match_is_told_by_its_character(query, sentence):
    with pytest.raises(ValueError, match=sentence):
        promql.check(query)
