"""Where a line of KEY=VALUE ends: what tools take for an end in different ways is refused."""

import pytest

from updater.manifests import PinRefused, Selector, read

TAG = Selector("env-file", "ghcr.io/org/shop", "TAG")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"TAG=1\rNAME=shop\r", 1),
        (b"NAME=shop\nTAG=1\rOTHER=2\n", 2),
        (b"# ours\rTAG=1\n", 1),
        (b"NAME='a\rb'\nTAG=1\n", 1),
        (b"NAME=shop\r\nTAG=1\r\r\n", 2),
        (b"NAME=shop\r\nTAG=1\r", 2),
        (b"TAG=1\n\r", 2),
    ],
)
def test_a_carriage_return_alone_is_refused_with_its_line(data, line):
    with pytest.raises(PinRefused, match="has a carriage return without a line feed") as refused:
        read(data, TAG)
    assert (refused.value.code, refused.value.line) == ("not_env", line)


@pytest.mark.parametrize("data", [b"NAME=shop\nTAG=1\n", b"NAME=shop\r\nTAG=1\r\n", b"NAME=shop\r\nTAG=1\n"])
def test_lf_and_crlf_end_a_line(data):
    assert (read(data, TAG).tag, read(data, TAG).line) == ("1", 2)
