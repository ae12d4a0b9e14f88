"""Whatever a repository holds, `updater init` writes a config that `check` likes, or says why not."""

import string

import pytest
from commands.repositories import overlay
from hypothesis import given, settings
from hypothesis import strategies as st

from updater.manifests.composer import compose
from updater.tools.init import write
from updater.tools.init.app_guesses import without_unreadable
from updater.tools.init.apps import apps_of
from updater.tools.init.clone_address import clone_address
from updater.tools.init.config_draft import draft
from updater.tools.init.environment_assignment import assign_environments
from updater.tools.init.pins import find, with_past
from updater.tools.init.rendering import files_of

_WORDS = [
    "apps",
    "overlays",
    "base",
    "environments",
    "env",
    "clusters",
    "cluster-a",
    "eu-west-1",
    "dev",
    "staging",
    "stg",
    "prod",
    "production",
    "Live",
    "uat",
    "preview",
    "shop",
    "api",
    "web",
    "on",
    "1e5",
    "null",
    "{app}",
    "blue",
    "v1",
    "charts",
    "k8s",
]
_WORD = st.one_of(st.sampled_from(_WORDS), st.text(string.printable + "ü한\u2028\\", min_size=1, max_size=6))
_FOLDERS = st.lists(_WORD.filter(lambda word: "/" not in word), max_size=5).map(tuple)
_NAMES = st.sampled_from(
    [
        "kustomization.yaml",
        "kustomization.yml",
        "Kustomization",
        "values.yaml",
        "values-prod.yaml",
        "values-dev.yml",
        "prod-values.yaml",
        "staging-api-values.yaml",
        "values-eu.prod.yaml",
        "shop.yaml",
    ]
)
_IMAGES = st.sampled_from(
    [
        "ghcr.io/acme/shop",
        "ghcr.io/acme/api",
        "ghcr.io/acme/shop-dev",
        "localhost:5000/shop",
        "reg.example/x/y/shop",
        "acme/web",
        "redis",
        "docker.io/library/redis",
        "ghcr.io/Acme/Shop",
        "ghcr.io/other/tool",
    ]
)
_TAGS = st.sampled_from(["20260202-143512", "v1.2.3", "latest", "4f3c2a1", "12", "1.10", "main"])
_PINS = st.lists(st.tuples(_IMAGES, _TAGS, st.booleans()), min_size=1, max_size=3)
_ORIGINS = st.one_of(
    st.none(),
    st.sampled_from(["https://github.com/acme/d", "git@x.example:a/b", "/srv/x"]),
    st.text(max_size=30),
)


@settings(max_examples=150)
@given(st.dictionaries(st.tuples(_FOLDERS, _NAMES), _PINS, min_size=1, max_size=6), _ORIGINS, st.data())
def test_any_layout_gives_a_config_that_its_loader_takes(tmp_path_factory, layout, origin, data):
    files = {"/".join([*folders, name]): _text(name, pins) for (folders, name), pins in layout.items()}
    finds = find({path: text.encode() for path, text in files.items()})
    pins = with_past(finds.pins, ())
    placed, left_out = assign_environments(pins, data.draw(st.sampled_from([None, "acme"])))
    named = [pin for pin in pins if not pin.of_workload]
    used = [one for one in placed if not one.pin.of_workload]
    assert len(used) + len(left_out) == len(named), "each pin is used or named"
    apps, unread = without_unreadable(apps_of(placed))
    kept = [pin for app in apps for pins in app.environments.values() for pin in pins]
    assert len(kept) + len(unread) == len(placed), "each app's pin is followed or named"
    if not apps:
        return
    address = clone_address(origin, data.draw(st.sampled_from([None, "main", "x y"])))
    drafts = draft(apps, forge=address.forge is not None)
    texts = files_of(
        drafts, address, [*finds.left_out, *left_out, *unread], instance="acme", token="GITHUB_TOKEN"
    )
    config = write(texts, tmp_path_factory.mktemp("any") / "config")
    found = sorted(
        (str(pin.image), pin.path, pin.selector.kind, pin.selector.at or "", pin.selector.pin)
        for policy in config.policies.values()
        for pin in policy.pins
    )
    assert found == sorted((str(pin.image), pin.path, pin.kind, pin.at or "", pin.pin) for pin in kept)


def _text(name, pins):
    if name == "shop.yaml":
        containers = "".join(f"  - {{name: a, image: '{image}:{tag}'}}\n" for image, tag, _ in pins)
        return f"kind: Pod\nspec:\n  containers:\n{containers}"
    if "values" not in name:
        return overlay(*(f"{image}:{tag}" for image, tag, _ in pins))
    images = (
        f"a{number}:\n  image: '{image}:{tag}'\n"
        if whole
        else f"a{number}:\n  image:\n    repository: '{image}'\n    tag: '{tag}'\n"
        for number, (image, tag, whole) in enumerate(pins)
    )
    return "".join(images)


def test_an_earlier_version_of_a_file_is_parsed_once_for_all_its_pins():
    """A file of three hundred apps took two minutes and a half, for ten versions of it."""

    def text(version):
        pins = (
            f"  - name: ghcr.io/org/app-{number}\n    newTag: {version}.{number}.0\n" for number in range(40)
        )
        return f"images:\n{''.join(pins)}".encode()

    pins = find({"overlays/staging/kustomization.yaml": text(9)}).pins
    before = compose.cache_info().misses
    known = with_past(pins, [text(version) for version in range(5)])
    assert compose.cache_info().misses - before == 5
    assert known[3].tags == {f"{version}.3.0" for version in (0, 1, 2, 3, 4, 9)}


@pytest.mark.parametrize(
    ("origin", "owner"),
    [
        ("https://github.com/acme/deploy.git", "acme"),
        ("https://acme@dev.azure.com/acme/Platform%20Team/_git/deploy", "acme"),
        ("https://acme.visualstudio.com/Platform/_git/deploy", "acme"),
    ],
)
def test_whose_a_repository_is_stands_in_its_address(origin, owner):
    assert clone_address(origin, None).owner == owner
