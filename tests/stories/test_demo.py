"""`updater demo`: the whole story on the repository that the scaffold makes."""

import re

import pytest
from commands.calling import start

from updater.commands.demo.company import ARGOCD_TOKEN, TOKEN, Company, write_config
from updater.commands.doctor.watched import watched_findings
from updater.config import load
from updater.wiring import Updater


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


def test_doctor_has_nothing_against_the_alerts_of_its_config(tmp_path, monkeypatch):
    with Company(("shop", "blog"), {}) as company:
        monkeypatch.setenv(TOKEN, company.world.github.bot_token)
        monkeypatch.setenv(ARGOCD_TOKEN, company.argocd.token)
        config = load(write_config(company, tmp_path / "config", 1))
        with Updater(config, tmp_path / "cache", clock=company.world.clock) as updater:
            company.world.clock.forward(minutes=1)
            found = watched_findings(config, updater.ask_monitoring, company.world.clock())
            assert {each.state for each in found} == {"works"}


def test_a_port_that_is_none_is_refused_by_its_name():
    """And not by a line of the config that the demo writes for itself."""
    status, _, said = start("demo", "--port", "70000")
    assert status == 2
    assert "'--port'" in said
