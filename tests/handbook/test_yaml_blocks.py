"""Every block of YAML is a config that `updater check` calls fine, or says what it is."""

import re
from itertools import takewhile

import pytest
from handbook.completing import completed, is_manifest, is_of_another_file, is_whole, parsed
from handbook.pages import every_block

from updater import holds
from updater.config import load
from updater.rollback_floors import fault_of

YAML_BLOCKS = [block for block in every_block() if block.language in {"yaml", "yml"}]

OFFERED = re.compile(r"(?P<key>tags: )\{.*?\} +#.*; in UTC: (?P<offered>\{.*\})$", re.MULTILINE)


def following(block):
    """What the page shows after it, as far as the next whole config."""
    after = [each for each in YAML_BLOCKS if each.page == block.page and each.line > block.line]
    documents = [document for each in after for document in parsed(each.text)]
    return takewhile(lambda document: not is_whole(document), documents)


@pytest.mark.parametrize("block", [block for block in YAML_BLOCKS if not block.reason], ids=str)
def test_it_is_a_config(block, tmp_path):
    documents = parsed(block.text)
    if is_of_another_file(block.text) or all(is_manifest(each) for each in documents):
        return
    (document,) = documents
    if isinstance(document, dict) and document.keys() <= holds.Holds.model_fields.keys():
        assert holds.read(block.text.encode()) != holds.Holds()
    elif isinstance(document, dict) and document.keys() == {"floors"}:
        assert fault_of(block.text.encode()) is None
    else:
        folder = completed(document, block.text, tmp_path / "config", following(block))
        assert folder, f"{block}: no part of a config; say in the line before what it is, <!-- not run: … -->"
        found = load(folder)
        assert [policy.refused for policy in found.policies.values() if policy.refused] == []


@pytest.mark.parametrize("block", [block for block in YAML_BLOCKS if OFFERED.search(block.text)], ids=str)
def test_what_a_comment_offers_in_its_place_is_one_too(block, tmp_path):
    """`tags: {follow: timestamp}    # …; in UTC: {…}`: what is behind it goes where that stands."""
    text = OFFERED.sub(r"\g<key>\g<offered>", block.text)
    (document,) = parsed(text)
    assert load(completed(document, text, tmp_path / "config", following(block)))


@pytest.mark.parametrize("block", [block for block in YAML_BLOCKS if block.reason], ids=str)
def test_what_is_none_is_yaml_all_the_same(block):
    assert parsed(block.text)
