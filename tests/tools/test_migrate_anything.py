"""Whatever the files of a tool hold, `updater migrate` makes a config of them that loads, or says why not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools.migrating import text
from tools.test_migrate_argocd_image_updater import GIT, RESOURCE, application, application_set
from tools.test_migrate_flux import objects
from tools.test_migrate_kargo import STAGES, WAREHOUSE

from updater.tools.init import write
from updater.tools.init.clone_address import clone_address
from updater.tools.init.rendering import files_of
from updater.tools.migrate.argocd_image_updater import read_argocd_image_updater
from updater.tools.migrate.checkout import Checkout
from updater.tools.migrate.drafting import drafts_of
from updater.tools.migrate.flux import read_flux
from updater.tools.migrate.kargo import read_kargo
from updater.tools.migrate.renovate import read_renovate

IMAGE = "ghcr.io/acme/shop"
READERS = (read_argocd_image_updater, read_flux, read_renovate, read_kargo)
RENOVATE = """{
  extends: ["config:recommended"], kubernetes: {managerFilePatterns: ["/yaml$/"]},
  packageRules: [
    {matchPackageNames: ["ghcr.io/**", "!redis"], versioning: "loose", allowedVersions: "<9"},
    {matchFileNames: ["apps/**"], matchUpdateTypes: ["major"], enabled: false, minimumReleaseAge: "3 days"},
  ],
  customManagers: [{customType: "regex", managerFilePatterns: ["/yaml$/"], datasourceTemplate: "docker",
    matchStrings: ["image: (?<depName>[^:]+):(?<currentValue>\\\\S+)"]}],
}"""
FILTERED = (
    "  filterTags: {pattern: '^main-(?P<ts>[0-9]+)$', extract: $ts}\n  policy: {numerical: {order: asc}}"
)
FILES = {
    "argocd/shop.yaml": application(
        "shop-staging", "k8s/staging", f"image-list: s={IMAGE}:^1", "s.allow-tags: any", *GIT
    ),
    "argocd/set.yaml": application_set("git: {directories: [{path: k8s/*}]}", "k8s/staging").replace(
        "{{env}}", ""
    ),
    "argocd/updater.yaml": text(RESOURCE),
    "flux/a.yaml": objects("  policy: {semver: {range: 1.x}}"),
    "flux/b.yaml": objects(FILTERED).replace("name: shop", "name: main"),
    "kargo/a.yaml": text(WAREHOUSE),
    "kargo/b.yaml": text(STAGES),
    "renovate.json5": RENOVATE,
    "k8s/staging/kustomization.yaml": f"images:\n- name: {IMAGE}\n  newTag: 1.2.3\n",
    "apps/k/kustomization.yaml": f"images:\n- name: {IMAGE}\n"
    '  newTag: 1.2.3 # {"$imagepolicy": "flux-system:shop:tag"}\n',
    "apps/web.yaml": "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n"
    f'        image: {IMAGE}:main-12 # {{"$imagepolicy": "flux-system:main"}}\n',
}
_PIECES = [
    *(
        "",
        "null",
        "{}",
        "[]",
        "- x",
        "&a",
        "*a",
        "<<: *a",
        "{{ x }}",
        "${X}",
        "../../..",
        "/etc",
        "main",
        "latest",
    ),
    *(
        "1.2.3",
        "20260202-143512",
        "v1",
        "sha-0123abc",
        "^1",
        ">=1.0.0-0",
        "(a+)+$",
        "(?=x)",
        "[",
        "\\",
        "'",
        '"',
    ),
    *(
        "digest",
        "newest-build",
        "alphabetical",
        "\x1b[31m",
        "\u2028",
        "한",
        "x" * 300,
        "docker.io",
        ":",
        "a=b",
        "*",
    ),
]
_CHANGE = st.tuples(
    st.sampled_from(sorted(FILES)),
    st.integers(0, 40),
    st.sampled_from(["drop", "twice", "value", "splice"]),
    st.sampled_from(_PIECES),
    st.integers(0, 80),
)


def changed(files, change):
    """One line of one file is gone, is there twice, says another value, or has something in its midst."""
    name, number, how, piece, at = change
    lines = files[name].split("\n")
    number %= len(lines)
    line = lines[number]
    lines[number : number + 1] = {
        "drop": [],
        "twice": [line, line],
        "value": [f"{line.partition(':')[0]}: {piece}"],
        "splice": [line[:at] + piece + line[at:]],
    }[how]
    return {**files, name: "\n".join(lines)}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = tmp_path_factory.mktemp("anything")
    return (made / str(number) for number in range(10**6))


@settings(deadline=None)
@given(st.lists(_CHANGE, max_size=6), st.sampled_from([None, "main"]))
def test_the_result_loads_or_there_is_none(folders, changes, branch):
    files = FILES
    for change in changes:
        files = changed(files, change)
    checkout = Checkout(
        {name: content.encode() for name, content in files.items()}, branch, "github.com/acme/deploy"
    )
    tools = [read(checkout) for read in READERS]
    drafts, untold = drafts_of([one for tool in tools for one in tool.tracked], forge=True)
    left_out = [*(one for tool in tools for one in tool.left_out), *untold]
    assert all(f"{one.where} {one.what} {one.why}".isprintable() for one in left_out)
    if not drafts.apps:
        return
    address = clone_address("https://github.com/acme/deploy.git", "main")
    texts = files_of(drafts, address, left_out, instance="acme", token="GITHUB_TOKEN")
    config = write(texts, next(folders))
    assert config.mode == "observe"
    assert {placement.app for placement in config.policies} == {app.name for app in drafts.apps}


def test_unchanged_they_all_become_a_config(folders):
    checkout = Checkout(
        {name: content.encode() for name, content in FILES.items()}, "main", "github.com/acme/deploy"
    )
    tracked = [one for read in READERS[:3] for one in read(checkout).tracked]
    assert len(tracked) == 10
