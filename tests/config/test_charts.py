"""An app with charts: two policies, what each takes from where, and what is not asked of a chart."""

from datetime import UTC, datetime

import pytest
from small_config import write

from updater.config import load
from updater.model import Chart, Image, Placement
from updater.views.config_warnings import config_warnings

OCI = "oci://ghcr.io/org/charts/shop"
HTTP = "https://charts.example.org/stable/shop"
NOW = datetime(2026, 2, 2, tzinfo=UTC)
BOTH = f"app: shop\nimages: [ghcr.io/org/shop]\ncharts: ['{OCI}']\n"
ALONE = f"app: shop\ncharts: ['{HTTP}']\n"


@pytest.fixture
def policies(tmp_path):
    """Of an app with those charts, by placement; `environments` and what production says otherwise."""

    def made(head, environments="environments: [staging, production]\n", *changes):
        old = "app: shop\nimages: [ghcr.io/org/shop]\nenvironments:\n  - staging\n  - production\n"
        return load(write(tmp_path, (old, head + environments), *changes)).policies

    return made


def test_images_and_charts_are_two_lines_that_share_pull_requests(policies):
    found = policies(BOTH)
    assert [str(placement) for placement in found] == [
        "shop in staging",
        "shop.chart in staging",
        "shop in production",
        "shop.chart in production",
    ]
    images, charts = found[Placement("production", "shop")], found[Placement("production", "shop.chart")]
    assert images.images == (Image("ghcr.io", "org/shop"),)
    assert charts.images == (Chart("ghcr.io", "org/charts/shop"),)
    assert (images.tags.follow, charts.tags.follow) == ("timestamp", "semver")
    assert images.paired
    assert charts.paired
    assert charts.after == images.after == ("staging",)
    assert charts.gates == images.gates
    assert [pin.path for pin in charts.pins] == ["apps/shop/production"]
    assert charts.pins[0].files == tuple(
        f"apps/shop/production/{name}"
        for name in (
            "kustomization.yaml",
            "kustomization.yml",
            "Kustomization",
            "Chart.yaml",
            "requirements.yaml",
        )
    )


def test_charts_alone_bear_the_name_of_the_app(policies):
    found = policies(ALONE)
    assert [placement.app for placement in found] == ["shop", "shop"]
    assert not any(policy.paired for policy in found.values())


def test_what_is_said_of_the_chart_goes_before_what_is_said_of_the_images(policies):
    said = """\
environments:
  staging: {kind: yaml-path, path: app.yaml, at: image, chart: {path: argocd/shop.yaml}}
  production:
    path: values.yaml
    kind: helm-values
    pin: tag+digest
    create: true
    tags: {allow: [hotfix-*], forbid: [v*]}
    chart:
      tags: {follow: {semver: {range: 1.x, prereleases: true}}, forbid: [1.2.*]}
      pins: [{path: a.yaml}, {path: b.yaml, at: spec.version}]
"""
    found = policies(BOTH, said)
    staging, production = (found[Placement(name, "shop.chart")] for name in ("staging", "production"))
    assert [(pin.path, pin.selector.kind, pin.selector.at) for pin in staging.pins] == [
        ("argocd/shop.yaml", "chart", None)
    ]
    assert [(pin.path, pin.selector.at, pin.selector.pin) for pin in production.pins] == [
        ("a.yaml", None, "tag"),
        ("b.yaml", "spec.version", "tag"),
    ]
    assert not any(pin.selector.create for pin in production.pins)
    tags = production.tags
    assert (tags.allow, tags.forbid, tags.placeholders) == ((), ("1.2.*",), frozenset())
    assert [tag for tag in ("1.3.0-rc.1", "2.0.0") if tags.scheme.read(tag)] == ["1.3.0-rc.1"]


GATES = ("      soak: 30m\n", "      soak: 30m\n      platforms: [linux/amd64]\n      source_order: true\n")
SIGNED = ("      soak: 30m\n", "      signature: {keys: [cosign.pub]}\n")


@pytest.mark.parametrize(
    ("head", "change", "told"),
    [
        (
            BOTH,
            GATES,
            {"soak": [], "platforms": ["a chart runs on no"], "source_order": ["a chart does not"]},
        ),
        (BOTH, SIGNED, {"signature": []}),
    ],
)
def test_check_says_which_gates_are_not_asked_of_a_chart(tmp_path, policies, head, change, told):
    found = policies(head, "environments: [staging, production]\n", change)
    policy = found[Placement("production", "shop.chart" if head == BOTH else "shop")]
    assert list(policy.gates) == [gate for gate, why in told.items() if not why]
    warnings = [one for one in config_warnings(load(tmp_path / "config"), NOW) if "asked of a chart" in one]
    said = [f"gates.{gate} is not asked of a chart: {why[0]}" for gate, why in told.items() if why]
    assert [s in w for s, w in zip(said, warnings, strict=True)] == [True] * len(said)


def test_check_says_where_no_signature_can_ever_be(tmp_path, policies):
    """What is asked for safety is not left out: it never passes."""
    found = policies(ALONE, "environments: [staging, production]\n", SIGNED)
    gate = found[Placement("production", "shop")].gates["signature"]
    told = [one for one in config_warnings(load(tmp_path / "config"), NOW) if "signature" in one]
    why = f"{HTTP} is in no registry, where signatures are: follow it in one, or as an app of its own without"
    assert told == [
        f"shop in production: gates.signature never passes, and nothing is promoted: {why} this gate"
    ]
    assert gate.any
