"""`updater check`: what holds, and what is valid and yet will never do what it is there for."""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands.calling import call
from small_config import HOSTS, write
from world.signers import Signer

from updater.config import load
from updater.forges import FORGES
from updater.views.config_warnings import config_warnings
from updater.wiring import why_unverifiable

NOW = datetime(2026, 2, 2, 5, tzinfo=UTC)
CHART = "oci://ghcr.io/org/charts/shop"
OTHERWISE = """\
environments:
  staging:
  production:
    tags: {forbid: [snapshot]}
    kind: yaml-path
    path: values/{app}.yaml
    at: image.tag
"""


def written(folder, gates="{}", *apps):
    """The small config with no secret to warn of, and something to override."""
    texts = {
        app: f"app: {app}\nimages: [ghcr.io/org/{app}]\nenvironments: [staging, production]\n" for app in apps
    }
    return write(
        folder,
        (HOSTS, ""),
        ("deploy.git}", "deploy.git, history: 90d}"),
        ("gates:\n      soak: 30m", f"gates: {gates}\n    tags: {{allow: [hotfix-*]}}"),
        ("deliver: pull-request", "deliver: push"),
        ("environments:\n  - staging\n  - production\n", OTHERWISE),
        **texts,
    )


def warned(folder, gates, *apps, now=NOW):
    return config_warnings(load(written(folder, gates, *apps)), now)


def test_an_environment_that_no_app_is_in_is_told_of(tmp_path):
    """As where somebody adds one, and forgets the apps."""
    folder = written(tmp_path, "{}", "shop")
    more = "  qa: {repository: deploy, path: overlays/qa, deliver: push}\n"
    text = (folder / "updater.yaml").read_text().replace("environments:\n", f"environments:\n{more}", 1)
    (folder / "updater.yaml").write_text(text)
    status, _, err = call("check", "--config", folder)
    assert status == 0
    said = "environments.qa: no app is in it, so nothing is done there: name it in the `environments` of one"
    assert re.search(rf"^warning: .*updater\.yaml:\d+: {re.escape(said)}$", err, re.MULTILINE)
    assert "no app is in it" not in "".join(warned(tmp_path / "whole", "{}", "shop"))


# --- what holds -----------------------------------------------------------------------------------------


def test_effective_shows_what_holds_after_defaults_and_overrides(tmp_path):
    gates = '{soak: 30m, window: [{days: mon-tue, from: "10:00", to: "17:00"}]}'
    written(tmp_path, gates)
    status, out, err = call("check", "--effective", folder=tmp_path)
    assert (status, err) == (0, "")
    assert out == (
        """\
shop in staging
  repository      deploy (https://github.com/org/deploy.git, branch main)
  pin             tag of ghcr.io/org/shop: kustomization apps/shop/staging
  follow          timestamp (zone Asia/Seoul, pattern %Y%m%d-%H%M%S, ahead 5m)
  allow           v[0-9]*.[0-9]*.[0-9]*, sha-*, rc-*
  forbid          latest
  placeholders    "", latest, placeholder
  after           none
  gate            none
  after rollback  built_after
  deliver         push
  written in      config/apps/shop.yaml:4; config/updater.yaml:6
shop in production
  repository      deploy (https://github.com/org/deploy.git, branch main)
  pin             tag of ghcr.io/org/shop: yaml-path values/shop.yaml at image.tag
  follow          timestamp (zone Asia/Seoul, pattern %Y%m%d-%H%M%S, ahead 5m)
  allow           hotfix-*
  forbid          latest, dev, test, snapshot
  placeholders    "", latest, placeholder
  after           staging
  gate            soak: for 30m, counts since
  gate            window: days mon,tue, from 10:00, to 17:00, zone Asia/Seoul
  after rollback  built_after
  deliver         push
  written in      config/apps/shop.yaml:5 (lines: tags 6, kind 7, path 8, at 9); config/updater.yaml:10
fine: 1 app in 2 environments, 1 deploy repository, mode act
"""
    )


def test_without_effective_only_the_summary_is_shown(tmp_path):
    written(tmp_path)
    assert (
        call("check", folder=tmp_path)[1] == "fine: 1 app in 2 environments, 1 deploy repository, mode act\n"
    )


def test_the_charts_of_an_app_are_no_app_of_their_own(tmp_path):
    write(tmp_path, (HOSTS, ""), ("pull-request", "push"), ("images:", f"charts: [{CHART}]\nimages:"))
    assert call("check", folder=tmp_path)[1].startswith("fine: 1 app in 2 environments, ")


def test_json_shows_the_same_for_programs(tmp_path):
    freeze = "{freeze: [{from: 2100-12-24, to: 2101-01-01, why: holidays}]}"
    written(tmp_path, freeze)
    document = json.loads(call("check", "--effective", "--output", "json", folder=tmp_path)[1])
    assert document["version"] == 1
    _, production = document["effective"]
    assert (production["app"], production["environment"]) == ("shop", "production")
    assert production["pins"] == [
        {
            "image": "ghcr.io/org/shop",
            "path": "values/shop.yaml",
            "kind": "yaml-path",
            "at": "image.tag",
            "pin": "tag",
            "create": False,
        }
    ]
    assert production["tags"]["forbid"] == ["latest", "dev", "test", "snapshot"]
    assert production["after"] == ["staging"]
    (span,) = production["gates"]["freeze"]["spans"]
    assert (span["from"], span["to"], span["why"]) == ("2100-12-24", "2101-01-01", "holidays")
    assert "effective" not in json.loads(call("check", "--output", "json", folder=tmp_path)[1])


def test_the_example_of_the_repository_can_be_shown():
    root = Path(__file__).resolve().parents[2]
    status, out, _ = call("check", "--effective", "--config", root / "config")
    assert (status, "pull request" in out) == (0, True)
    assert r"body {headline}\n\n{table}" in out, "every line begins with the name of a setting"


# --- what cannot be meant -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "GATES",
            '{window: [{days: mon-fri, from: "10:00", to: "10:00"}]}',
            "14: environments.production.gates.window[0]: it opens and closes at 10:00, so it never opens",
        ),
        (
            "GATES",
            "{freeze: [{from: 2027-01-01, to: 2026-12-24}]}",
            "14: environments.production.gates.freeze[0]: it ends before it starts: exchange `from` and `to`",
        ),
        (
            "GATES",
            "{window: [{days: mon-fri, zone: Asia/Soul}]}",
            "14: environments.production.gates.window[0].zone: 'Asia/Soul' is no time zone: use a name such",
        ),
        (
            "tags: {allow: [hotfix-*]}",
            "tags: {follow: {timestamp: {zone: KST9}}}",
            "15: environments.production.tags.follow.timestamp.zone: 'KST9' is no time zone: use a name",
        ),
        (
            "after: staging",
            "after: production",
            "13: environments.production.after: production comes after itself: name the environment before",
        ),
        (
            "GATES",
            "{soak: 30 minutes}",
            "14: environments.production.gates.soak: '30 minutes' is no duration: write it like 90s, 30m",
        ),
    ],
)
def test_what_cannot_be_meant_is_one_sentence_with_file_and_line(tmp_path, old, new, fault):
    main = written(tmp_path, "GATES") / "updater.yaml"
    text = main.read_text()
    assert text.count(old) == 1
    main.write_text(text.replace(old, new).replace("GATES", "{}"))
    status, out, err = call("check", folder=tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith(f"config/updater.yaml:{fault}")
    assert len(err.splitlines()) == 1


# --- what will never happen -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "gates",
    [
        "{}",
        '{window: [{days: mon, from: "10:00", to: "10:01"}]}',
        "{freeze: [{from: 2026-02-01, to: 2026-12-31}]}",
        '{window: [{days: sat}], freeze: [{from: "2026-02-01T00:00", to: "2026-02-14T23:59"}]}',
        "{soak: 90d}",
    ],
)
def test_what_opens_at_some_time_is_no_warning(tmp_path, gates):
    assert warned(tmp_path, gates) == ()


def test_window_and_freeze_that_leave_no_moment_open(tmp_path):
    gates = """
      window: [{days: sat, from: "10:00", to: "12:00"}]
      freeze: [{from: 2026-06-30, to: 2027-06-01}, {from: 2026-02-01, to: 2026-07-01}]"""
    (sentence,) = warned(tmp_path, gates)
    assert sentence.startswith("shop in production: window and freeze leave no moment of the next year")


def test_one_saturday_between_two_freezes_is_enough(tmp_path):
    gates = """
      window: [{days: sat, from: "10:00", to: "12:00"}]
      freeze: [{from: 2026-02-01, to: 2026-07-03}, {from: 2026-07-05, to: 2027-06-01}]"""
    assert warned(tmp_path, gates) == ()


def on(kind):
    """The deploy repository is on a forge of this kind."""
    yield "https://github.com/org/deploy.git", FORGES[kind].example.format(host="github.com")
    yield "github.com: {", f"github.com: {{kind: {kind}, api: 'https://host.example.org', "


def test_a_freeze_without_an_end_in_sight(tmp_path):
    (sentence,) = warned(tmp_path, "{freeze: [{from: 2026-01-01, to: 2030-01-01}]}")
    assert "its freeze lasts for all of the next year" in sentence


@pytest.mark.parametrize(
    ("kind", "warns"),
    [("gitlab", True), ("github", False), ("gitea", False), ("bitbucket", True), ("azure", False)],
)
def test_a_team_that_gitlab_cannot_ask_to_review(tmp_path, kind, warns):
    folder = write(
        tmp_path,
        *on(kind),
        ("deliver: pull-request", 'deliver: pull-request\n    pull_request: {reviewers: ["team:platform"]}'),
    )
    told = [each for each in config_warnings(load(folder), NOW) if "team:platform cannot be asked" in each]
    assert bool(told) is warns


@pytest.mark.parametrize(("kind", "warns"), [("github", False), ("azure", True)])
def test_what_a_pull_request_cannot_bear_there(tmp_path, kind, warns):
    dress = "{labels: [promotion], assignees: [kim], milestone: Spring}"
    folder = write(
        tmp_path,
        *on(kind),
        ("deliver: pull-request", f"deliver: pull-request\n    pull_request: {dress}"),
    )
    told = [each for each in config_warnings(load(folder), NOW) if "leave them out" in each]
    said = "assignees, milestone: a pull request of Azure DevOps has none: leave them out"
    assert [said in each for each in told] == ([True] if warns else [])


@pytest.mark.parametrize(
    ("kind", "warns"), [("gitlab", False), ("github", False), ("gitea", True), ("azure", True)]
)
def test_auto_merge_where_the_forge_is_told_no_head(tmp_path, kind, warns):
    folder = write(
        tmp_path,
        *on(kind),
        ("deliver: pull-request", "deliver: pull-request\n    pull_request: {auto_merge: true}"),
    )
    told = [
        each for each in config_warnings(load(folder), NOW) if "let its base require updater/gates" in each
    ]
    assert bool(told) is warns


def test_what_a_pull_request_of_bitbucket_has_not(tmp_path):
    folder = write(
        tmp_path,
        ("github.com: {", "github.com: {kind: bitbucket, api: 'https://api.bitbucket.org/2.0', "),
        (
            "deliver: pull-request",
            "deliver: pull-request\n    pull_request: {auto_merge: true, labels: [a], milestone: Spring}",
        ),
    )
    told = [each for each in config_warnings(load(folder), NOW) if "Bitbucket" in each]
    assert (
        told[0]
        == "shop in production: labels, milestone: a pull request of Bitbucket has none: leave them out"
    )
    assert told[1].startswith("shop in production: auto_merge: Bitbucket merges whatever the head is")
    assert len(told) == 2


@pytest.mark.parametrize(
    ("reviewer", "warns"),
    [
        ("kim", True),
        ("kim.example@acme.example", True),
        ("{504c3b62-8120-4f0c-a7bc-87800b9d6f70}", False),
        ("557058:f58131cb-b67d-43c7-b30d-6b58d40bd077", False),
        ("5b10a2844c20165700ede21g", False),
    ],
)
def test_people_of_bitbucket_are_ids(tmp_path, reviewer, warns):
    folder = write(
        tmp_path,
        ("github.com: {", "github.com: {kind: bitbucket, api: 'https://api.bitbucket.org/2.0', "),
        ("deliver: pull-request", f'deliver: pull-request\n    pull_request: {{reviewers: ["{reviewer}"]}}'),
    )
    said = (
        f"shop in production: {reviewer} cannot be asked to review: Bitbucket knows people by ids such as "
        "{504c3b62-8120-4f0c-a7bc-87800b9d6f70}"
    )
    assert config_warnings(load(folder), NOW) == ((said,) if warns else ())


def test_a_freeze_that_is_over(tmp_path):
    (sentence,) = warned(tmp_path, "{freeze: [{from: 2025-12-24, to: 2026-01-01}]}")
    assert sentence == "shop in production: the freeze until 2026-01-02 00:00:00 KST is over: delete it"


def test_a_freeze_is_not_over_on_its_last_day(tmp_path):
    assert warned(tmp_path, "{freeze: [{from: 2025-12-24, to: 2026-02-02}]}") == ()


def test_a_soak_longer_than_the_history_that_is_read(tmp_path):
    (sentence,) = warned(tmp_path, "{soak: 91d}")
    assert sentence == (
        "shop in production: its soak of 91d is longer than the 90d of history that are read for staging: "
        "raise repositories.deploy.history, or soak shorter"
    )


@pytest.mark.parametrize(
    ("match", "apps", "warns"),
    [
        ('namespace="prod"', ["blog"], True),
        ('namespace="prod", pod=~"{app}-.*"', ["blog"], False),
        ('namespace="prod"', [], False),
    ],
)
def test_alerts_that_are_about_all_apps_at_once(tmp_path, match, apps, warns):
    written(tmp_path, "{}", *apps)
    main = tmp_path / "config/updater.yaml"
    text = main.read_text().replace("commit:", "prometheus: {server: http://localhost:9090}\ncommit:")
    watched = f"alerts: {{match: '{match}'}}\n    deliver: push"
    main.write_text(text.replace("deliver: push", watched, 1))
    said = (
        "blog, shop in staging: alerts.match has no {app}, so an alert about one of its apps holds all of "
        'them: write what tells them apart, such as pod=~"{app}-.*"'
    )
    assert (said in config_warnings(load(tmp_path / "config"), NOW)) is warns


def test_apps_that_share_a_setting_share_the_warning(tmp_path):
    (sentence,) = warned(tmp_path, "{soak: 91d}", "blog", "cart", "desk", "echo")
    assert sentence.startswith("blog, cart, desk and 2 more in production: ")


@pytest.mark.parametrize(("heartbeat", "warns"), [("", True), ("\n    heartbeat: Watchdog", False)])
def test_check_warns_of_alerts_that_nobody_may_be_watching(tmp_path, heartbeat, warns):
    alerts = f"alerts: {{match: 'namespace=\"{{app}}-prod\"'}}{heartbeat}"
    prometheus = "prometheus: {server: http://127.0.0.1:9090}\nenvironments:"
    write(
        tmp_path,
        ("environments:\n  staging:", f"{prometheus}\n  staging:"),
        ("after: staging", f"after: staging\n    {alerts}"),
    )
    said = config_warnings(load(tmp_path / "config"), NOW)
    assert any("without a heartbeat" in sentence for sentence in said) is warns


def test_check_warns_and_is_fine_all_the_same(tmp_path):
    written(tmp_path, "{soak: 91d}")
    status, out, err = call("check", folder=tmp_path)
    assert (status, out.startswith("fine: ")) == (0, True)
    assert err.startswith("warning: shop in production: its soak of 91d")
    document = json.loads(call("check", "--output", "json", folder=tmp_path)[1])
    assert len(document["warnings"]) == 1


# --- keys that nothing can be verified with -------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "the file {key} cannot be read (No such file or directory)"),
        ("", "the file {key} is empty"),
        ("ssh-ed25519 AAAA", "{key} is no public key: write it as cosign.pub is, in PEM"),
        (Signer().private_pem, "{key} is a private key, which only the signer needs: name the public one"),
        (Signer().pem, None),
    ],
)
def test_check_says_of_a_key_what_is_wrong_with_it(tmp_path, content, sentence):
    key = tmp_path / "cosign.pub"
    if content is not None:
        key.write_text(content)
    written(tmp_path, f"{{signature: {{keys: [{key}]}}}}", "blog")
    status, _, err = call("check", folder=tmp_path)
    said = f"warning: gates.signature of production: {sentence.format(key=key)}\n" if sentence else ""
    assert (status, err) == (0, said)


@pytest.mark.parametrize(
    ("changes", "warns"),
    [
        ([("    after: staging\n    gates: {}\n", ""), ("pull-request", "push")], True),
        ([("    after: staging\n    gates: {}\n", "")], False),
        ([("pull-request", "push")], False),
    ],
    ids=["comes after nothing and pushes", "asks people first", "comes after staging"],
)
def test_check_warns_of_a_production_that_gets_each_build_at_once(tmp_path, changes, warns):
    write(tmp_path, ("gates:\n      soak: 30m", "gates: {}"), *changes)
    said = config_warnings(load(tmp_path / "config"), NOW)
    assert any("goes live at once" in sentence for sentence in said) is warns


@pytest.mark.parametrize(
    ("pattern", "delivery", "warns"),
    [
        ("*", "push", True),
        ("?*", "push", True),
        ("*", "none", False),
        ("v*", "push", False),
        ("??", "push", False),
    ],
)
def test_check_warns_where_every_tag_is_forbidden(tmp_path, pattern, delivery, warns):
    own = f'deliver: {delivery}\n    tags: {{forbid: ["{pattern}"]}}'
    write(tmp_path, ("deliver: pull-request", own))
    said = config_warnings(load(tmp_path / "config"), NOW)
    sentence = f"tags.forbid has {pattern}, which forbids every tag, so nothing is promoted: narrow it"
    assert said == ((f"shop in production: {sentence}",) if warns else ())


def test_check_says_what_to_install_where_the_extra_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "updater.adapters.signatures.keyless", None)
    identity = "{identity: https://github.com/org/*, issuer: https://token.actions.githubusercontent.com}"
    written(tmp_path, f"{{signature: {identity}}}")
    (said,) = why_unverifiable(load(tmp_path / "config"))
    assert said == (
        "gates.signature of production: signatures by https://github.com/org/* cannot be verified here: "
        "install the extra `verify` of this package (`pip install '.[verify]'` in a checkout; "
        "the image has it)"
    )


def test_check_says_of_a_root_of_trust_that_it_is_none(tmp_path):
    root = tmp_path / "trusted_root.json"
    root.write_text("{}")
    who = "identity: a@acme.example, issuer: https://accounts.acme.example"
    written(tmp_path, f"{{signature: {{{who}, trusted_root: {root}}}}}")
    status, _, err = call("check", folder=tmp_path)
    assert status == 0
    assert f"the root of trust {root} cannot be used" in err


# --- the files of teams, in a work tree ------------------------------------------------------------------

TEAMS = """\
apps: {from: repository, path: "teams/{app}/updater.yaml"}
guardrails: {production: {gates: {soak: 30m}}}
"""
REVIEWED = TEAMS.replace("production: {", "production: {deliver: pull-request, ")


def with_teams(folder, **files):
    config = written(folder / "operator", "{soak: 30m}")
    (config / "updater.yaml").write_text((config / "updater.yaml").read_text() + TEAMS)
    for app, text in files.items():
        place = folder / "deploy" / "teams" / app / "updater.yaml"
        place.parent.mkdir(parents=True)
        place.write_text(text)
    return ["--config", str(config), "--checkout", str(folder / "deploy")]


def test_a_team_checks_its_own_file_in_its_own_ci(tmp_path):
    words = with_teams(tmp_path, cart="images: [ghcr.io/org/cart]\nenvironments: [staging, production]\n")
    status, out, err = call("check", *words)
    assert (status, err) == (0, "")
    assert out.startswith("fine: 2 apps in 2 environments")


def test_a_check_without_the_work_tree_says_that_it_has_not_seen_the_apps_there(tmp_path):
    words = with_teams(tmp_path, cart="images: [ghcr.io/org/cart]\nenvironments: [staging]\n")
    alone = words[:2]
    assert call("check", *alone)[1].splitlines()[-2:] == [
        "fine: 1 app in 2 environments, 1 deploy repository, mode act",
        "more apps may be found in deploy: say --checkout PATH, with a work tree of it, to check them, too",
    ]
    assert json.loads(call("check", *alone, "--output", "json")[1])["unread"] == ["deploy"]
    assert json.loads(call("check", *words, "--output", "json")[1])["unread"] == []


def test_with_several_repositories_it_names_those_that_were_not_read(tmp_path):
    words = with_teams(tmp_path, cart="images: [ghcr.io/org/cart]\nenvironments: [staging]\n")
    file = tmp_path / "operator" / "config" / "updater.yaml"
    more = "\nrepositories:\n  infra: {url: https://github.com/org/infra.git}"
    both = file.read_text().replace("\nrepositories:", more).replace("{from:", "{repository: infra, from:")
    file.write_text(both)
    said = "more apps may be found in infra: say --checkout PATH and --repository NAME, with a work tree "
    assert said in call("check", *words, "--repository", "deploy")[1]
    assert call("check", *words, "--repository", "infra")[1].startswith("fine: 2 apps")


@pytest.mark.parametrize(
    ("deliver", "more", "warns"),
    [
        ("pull-request", 'apps: {from: repository, path: "teams/{app}/updater.yaml"}\n', True),
        ("pull-request", TEAMS, True),
        ("pull-request", REVIEWED, False),
        ("push", TEAMS, False),
        ("pull-request", "", False),
    ],
    ids=["no guardrail", "one that does not ask", "one that does", "it pushes anyway", "no team"],
)
def test_check_warns_where_a_team_may_push_what_the_operator_has_reviewed(tmp_path, deliver, more, warns):
    config = write(tmp_path, ("deliver: pull-request", f"deliver: {deliver}"))
    (config / "updater.yaml").write_text((config / "updater.yaml").read_text() + more)
    said = (
        "production: the file of a team may say `deliver: push` there, and then nobody is asked: "
        "where people have to merge, write guardrails: {production: {deliver: pull-request}}"
    )
    assert config_warnings(load(config), NOW) == ((said,) if warns else ())


def test_what_would_weaken_a_guardrail_is_named_with_file_and_line(tmp_path):
    weak = "images: [ghcr.io/org/cart]\nenvironments:\n  staging:\n  production:\n    gates: {soak: 5m}\n"
    status, _, err = call("check", *with_teams(tmp_path, cart=weak, till="images: ["))
    config = tmp_path / "operator" / "config" / "updater.yaml"
    weakens, broken = err.splitlines()
    line = len(config.read_text().splitlines())
    assert status == 2
    assert weakens == (
        "teams/cart/updater.yaml:5: environments.production.gates.soak: weakens the guardrail in "
        f"{config}:{line}: 5m is less than 30m"
    )
    assert broken.startswith("teams/till/updater.yaml:1: is not YAML (")


def test_a_work_tree_that_is_none_is_said(tmp_path):
    status, _, err = call("check", *with_teams(tmp_path))
    assert status == 2
    assert err == f"{tmp_path}/deploy: is no folder: name the work tree of the deploy repository deploy\n"
