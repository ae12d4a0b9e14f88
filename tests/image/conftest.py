"""The image is built once for all workers of a run, by the first that needs it."""

import fcntl
from contextlib import contextmanager

import pytest
from image.building import build, built, missing


@pytest.fixture(scope="session")
def image(request, tmp_path_factory):
    """The built image; its folder is removed where the run ends, in tests/conftest.py."""
    if absent := missing():
        pytest.skip(f"no {', no '.join(absent)} here")
    common = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        common = common.parent
    folder = common / "image"
    folder.mkdir(exist_ok=True)
    with _alone(common / "image.lock"):
        return built(folder) or build(folder)


@contextmanager
def _alone(path):
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
