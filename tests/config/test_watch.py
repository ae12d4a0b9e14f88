"""A config that changes while it is used."""

import shutil
from pathlib import Path

import pytest

from updater.config.watch import ConfigWatcher
from updater.errors import ConfigError

EXAMPLE = Path(__file__).resolve().parents[2] / "config"
SECRETS = dict.fromkeys(("GITHUB_TOKEN", "GHCR_USERNAME", "GHCR_TOKEN", "UPDATER_WEBHOOK_SECRET"), "set")


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(EXAMPLE, tmp_path / "config"))


def write(folder, old, new):
    main = folder / "updater.yaml"
    main.write_text(main.read_text().replace(old, new))


def twice(watch):
    """One look sees the change, the next that it has settled."""
    assert watch.changed() is None
    return watch.changed()


def test_what_nobody_has_changed_is_not_read_again(folder):
    watch = ConfigWatcher(folder, SECRETS)
    assert [watch.changed() for _ in range(3)] == [None, None, None]


def test_a_change_is_read_once_it_has_settled(folder):
    watch = ConfigWatcher(folder, SECRETS)
    write(folder, "every: 60s", "every: 61s")
    assert watch.changed() is None
    write(folder, "every: 61s", "every: 62s ")
    assert twice(watch).poll.every.total_seconds() == 62
    assert watch.changed() is None


def test_a_new_app_is_a_change(folder):
    watch = ConfigWatcher(folder, SECRETS)
    text = (folder / "apps" / "shop.yaml").read_text().replace("app: shop", "app: stall")
    (folder / "apps" / "stall.yaml").write_text(text.replace("org/shop", "org/stall"))
    assert any(placement.app == "stall" for placement in twice(watch).policies)


def test_a_broken_change_is_told_once_and_a_mended_one_is_read(folder):
    watch = ConfigWatcher(folder, SECRETS)
    write(folder, "every: 60s", "evry: 60s")
    assert watch.changed() is None
    with pytest.raises(ConfigError, match="evry"):
        watch.changed()
    assert watch.changed() is None
    write(folder, "evry: 60s", "every: 63s")
    assert twice(watch).poll.every.total_seconds() == 63


def test_a_change_that_names_a_secret_nobody_has_set_is_broken(folder):
    watch = ConfigWatcher(folder, SECRETS)
    write(folder, "token_env: GITHUB_TOKEN", "token_env: NOT_SET")
    watch.changed()
    with pytest.raises(ConfigError, match="NOT_SET"):
        watch.changed()


def test_the_swapped_link_of_a_configmap_is_a_change(tmp_path):
    """As the kubelet does it: files are links into ..data, which is a link that is replaced whole."""
    shutil.copytree(EXAMPLE, tmp_path / "..1")
    (tmp_path / "..data").symlink_to("..1")
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    for name in ("updater.yaml", "apps"):
        (mounted / name).symlink_to(tmp_path / "..data" / name)
    watch = ConfigWatcher(mounted, SECRETS)

    shutil.copytree(tmp_path / "..1", tmp_path / "..2")
    write(tmp_path / "..2", "every: 60s", "every: 64s")
    (tmp_path / "..next").symlink_to("..2")
    (tmp_path / "..next").replace(tmp_path / "..data")

    assert twice(watch).poll.every.total_seconds() == 64


def test_a_folder_that_vanishes_is_a_broken_config_and_its_return_is_read(folder):
    watch = ConfigWatcher(folder, SECRETS)
    away = folder.rename(folder.with_name("away"))
    watch.changed()
    with pytest.raises(ConfigError, match="does not exist"):
        watch.changed()
    away.rename(folder)
    assert twice(watch) is not None
