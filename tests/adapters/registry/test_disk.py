"""Small files of a cache: whole, or not there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from updater.adapters.registry import cache_files
from updater.adapters.registry.digest_cache import DigestCache
from updater.adapters.registry.image_dates import ImageDateReader

ROOT = Path(__file__).resolve().parents[3]
DIES = """
import os, signal, sys
from pathlib import Path
from updater.adapters.registry import cache_files
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
cache_files.write(Path(sys.argv[1]), {"a": 1})
"""


def test_what_was_written_is_read(tmp_path):
    cache_files.write(tmp_path / "deep" / "one.json", {"a": 1})
    assert cache_files.read(tmp_path / "deep" / "one.json") == {"a": 1}


def test_where_it_cannot_be_put_nothing_is_left_behind(tmp_path):
    (tmp_path / "one.json").mkdir()
    cache_files.write(tmp_path / "one.json", {"a": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]


@pytest.mark.parametrize("keeper", [DigestCache, lambda folder: ImageDateReader(lambda *_: None, folder)])
def test_what_a_killed_process_left_half_written_goes_in_time(tmp_path, keeper):
    cache_files.write(tmp_path / "whole.json", {"a": 1})
    died = subprocess.run([sys.executable, "-c", DIES, tmp_path / "one.json"], cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    (left,) = {*tmp_path.iterdir()} - {tmp_path / "whole.json"}
    keeper(tmp_path)
    assert left.exists(), "another process may be writing it now"
    for path in tmp_path.iterdir():
        os.utime(path, (time.time() - 7200,) * 2)
    keeper(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["whole.json"]
