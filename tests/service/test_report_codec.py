"""A report comes to another worker as it was; whatever else stands there makes no report, and no harm."""

import json
import zlib
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web import company

from updater.engine.cluster.report_codec import packed, unpacked
from updater.errors import Refused
from updater.model import Image, Narrowed
from updater.web.report_store import light

WRONG = [None, 1, "x", [], {}, {"of": "Chart"}, {"at": "never"}, {"map": 1}]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    config = company.config(tmp_path_factory.mktemp("company"), 6)
    return light(company.report(config))


def test_a_report_comes_as_it_was(told):
    heard = unpacked(packed(told))
    assert replace(heard, decisions=list(heard.decisions), unreadable=list(heard.unreadable)) == told


def test_a_report_of_a_pass_for_some_images_comes_as_it_was(told):
    shop = Image("ghcr.io", "org/shop")
    narrowed = replace(told, narrowed=Narrowed(frozenset({shop}), company.NOW))
    assert unpacked(packed(narrowed)).narrowed == narrowed.narrowed


def test_a_report_of_a_real_pass_comes_as_it_was(scene):
    scene.proposed()
    told = light(scene.run())
    heard = unpacked(packed(told))
    assert packed(heard) == packed(told)
    assert heard.timelines == told.timelines
    assert list(heard.decisions) == list(told.decisions)


def test_what_a_newer_version_says_beside_it_is_passed_over(told):
    written = json.loads(zlib.decompress(packed(told)))
    written["colour"] = "green"
    written["decisions"][0]["colour"] = {"of": "Paint"}
    assert list(unpacked(zlib.compress(json.dumps(written).encode())).decisions) == list(told.decisions)


@pytest.mark.parametrize(
    "body", [b"", b"text", zlib.compress(b"[]"), zlib.compress(b'{"of":"Path"}'), zlib.compress(b"[" * 10**6)]
)
def test_what_is_no_report_is_refused(body):
    with pytest.raises(Refused):
        unpacked(body)


def test_a_bomb_is_refused(monkeypatch):
    monkeypatch.setattr("updater.engine.cluster.report_codec.LARGEST", 1000)
    with pytest.raises(Refused):
        unpacked(zlib.compress(b" " * 10**6))


@given(st.data())
def test_one_value_of_another_kind_anywhere_is_refused_or_a_report(told, data):
    """Never another error: the page goes on with what it had."""
    written = json.loads(zlib.decompress(packed(told)))
    at = written
    while isinstance(at, dict | list) and at:
        keys = sorted(at) if isinstance(at, dict) else range(len(at))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(at[key], dict | list) or data.draw(st.integers(0, 5)) == 0:
            at[key] = data.draw(st.sampled_from(WRONG))
            break
        at = at[key]
    with suppress(Refused):
        unpacked(zlib.compress(json.dumps(written).encode()))
