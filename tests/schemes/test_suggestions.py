"""Of a tag that no scheme reads as it is, the pattern that does is named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from updater.config.tag_settings import Follow
from updater.schemes.patterns import pattern_of
from updater.schemes.suggestions import best, suggested
from updater.views.tag_reading import FORMS

MAY_MOVE = ("1.10", "1.36", "251130", "1.2.3-alpine", "v1.0.1-rc10")
"""A scheme reads them, or they may move from image to image, or nobody can tell what they are."""


@pytest.mark.parametrize("form", [form for form in FORMS if form.tag not in MAY_MOVE and "_" not in form.tag])
def test_each_form_of_the_documentation_is_read_by_what_is_suggested(form):
    made = suggested(form.tag)
    assert made is not None
    follow = Follow.model_validate(YAML(typ="safe").load(made.follow))
    assert follow.name == made.scheme
    assert follow.scheme.read(form.tag)


@pytest.mark.parametrize(
    "tag", ["", "latest", "main", "1.2.3", "16-alpine", "main-a1b2c3d", "pr-127-255b90f", *MAY_MOVE]
)
def test_what_may_move_or_has_a_scheme_gets_no_suggestion(tag):
    assert suggested(tag) is None


def test_of_several_the_one_that_reads_the_most_is_the_best():
    assert best(["20260601.9", "20260601.10", "build-7", "latest"]).pattern == "{date}.{number}"
    assert best(["latest", "main"]) is None


@settings(max_examples=300)
@given(st.text("0123456789abcdefg.-_vT", max_size=40) | st.text(max_size=140))
def test_whatever_is_proposed_for_a_tag_reads_it(tag):
    made = suggested(tag)
    assert made is None or (made.reads(tag) and pattern_of(made.pattern).regex.fullmatch(tag))
