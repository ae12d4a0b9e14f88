import pytest
from hypothesis import given
from hypothesis import strategies as st

from updater.adapters.registry.challenge import Basic, Bearer, parse_challenge


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        (
            'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="a"',
            Bearer("https://ghcr.io/token", "ghcr.io"),
        ),
        ('bearer REALM="r" , scope="repository:a:pull,push"', Bearer("r")),
        ("Bearer realm=r,service=s", Bearer("r", "s")),
        (r'Bearer realm="a\"b", service="x, Basic realm=y"', Bearer('a"b', "x, Basic realm=y")),
        ('Basic realm="x", Bearer realm="y"', Bearer("y")),
        ('Bearer realm="y", Basic realm="x"', Bearer("y")),
        ('Basic realm="Registry Realm"', Basic()),
        ("Basic", Basic()),
        ('Bearer service="s", Basic realm="x"', Basic()),
        ('Bearer realm=""', None),
        ("Bearer", None),
        ('Negotiate, NTLM realm="x"', None),
        ('realm="x"', None),
        ('Bearer realm="never ends', None),
        ("", None),
        (None, None),
    ],
)
def test_a_challenge_is_read(header, challenge):
    assert parse_challenge(header) == challenge


@given(st.text(alphabet=st.sampled_from('Bearr Basic="\\,;realm\t'), max_size=60))
def test_any_header_is_read_without_an_error(header):
    parse_challenge(header)
