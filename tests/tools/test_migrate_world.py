"""What `updater migrate` writes is a config to plan with: it proposes what the tool would, and no more."""

import json

import pytest
from commands.calling import call
from commands.repositories import bare
from tools.test_migrate_argocd_image_updater import GIT, application
from tools.test_migrate_flux import objects

from updater.sandbox import Registry

IMAGE = "ghcr.io/acme/shop"


def overlay(tag, comment=""):
    return f"images:\n- name: {IMAGE}\n  newTag: {tag}{comment}\n"


def flux(policy):
    marker = ' # {"$imagepolicy": "flux-system:shop:tag"}'
    return lambda tag: {"flux.yaml": objects(policy), "apps/k/kustomization.yaml": overlay(tag, marker)}


def image_updater(constraint, *notes):
    image = f"image-list: shop={IMAGE}{constraint}"
    told = application("shop", "k", image, *notes, *GIT, repository="")
    return lambda tag: {"shop.yaml": told, "k/kustomization.yaml": overlay(tag)}


def renovate(config):
    return lambda tag: {"renovate.json": config, "k/kustomization.yaml": overlay(f"'{tag}'")}


BUILDS = ["main-aaaaaaa-1700000001", "main-bbbbbbb-1700000009", "main-ccccccc-999", "web-ddddddd-1800000000"]
VERSIONS = [
    "1.2.3",
    "1.2.10",
    "1.3.0",
    "2.0.0",
    "2.1.0-rc.1",
    "1.10",
    "latest",
    "v1",
    "9.9.9-alpine",
    "sha-abc1234",
]
FLUX_BUILDS = "  filterTags: {pattern: '^main-[a-f0-9]+-(?P<ts>[0-9]+)', extract: $ts}\n  policy: "


@pytest.mark.parametrize(
    ("files", "tags", "running", "tools"),
    [
        (flux("  policy: {semver: {range: 1.2.x}}"), VERSIONS, "1.2.3", "1.2.10"),
        (flux("  policy: {semver: {range: '>=1.0.0-0'}}"), VERSIONS, "1.2.3", "9.9.9-alpine"),
        (flux(f"{FLUX_BUILDS}{{numerical: {{order: asc}}}}"), BUILDS, BUILDS[0], BUILDS[1]),
        (flux(f"{FLUX_BUILDS}{{alphabetical: {{order: asc}}}}"), BUILDS[:2], BUILDS[0], BUILDS[1]),
        (image_updater(":^1"), VERSIONS, "1.2.3", "1.3.0"),
        (image_updater("", "shop.ignore-tags: '2.*'"), VERSIONS, "1.2.3", "1.3.0"),
        (image_updater("", "shop.allow-tags: 'regexp:^1[.]2[.]'"), VERSIONS, "1.2.3", "1.2.10"),
        (
            image_updater("", "update-strategy: name"),
            ["20260101-000000", "20260301-120000"],
            "20260101-000000",
            None,
        ),
        (renovate("{}"), VERSIONS, "1.2.3", "2.0.0"),
        (
            renovate('{"packageRules": [{"matchUpdateTypes": ["major"], "enabled": false}]}'),
            VERSIONS,
            "1.2.3",
            "1.3.0",
        ),
        (renovate('{"automerge": true, "automergeType": "branch"}'), VERSIONS, "1.2.3", "2.0.0"),
    ],
)
def test_the_plan_is_what_the_tool_would_do(tmp_path, files, tags, running, tools):
    with Registry() as registry:
        for tag in tags:
            registry.push("acme/shop", tag)
        wanted = tools or max(tags)
        assert planned(tmp_path / "behind", registry, files(running)) == wanted
        assert planned(tmp_path / "done", registry, files(wanted)) is None


def planned(folder, registry, files):
    """The tag that is promoted; None where nothing is."""
    place = folder / "r"
    bare(place, files, origin=str(place))
    status, out, err = call("migrate", place, "--out", folder / "config")
    assert (status, err) == (0, ""), (out, err)
    main = folder / "config" / "updater.yaml"
    text = main.read_text().replace("deliver: none", "deliver: push")
    main.write_text(f"{text}\nregistries: {{ghcr.io: {{endpoint: '{registry.url}'}}}}\n")
    words = ("--config", folder / "config", "--cache-dir", folder / "cache", "--output", "json")
    status, out, err = call("plan", *words)
    assert (status, err) == (0, ""), (out, err)
    (decision,) = json.loads(out)["repositories"][0]["decisions"]
    return decision.get("tag")
