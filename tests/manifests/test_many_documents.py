"""Helm reads the first document of its values: a path that is right in another one leads to another image."""

import pytest

from updater.manifests import Edit, PinRefused, Selector, write

OTHER_FIRST = (
    "{0}image: {{repository: org/other, tag: 1.0}}\n---\n{0}image: {{repository: org/web, tag: 2.0}}\n"
)


@pytest.mark.parametrize("before", ["", "v: |\n  "])
def test_an_image_of_a_later_document_changes_no_other_image_in_the_first(before):
    data = OTHER_FIRST.format(before).encode()

    with pytest.raises(PinRefused, match=r"org/web|is not there"):
        write(data, [Edit(Selector("helm-values", "org/web"), "v3")])

    after = write(data, [Edit(Selector("helm-values", "org/other"), "v3")])
    assert after == data.replace(b"1.0", b"v3")


def test_of_any_yaml_the_document_counts_in_which_the_image_stands():
    data = OTHER_FIRST.format("").encode()

    after = write(data, [Edit(Selector("yaml-path", "org/web"), "v3")])

    assert after == data.replace(b"2.0", b"v3")
