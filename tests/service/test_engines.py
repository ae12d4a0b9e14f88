"""Which engine a config asks for, and what that needs."""

import subprocess
import sys

import pytest

from updater.config import ProcrastinateSettings, load
from updater.engine.embedded import Scheduler
from updater.errors import ConfigError
from updater.service import engines

NEEDS_NOTHING = """
import sys
from pathlib import Path
import updater.service.server, updater.service.worker
from updater.config import load
from updater.service.engines import engine_for
from updater.wiring import Updater
engine_for(load(Path(sys.argv[1])), lambda name: None, lambda report: None)
print(sorted({"procrastinate", "psycopg", "psycopg_pool"} & {name.partition(".")[0] for name in sys.modules}))
"""


def test_the_default_needs_no_database_and_imports_nothing_of_one(scene):
    folder = str(scene.configure())
    said = subprocess.run(
        [sys.executable, "-c", NEEDS_NOTHING, folder], capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"
    engine = engines.engine_for(load(scene.configure()), lambda name: None, lambda report: None)
    assert isinstance(engine, Scheduler)
    assert engine.workers() == ()


def asked(scene, **settings):
    scene.config["engine"] = {"procrastinate": settings}
    return load(scene.configure())


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "either by dsn_env or by dsn_file"),
        ({"dsn_env": "DSN", "dsn_file": "/run/dsn"}, "either by dsn_env or by dsn_file"),
        ({"dsn_env": "DSN", "dead_after": "1s"}, "at least 3s"),
        ({"dsn_env": "DSN", "passes_at_once": 0}, "passes_at_once"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(scene, settings, why):
    with pytest.raises(ConfigError, match=why):
        asked(scene, **settings)


def test_an_address_that_is_none_is_refused_without_repeating_it(monkeypatch):
    monkeypatch.setenv("DSN", "host=db password=geheim and more")
    with pytest.raises(ConfigError) as told:
        engines.database_of(ProcrastinateSettings(dsn_env="DSN"))
    assert "no address of a PostgreSQL database" in told.value.sentence
    assert "geheim" not in told.value.sentence


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("DSN", "postgresql://updater@db/updater")
    monkeypatch.setattr(engines, "NEEDED", ("a_package_nobody_has",))
    with pytest.raises(
        ConfigError, match=r"the extra `cluster` of this package \(`pip install '\.\[cluster\]'`"
    ):
        engines.database_of(ProcrastinateSettings(dsn_env="DSN"))


def test_a_worker_needs_somebody_to_share_with(scene):
    done = scene.command("worker")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nobody to share with" in done.stderr
    done = scene.command("worker", "--migrate")
    assert done.returncode == 2
    assert "there is no database" in done.stderr


def test_a_variable_that_nobody_has_set_is_told_before_anything_begins(scene):
    asked(scene, dsn_env="UPDATER_NO_SUCH")
    done = scene.command("worker")
    assert done.returncode == 2
    assert "engine.procrastinate: the environment variable UPDATER_NO_SUCH is not set" in done.stderr


def test_a_file_that_is_not_there_is_told_with_the_setting_that_names_it(tmp_path):
    with pytest.raises(ConfigError) as told:
        engines.database_of(ProcrastinateSettings(dsn_file=str(tmp_path / "dsn")))
    assert told.value.sentence.startswith(f"engine.procrastinate: the file {tmp_path / 'dsn'} cannot be read")
