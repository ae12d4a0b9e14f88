"""`updater tags`: what a registry holds, in the words of the schemes and the policies."""

import json
from datetime import UTC, datetime

import pytest
from commands.calling import call, start

from updater.sandbox import ChartRepository, Registry

STAMPS = [f"20260202-1435{second:02}" for second in range(40)]
CONFIG = """\
instance: acme
repositories: {{deploy: {{url: "file:///srv/deploy.git"}}}}
registries: {{"{host}": {{username_env: SHOP_USER, password_env: SHOP_PASSWORD}}}}
commit: {{name: updater, email: updater@example.org}}
environments:
  staging: {{repository: deploy, path: staging, tags: {{follow: timestamp}}, deliver: push}}
  production:
    repository: deploy
    path: production
    after: staging
    tags: {{follow: timestamp, allow: ["v[0-9]*"], forbid: [latest, dev]}}
    deliver: push
"""
APP = "app: shop\nimages: [{host}/org/shop]\nenvironments: [staging, production]\n"


@pytest.fixture
def registry():
    with Registry() as registry:
        for tag in (STAMPS[1], "v1.2.3", "latest", STAMPS[0], "v1.10.0", "20269999-999999"):
            registry.push("org/shop", tag)
        yield registry


@pytest.fixture
def configured(tmp_path, registry):
    """A config that knows the image's registry; the folder it stands in."""
    folder = tmp_path / "config"
    (folder / "apps").mkdir(parents=True)
    (folder / "updater.yaml").write_text(CONFIG.format(host=registry.host))
    (folder / "apps" / "shop.yaml").write_text(APP.format(host=registry.host))
    return tmp_path


def shop(registry):
    return f"{registry.host}/org/shop"


def test_tags_that_are_stamped_in_utc_are_called_so(registry, tmp_path):
    """`20260202-0631…` of an image that was created at 15:31 in Seoul."""
    registry.push("org/utc", "20260202-153000", created=datetime(2026, 2, 2, 6, 30, tzinfo=UTC))
    status, out, _ = call("tags", f"{registry.host}/org/utc", folder=tmp_path)
    assert (status, "UTC" in out) == (0, False)
    registry.push("org/utc", "20260202-063100", created=datetime(2026, 2, 2, 6, 31, tzinfo=UTC))
    _, out, _ = call("tags", f"{registry.host}/org/utc", folder=tmp_path)
    assert "your tags look like UTC: 20260202-063100 is read as 2026-02-02 06:31:00 KST" in out
    _, out, _ = call("tags", f"{registry.host}/org/utc", "--output", "json", folder=tmp_path)
    assert json.loads(out)["hint"].startswith("your tags look like UTC")


def test_a_public_image_needs_no_config(registry, tmp_path):
    status, out, err = call("tags", shop(registry), folder=tmp_path)

    assert (status, err) == (0, "")
    assert out == (
        f"{shop(registry)}: 6 tags\n"
        "20260202-143501  timestamp 2026-02-02 14:35:01 KST\n"
        "20260202-143500  timestamp 2026-02-02 14:35:00 KST\n"
        "v1.10.0          semver\n"
        "v1.2.3           semver\n"
        "latest           -\n"
        "20269999-999999  -\n"
    )


def test_the_policies_say_what_they_take(registry, configured, monkeypatch):
    registry.make_private("org/shop", "bot", "hush")
    monkeypatch.setenv("SHOP_USER", "bot")
    monkeypatch.setenv("SHOP_PASSWORD", "hush")

    status, out, err = call("tags", shop(registry), folder=configured)

    assert (status, err) == (0, "")
    assert [" ".join(line.split()) for line in out.splitlines()[1:]] == [
        "20260202-143501 timestamp 2026-02-02 14:35:01 KST followed by staging, production",
        "20260202-143500 timestamp 2026-02-02 14:35:00 KST followed by staging, production",
        "v1.2.3 - allowed in staging, production",
        "v1.10.0 - allowed in staging, production",
        "latest - forbidden in staging, production",
        "20269999-999999 - is no real date and time",
    ]


def test_a_scheme_may_be_asked_for_by_name(registry, configured, monkeypatch):
    monkeypatch.setenv("SHOP_USER", "bot")
    monkeypatch.setenv("SHOP_PASSWORD", "hush")

    status, out, _ = call("tags", shop(registry), "--scheme", "semver", "--output", "json", folder=configured)

    told = json.loads(out)
    assert (status, told["version"], told["image"]) == (0, 1, shop(registry))
    assert [(each["tag"], each["scheme"]) for each in told["tags"]][:3] == [
        ("v1.10.0", "semver"),
        ("v1.2.3", "semver"),
        ("latest", None),
    ]
    assert told["tags"][3] == {
        "tag": "20269999-999999",
        "scheme": None,
        "why_not": "is no whole version such as 1.2.3",
        "built": None,
        "parts": [],
        "policies": {},
    }
    assert told["tags"][-1]["policies"] == {"follows": ["staging", "production"]}


def test_a_pattern_shows_how_each_tag_is_read(registry, tmp_path):
    digest = registry.digest("org/shop", "latest")
    for tag in (
        "main-0a1b2c3-1760000000",
        "dev-ffffff1-1760000001",
        "20260601.9",
        "20260601.10",
        "20260631.1",
    ):
        registry.tag("org/shop", tag, digest)

    shown = call("tags", shop(registry), "--scheme", "{branch}-{sha}-{epoch}", folder=tmp_path)[
        1
    ].splitlines()
    counted = call(
        "tags", shop(registry), "--scheme", "{date}.{number}", "--output", "json", folder=tmp_path
    )[1]

    read_as = [line.split(maxsplit=1) for line in shown[1:3]]
    assert [tag for tag, _ in read_as] == ["dev-ffffff1-1760000001", "main-0a1b2c3-1760000000"]
    told = "(epoch 1760000000; same: branch main; ignored: sha 0a1b2c3)"
    assert read_as[1][1] == f"timestamp 2025-10-09 17:53:20 KST {told}"
    assert shown[3].split(maxsplit=2)[1:] == ["-", "does not look like {branch}-{sha}-{epoch}"]
    told = {each["tag"]: each for each in json.loads(counted)["tags"]}
    assert list(told)[:2] == ["20260601.10", "20260601.9"]
    assert told["20260601.10"]["parts"] == [
        {"name": "date", "role": "time", "text": "20260601"},
        {"name": "number", "role": "number", "text": "10"},
    ]
    assert told["20260631.1"]["why_not"] == "is no real date and time"


def test_where_no_scheme_reads_tags_a_pattern_is_suggested(registry, tmp_path):
    registry.create("org/dated")
    for tag in ("latest", "20260601-101112-abc1234", "20260602-101112-00ff123"):
        registry.push("org/dated", tag)

    shown = call("tags", f"{registry.host}/org/dated", folder=tmp_path)[1].splitlines()

    assert shown[-1] == "`updater tags IMAGE --scheme '{date}-{time}-{sha}'` reads more of them"


@pytest.mark.parametrize(
    ("tags", "pattern", "said"),
    [
        (["1.0.0", "1.1.0", "1.2.0", "release-1.2.0", "release-1.3.0"], "{version}", "others"),
        (["1.0.0", "release-1.2.0", "release-1.3.0"], "{version}", "more of them"),
    ],
)
def test_a_pattern_that_reads_fewer_is_said_to_read_others(registry, tmp_path, tags, pattern, said):
    registry.create("org/mixed")
    for tag in tags:
        registry.push("org/mixed", tag)

    shown = call("tags", f"{registry.host}/org/mixed", "--scheme", pattern, folder=tmp_path)[1].splitlines()

    assert shown[-1].endswith(f"reads {said}")


def test_a_chart_in_a_registry_has_versions(registry, tmp_path):
    chart = f"oci://{registry.host}/org/charts/shop"
    for version in ("1.2.0", "1.10.0", "1.10.1+b1", "1.11.0-rc.1"):
        registry.push_chart("org/charts/shop", version)

    told = (
        f"{chart}: 4 versions\n"
        "1.10.1+b1    semver\n"
        "1.10.0       semver\n"
        "1.2.0        semver\n"
        "1.11.0-rc.1  -       is a prerelease, and these are not asked for\n"
    )
    assert call("tags", chart, folder=tmp_path) == (0, told, "")


def test_a_chart_in_an_index_has_versions(tmp_path):
    with ChartRepository() as charts:
        for version in ("1.2.0", "1.10.0+b1", "latest"):
            charts.push("shop", version)
        shown = call("tags", f"http://{charts.host}/shop", folder=tmp_path)
        missing = call("tags", f"http://{charts.host}/none", folder=tmp_path)

    told = "1.10.0+b1  semver\n1.2.0      semver\nlatest     -       is no whole version such as 1.2.3\n"
    assert shown == (0, f"http://{charts.host}/shop: 3 versions\n{told}", "")
    assert missing[:2] == (1, "")
    assert "no chart" in missing[2]


def test_a_pattern_that_orders_nothing_is_refused_in_a_sentence(registry, tmp_path):
    status, out, err = call("tags", shop(registry), "--scheme", "{branch}-{sha}", folder=tmp_path)

    assert (status, out) == (2, "")
    assert "--scheme: nothing in '{branch}-{sha}' orders tags: name a part that grows" in err


def test_tags_that_say_nothing_are_dated_by_their_images(registry, tmp_path):
    for tag, day in (("sha-bbbbbbb", 3), ("sha-aaaaaaa", 5), ("sha-ccccccc", 4)):
        registry.push("org/shop", tag, created=datetime(2026, 2, day, tzinfo=UTC))

    shown = call("tags", shop(registry), "--scheme", "created", folder=tmp_path)[1].splitlines()

    assert [line.split()[0] for line in shown[1:4]] == ["sha-aaaaaaa", "sha-ccccccc", "sha-bbbbbbb"]
    assert "created 2026-02-05 09:00:00 KST" in shown[1]


def test_people_see_the_newest_and_how_many_more_there_are(registry, tmp_path):
    digest = registry.digest("org/shop", "latest")
    for stamp in STAMPS:
        registry.tag("org/shop", stamp, digest)

    shown = call("tags", shop(registry), folder=tmp_path)[1].splitlines()
    everything = call("tags", shop(registry), "--all", folder=tmp_path)[1].splitlines()

    assert shown[1].startswith(STAMPS[-1])
    assert shown[-1] == "and 14 more: --all shows them"
    assert len(everything) == 1 + 44


def test_an_image_without_tags_is_fine(registry, tmp_path):
    registry.create("org/empty")

    assert call("tags", f"{registry.host}/org/empty", folder=tmp_path) == (
        0,
        f"{registry.host}/org/empty: 0 tags\n",
        "",
    )


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["shop"], 2, "'shop' is no image: expected registry/name in lower case"),
        (["{host}/org/shop:1"], 2, "is no image"),
        (
            ["{host}/org/shop", "--scheme", "roman"],
            2,
            "--scheme roman: there is no such scheme, only timestamp,",
        ),
        (["{host}/org/shop", "--scheme", "digest"], 2, "--scheme digest needs settings"),
        (
            ["{host}/org/none"],
            1,
            "answered 404 for {host}/org/none: there is no such image, or it is private",
        ),
        (["oci://{host}/org/none"], 1, "oci://{host}/org/none: there is no such chart, or it is private"),
        (
            ["127.0.0.1:1/org/shop"],
            1,
            "127.0.0.1:1 cannot be reached: see whether it runs",
        ),
        (["{host}/org/shop", "--config", "none"], 2, "none"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(registry, tmp_path, words, status, said):
    told = call("tags", *(word.format(host=registry.host) for word in words), folder=tmp_path)

    assert told[:2] == (status, "")
    assert said.format(host=registry.host) in told[2]
    assert told[2].count("\n") == 1


def test_a_secret_that_is_missing_is_named(registry, configured):
    registry.make_private("org/shop", "bot", "hush")

    status, _, err = call("tags", shop(registry), folder=configured)

    assert status == 2
    assert err == "the environment variable SHOP_USER is not set\n"


def test_it_runs_as_a_program(registry):
    status, out, _ = start("tags", shop(registry), UPDATER_CONFIG="")

    assert status == 0
    assert "v1.10.0" in out


LONG = [f"2026{day // 28 + 1:02}{day % 28 + 1:02}-{hour:02}0000" for day in range(60) for hour in range(24)]


def test_of_a_long_list_the_newest_are_shown_and_what_was_left_out_is_said(tmp_path):
    with Registry() as registry:
        for tag in (*LONG, *(f"pr-{number:03}" for number in range(150))):
            registry.push("org/shop", tag)
        status, out, err = call("tags", shop(registry), "--scheme", "timestamp", folder=tmp_path)
        assert (status, err) == (0, "")
        first, newest, *_, last = out.splitlines()
        said = "of which the newest 1,000 that each scheme reads are shown"
        assert first == f"{shop(registry)}: 1,590 tags, {said}"
        assert newest.startswith(max(LONG))
        assert last == "and 970 more: --all shows them"

        _, out, _ = call("tags", shop(registry), "--scheme", "timestamp", "--output", "json", folder=tmp_path)
        told = json.loads(out)
        assert told["listed"] == 1_590
        assert [each["tag"] for each in told["tags"]] == sorted(LONG, reverse=True)[:1_000]
