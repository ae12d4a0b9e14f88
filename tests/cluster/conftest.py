"""A real PostgreSQL, one for all tests of a process."""

import pytest
from world.postgres import DSN, started


@pytest.fixture(scope="session")
def server():
    with started() as server:
        yield server


@pytest.fixture
def dsn(server, request, monkeypatch):
    """A database of the test's own, empty; its address stands in the variable that the config names."""
    name = "".join(letter if letter.isalnum() else "_" for letter in request.node.name)[:50]
    address = server.database(name)
    monkeypatch.setenv(DSN, address)
    return address
