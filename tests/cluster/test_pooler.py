"""PgBouncer before the database: in transaction mode it is noticed, and the work goes on."""

import pytest
from cluster.conftest import DSN
from cluster.engines import Passes, engines
from structlog.testing import capture_logs
from world.postgres import pooled
from world.service import within

pytestmark = pytest.mark.real


@pytest.mark.parametrize(("mode", "noticed"), [("transaction", True), ("session", False)])
def test_a_pooler_is_noticed_where_it_takes_something_away(server, dsn, mode, noticed):
    passes = Passes()
    with pooled(server, mode) as by_pooler, capture_logs() as logs:
        name = dsn.rpartition("/")[2]
        with engines(by_pooler.rpartition("/")[0] + f"/{name}", passes.of, 2) as [first, _]:
            within(30, lambda: passes.count("deploy") == 1)
            first.trigger("deploy")
            within(30, lambda: passes.count("deploy") == 2)
    assert ("database_pooled" in {each["event"] for each in logs}) is noticed


def test_doctor_says_so(scene, server, dsn, monkeypatch):
    scene.config["engine"] = {"procrastinate": {"dsn_env": DSN}}
    said = scene.command("doctor").stdout
    assert "the database lacks the tables of this version: run `updater worker --migrate`" in said
    assert scene.command("worker", "--migrate").returncode == 0
    with pooled(server, "transaction") as by_pooler:
        monkeypatch.setenv(DSN, by_pooler.rpartition("/")[0] + "/" + dsn.rpartition("/")[2])
        said = scene.command("doctor").stdout
    assert "pooler that shares connections by transaction" in said
    said = scene.command("doctor").stdout
    assert "the database does not answer" in said
