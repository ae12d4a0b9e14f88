import shutil

import pytest
from world.watched_apps import debians, in_sandbox

PROGRAMS = ("prometheus", "prometheus-alertmanager")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found")
    with debians(tmp_path_factory.mktemp("prometheus")) as watched:
        yield watched


@pytest.fixture(params=["sandbox", pytest.param("real", marks=pytest.mark.real)])
def watched(request):
    """Apps that are watched, by the one or the other."""
    if request.param == "real":
        yield request.getfixturevalue("real")
        return
    with in_sandbox() as watched:
        yield watched


@pytest.fixture
def ask(watched):
    """What one question is answered."""
    client = watched.client()
    yield lambda question: client.ask([question])[question]
    client.close()
