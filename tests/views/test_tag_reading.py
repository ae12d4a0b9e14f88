"""The page of tag forms says what is so."""

import pytest

from updater.config.tag_settings import Follow
from updater.schemes.parts import DIRECTIVES, PARTS
from updater.views.tag_reading import FORMS, page, row


@pytest.mark.parametrize("form", FORMS)
def test_each_form_on_the_page_is_read_by_the_setting_beside_it(form):
    scheme = Follow.model_validate(form.setting).scheme
    assert scheme.read(form.tag), scheme.why_not(form.tag)
    assert f"`{form.tag}` | `follow: {form.follow}`" in row(form)


def test_the_page_knows_every_part_and_directive():
    told = page()
    assert [name for name in (*PARTS, *DIRECTIVES) if f"\n| `{name}` | " not in told] == []
