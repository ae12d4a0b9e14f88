"""Where the config comes from: values, ConfigMaps that are there, a volume that somebody else fills."""

import re
import shutil

import pytest
from chart.rendering import (
    ROOT,
    combination,
    everything,
    example,
    merged,
    render,
)
from helm_python.errors import HelmRenderError

from updater.config.watch import ConfigWatcher

pytestmark = pytest.mark.real

MAPS = combination("existing-config-maps")
GIT = combination("config-from-git")


def pod_of(values):
    (found,) = [each for each in everything(values) if each["kind"] == "Deployment"]
    return found["spec"]["template"]["spec"]


def volumes(values):
    return {volume["name"]: volume for volume in pod_of(values)["volumes"]}


def updater_of(values):
    return next(each for each in pod_of(values)["containers"] if each["name"] == "updater")


def where(values):
    return {mount["mountPath"]: mount["name"] for mount in updater_of(values)["volumeMounts"]}


def test_both_may_come_from_config_maps_that_are_there_and_then_the_chart_makes_none():
    (source,) = volumes(MAPS)["config"]["projected"]["sources"]

    assert source["configMap"] == {
        "name": "updater-config",
        "items": [{"key": "updater.yaml", "path": "updater.yaml"}],
    }
    assert where(MAPS)["/etc/updater/apps"] == "apps"
    assert volumes(MAPS)["apps"]["configMap"] == {"name": "updater-apps"}
    assert "ConfigMap" not in {each["kind"] for each in everything(MAPS)}


def test_no_app_need_be_in_the_values_where_teams_declare_theirs():
    config = {**example()["config"], "apps": {"from": "repository", "path": "{app}/updater.yaml"}}
    (source,) = volumes(merged(example(), {"config": config, "apps": None}))["config"]["projected"]["sources"]
    assert source["configMap"]["items"] == [{"key": "updater.yaml", "path": "updater.yaml"}]


def test_one_of_them_may_stand_in_the_values():
    apps = {"shop": {"app": "shop", "images": ["ghcr.io/org/shop"], "environments": ["staging"]}}
    values = merged(MAPS, {"existingConfigMaps": {"apps": ""}, "apps": apps})
    theirs, ours = volumes(values)["config"]["projected"]["sources"]

    assert theirs["configMap"]["name"] == "updater-config"
    assert ours["configMap"] == {
        "name": "updater",
        "items": [{"key": "apps.shop.yaml", "path": "apps/shop.yaml"}],
    }
    assert "/etc/updater/apps" not in where(values)
    (made,) = [each for each in everything(values) if each["kind"] == "ConfigMap"]
    assert made["data"].keys() == {"apps.shop.yaml"}


def test_where_the_chart_cannot_read_the_config_it_says_which_ports_it_expects():
    said = 'service: {listen: "0.0.0.0:8080", metrics_listen: "0.0.0.0:8081"}'

    assert said in render(MAPS)["NOTES.txt"]
    assert [port["name"] for port in updater_of(MAPS)["ports"]] == ["http", "metrics"]


def test_a_value_says_that_such_a_config_has_one_port():
    values = merged(MAPS, {"probePort": "http"})

    assert [port["name"] for port in updater_of(values)["ports"]] == ["http"]
    assert updater_of(values)["livenessProbe"]["httpGet"]["port"] == "http"
    assert 'service: {listen: "0.0.0.0:8080"}' in render(values)["NOTES.txt"]


def test_a_clone_is_read_where_the_sidecar_writes_it():
    spec, updater = pod_of(GIT), updater_of(GIT)
    variables = {each["name"]: each.get("value") for each in updater["env"]}
    (clone,) = spec["initContainers"]
    follow = next(each for each in spec["containers"] if each["name"] == "follow-config")

    assert variables["UPDATER_CONFIG"] == "/etc/updater/current/updater"
    assert where(GIT)["/etc/updater"] == "config-clone"
    for container in (clone, follow):
        mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert mounted["/clone"] == "config-clone"
        assert "--link=current" in container["args"]
        assert "--root=/clone" in container["args"]
    assert {mount["name"] for each in (clone, follow) for mount in each["volumeMounts"]} <= volumes(
        GIT
    ).keys()


def test_the_updater_follows_a_link_that_is_swapped_as_git_sync_swaps_it(tmp_path):
    for version in ("one", "two"):
        shutil.copytree(ROOT / "config", tmp_path / ".worktrees" / version / "updater")
    (tmp_path / "current").symlink_to(".worktrees/one")
    names = ("GITHUB_TOKEN", "GHCR_USERNAME", "GHCR_TOKEN", "UPDATER_WEBHOOK_SECRET")
    watcher = ConfigWatcher(tmp_path / "current" / "updater", dict.fromkeys(names, "x"))
    assert watcher.changed() is None
    (tmp_path / "next").symlink_to(".worktrees/two")
    (tmp_path / "next").rename(tmp_path / "current")
    looks = [watcher.changed() for _ in range(2)]

    assert [found is not None for found in looks] == [False, True]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (
            merged(MAPS, {"config": {"instance": "acme"}}),
            "config: existingConfigMaps.config names a ConfigMap",
        ),
        (
            merged(MAPS, {"apps": {"shop": {"app": "shop"}}}),
            "apps: existingConfigMaps.apps names a ConfigMap",
        ),
        (merged(MAPS, {"existingConfigMaps": {"apps": ""}}), "apps: none is written there"),
        (
            merged(GIT, {"config": {"instance": "acme"}}),
            "configVolume: the config comes from that volume, so leave",
        ),
        (merged(GIT, {"extraVolumes": []}), "configVolume: extraVolumes has no volume called config-clone"),
        (merged(GIT, {"configVolume": {"path": "../elsewhere"}}), "at '/configVolume/path'"),
    ],
)
def test_a_config_from_two_places_or_from_none_is_refused(values, why):
    with pytest.raises(Exception, match=re.escape(why)) as refused:
        render(values)
    assert isinstance(refused.value, HelmRenderError) or "schema" in str(refused.value)
