"""`updater schema`: for editors."""

import json
from pathlib import Path

import pytest
from commands.calling import call
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

EXAMPLE = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize(
    ("words", "file", "fault"),
    [([], "updater.yaml", {"instanc": "acme"}), (["app"], "apps/shop.yaml", {"images": []})],
)
def test_an_editor_can_tell_right_from_wrong(words, file, fault):
    status, out, _ = call("schema", *words)
    assert status == 0
    schema = Draft202012Validator(json.loads(out))
    right = YAML(typ="safe").load(EXAMPLE / file)
    assert schema.is_valid(right)
    assert not schema.is_valid(right | fault)


def test_of_another_file_there_is_none():
    status, _, err = call("schema", "values")
    assert status == 2
    assert "'updater', 'app'" in err


@pytest.mark.parametrize(
    ("follow", "is_valid"),
    [
        ("{date}-{time}-{sha}", True),
        ("%Y%m%d-%H%M", True),
        (r"(?P<version>[0-9.]+)-(?P<variant>\w+)", True),
        ({"semver": {"pattern": "release-{version}", "range": "^1.2"}}, True),
        ("timestamp", True),
        ("timestmap", False),
        ({"semver": {"patern": "release-{version}"}}, False),
    ],
)
def test_an_editor_takes_a_pattern_where_a_scheme_may_stand(follow, is_valid):
    schema = Draft202012Validator(json.loads(call("schema")[1]))
    config = YAML(typ="safe").load(EXAMPLE / "updater.yaml")
    config["environments"]["staging"]["tags"]["follow"] = follow
    assert schema.is_valid(config) is is_valid
