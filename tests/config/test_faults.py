"""What is wrong is said in one sentence: which file, which line, what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from updater.config import load
from updater.errors import ConfigError

CASES = YAML(typ="safe", pure=True).load(Path(__file__).with_name("faults.yaml"))
MAIN = "config/updater.yaml"
SHOP = "config/apps/shop.yaml"
TOKEN = "{token_env: GITHUB_TOKEN}"
LOGIN = "{username_env: GHCR_USERNAME, password_env: GHCR_TOKEN}"
IN_SHOP = "environments: {staging: {}, production: {%s}}"
LISTED = "environments:\n  - staging\n  - production"
NO_IMAGE = "is no image: expected registry/name in lower case, without a tag, such as ghcr.io/org/shop"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_one_fault_is_one_sentence(load_with, case):
    with pytest.raises(ConfigError) as caught:
        load_with((case["replace"], case["with"]))
    assert caught.value.faults == (case["says"],)


def test_all_faults_of_all_files_are_told_at_once(load_with):
    with pytest.raises(ConfigError) as caught:
        load_with(
            ("after: staging", "after: stagin"),
            ("images: [ghcr.io/org/shop]", "images: [shop, ghcr.io/org/shop:v1]\nimage: x"),
            pay="app: pay\nimages: [ghcr.io/org/pay]\nenvironments: [staging, test]\n",
        )
    nowhere = "environments.test: unknown environment 'test': possible here: staging, production"
    assert caught.value.faults == (
        f"{SHOP}:2: images[0]: 'shop' {NO_IMAGE}",
        f"{SHOP}:2: images[1]: 'ghcr.io/org/shop:v1' {NO_IMAGE}",
        f"{SHOP}:3: image: unknown key 'image': did you mean images?",
        f"{MAIN}:17: environments.production.after: unknown environment 'stagin': did you mean staging?",
        f"config/apps/pay.yaml:3: {nowhere}",
    )


def test_faults_of_apps_are_told_even_if_the_main_file_is_wrong(load_with):
    with pytest.raises(ConfigError) as caught:
        load_with(("instance: acme", "instance: a--b"), ("app: shop", "app: Shop"))
    assert [fault.split(":")[0] for fault in caught.value.faults] == [MAIN, SHOP]


def test_a_fault_of_an_environment_is_told_once_however_many_apps_it_has(load_with):
    apps = "".join(
        f"- {{app: a{number}, images: [ghcr.io/org/a{number}], environments: [staging]}}\n"
        for number in range(9)
    )
    with pytest.raises(ConfigError) as caught:
        load_with(("path: apps/{app}/staging", "path: ../x"), many=apps)
    assert len(caught.value.faults) == 1


def test_two_apps_of_one_name_are_a_fault_that_names_both_places(load_with):
    with pytest.raises(ConfigError) as caught:
        load_with(zoo="- app: shop\n  images: [ghcr.io/org/zoo]\n  environments: [staging]\n")
    assert caught.value.faults == (
        "config/apps/zoo.yaml:1: [0].app: shop is already in config/apps/shop.yaml:1: rename one",
    )


def test_a_circle_is_told_in_the_direction_of_after(load_with):
    first = "  first: {repository: deploy, deliver: none, after: production}\n"
    with pytest.raises(ConfigError) as caught:
        load_with(("  staging:\n    repo", f"{first}  staging:\n    after: first\n    repo"))
    assert caught.value.faults[0] == (
        f"{MAIN}:10: environments.first.after: environments come after one another in a circle: "
        "first -> production -> staging -> first"
    )


def test_a_folder_and_a_file_in_it_are_one_pin_in_either_order(load_with):
    shared = "{path: apps/pay/staging/kustomization.yml}"
    with pytest.raises(ConfigError) as caught:
        load_with(
            pay=f"app: pay\nimages: [ghcr.io/org/x]\nenvironments:\n  staging: {shared}\n",
            zoo="app: zoo\nimages: [ghcr.io/org/x]\nenvironments: {staging: {path: apps/pay/staging}}\n",
        )
    assert ["zoo in staging and pay in staging are both" in fault for fault in caught.value.faults] == [True]


def test_two_apps_on_one_pin_are_a_fault(load_with):
    shared = "{path: apps/shop/staging/kustomization.yml}"
    with pytest.raises(ConfigError) as caught:
        load_with(zoo=f"app: zoo\nimages: [ghcr.io/org/shop]\nenvironments:\n  staging: {shared}\n")
    sentence = (
        "config/apps/zoo.yaml:4: environments.staging: zoo in staging and shop in staging are both "
        "ghcr.io/org/shop in apps/shop/staging/kustomization.yml: a pin belongs to one app in one "
        "environment, so give each its own path"
    )
    assert caught.value.faults == (sentence,)


def test_several_images_leave_no_doubt_which_one_a_pin_is_for(load_with):
    with pytest.raises(ConfigError) as caught:
        load_with(
            ("[ghcr.io/org/shop]", "[ghcr.io/org/shop, ghcr.io/org/worker]"),
            (LISTED, IN_SHOP % "image: ghcr.io/org/other, pins: [{path: x}]"),
        )
    sentence = "environments.production.image: replaces an app's only image, and shop has 2: leave it out"
    assert caught.value.faults == (f"{SHOP}:3: {sentence}",)


def test_a_fault_stands_where_the_anchor_is_written(load_with):
    with pytest.raises(ConfigError) as caught:
        load_with(
            ("instance: acme", "instance: acme\npoll: &soon {every: soon}"),
            ("commit: {email: updater@example.org}", "commit: *soon"),
        )
    known = "name, email, signing, subject, subject_back, body, signoff"
    fault = f"{MAIN}:2: commit.every: unknown key 'every': possible here: {known}"
    assert fault in caught.value.faults


def test_no_secret_that_was_written_in_the_wrong_place_is_repeated(load_with):
    secrets = [
        (TOKEN, "{token_env: ghp_secret, api: 'https://ghp_secret@x.org', kind: [ghp_secret]}"),
        (LOGIN, "{username_env: [ghp_secret], password_env: 'ghp secret', password_file: {ghp: ghp_secret}}"),
    ]
    for old, new in secrets:
        with pytest.raises(ConfigError) as caught:
            load_with((old, new))
        assert "secret" not in str(caught.value).replace("never the secret itself", "")


def test_an_alias_bomb_is_refused(load_with):
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'lol'}]\n" for n in range(30))
    with pytest.raises(ConfigError) as caught:
        load_with(("instance: acme\n", bomb))
    assert "grows beyond all measure" in caught.value.faults[0]


def test_a_config_that_is_not_there_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert _faults("config") == [
        "config: does not exist: name the folder that holds updater.yaml, by --config"
    ]
    Path("file").touch()
    assert _faults("file") == ["file: is no directory: name the folder that holds updater.yaml, by --config"]
    Path("config").mkdir()
    assert _faults("config") == [
        "config/updater.yaml: is not there: write it, or name the folder that holds it, by --config",
        "config/apps: cannot be read (No such file or directory): put a file for each app there",
    ]
    Path("config/updater.yml").touch()
    assert _faults("config")[0] == (
        "config/updater.yaml: is not there, and updater.yml is: call it updater.yaml"
    )


def test_a_config_with_nothing_in_it_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config/apps").mkdir(parents=True)
    Path("config/updater.yaml").write_text("# nothing yet\n")
    assert _faults("config") == [
        "config/updater.yaml: is empty: write its settings, or let updater init draft a new folder",
        "config/apps: holds no app: write one there, such as shop.yaml",
    ]
    Path("config/apps/a.yaml").write_text("# nothing yet\n")
    assert "config/apps/a.yaml: is empty: write its settings or delete it" in _faults("config")
    Path("config/updater.yaml").write_text("- a list\n")
    Path("config/apps/a.yaml").write_text("[]\n")
    Path("config/apps/b.yml").write_bytes(b"\xff\xfe")
    Path("config/apps/c.yaml").write_text("shop\n")
    assert _faults("config") == [
        "config/updater.yaml:1: a mapping is expected here, not a list",
        "config/apps/a.yaml:1: is an empty list: write an app there or delete the file",
        "config/apps/b.yml:1: is not UTF-8; save the file as UTF-8",
        "config/apps/c.yaml:1: a mapping is expected here, not a text",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_fault(load_with):
    load_with()
    Path(SHOP).chmod(0)
    assert _faults("config") == [f"{SHOP}: cannot be read (Permission denied)"]


def _faults(directory: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(Path(directory))
    return list(caught.value.faults)


def test_a_repositorys_own_token_is_not_sent_in_the_clear_either(load_with):
    with pytest.raises(ConfigError) as caught:
        load_with(
            (
                "url: https://github.com/org/deploy.git",
                "token_env: T, url: http://git.example.org/deploy.git",
            ),
            ("deliver: pull-request", "deliver: push"),
        )
    assert caught.value.faults == (
        f"{MAIN}:3: repositories.deploy.url: this address would send the token in the clear: use https",
    )


def test_only_github_can_make_commits(load_with):
    with pytest.raises(ConfigError) as caught:
        load_with(
            ("url: https://github.com/org/deploy.git", "url: https://gitlab.com/org/deploy.git"),
            ("  github.com: {token_env: GITHUB_TOKEN}", "  gitlab.com: {token_env: GITLAB_TOKEN}"),
            ("email: updater@example.org", "email: updater@example.org, signing: {format: github}"),
        )
    assert caught.value.faults == (
        f"{MAIN}:8: commit.signing: deploy is on no GitHub that forges has a token for: sign by ssh or gpg",
    )
