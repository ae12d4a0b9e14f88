"""`updater audit` on a scaffold: nothing as it comes, and of a copy with one fault exactly that one."""

import json
import re

import pytest
from commands.calling import call
from tools.scaffold.made import make

from updater.tools.audit.rules import CODES

BASE = "infra/k8s/base/shop"
STAGING, PRODUCTION = (
    f"infra/k8s/overlays/{name}/shop/kustomization.yaml" for name in ("staging", "production")
)
CHART = "infra/helm/apps/shop"
SEALED = "infra/_shared/secrets/sealed/shop/production"
GENERATED = "[{name: x, literals: [A=s3cret]}]"
SECRET = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {A: s3cret}\n"
FAULTS = {
    "a base names a build": ("base_tag", f"{BASE}/deployment.yaml", r":placeholder$", ":20260202-143512"),
    "a chart names a build for all": (
        "base_tag",
        f"{CHART}/values.yaml",
        r"tag: placeholder",
        "tag: 20260202-143512",
    ),
    "a base has a host of staging": (
        "base_value",
        f"{BASE}/ingress.yaml",
        r"shop\.invalid",
        "shop-staging.example.org",
    ),
    "a base says which environment it is": (
        "base_value",
        f"{BASE}/configmap.yaml",
        r"LOG_LEVEL: info",
        "APP_ENV: production",
    ),
    "production runs latest": ("forbidden_tag", PRODUCTION, r"newTag: placeholder", "newTag: latest"),
    "the chart of production runs dev": (
        "forbidden_tag",
        f"{CHART}/values-prod.yaml",
        r"tag: placeholder",
        "tag: dev",
    ),
    "staging runs a branch": ("unfollowed_tag", STAGING, r"newTag: placeholder", "newTag: main"),
    "the chart of staging runs a branch": (
        "unfollowed_tag",
        f"{CHART}/values-staging.yaml",
        r"tag: placeholder",
        "tag: main",
    ),
    "production says no tag": ("untagged_image", PRODUCTION, r"images:\n  - name: .*\n    newTag: .*\n", ""),
    "a secret lies open": (
        "plain_secret",
        f"{SEALED}/kustomization.yaml",
        r"resources: \[\]",
        f"secretGenerator: {GENERATED}",
    ),
    "another secret lies open": ("plain_secret", f"{BASE}/configmap.yaml", r"\Z", SECRET),
    "an app takes another's base": ("other_app", STAGING, r"base/shop", "base/blog"),
    "a base takes another's file": (
        "other_app",
        f"{BASE}/kustomization.yaml",
        r"- pvc.yaml",
        "- ../blog/pvc.yaml",
    ),
}
"""Code, file, what stands there, and what is put in its place."""


def findings(folder):
    status, out, _ = call("audit", folder, "--config", folder / "updater", "--output", "json")
    found = json.loads(out)["findings"]
    assert status == (3 if found else 0)
    return found


def test_every_code_is_broken_by_some_copy():
    assert {code for code, *_ in FAULTS.values()} == {*CODES}


def test_as_it_comes_nothing_is_found(tmp_path):
    make(tmp_path / "it")

    assert findings(tmp_path / "it") == []


@pytest.mark.parametrize("fault", FAULTS)
def test_of_a_copy_with_one_fault_exactly_that_is_found(tmp_path, fault):
    code, path, what, instead = FAULTS[fault]
    make(tmp_path / "it")
    file = tmp_path / "it" / path
    before = file.read_text()
    after, number = re.subn(what, lambda _: instead, before, count=1, flags=re.MULTILINE)
    assert number == 1
    file.write_text(after)

    assert [(one["code"], one["file"]) for one in findings(tmp_path / "it")] == [(code, path)]
