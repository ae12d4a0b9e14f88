"""What a team says of its app in a file of the deploy repository: what counts, and what is refused."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from updater.config import Config, completed_from
from updater.config.environments import Override
from updater.config.models import App
from updater.config.teams.keys import by_teams
from updater.errors import ConfigError, Refused, UpdaterError
from updater.model import File, HeadFiles, Placement
from updater.wiring.completed_config import CompletedConfig

SOURCE = 'commit: {email: updater@example.org}\napps: {from: repository, path: "teams/{app}/updater.yaml"}'
COMMIT = "commit: {email: updater@example.org}"
CART = """\
images: [ghcr.io/org/cart]
environments:
  staging:
  production:
    gates:
      soak: 2h
"""
STAGING, PRODUCTION = Placement("staging", "cart"), Placement("production", "cart")


def completed(config: Config, **texts: str | UpdaterError) -> Config:
    """With these files at the head, by app."""
    files = {f"teams/{app}/updater.yaml": as_file(app, text) for app, text in texts.items()}
    return config.completed({"deploy": HeadFiles("c0ffee", files)})


def as_file(app: str, text: str | UpdaterError) -> File | UpdaterError:
    if isinstance(text, UpdaterError):
        return text
    return File(f"teams/{app}/updater.yaml", text.encode(), f"blob-{hash(text)}", "100644")


@pytest.fixture
def config(load_with) -> Config:
    return load_with((COMMIT, SOURCE))


def test_the_file_of_a_team_declares_its_app(config):
    found = completed(config, cart=CART)

    assert list(found.policies) == [
        Placement("staging", "shop"),
        STAGING,
        Placement("production", "shop"),
        PRODUCTION,
    ]
    assert str(found.policies[PRODUCTION].gates["soak"].length) == "2:00:00"
    assert found.policies[PRODUCTION].deliver == "pull-request"
    assert not found.notes


def test_what_it_wants_of_the_repository_is_its_files(config):
    assert dict(config.wanted("deploy")) == {"teams/*/updater.yaml": 65536}


def test_apps_may_all_be_declared_in_the_repository(tmp_path, monkeypatch, load_with):
    monkeypatch.chdir(tmp_path)
    load_with((COMMIT, SOURCE))
    Path("config/apps/shop.yaml").unlink()
    for there in (True, False):
        if not there:
            Path("config/apps").rmdir()
        from updater.config import load

        assert not load(Path("config")).policies


BROKEN = [
    ("images: [", "teams/cart/updater.yaml:1: is not YAML"),
    ("", "teams/cart/updater.yaml: is empty"),
    ("- a\n", "teams/cart/updater.yaml:1: a mapping is expected"),
    ("app: shop\n" + CART, "teams/cart/updater.yaml:1: app: this file is cart's by its path"),
    (CART + "colour: red\n", "teams/cart/updater.yaml:7: colour: unknown key"),
    (CART.replace("staging", "stagign"), "unknown environment 'stagign': did you mean staging?"),
    (
        CART.replace("soak: 2h", "soak: soon"),
        "teams/cart/updater.yaml:6: environments.production.gates.soak:",
    ),
    (
        "images: [ghcr.io/org/cart]\nenvironments: [[staging], {production: {}}]\n",
        "teams/cart/updater.yaml:2: environments: write a list of environments",
    ),
]


@pytest.mark.parametrize(("text", "says"), BROKEN)
def test_a_broken_file_holds_its_app_and_no_other(config, text, says):
    before = completed(config, cart=CART, till=CART.replace("cart", "till"))
    after = completed(config, cart=text, till=CART.replace("cart", "till"))

    for placement, policy in after.policies.items():
        if placement.app == "cart":
            assert says in policy.refused
            assert policy.gates == before.policies[placement].gates
        else:
            assert policy == before.policies[placement]
    assert after.policies.keys() == before.policies.keys()


@pytest.mark.parametrize(("text", "says"), BROKEN)
def test_one_that_was_never_whole_is_held_as_far_as_it_is_known(load_with, text, says):
    found = completed(load_with((COMMIT, SOURCE)), cart=text)

    own = [policy for placement, policy in found.policies.items() if placement.app == "cart"]
    said = [policy.refused for policy in own] or found.notes
    assert all(says in sentence for sentence in said)
    assert said


def test_a_file_that_vanishes_takes_its_app_along(config):
    completed(config, cart=CART)
    assert STAGING not in completed(config).policies
    assert completed(config, cart="[").notes, "and nothing of it is remembered"


OPERATORS = [
    "repository: deploy",
    "after: [staging]",
    "argocd: {application: shop}",
    "flux: {receiver_url_env: X}",
]


@pytest.mark.parametrize("key", OPERATORS)
def test_what_is_the_operators_is_refused_with_its_line(config, key):
    found = completed(config, cart=CART.replace("gates:", f"{key}\n    gates:"))
    assert found.policies[PRODUCTION].refused.startswith(
        f"teams/cart/updater.yaml:5: environments.production.{key.partition(':')[0]}: "
        "is for the operator to say, not for the file of an app: leave it out"
    )


@pytest.mark.parametrize(
    "key",
    [*OPERATORS, "after: []", "after: nowhere", "repository: nowhere", "argocd: {application: nowhere}"],
)
def test_what_only_follows_from_it_is_not_told(config, key):
    found = completed(config, cart=CART.replace("gates:", f"{key}\n    gates:"))
    (fault,) = found.faults
    assert fault.endswith(": is for the operator to say, not for the file of an app: leave it out")


def test_a_gate_that_names_files_is_the_operators(config):
    text = CART.replace("soak: 2h", "signature: {keys: [/etc/shadow]}")
    assert (
        "gates.signature: is for the operator to say"
        in completed(config, cart=text).policies[STAGING].refused
    )


FOLLOWED = [
    ("{numeric: {pattern: 'a?a?a?aaa(?P<number>[0-9]+)'}}", False),
    ("{numeric: {pattern: '(?P<number>[0-9]+)(%Y)?'}}", False),
    ("{semver: {pattern: '(?P<version>[0-9.]+)'}}", False),
    ("{timestamp: {pattern: '(?P<date>[0-9]{8})'}}", False),
    ("{created: {pattern: 'v(%Y)?(a?){8}b'}}", False),
    ('"(?P<number>[0-9]+)"', False),
    ('"{date}-{sha}"', True),
    ("{created: {pattern: 'v{number}'}}", True),
    ("{created: {}}", True),
    ("numeric", True),
    ("{semver: {range: '>=1.0'}}", True),
    ("{timestamp: {pattern: '%Y.%m.%d'}}", True),
    ('"%Y%m%d.{number}"', True),
]


@pytest.mark.parametrize(("follow", "counts"), FOLLOWED)
def test_no_team_writes_a_regular_expression(config, follow, counts):
    found = completed(config, cart=CART.replace("staging:", f"staging: {{tags: {{follow: {follow}}}}}"))
    where = "teams/cart/updater.yaml:3: environments.staging.tags.follow: regular expressions are the"
    assert found.faults == () if counts else found.faults[0].startswith(where), found.faults


def test_a_symbolic_link_is_refused(config):
    found = completed(config, cart=Refused("teams/cart/updater.yaml: is a symbolic link"))
    assert found.notes == ("teams/cart/updater.yaml: is a symbolic link",)


def test_an_app_of_the_operators_stays_the_operators(config):
    found = completed(config, shop=CART.replace("cart", "shop"))

    assert found.policies == config.policies
    assert found.notes == (
        "teams/shop/updater.yaml: shop is in the operator's config already, and that counts: delete one",
    )


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("apps/cart/production/eu", None),
        ("apps/cart/other.yaml", None),
        ("apps/shop/production", "leaves apps/cart, which is all that cart has there"),
        ("apps/cart-2/production", "leaves apps/cart, which is all that cart has there"),
        ("../apps/cart", "leaves the repository"),
    ],
)
def test_a_path_stays_where_the_operator_has_put_the_app(config, path, refused):
    text = CART.replace("gates:", f"path: {path}\n    gates:")
    said = completed(config, cart=text).policies[PRODUCTION].refused
    assert refused in said if refused else said is None


def test_images_are_those_that_the_operator_allows(load_with):
    allowed = SOURCE.replace('yaml"}', 'yaml", images: ["ghcr.io/org/{app}", "ghcr.io/org/{app}-*"]}')
    config = load_with((COMMIT, allowed))
    found = completed(config, cart=CART.replace("org/cart", "org/till"))
    assert found.notes[0].startswith("teams/cart/updater.yaml:1: images[0]: it is not one that cart may")
    assert not completed(config, cart=CART.replace("org/cart", "org/cart-web")).policies[STAGING].refused


def test_a_pin_of_another_app_is_not_taken(load_with):
    config = load_with((COMMIT, SOURCE), ("apps/{app}/staging", "apps/staging"))
    found = completed(
        config, cart=CART.replace("org/cart", "org/shop"), till=CART.replace("org/cart", "org/till")
    )

    assert "cart would be the same pin as shop in staging" in found.policies[STAGING].refused
    assert not found.policies[Placement("staging", "till")].refused
    assert not found.policies[Placement("staging", "shop")].refused


def test_no_folder_is_an_app_of_each_image(load_with):
    config = load_with((COMMIT, SOURCE), ("apps/{app}/staging", "apps/staging"))
    found = completed(config, **{"{image}": CART})
    assert found.policies == config.policies
    assert found.faults == (
        "teams/{image}/updater.yaml: {image} in the name of an app is for the operator to write: rename it",
    )


# --- a work tree, for who has no service at hand ---------------------------------------------------------


def in_a_tree(folder, **texts):
    for app, text in texts.items():
        place = folder / "teams" / app / "updater.yaml"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def test_a_work_tree_says_the_same_as_the_head(config, tmp_path):
    tree = in_a_tree(tmp_path / "deploy", cart=CART, till=CART.replace("cart", "till"))
    there = completed_from(config, tree, "deploy")
    assert there.policies == completed(config, cart=CART, till=CART.replace("cart", "till")).policies


def test_what_is_no_file_in_a_work_tree_is_refused_too(config, tmp_path):
    tree = in_a_tree(tmp_path / "deploy", cart=CART, huge="#" * 65_537)
    (tree / "teams" / "link").mkdir()
    (tree / "teams" / "link" / "updater.yaml").symlink_to(tree / "teams" / "cart" / "updater.yaml")
    found = completed_from(config, tree, "deploy")
    assert found.faults == (
        "teams/huge/updater.yaml: is larger than the 64 KiB that are read: shorten it",
        "teams/link/updater.yaml: is a symbolic link: put the file itself there",
    )


def test_of_two_sources_the_first_has_the_app(load_with):
    both = (
        'apps: [{from: repository, path: "teams/{app}/updater.yaml"}, '
        '{from: repository, path: "more/{app}.yaml"}]'
    )
    config = load_with((COMMIT, f"{COMMIT}\n{both}"))
    more = File("more/cart.yaml", CART.replace("2h", "3h").encode(), "b", "100644")
    files = {"teams/cart/updater.yaml": as_file("cart", CART), "more/cart.yaml": more}
    found = config.completed({"deploy": HeadFiles("c0ffee", files)})
    assert str(found.policies[PRODUCTION].gates["soak"].length) == "2:00:00"
    assert found.faults == (
        "more/cart.yaml: cart is in teams/cart/updater.yaml already, and that counts: delete one",
    )


SOURCES = [
    ('{from: repository, path: "teams/updater.yaml"}', "apps.path: 'teams/updater.yaml' has to say once"),
    ('{from: repository, path: "{app}/{app}.yaml"}', "has to say once where the app is"),
    ('{from: repository, path: "../{app}.yaml"}', "leaves the repository"),
    ('{from: repository, path: "*/{app}.yaml"}', "is a pattern: {app} alone stands for what differs"),
    ('{from: repository, path: "{app}/updater.json"}', "names no YAML file"),
    ('{from: repository, repository: other, path: "{app}.yaml"}', "unknown repository 'other'"),
    ('{from: repository, path: "{app}.yaml", images: [shop]}', "is no pattern of an image"),
    ("{from: elsewhere}", "unknown value 'elsewhere'"),
]


@pytest.mark.parametrize(("source", "says"), SOURCES)
def test_a_source_that_cannot_be_is_a_fault_at_its_line(load_with, source, says):
    with pytest.raises(ConfigError) as caught:
        load_with((COMMIT, f"{COMMIT}\napps: {source}"))
    assert caught.value.faults[0].startswith("config/updater.yaml:9: apps")
    assert says in caught.value.faults[0]


CHARTS = """\
images: [ghcr.io/org/cart]
charts: [oci://ghcr.io/org/charts/cart]
environments:
  staging:
  production:
    chart: {path: apps/cart/chart.yaml, tags: {forbid: ["9.*"]}}
"""
STAGING_PATH = "    path: apps/{app}/staging\n"
CHART_PATHS = (STAGING_PATH, f'{STAGING_PATH}    chart: {{path: "apps/{{app}}/c.yaml"}}\n')


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("9.*", "9.*", None),
        (
            "apps/cart/chart.yaml",
            "apps/shop/chart.yaml",
            "leaves apps/cart, which is all that cart has there",
        ),
        ("charts/cart]", "charts/till]", "charts[0]: it is not one that cart may name: oci://*/charts/cart"),
        (
            "[ghcr.io/org/cart]",
            "[ghcr.io/org/*]",
            "images[0]: patterns of images are the operator's",
        ),
    ],
)
def test_charts_are_a_teams_as_images_are(load_with, old, new, says):
    allowed = SOURCE.replace('yaml"}', 'yaml", charts: ["oci://*/charts/{app}"]}')
    found = completed(load_with((COMMIT, allowed), CHART_PATHS), cart=CHARTS.replace(old, new))
    if says is None:
        assert not found.faults
        assert found.policies[Placement.of_charts("production", "cart")].tags.forbidden("9.1.0")
    else:
        assert says in found.faults[0]


def test_what_refuses_a_file_holds_its_charts_too(load_with):
    config = load_with((COMMIT, SOURCE), CHART_PATHS)
    completed(config, cart=CHARTS)
    found = completed(config, cart=CHARTS + "colour: red\n")
    mine = [policy for placement, policy in found.policies.items() if placement.config_app == "cart"]
    assert len(mine) == 4
    assert all(policy.refused for policy in mine)


def test_what_a_team_may_say_is_what_the_page_says():
    """A new setting is the operator's until somebody gives it to teams, and says so there."""
    page = (Path(__file__).parents[2] / "docs/how-to/teams.md").read_text()
    _, table = page.split("| key | a team may set it |", 1)
    rows = [row.split("|")[1:3] for row in table.split("\n\n")[0].splitlines()[2:]]
    said = {
        key: not may.strip().startswith("no") for keys, may in rows for key in re.findall(r"`(\w+)`", keys)
    }
    models = {**App.model_fields, **Override.model_fields}
    meant = {name: by_teams(App if name in App.model_fields else Override, name) for name in models}
    assert {key: may for key, may in said.items() if key in meant} == {
        key: may for key, may in meant.items() if key in said
    }
    assert {key for key, may in meant.items() if may} <= said.keys()


# --- bounds ---------------------------------------------------------------------------------------------


def test_a_huge_file_is_one_sentence_or_a_few_and_quick(config):
    many = "".join(f"  e{number}:\n" for number in range(6000))
    found = completed(config, cart=f"images: [ghcr.io/org/cart]\nenvironments:\n{many}")
    assert found.faults == ("teams/cart/updater.yaml:2: environments: no app is in more than 500 of them",)
    junk = "".join(f"k{number}: 1\n" for number in range(6000))
    assert len(completed(config, cart=CART + junk).faults) == 20
    images = ", ".join(f"ghcr.io/org/i{number}" for number in range(51))
    assert completed(config, cart=CART.replace("ghcr.io/org/cart", images)).faults == (
        "teams/cart/updater.yaml:1: images: a team's app has at most 50 images and charts: make it several",
    )
    images = ", ".join(f"ghcr.io/org/i{number}" for number in range(3000))
    began = time.process_time()
    completed(config, cart=CART.replace("ghcr.io/org/cart", images))
    assert time.process_time() - began < 1


def test_no_sentence_repeats_all_that_a_file_says(config):
    text = CART.replace("soak: 2h", f"soak: {'x' * 30_000}")
    found = completed(config, cart=text)
    assert found.faults[0].startswith("teams/cart/updater.yaml:6: environments.production.gates.soak: 'xxx")
    assert found.faults[0].endswith("x…")
    assert len(found.faults[0]) < 700 > len(found.policies[STAGING].refused)


def test_many_files_of_which_nothing_is_known_are_told_in_a_few_sentences(config):
    found = completed(config, **{f"app-{number}": "[" for number in range(30)})
    assert len(found.faults) == 30
    assert len(found.notes) == 21
    assert found.notes[-1] == "10 more files of apps do not count: updater doctor names them all"


def test_a_path_that_nobody_can_print_is_shown_as_what_it_is(config):
    path = "teams/\x1b[31m\udcff/updater.yaml"
    found = config.completed({"deploy": HeadFiles("c0ffee", {path: File(path, b"[", "b", "100644")})})
    assert found.faults[0].startswith(r"teams/\x1b[31m\udcff/updater.yaml:1: ")


def test_what_was_read_of_the_past_is_kept_while_its_file_is_as_it_was(config):
    held = CompletedConfig(config)
    path = "teams/cart/updater.yaml"
    broken = HeadFiles("one", {path: as_file("cart", "[")})
    assert held.complete("deploy", broken).unknown == {("deploy", path)}

    held.complete("deploy", replace(broken, earlier={path: (b"", CART.encode())}))
    assert held.config.policies[STAGING].refused
    for text in ("[", "{"):
        again = HeadFiles(
            "two",
            {path: as_file("cart", text), **broken.files} if text == "[" else {path: as_file("cart", text)},
        )
        assert held.complete("deploy", again).policies[STAGING].refused, text
        assert not held.config.unknown
