import pytest
from hypothesis import given
from hypothesis import strategies as some
from ruamel.yaml import YAML

from updater.manifests.composer import compose_text
from updater.manifests.scalars import quote, quoted_as, reads_as_string, style_for


@pytest.mark.parametrize(
    "value",
    [
        "20260202",
        "1e5",
        "6e60951",
        "0123",
        "1.10",
        "yes",
        "null",
        "1_000",
        "No",
        "ON",
        "y",
        "~",
        "0x1f",
        "0o17",
        "0b11",
        "1.",
        ".5",
        "-1",
        "+12",
        "1:30",
        "190:20:30",
        "2026-02-02",
        "2026-2-2",
        ".inf",
        "-.INF",
        ".nan",
        "=",
        "<<",
        "true",
        "False",
        "123e4567",
        "1_0e5",
        "20260202_112233",
        "1E400",
        "0X1F",
        "1__0",
        "12345678901234567890",
        "",
        "2026-02-02 10:00:00",
        "2026-02-02T10:00:00Z",
    ],
)
def test_a_value_that_would_not_read_as_a_string_gets_double_quotes(value):
    assert not reads_as_string(value)
    assert quoted_as(value, style_for(value)) == f'"{value}"'
    assert quoted_as(value, style_for(value, "'")) == f"'{value}'"


@pytest.mark.parametrize(
    "value",
    [
        "20260202-143512",
        "v1.2.3",
        "1.2.3",
        "sha-abc1234",
        "latest",
        "0x1p-2",
        "1-2",
        "e5",
        "1e5a",
        "2026-02-02-1",
        "2026-02",
        "nul",
        "yess",
        "off-1",
        "a_b",
        "ghcr.io/org/shop:v1",
        "sha256:abc",
        "1.2.3-rc.1",
        "00-1",
        "1e",
        "infinity",
        "nan",
    ],
)
def test_a_value_that_reads_as_a_string_stays_plain(value):
    assert quoted_as(value, style_for(value)) == value


@pytest.mark.parametrize(
    "value", ["a b", "a: b", "a #b", "#", "-", "- a", "'a'", '"', "\\", "a:", "{a}", "*a", "\n"]
)
def test_a_value_that_cannot_stand_alone_gets_quotes_that_give_it_back(value):
    for style in ("", '"') if "\n" in value else ("", '"', "'"):
        root = compose_text("k: " + quoted_as(value, style_for(value, style))).documents[0].root
        assert root.pairs[0][1].value == value


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@given(
    text=some.text("0123456789abefxonyNultrsi._-+:", min_size=1, max_size=8)
    | some.from_regex(r"[0-9]{1,6}(e[0-9]{1,4}|[._-][0-9]{1,4})?", fullmatch=True)
)
def test_what_is_written_reads_as_that_string_by_the_old_and_the_new_yaml(version, text):
    reader = YAML(typ="safe", pure=True)
    reader.version = version
    assert reader.load(f"k: {quote(text)}\n") == {"k": text}
