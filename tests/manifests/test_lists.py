"""An item is added to a list as it stands there, and nothing else changes."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from updater.manifests.lists import list_items, with_items
from updater.manifests.refusals import PinRefused

NAMES = some.from_regex(r"[a-z](-?[a-z0-9]){0,8}", fullmatch=True).filter(lambda name: name not in {"y", "n"})
ITEMS = some.lists(
    some.tuples(NAMES, some.sampled_from(["", '"', "'"]), some.sampled_from(["", "  # ours"])), max_size=4
)
AROUND = some.sampled_from(
    ["", "# a comment\n", "kind: Kustomization\n", "\n", "other:\n  - a\n  - b\n", "other: {a: [1]}\n"]
)


@some.composite
def texts(draw):
    """A kustomization as people write it, and the names in its list."""
    items, indent, flow = draw(ITEMS), draw(some.sampled_from(["", "  ", "    "])), draw(some.booleans())
    said = [f"{quote}{name}{quote}" for name, quote, _ in items]
    if flow or not items:
        listed = f"resources: [{', '.join(said)}]{draw(some.sampled_from(['', '  # ours']))}\n"
    else:
        comments = [comment for *_, comment in items]
        listed = "resources:\n" + "".join(
            f"{indent}- {one}{comment}\n" for one, comment in zip(said, comments, strict=True)
        )
    text = draw(AROUND) + listed + draw(some.sampled_from(["", "# after\n", "more: 1\n", "\nmore:\n  - x\n"]))
    if draw(some.booleans()):
        text = text.removesuffix("\n")
    text = text.replace("\n", draw(some.sampled_from(["\n", "\r\n"])))
    return draw(some.sampled_from(["", "\ufeff"])) + text, tuple(name for name, *_ in items)


@given(texts(), some.lists(NAMES, min_size=1, max_size=3, unique=True))
def test_items_come_last_and_every_other_byte_stays(written, added):
    text, names = written
    after = with_items(text.encode(), "resources", tuple(added))

    assert list_items(text.encode(), "resources") == names
    assert list_items(after, "resources") == (*names, *added)
    changes = difflib.SequenceMatcher(None, text, after.decode(), autojunk=False).get_opcodes()
    assert {tag for tag, *_ in changes} <= {"equal", "insert"} | (
        {"replace", "delete"} if not names else set()
    )
    if not names:
        return
    taken_away = "".join(text[start:end] for tag, start, end, *_ in changes if tag == "equal")
    assert taken_away == text


def test_a_key_that_is_not_there_is_made():
    assert (
        with_items(b"kind: Kustomization\n", "resources", ("shop",))
        == b"kind: Kustomization\nresources:\n  - shop\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "resources: !x [a]\n",
        "resources: &a [a]\n",
        "resources: *a\n",
        "resources: {a: b}\n",
        "resources: a\n",
        "- a\n",
        "",
    ],
)
def test_what_could_mean_something_else_is_refused(text):
    with pytest.raises(PinRefused):
        with_items(text.encode(), "resources", ("shop",))
