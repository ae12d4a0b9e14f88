"""Two services do not keep their caches in one folder; commands may share it."""

import os
import signal

import pytest
from structlog.testing import capture_logs
from world.service import answers, free_address, within

from updater.errors import ConfigError
from updater.service import cache_lock


def test_a_second_service_in_one_cache_folder_refuses_to_start_and_a_command_does_not(scene):
    address = free_address()
    scene.config["service"] = {"listen": address}
    first = scene.start("run")
    try:
        within(60, lambda: answers(f"http://{address}/livez"))
        scene.config["service"] = {"listen": free_address()}
        second = scene.start("run")
        _, said = second.communicate(timeout=60)
        assert second.returncode == 2
        assert f"--cache-dir {scene.folder / 'first'}: another `updater run` or `updater worker`" in said
        assert "cache_awaited" in said
        assert scene.command("plan").returncode == 0
    finally:
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=30)


def test_what_a_service_that_is_gone_held_is_taken_at_once(tmp_path):
    os.close(cache_lock.take(tmp_path, patience=0))
    held = cache_lock.take(tmp_path, patience=0)
    with pytest.raises(ConfigError, match="give each a folder of its own"):
        cache_lock.take(tmp_path, patience=0)
    os.close(held)


def test_where_nothing_can_be_locked_it_goes_on_and_says_so(tmp_path):
    with capture_logs() as logs:
        assert cache_lock.take(tmp_path / "gone", patience=0) is None
    assert [each["event"] for each in logs] == ["cache_not_locked"]
