"""`updater demo`: the whole story on the repository that the scaffold makes."""

import re

import pytest
from commands.calling import start


@pytest.fixture(scope="module")
def told():
    """It takes seconds, and says the same to all who ask."""
    return start("demo")


def test_every_step_is_verified_on_a_scaffold(told):
    status, out, err = told

    assert (status, err) == (0, ""), out
    assert out.startswith("deploy repository http://127.0.0.1:")
    assert ", as updater scaffold repository makes it\n" in out
    assert out.endswith("every step was verified\n")
    assert "NOT TRUE" not in out


def test_what_fails_in_production_goes_back_by_a_commit_and_stays_away(told):
    _, out, _ = told
    (act,) = [part for part in out.split("\n\n") if "an alert fires in production" in part]
    failed = re.search(r"shop in production (\S+) failed", act)[1]
    good = re.search(r"verified: production is back at (\S+)", act)[1]
    assert f"   | Updater-Rollback: production shop {failed} {good} verify:alerts" in act
    (after,) = [part for part in out.split("\n\n") if "the bad build stays away" in part]
    assert f"{failed} was rolled back in production by commit" in after
