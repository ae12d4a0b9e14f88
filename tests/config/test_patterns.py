"""What patterns of images and environments find at the head of the deploy repository."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from updater.config import Config
from updater.config.found.environments import MOST
from updater.config.wildcards import ImagePattern
from updater.errors import ConfigError, Refused
from updater.model import File, HeadFiles, Image, Placement

ORG = "ghcr.io/org"
PATHS = [("path: apps/{app}/staging", "path: staging"), ("path: apps/{app}/production", "path: production")]
PREVIEWS = (
    "environments:\n  staging:\n    repository",
    """environments:
  pr-*:
    repository: deploy
    path: previews/{environment}
    deliver: push
    tags: {follow: "pr-{match}-{number}", allow: ["{environment}-*"]}
  staging:
    repository""",
)


@pytest.fixture
def found_in(load_with):
    """What a config becomes where its repository has these files."""

    def completed(*changes: tuple[str, str], files: dict[str, object], **apps: str) -> Config:
        return load_with(*changes, **apps).completed({"deploy": head(files)})

    return completed


def head(files):
    return HeadFiles("c0ffee", {path: as_file(path, said) for path, said in files.items()})


def as_file(path, said):
    if isinstance(said, Exception):
        return said
    data = said.encode() if isinstance(said, str) else kustomization(*said).encode()
    return File(path, data, hashlib.sha1(data).hexdigest(), "100644")  # noqa: S324 - as git names it


def kustomization(*names):
    entries = "".join(f"  - name: {ORG}/{name}\n    newTag: 20260201-090000\n" for name in names)
    return f"images:\n{entries}" if entries else "images: []\n"


def overlay(folder):
    return f"{folder}/kustomization.yaml"


def placed(config, app=None):
    """Its placements as `app@environment`, with the images there."""
    return {
        f"{name.app}@{name.environment}": [image.name.removeprefix("org/") for image in policy.images]
        for name, policy in config.policies.items()
        if app in {None, name.app}
    }


# --- images -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "image", "matches"),
    [
        ("ghcr.io/org/*", "ghcr.io/org/shop", True),
        ("ghcr.io/org/*", "ghcr.io/org/team/shop", False),
        ("ghcr.io/org/*", "ghcr.io/other/shop", False),
        ("ghcr.io/org/*", "quay.io/org/shop", False),
        ("ghcr.io/org/**", "ghcr.io/org/team/shop", True),
        ("ghcr.io/org/**", "ghcr.io/org/shop", True),
        ("ghcr.io/**", "ghcr.io/org/shop", True),
        ("ghcr.io/**/api", "ghcr.io/org/shop/api", True),
        ("ghcr.io/**/api", "ghcr.io/org/shop-api", False),
        ("ghcr.io/*/api", "ghcr.io/org/api", True),
        ("ghcr.io/org/shop-*", "ghcr.io/org/shop-api", True),
        ("ghcr.io/org/shop-*", "ghcr.io/org/shop", False),
        ("ghcr.io/org/s.p", "ghcr.io/org/shp", False),
        ("localhost:5000/*", "localhost:5000/shop", True),
    ],
)
def test_a_star_stays_within_a_segment_and_two_go_across(pattern, image, matches):
    assert ImagePattern.parse(pattern).matches(Image.parse(image)) is matches


@pytest.mark.parametrize(
    "pattern",
    ["*", "*/org/shop", "org/*", "ghcr.io", "ghcr.io/", "ghcr.io/org/a**", "ghcr.io/org/*:v1", "ghcr.io//*"],
)
def test_what_can_match_no_image_is_no_pattern(pattern):
    with pytest.raises(ValueError, match=r"write"):
        ImagePattern.parse(pattern)


EACH = 'app: "{image}"\nimages: [ghcr.io/org/*]\nenvironments: [staging, production]\n'
ALL = "app: all\nimages: [ghcr.io/org/*]\nenvironments: [staging, production]\n"


def test_an_app_is_made_of_each_image_that_stands_in_a_file(found_in):
    files = {overlay("staging"): ["api", "shop", "web.ui_2"], overlay("production"): ["api"]}
    config = found_in(*PATHS, files=files, wild=EACH)
    assert placed(config) == {
        "shop@staging": ["shop"],
        "api@staging": ["api"],
        "web-ui-2@staging": ["web.ui_2"],
        "shop@production": ["shop"],
        "api@production": ["api"],
    }
    assert not config.notes


def test_found_images_of_one_app_move_together(found_in):
    files = {overlay("staging"): ["api", "web"], overlay("production"): ["api"]}
    assert placed(found_in(*PATHS, files=files, all=ALL), "all") == {
        "all@staging": ["api", "web"],
        "all@production": ["api"],
    }


def test_an_image_that_an_app_names_is_that_apps_everywhere(found_in):
    """Also where that app is not: `shop` is in both here, `cart` in staging alone."""
    cart = "app: cart\nimages: [ghcr.io/org/cart]\nenvironments: [staging]\n"
    files = {overlay("staging"): ["shop", "cart", "api"], overlay("production"): ["shop", "cart", "api"]}
    config = found_in(*PATHS, files=files, all=ALL, cart=cart)
    assert placed(config, "all") == {"all@staging": ["api"], "all@production": ["api"]}
    assert placed(config, "cart") == {"cart@staging": ["cart"]}


def test_of_two_patterns_the_one_that_says_more_has_the_image(found_in):
    pay = "app: pay\nimages: [ghcr.io/org/pay-*]\nenvironments: [staging]\n"
    files = {overlay("staging"): ["pay-api", "pay-web", "api"]}
    config = found_in(*PATHS, files=files, each=EACH, pay=pay)
    assert placed(config, "pay") == {"pay@staging": ["pay-api", "pay-web"]}
    assert placed(config, "api") == {"api@staging": ["api"]}
    assert not placed(config, "pay-api")


def test_where_two_patterns_say_as_much_neither_has_it(found_in):
    other = "app: other\nimages: [ghcr.io/org/*i*]\nenvironments: [staging]\n"
    config = found_in(*PATHS, files={overlay("staging"): ["api"]}, all=ALL.replace("*", "*a*"), other=other)
    assert not placed(config, "all")
    assert config.notes[-1] == (
        "ghcr.io/org/api in staging is meant by ghcr.io/org/*a* and ghcr.io/org/*i*, of two apps: "
        "name it in one of them"
    )


def test_two_images_of_one_name_hold_and_nobody_else(found_in):
    wild = EACH.replace("org/*", "org/**")
    config = found_in(*PATHS, files={overlay("staging"): ["a/api", "b/api", "web"]}, wild=wild)
    assert placed(config, "api") == {"api@staging": ["a/api", "b/api"]}
    assert config.policies[Placement("staging", "api")].unclear == (
        "ghcr.io/org/a/api and ghcr.io/org/b/api would both be the app api: "
        "name one of them in an app of its own"
    )
    assert config.policies[Placement("staging", "web")].unclear is None


def test_an_image_does_not_take_the_name_of_an_app(found_in):
    wild = EACH.replace("org/*", "org/**")
    config = found_in(*PATHS, files={overlay("staging"): ["team/shop"]}, wild=wild)
    assert placed(config) == {"shop@staging": ["shop"], "shop@production": ["shop"]}
    assert config.notes[0] == (
        "ghcr.io/org/team/shop would be the app shop, which the config has already: "
        "name it in an app of its own"
    )


def test_an_image_without_the_environment_before_holds_alone(found_in):
    files = {overlay("staging"): ["web"], overlay("production"): ["web", "api"]}
    config = found_in(*PATHS, files=files, wild=EACH)
    assert config.policies[Placement("production", "api")].unclear == (
        "config/apps/wild.yaml:3: environments.production: "
        "api is not in staging, which production comes after: add it there"
    )
    assert config.policies[Placement("production", "web")].unclear is None


def test_a_pattern_that_matches_nothing_is_told(found_in):
    assert not found_in(*PATHS, files={overlay("staging"): ["shop"]}, wild=EACH).notes
    config = found_in(*PATHS, files={overlay("staging"): []}, wild=EACH)
    (note,) = config.notes
    assert note == (
        "config/apps/wild.yaml:2: images[0]: ghcr.io/org/* matches no image "
        "that stands in a file of staging or production"
    )


def test_images_below_a_folder_of_each_app(found_in):
    """The app is called as its image, and its folder has to be called so, too."""
    files = {"apps/api/staging/kustomization.yaml": ["api"], "apps/web/staging/kustomization.yaml": ["www"]}
    config = found_in(files=files, wild=EACH)
    assert placed(config, "api") == {"api@staging": ["api"]}
    assert config.policies[Placement("staging", "api")].pins[0].path == "apps/api/staging"
    (note,) = config.notes
    assert note == (
        "apps/web/staging/kustomization.yaml: ghcr.io/org/www would be the app www, "
        "whose path leads elsewhere: name it in an app of its own"
    )


def test_what_is_deployed_counts(found_in):
    """Of a kustomization the new name; what has no registry in its name is named by no pattern."""
    entries = "  - {name: shop-of-old, newName: ghcr.io/org/api, newTag: v1}\n  - {name: nginx, newTag: v1}\n"
    moved = "  - {name: ghcr.io/org/web, newName: quay.io/org/web, newTag: v1}\n"
    config = found_in(*PATHS, files={overlay("staging"): f"images:\n{entries}{moved}"}, all=ALL)
    assert placed(config, "all") == {"all@staging": ["api"]}


def test_images_of_helm_values(found_in):
    values = "image: {repository: ghcr.io/org/api, tag: v1}\n"
    values += "worker:\n  image: {registry: ghcr.io, repository: org/job, tag: v1}\n"
    all_of = ALL.replace("[staging, production]", "{staging: {path: values.yaml, kind: helm-values}}")
    config = found_in(*PATHS, files={"values.yaml": values}, all=all_of)
    assert placed(config, "all") == {"all@staging": ["api", "job"]}


def test_a_file_that_cannot_be_read_any_more_still_names_its_images(load_with):
    """Its apps hold, and do not vanish; nobody else does."""
    config = load_with(*PATHS, wild=EACH)
    good = {overlay("staging"): ["api"], overlay("production"): ["api"]}
    before = config.completed({"deploy": head(good)})
    for broken in ("images: [", "images: 1", Refused("it is a symbolic link")):
        after = before.completed({"deploy": head({**good, overlay("staging"): broken})})
        assert placed(after) == placed(before)
    assert "api@staging" not in placed(before.completed({"deploy": head({})}))


def test_a_file_that_a_new_process_cannot_read_names_what_it_named_before(load_with):
    broken, good = overlay("staging"), kustomization("api").encode()
    now = head({broken: "images: [", overlay("production"): ["api"]})
    first = load_with(*PATHS, wild=EACH).completed({"deploy": now})
    assert first.unknown == {("deploy", broken)}

    after = first.completed({"deploy": replace(now, earlier={broken: (b"images: [", good)})})
    assert set(placed(after, "api")) == {"api@staging", "api@production"}
    assert not after.unknown

    never = first.completed({"deploy": replace(now, earlier={broken: (b"images: [",)})})
    assert not never.unknown


def test_a_file_that_never_could_be_read_is_told(found_in):
    config = found_in(*PATHS, files={overlay("staging"): "images: ["}, wild=EACH)
    assert config.notes[0].startswith("staging/kustomization.yaml: ")
    assert config.notes[0].endswith(": no image is found there")


def test_paths_can_be_printed_and_of_many_notes_a_few_are_told(found_in):
    odd = {f"apps/{name}/staging/kustomization.yaml": "images: [" for name in ("\x1b[31ma", "b`<c>")}
    odd |= {"apps/\x1b[31ma/production/kustomization.yaml": ["api"]}
    config = found_in(files=odd, wild=EACH)
    assert all(note.isprintable() for note in config.notes)
    assert len(config.notes) == 4

    many = {f"apps/a{number}/staging/kustomization.yaml": "images: [" for number in range(30)}
    notes = found_in(files=many, wild=EACH).notes
    assert len(notes) == 21
    assert notes[-1] == "11 more of what patterns find is left alone"


# --- environments -----------------------------------------------------------------------------------------


CART = "app: cart\nimages: [ghcr.io/org/cart]\nenvironments: [staging, pr-*]\n"


def test_each_folder_makes_an_environment(found_in):
    files = {
        overlay("previews/pr-9"): ["cart"],
        overlay("previews/pr-10"): ["cart"],
        overlay("other/pr-1"): ["cart"],
    }
    config = found_in(PREVIEWS, files=files, cart=CART)
    assert list(placed(config, "cart")) == ["cart@pr-9", "cart@pr-10", "cart@staging"]
    policy = config.policies[Placement("pr-10", "cart")]
    assert [pin.path for pin in policy.pins] == ["previews/pr-10"]
    assert policy.tags.scheme.read("pr-10-7")
    assert not policy.tags.scheme.read("pr-9-7")
    assert policy.tags.allow == ("pr-10-*",)
    assert not config.notes


def test_an_app_is_in_those_of_them_where_its_image_stands(found_in):
    files = {overlay("previews/pr-9"): ["api"], overlay("previews/pr-10"): ["api", "cart"]}
    assert list(placed(found_in(PREVIEWS, files=files, cart=CART), "cart")) == ["cart@pr-10", "cart@staging"]


def test_what_cannot_be_read_there_holds_there(found_in):
    files = {overlay("previews/pr-9"): "images: [", overlay("previews/pr-10"): Refused("a link")}
    assert len(placed(found_in(PREVIEWS, files=files, cart=CART), "cart")) == 3


def test_an_environment_named_exactly_is_none_of_a_patterns(found_in):
    exact = PREVIEWS[1].replace(
        "  staging:", "  pr-7: {repository: deploy, path: previews/pr-7, deliver: none}\n  staging:"
    )
    files = {overlay("previews/pr-7"): ["cart"], overlay("previews/pr-8"): ["cart"]}
    config = found_in((PREVIEWS[0], exact), files=files, cart=CART)
    assert list(placed(config, "cart")) == ["cart@pr-8", "cart@staging"]


def test_an_environment_of_two_patterns_is_of_neither(found_in):
    more = PREVIEWS[1].replace(
        "  staging:",
        '  pr-1*: {repository: deploy, path: "previews/{environment}", deliver: none}\n  staging:',
    )
    cart = CART.replace("pr-*", "pr-*, pr-1*")
    files = {overlay("previews/pr-12"): ["cart"], overlay("previews/pr-2"): ["cart"]}
    config = found_in((PREVIEWS[0], more), files=files, cart=cart)
    assert list(placed(config, "cart")) == ["cart@pr-2", "cart@staging"]
    assert config.notes == (
        "the environment pr-12 is made by pr-* and pr-1*: by neither, until one is narrower",
    )


def test_names_of_folders_are_held_to_the_rules(found_in):
    names = ["pr-A", "pr-1_2", "pr--1", f"pr-{'x' * 80}", "pr-\u202e1", "pr-ok"]
    files = {overlay(f"previews/{name}"): ["cart"] for name in names}
    config = found_in(PREVIEWS, files=files, cart=CART)
    assert list(placed(config, "cart")) == ["cart@pr-ok", "cart@staging"]
    assert len(config.notes) == 5
    assert all(note.isprintable() and note.endswith("; pr-* leaves it alone") for note in config.notes)


def test_a_name_that_makes_nonsense_of_the_tags_is_left_alone(found_in):
    odd = (PREVIEWS[0], PREVIEWS[1].replace("pr-{match}-{number}", "v[{match}](?P<number>[0-9]+)"))
    files = {overlay("previews/pr-9-1"): ["cart"], overlay("previews/pr-1-9"): ["cart"]}
    config = found_in(odd, files=files, cart=CART)
    assert list(placed(config, "cart")) == ["cart@pr-1-9", "cart@staging"]
    (note,) = config.notes
    assert note == (
        "config/updater.yaml:14: environments.pr-*.tags: cannot be read for pr-9-1, which is left alone: "
        "rename its folder"
    )


def test_their_number_is_bounded(found_in):
    files = {overlay(f"previews/pr-{number}"): ["cart"] for number in range(1, MOST + 3)}
    config = found_in(PREVIEWS, files=files, cart=CART)
    assert len(placed(config, "cart")) == MOST + 1
    assert config.notes == (
        f"pr-* finds {MOST + 2} environments, of which only the first {MOST} by name count",
    )


def test_what_stands_there_and_is_left_alone_is_not_gone(load_with):
    more = PREVIEWS[1].replace(
        "  staging:",
        '  pr-1*: {repository: deploy, path: "previews/{environment}", deliver: none}\n  staging:',
    )
    config = load_with((PREVIEWS[0], more), cart=CART.replace("pr-*", "pr-*, pr-1*"))
    names = [f"pr-{number}" for number in (9, *range(2000, 2000 + MOST), 12)]
    there = head({overlay(f"previews/{name}"): ["cart"] for name in names})
    found = config.completed({"deploy": there})
    left_alone = [name for name in names if f"cart@{name}" not in placed(found)]
    assert left_alone == [names[-2], "pr-12"]
    assert not any(map(found.is_gone, names))
    assert found.is_gone("pr-8")

    cut = config.completed({"deploy": replace(there, cut=frozenset({"previews/*/kustomization.yaml"}))})
    assert not cut.is_gone("pr-8"), "it may be among those that are not read"
    assert cut.notes[0] == (
        "more than 5000 files are called previews/*/kustomization.yaml: only the first of them by name count"
    )


def test_environments_of_clusters(found_in):
    clusters = (
        PREVIEWS[1].replace("pr-*", "cluster-*/preview").replace("{environment}\n", "{cluster}/preview\n")
    )
    clusters = clusters.replace(
        'tags: {follow: "pr-{match}-{number}", allow: ["{environment}-*"]}', "create: true"
    )
    files = {overlay("previews/cluster-a/preview"): [], overlay("previews/cluster-b/preview"): []}
    cart = CART.replace("pr-*", "cluster-*/preview")
    config = found_in((PREVIEWS[0], clusters), files=files, cart=cart)
    assert list(placed(config, "cart")) == [
        "cart@cluster-a/preview",
        "cart@cluster-b/preview",
        "cart@staging",
    ]


def test_an_app_with_named_and_found_images_is_in_previews_where_some_are_found(found_in):
    both = "app: both\nimages: [ghcr.io/org/api, ghcr.io/org/api-*]\nenvironments: [staging, pr-*]\n"
    files = {overlay("previews/pr-1"): ["api", "api-job"], overlay("previews/pr-2"): ["web"]}
    config = found_in(*PATHS, PREVIEWS, files=files, both=both)
    assert placed(config, "both") == {"both@pr-1": ["api", "api-job"], "both@staging": ["api"]}


def test_both_at_once(found_in):
    wild = EACH.replace("[staging, production]", "[staging, pr-*]")
    files = {overlay("staging"): ["api", "web"], overlay("previews/pr-1"): ["web", "job"]}
    config = found_in(*PATHS, PREVIEWS, files=files, wild=wild)
    assert set(placed(config)) - set(placed(found_in(*PATHS, PREVIEWS, files={}, wild=wild))) == {
        "api@staging",
        "web@staging",
        "web@pr-1",
        "job@pr-1",
    }


# --- the apps of teams ------------------------------------------------------------------------------------


BY_TEAMS = (
    "commit: {email: updater@example.org}",
    'commit: {email: updater@example.org}\napps: {from: repository, path: "teams/{app}.yaml"}',
)


def test_an_app_of_a_team_is_in_previews_too(found_in):
    team = "images: [ghcr.io/org/api]\nenvironments: [staging, pr-*]\n"
    files = {
        "teams/api.yaml": team,
        overlay("previews/pr-1"): ["api", "web"],
        overlay("previews/pr-2"): ["web"],
    }
    config = found_in(BY_TEAMS, PREVIEWS, files=files, cart=CART)
    assert list(placed(config, "api")) == ["api@pr-1", "api@staging"]


def test_a_file_of_a_team_that_does_not_count_holds_its_app_in_previews_too(load_with):
    team = "images: [ghcr.io/org/api]\nenvironments: [staging, pr-*]\n"
    files = {"teams/api.yaml": team, overlay("previews/pr-1"): ["api"]}
    before = load_with(BY_TEAMS, PREVIEWS, cart=CART).completed({"deploy": head(files)})
    after = before.completed({"deploy": head({**files, "teams/api.yaml": f"{team}nonsense: 1\n"})})
    assert placed(after) == placed(before)
    assert all(after.policies[Placement(name, "api")].refused for name in ("pr-1", "staging"))


def test_what_a_team_names_no_pattern_takes(found_in):
    """Nor where its file does not count and never has."""
    for nonsense in ("", "nonsense: 1\n"):
        team = f"images: [ghcr.io/org/api]\nenvironments: [staging, production]\n{nonsense}"
        files = {"teams/api.yaml": team, overlay("staging"): ["api", "web"], overlay("production"): ["web"]}
        config = found_in(*PATHS, BY_TEAMS, files=files, all=ALL)
        assert placed(config, "all")["all@production"] == ["web"]
        assert "api@staging" in placed(config)
        taken = [pin for policy in config.policies.values() for pin in policy.pins if "api" in str(pin.image)]
        assert {pin.placement.app for pin in taken} == {"api"}


def test_the_images_of_a_team_are_named(found_in):
    team = "images: [ghcr.io/org/*]\nenvironments: [staging]\n"
    config = found_in(BY_TEAMS, files={"teams/api.yaml": team})
    assert config.faults


# --- what is refused --------------------------------------------------------------------------------------


REFUSED = {
    'app: "{image}"\nimages: [ghcr.io/org/api]\nenvironments: [staging]\n': (
        "2: images[0]: {image} makes an app of each image that is found: "
        "write a pattern, such as ghcr.io/org/*, and this image in an app of its own"
    ),
    "app: all\nimages: [ghcr.io/org/*]\nenvironments: {staging: {image: ghcr.io/org/api}}\n": (
        "3: environments.staging.image: names one image, and this app's are found: "
        "write that image in an app of its own"
    ),
    "app: all\nimages: [ghcr.io/org/*]\nenvironments: {staging: {pins: [{path: a}]}}\n": (
        "3: environments.staging.pins: names one image, and this app's are found: "
        "write that image in an app of its own"
    ),
    "app: api\nimages: [ghcr.io/org/api]\nenvironments: {pr-*: {path: previews/all}}\n": (
        "3: environments.pr-*.path: pr-* stands for many, which this path has to find: "
        "write {environment} into it"
    ),
    "app: api\nimages: [ghcr.io/org/api]\nenvironments: {pr-*: {repository: 'deploy-{app}'}}\n": (
        "3: environments.pr-*.repository: what is found by a pattern is looked for in one repository: "
        "write its name"
    ),
    "app: api\nimages: [ghcr.io/org/a**]\nenvironments: [staging]\n": (
        "2: images[0]: 'ghcr.io/org/a**' can match no image: write * for what is within a segment, "
        "or ** for whole ones, such as ghcr.io/org/* or ghcr.io/org/**"
    ),
    "app: api\nimages: [ghcr.io/org/api]\nenvironments: [prr-*]\n": (
        "3: environments.prr-*: unknown environment 'prr-*': did you mean pr-*?"
    ),
    'app: "{image}"\nimages: [ghcr.io/org/*]\nenvironments: [production]\n': (
        "3: environments.production: {image} is not in staging, which production comes after: add it there"
    ),
    'app: "x-{image}"\nimages: [ghcr.io/a/*]\nenvironments: {staging: {path: a}, production: {path: a}}\n': (
        "3: environments.production: x-{image} in production and x-{image} in staging are both "
        "ghcr.io/a/* in a: a pin belongs to one app in one environment, so give each its own path"
    ),
    'app: "x--{image}"\nimages: [ghcr.io/org/*]\nenvironments: [staging]\n': (
        "1: app: 'x--x' is no name: use a-z, 0-9 and single - in between, such as shop-api"
    ),
}


@pytest.mark.parametrize(("wild", "says"), REFUSED.items(), ids=REFUSED.values())
def test_a_pattern_that_cannot_be_right_is_refused(load_with, wild, says):
    with pytest.raises(ConfigError) as refused:
        load_with(PREVIEWS, wild=wild)
    assert f"config/apps/wild.yaml:{says}" in refused.value.faults


def test_nothing_comes_after_a_pattern(load_with):
    with pytest.raises(ConfigError) as refused:
        load_with(PREVIEWS, ("after: staging", "after: pr-*"))
    (fault,) = refused.value.faults
    assert fault == (
        "config/updater.yaml:22: environments.production.after: pr-* stands for many: "
        "name the one environment that comes before"
    )


def test_the_name_of_an_environment_has_one_star_at_most(load_with):
    with pytest.raises(ConfigError, match=r"'pr-\*-\*' has more than one \*: write one, such as pr-\*"):
        load_with((PREVIEWS[0], PREVIEWS[1].replace("pr-*:", "pr-*-*:")))


def test_settings_of_a_pattern_are_checked_before_anything_is_found(load_with):
    with pytest.raises(ConfigError, match=r"environments\.pr-\*\.tags"):
        load_with((PREVIEWS[0], PREVIEWS[1].replace("{number}", "{numbr}")))


# --- waves ------------------------------------------------------------------------------------------------


def test_apps_that_are_found_go_in_waves_by_where_they_stand(found_in):
    """What a pattern has found in no wave before goes by the environment's own `after`."""
    a, b = "cluster-a/production", "cluster-b/production"
    clusters = "".join(
        f"  {name}: {{repository: deploy, path: {name}, deliver: push, after: staging, "
        "gates: {soak: 5m}}\n"
        for name in (a, b)
    )
    waves = f"waves: {{production: [[{a}], [{b}]], bake: 2h}}\n"
    config = found_in(
        ("commit: {email: updater@example.org}\n", f"commit: {{email: updater@example.org}}\n{waves}"),
        ("path: apps/{app}/staging", "path: staging"),
        ("  production:\n    repository: deploy\n    path: apps/{app}/production\n", ""),
        ("    after: staging\n    gates:\n      soak: 30m\n    deliver: pull-request\n", clusters),
        ("app: shop", 'app: "{image}"'),
        (f"images: [{ORG}/shop]", f"images: [{ORG}/*]"),
        ("  - staging\n  - production\n", f"  - staging\n  - {a}\n  - {b}\n"),
        files={
            overlay("staging"): ["shop", "blog"],
            overlay(a): ["shop"],
            overlay(b): ["shop", "blog"],
        },
    )
    last = {app: config.policies[Placement(b, app)] for app in ("shop", "blog")}
    assert {app: (policy.after, str(policy.gates["soak"].length)) for app, policy in last.items()} == {
        "shop": ((a,), "2:00:00"),
        "blog": (("staging",), "0:05:00"),
    }
