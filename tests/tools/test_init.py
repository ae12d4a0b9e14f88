"""`updater init`: what it makes of a repository, and that `check` always likes it."""

import json
import re
import sys
from collections import Counter

import pytest
from commands.calling import call
from commands.repositories import CORPUS, bare, git, overlay, real

from updater.config import load
from updater.config.tag_settings import Tags
from updater.manifests import read
from updater.model import Placement
from updater.tools.init.guess import guess
from updater.tools.init.tag_shapes import Followed
from updater.wiring import clones

TAG = "20260202-143512"
SHOP, BLOG = "ghcr.io/acme/shop", "ghcr.io/acme/blog"


@pytest.fixture
def config_of(tmp_path):
    """The config written for a repository of these files, with what was said."""

    def made(*commits, **more):
        status, out, err = call(
            "init", bare(tmp_path / "r", *commits, **more), "--output", tmp_path / "config"
        )
        assert (status, err) == (0, "")
        assert call("check", "--config", tmp_path / "config")[0] == 0
        return load(tmp_path / "config"), out, (tmp_path / "config" / "updater.yaml").read_text()

    return made


def pinned(config):
    """What each app runs where: the image and the file (and place) it is pinned in."""
    return {
        (placement.app, placement.environment): [
            (str(pin.image), pin.path if pin.selector.at is None else f"{pin.path}#{pin.selector.at}")
            for pin in policy.pins
        ]
        for placement, policy in config.policies.items()
    }


def placed(config):
    return {(placement.app, placement.environment) for placement in config.policies}


def test_one_app_per_image_where_an_overlay_holds_them_all(config_of):
    files = {
        f"infra/k8s/overlays/{name}/kustomization.yaml": overlay(f"{SHOP}:{TAG}", f"{BLOG}:{TAG}")
        for name in ("staging", "production")
    }
    config, out, text = config_of(files)
    assert pinned(config) == {
        (app, name): [(f"ghcr.io/acme/{app}", f"infra/k8s/overlays/{name}")]
        for app in ("shop", "blog")
        for name in ("staging", "production")
    }
    production = config.policies[Placement("production", "shop")]
    assert (production.after, production.deliver, list(production.gates)) == (
        ("staging",),
        "pull-request",
        ["soak"],
    )
    assert config.policies[Placement("staging", "shop")].deliver == "push"
    assert (config.mode, config.instance) == ("observe", "acme")
    assert config.repositories["deploy"].url == "https://github.com/acme/deploy.git"
    assert "unsure:" not in text
    assert "left out" not in out


def test_the_files_are_such_as_a_human_would_write(config_of, tmp_path):
    files = {
        f"apps/{app}/overlays/{name}/kustomization.yaml": overlay(f"ghcr.io/acme/{app}:{TAG}")
        for app in ("shop", "blog")
        for name in ("staging", "production")
    }
    _, _, text = config_of(files)
    assert (
        text.partition("environments:\n")[2]
        == """
  staging:
    repository: deploy
    path: "apps/{app}/overlays/staging"
    tags: {follow: timestamp}
    deliver: push

  production:
    repository: deploy
    path: "apps/{app}/overlays/production"
    after: staging
    gates: {soak: 30m}
    tags: {follow: timestamp}
    deliver: pull-request
"""
    )
    app = (tmp_path / "config" / "apps" / "shop.yaml").read_text()
    assert app == "app: shop\nimages: [ghcr.io/acme/shop]\nenvironments: [staging, production]\n"


@pytest.mark.parametrize(
    ("path", "app", "environment"),
    [
        ("k8s/overlays/production/kustomization.yaml", "shop", "production"),
        ("web/overlays/prod/kustomization.yaml", "web", "prod"),
        ("apps/web/overlays/dev/kustomization.yml", "web", "dev"),
        ("apps/staging/web/kustomization.yaml", "web", "staging"),
        ("apps/web/stg/Kustomization", "web", "stg"),
        ("environments/qa/kustomization.yaml", "shop", "qa"),
        ("environments/qa/web/kustomization.yaml", "web", "qa"),
        ("env/live/kustomization.yaml", "shop", "live"),
        ("k8s/overlays/cluster-a/production/kustomization.yaml", "shop", "cluster-a/production"),
        ("overlays/production/cluster-a/kustomization.yaml", "shop", "cluster-a/production"),
        ("production/eu-west-1/kustomization.yaml", "shop", "eu-west-1/production"),
        ("cluster-b/staging/web/kustomization.yaml", "web", "cluster-b/staging"),
        ("clusters/home/kustomization.yaml", "shop", "home"),
        ("clusters/home/web/uat/kustomization.yaml", "web", "home/uat"),
        ("components/web/staging/base/kustomization.yaml", "web", "staging"),
        ("Team_A/Web.App/overlays/Pre_Prod/kustomization.yaml", "web-app", "pre-prod"),
        ("web/kustomization.yaml", "web", "default"),
        ("kustomization.yaml", "shop", "default"),
    ],
)
def test_a_path_says_the_app_and_the_environment(config_of, path, app, environment):
    config, _, _ = config_of({path: overlay(f"{SHOP}:{TAG}")})
    assert placed(config) == {(app, environment)}


@pytest.mark.parametrize(
    ("path", "app", "environment"),
    [
        ("helm/apps/web/values-prod.yaml", "web", "prod"),
        ("web/values.staging.yaml", "web", "staging"),
        ("charts/web/staging-values.yml", "web", "staging"),
        ("flux/values/staging-web-values.yaml", "web", "staging"),
        ("environments/dev/values.yaml", "shop", "dev"),
        ("apps/production/web/values-production.yaml", "web", "production"),
        ("flux/cluster-a/web/values-prod.yaml", "web", "prod"),
        ("web/values.yaml", "web", "default"),
    ],
)
def test_so_does_the_name_of_a_values_file(config_of, path, app, environment):
    config, _, _ = config_of({path: f"image:\n  repository: {SHOP}\n  tag: '{TAG}'\n"})
    assert placed(config) >= {(app, environment)} or environment in {name for _, name in placed(config)}
    assert all(found == [(SHOP, f"{path}#image.tag")] for found in pinned(config).values())


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (f"image: {{name: {SHOP}, tag: '{TAG}'}}\n", "image.tag"),
        (f"image: {{registry: ghcr.io, repository: acme/shop, tag: '{TAG}'}}\n", "image.tag"),
        (f"web: {{image: {{registry: ghcr.io, name: acme/shop, tag: '{TAG}'}}}}\n", "web.image.tag"),
        (f"web: {{image: {SHOP}, tag: '{TAG}'}}\n", "web.tag"),
        (f"image: {{repository: {SHOP}, digest: 'sha256:{'a' * 64}'}}\n", "image.digest"),
    ],
)
def test_charts_name_their_images_in_several_ways(config_of, text, at):
    config, _, _ = config_of({"web/values-staging.yaml": text})
    assert pinned(config) == {("web", "staging"): [(SHOP, f"web/values-staging.yaml#{at}")]}


def test_the_charts_own_values_say_the_image_of_those_with_a_tag_only(config_of):
    config, out, text = config_of(
        {
            "helm/apps/web/values.yaml": f"image:\n  repository: {SHOP}\n  tag: placeholder\n",
            "helm/apps/web/values-staging.yaml": f"image:\n  tag: '{TAG}'\n",
            "helm/apps/web/values-production.yaml": f"image:\n  tag: '{TAG}'\n",
        }
    )
    assert pinned(config) == {
        ("web", name): [(SHOP, f"helm/apps/web/values-{name}.yaml#image.tag")]
        for name in ("staging", "production")
    }
    assert "1: in a base whose environments set the image themselves" in out
    assert text.endswith(
        "# Found, and left out:\n#\n"
        "# stands below no environment, and the environments set this image themselves:\n"
        "#   helm/apps/web/values.yaml:3  ghcr.io/acme/shop\n"
    )


def test_images_of_one_path_with_one_tag_move_together(config_of):
    together = overlay("ghcr.io/acme/api:1.0.0", "ghcr.io/acme/worker:1.0.0")
    apart = overlay("ghcr.io/acme/front:1.0.0", "ghcr.io/acme/back:2.0.0")
    config, _, _ = config_of(
        {
            "apps/shop/overlays/dev/kustomization.yaml": together,
            "apps/blog/overlays/dev/kustomization.yaml": apart,
        }
    )
    images = {
        placement.app: [str(image) for image in policy.images]
        for placement, policy in config.policies.items()
    }
    assert images == {
        "shop": ["ghcr.io/acme/api", "ghcr.io/acme/worker"],
        "front": ["ghcr.io/acme/front"],
        "back": ["ghcr.io/acme/back"],
    }


def test_siblings_with_the_same_image_are_clusters_and_others_are_apps(config_of):
    config, _, _ = config_of(
        {
            f"overlays/production/{name}/kustomization.yaml": overlay(f"ghcr.io/acme/{image}:{TAG}")
            for name, image in (("blue", "shop"), ("green", "shop"), ("metrics", "meter"))
        }
    )
    assert placed(config) == {
        ("shop", "blue/production"),
        ("shop", "green/production"),
        ("metrics", "production"),
    }


def test_an_app_that_is_not_before_production_goes_there_by_itself(config_of):
    config, _, text = config_of(
        {
            "apps/shop/overlays/staging/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "apps/shop/overlays/production/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "apps/blog/overlays/production/kustomization.yaml": overlay(f"{BLOG}:{TAG}"),
        }
    )
    assert config.policies[Placement("production", "shop")].after == ("staging",)
    assert config.policies[Placement("production", "blog")].after == ()
    assert "unsure: not all of its apps are in staging" in text


@pytest.mark.parametrize(
    ("environments", "wanted"),
    [
        ("dev staging production", {"production": "staging"}),
        ("dev prod", {"prod": "dev"}),
        ("qa stg uat preprod live", {"uat": "stg", "preprod": "uat", "live": "preprod"}),
        ("preview demo nonprod production", {"production": "nonprod"}),
        ("aws-stage aws-prod moc", {"aws-prod": "aws-stage"}),
        ("production", {}),
    ],
)
def test_what_comes_after_what_is_guessed_from_acceptance_on(config_of, environments, wanted):
    files = {f"overlays/{name}/kustomization.yaml": overlay(f"{SHOP}:{TAG}") for name in environments.split()}
    config, _, _ = config_of(files)
    after = {placement.environment: policy.after for placement, policy in config.policies.items()}
    assert {
        name: before for name, (before,) in ((name, found) for name, found in after.items() if found)
    } == wanted


def test_each_cluster_comes_after_its_own_staging(config_of):
    config, _, _ = config_of(
        {
            f"k8s/overlays/{cluster}/{name}/kustomization.yaml": overlay(f"{SHOP}:{TAG}")
            for cluster in ("cluster-a", "cluster-b")
            for name in ("staging", "production")
        }
    )
    after = {placement.environment: policy.after for placement, policy in config.policies.items()}
    assert after == {
        "cluster-a/staging": (),
        "cluster-a/production": ("cluster-a/staging",),
        "cluster-b/staging": (),
        "cluster-b/production": ("cluster-b/staging",),
    }


@pytest.mark.parametrize(
    ("environments", "doubt"),
    [
        (
            ["dev", "cluster-a/staging", "cluster-a/production", "cluster-b/production"],
            "nothing in cluster-b",
        ),
        (["dev", "production"], "no staging was found for its apps, so it comes after dev"),
        (["staging", "cluster-b/production"], "so it comes after staging: is that where it is tried?"),
        (["dev", "staging", "production"], None),
        (["cluster-b/staging", "cluster-b/production"], None),
    ],
)
def test_a_predecessor_that_is_only_the_best_there_is_is_marked(config_of, environments, doubt):
    files = {f"k8s/overlays/{name}/kustomization.yaml": overlay(f"{SHOP}:{TAG}") for name in environments}
    _, out, text = config_of(files)
    said = " ".join(text.replace("#", " ").split())
    assert ("unsure in 1 place" in out) is (doubt is not None)
    assert doubt is None or doubt in said


@pytest.mark.parametrize(
    ("origin", "forge"),
    [
        ("https://gitlab.com/acme/deploy.git", "gitlab.com: {kind: gitlab, token_env: GITLAB_TOKEN}"),
        (
            "https://gitlab.acme.org/acme/deploy.git",
            "gitlab.acme.org: {kind: gitlab, token_env: GITLAB_TOKEN}",
        ),
        ("https://github.com/acme/gitlab.git", "github.com: {token_env: GITHUB_TOKEN}"),
        (
            "https://bitbucket.org/acme/deploy.git",
            "bitbucket.org: {kind: bitbucket, token_env: BITBUCKET_TOKEN}",
        ),
        ("https://git.acme.org/acme/deploy.git", "git.acme.org: {kind: github, token_env: GITHUB_TOKEN}"),
    ],
)
def test_the_forge_gets_its_kind_and_its_own_token(config_of, origin, forge):
    files = {"overlays/production/kustomization.yaml": overlay(f"{SHOP}:{TAG}")}
    _, _, text = config_of(files, origin=origin)
    assert f"forges:\n  {forge}\n" in text


def test_another_image_in_one_environment_is_the_same_app(config_of):
    config, _, _ = config_of(
        {
            "apps/shop/overlays/staging/kustomization.yaml": overlay(f"ghcr.io/acme/shop-staging:{TAG}"),
            "apps/shop/overlays/production/kustomization.yaml": overlay(f"registry.acme.example/shop:{TAG}"),
        }
    )
    assert pinned(config) == {
        ("shop", "staging"): [("ghcr.io/acme/shop-staging", "apps/shop/overlays/staging")],
        ("shop", "production"): [("registry.acme.example/shop", "apps/shop/overlays/production")],
    }


def test_apps_of_one_name_get_longer_ones(config_of):
    config, _, _ = config_of(
        {
            f"{team}/api/overlays/dev/kustomization.yaml": overlay(f"ghcr.io/acme/{team}-api:{TAG}")
            for team in ("red", "blue")
        }
    )
    assert placed(config) == {("api", "dev"), ("red-api", "dev")}


def test_what_a_digest_pins_stays_pinned_by_digest(config_of):
    digest = "sha256:" + "a" * 64
    both = f"images: [{{name: {SHOP}, newTag: '{TAG}', digest: '{digest}'}}]\n"
    config, _, _ = config_of({"overlays/dev/kustomization.yaml": both})
    (policy,) = config.policies.values()
    assert policy.pins[0].selector.pin == "tag+digest"


def test_docker_hub_is_spelled_out_and_the_pin_found_by_its_place(config_of):
    config, _, _ = config_of({"overlays/dev/kustomization.yaml": overlay(f"acme/shop:{TAG}")})
    assert pinned(config) == {
        ("shop", "dev"): [
            ("docker.io/acme/shop", "overlays/dev/kustomization.yaml#images[name=acme/shop].newTag")
        ]
    }


def test_what_cannot_be_used_is_named_with_its_reason(config_of):
    _, out, text = config_of(
        {
            "overlays/dev/kustomization.yaml": overlay(
                f"{SHOP}:{TAG}", "shop:1", "redis:7.2", "ghcr.io/fluxcd/flux:v2.1.0", "ghcr.io/acme/x:${TAG}"
            )
        }
    )
    assert "left out 4 places" in out
    file = "overlays/dev/kustomization.yaml"
    assert (
        "#\n# the name has no registry in front: write it in full, such as ghcr.io/org/shop:\n"
        f"#   {file}:6  shop\n#   {file}:8  redis\n#\n"
    ) in text
    assert re.search(rf"\n# somebody else builds it, .*:\n#   {file}:10  ghcr.io/fluxcd/flux\n", text)
    assert re.search(rf"\n# newTag of ghcr.io/acme/x is filled in by a template.*\n#   {file}:12  ghcr", text)


def test_where_all_is_others_that_is_what_is_followed(config_of):
    config, _, _ = config_of(
        {"overlays/dev/kustomization.yaml": overlay("quay.io/prometheus/node-exporter:v1.2.3")}
    )
    assert placed(config) == {("node-exporter", "dev")}


def test_the_past_says_what_to_follow_where_the_present_does_not(config_of, tmp_path):
    path = "overlays/dev/kustomization.yaml"
    _, _, text = config_of({path: overlay(f"{SHOP}:{TAG}")}, {path: overlay(f"{SHOP}:hotfix")})
    assert "tags: {follow: timestamp}" in text
    app = (tmp_path / "config" / "apps" / "shop.yaml").read_text()
    assert app.startswith("# unsure: of 2 tags timestamp does not read 1: hotfix (a name)\n")


def test_tags_of_commits_are_followed_by_when_their_images_were_created(config_of, tmp_path):
    config, _, text = config_of({"overlays/dev/kustomization.yaml": overlay(f"{SHOP}:4f3c2a1")})
    app = (tmp_path / "config" / "apps" / "shop.yaml").read_text()
    assert app.startswith(
        "# unsure: tags like 4f3c2a1 (a commit): they are followed by when their images were created\n"
        "app: shop\n"
    )
    assert 'tags: {follow: {created: {pattern: "[0-9a-f]{7,40}"}}}' in text
    (policy,) = config.policies.values()
    assert policy.tags.scheme.read("a1b2c3d")


def test_a_pattern_is_written_so_that_it_is_read_again(config_of):
    tag = "20260601-101112-abc1234"
    config, _, text = config_of({"overlays/dev/kustomization.yaml": overlay(f"{SHOP}:{tag}")})
    assert 'tags: {follow: "{date}-{time}-{sha}"}' in text
    (policy,) = config.policies.values()
    assert policy.tags.follow == "timestamp"
    assert policy.tags.scheme.read(tag)


def test_of_several_tags_the_pattern_is_found_that_reads_what_runs_and_the_most_before():
    found = guess(
        ["main-0a1b2c3-1760000000"], ["main-ffffff1-1759999999", "main-1234567-1759999998", "v1.2.3"]
    )
    assert found.follow.setting == "main-{sha}-{epoch}"
    assert "of 4 tags timestamp does not read 1: v1.2.3 (which semver reads)" in found.doubt


@pytest.mark.parametrize(
    ("tag", "noun", "follow"),
    [
        ("1234567", "a number, or a commit without a letter", "numeric"),
        ("2026-02-02", "a date in another form", {"timestamp": {"pattern": "%Y-%m-%d"}}),
        ("build-20260202.1435", "a date in another form", {"timestamp": {"pattern": "build-%Y%m%d.%H%M"}}),
        ("20260202T143512Z", "a date in another form", {"timestamp": {"pattern": "%Y%m%dT%H%M%SZ"}}),
        ("20260202", "a date in another form", {"timestamp": {"pattern": "%Y%m%d"}}),
        (
            "main-a1b2c3d-174",
            "a commit and a number",
            "main-{sha}-{number}",
        ),
        ("main-a1b2c3d-1606234201", "a commit and a time", "main-{sha}-{epoch}"),
        ("build-106", "a name and a number", "build-{number}"),
        ("1.0.0-rc.2", "a prerelease", {"semver": {"prereleases": True}}),
        ("7.10.2-s0", "a version with something behind it", {"semver": {"prereleases": True}}),
        ("main-a1b2c3d", "a commit", {"created": {"pattern": "main-[0-9a-f]{7,40}"}}),
        ("git-77cc515", "a commit", {"created": {"pattern": "git-[0-9a-f]{7,40}"}}),
        ("pr-127-255b90f", "a commit", {"created": {"pattern": "pr-[0-9]+-[0-9a-f]{7,40}"}}),
        (
            "20260202-143512-a1b2c3d",
            "a date with something around it",
            "{date}-{time}-{sha}",
        ),
        (
            "2026.07.14-a1b2c3d",
            "a date with something around it",
            {"created": {"pattern": "{year}.{month}.{day}-{sha}"}},
        ),
        ("20260601.10", "a date and a number", "{date}.{number}"),
        ("v2026-01-30-10", "a date and a number", "v{year}-{month}-{day}-{number}"),
        ("2026.01.0", "a year, a month and a number", "{year}.{month}.{number}"),
        ("v1.2.3-14-gabc1234", "a version and what was built since", "{version}[-{number}-g{sha}]"),
        ("1.9.7.4460-a39b25852", "a version of four numbers", "{version}-{sha}"),
        ("release-1.2.3", "a version behind a name", "release-{version}"),
        (
            "1.114.5-74a9b6d",
            "a version and a commit",
            {"created": {"pattern": r"[0-9]+\.[0-9]+\.[0-9]+-[0-9a-f]{7,40}"}},
        ),
        ("149.0.7779.3", "a version of four numbers", "{version}"),
        ("app-v0.2.0", "a version behind a name", "app-{version}"),
    ],
)
def test_what_no_scheme_reads_as_it_is_is_followed_by_its_shape(tag, noun, follow):
    found, doubt, _ = guess([tag])
    assert found.setting == follow
    assert doubt.startswith(f"tags like {tag[:60]} ({noun}): ")
    assert Tags(follow=follow).follow.scheme.read(tag) is not None


@pytest.mark.parametrize(
    ("tag", "noun"),
    [
        ("1.36", "not three numbers"),
        ("16-alpine", "a version with something behind it"),
        ("main", "a name"),
        ("openfront-latest", "a name"),
        ("x" * 120 + "!", "of no known shape"),
    ],
)
def test_what_may_move_is_followed_by_nothing_and_said_to_be_so(tag, noun):
    found, doubt, unreadable = guess([tag])
    assert found is None
    assert unreadable
    assert doubt.startswith(f"tags like {tag[:60]} ({noun}): ")


def test_what_runs_is_read_whatever_was_there_before():
    before = [f"20260202-1435{second}" for second in range(10, 20)]
    assert guess(["4f3c2a1"], before).follow.setting == {"created": {"pattern": "[0-9a-f]{7,40}"}}
    assert guess(["v1.2.3"], before).follow.name == "semver"
    assert guess(["latest"], before).follow.name == "timestamp"


def test_a_commit_without_a_letter_is_one_where_the_others_are():
    assert guess(["1559824"], elsewhere=["aa4ca1f"]).follow.name == "created"
    assert guess(["1559824"], elsewhere=["1559825"]).follow.name == "numeric"


def test_tags_of_commits_with_a_word_are_followed_without_a_question():
    assert guess(["sha-77cc515", "sha-a1b2c3d"])[:2] == (Followed("created"), None)


def test_tags_of_several_shapes_are_said_to_be_so():
    assert guess(["main", "16-alpine", "latest", "stable"]).doubt == (
        "tags of several shapes, which no scheme reads together: "
        "16-alpine (a version with something behind it), main (a name)"
    )
    assert guess(["1.2.3"], ["1.2.4", TAG, "hotfix"]).doubt == (
        f"of 4 tags semver does not read 2: {TAG} (which timestamp reads), hotfix (a name)"
    )


def test_an_app_is_left_out_where_nothing_reads_its_tag(config_of):
    config, out, text = config_of(
        {
            "overlays/dev/kustomization.yaml": overlay(f"{SHOP}:develop"),
            "overlays/production/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
        }
    )
    assert placed(config) == {("shop", "production")}
    assert "1: no scheme reads the tags that run there" in out
    assert "#   overlays/dev/kustomization.yaml:4  ghcr.io/acme/shop" in text
    assert "`follow: {digest: develop}` follows what it points to" in " ".join(text.replace("#", " ").split())


def test_who_builds_an_image_is_decided_once_for_all_of_its_pins(config_of):
    image = "ghcr.io/my-org/app"
    config, _, _ = config_of(
        {
            "overlays/dev/kustomization.yaml": overlay(f"{image}:latest", f"{SHOP}:{TAG}"),
            "overlays/prod/kustomization.yaml": overlay(f"{image}:v1.0.0", f"{SHOP}:{TAG}"),
        }
    )
    assert placed(config) == {(app, name) for app in ("app", "shop") for name in ("dev", "prod")}


def test_an_environment_whose_tags_do_not_tell_follows_what_the_one_before_it_follows(config_of, tmp_path):
    config, _, text = config_of(
        {
            "overlays/staging/kustomization.yaml": overlay(f"{SHOP}:v1.2.3"),
            "overlays/production/kustomization.yaml": overlay(f"{SHOP}:latest"),
        }
    )
    assert {policy.tags.follow for policy in config.policies.values()} == {"semver"}
    assert "unsure:" not in text
    app = (tmp_path / "config" / "apps" / "shop.yaml").read_text()
    assert app.startswith(
        "# unsure: in production: there is no tag yet that says what to follow. It follows semver, as"
    )


def test_an_app_whose_tags_tell_by_their_shape_only_asks_once(config_of, tmp_path):
    config, _, _ = config_of(
        {
            f"overlays/{name}/kustomization.yaml": overlay(f"{SHOP}:{tag}")
            for name, tag in {"dev": "1559824", "staging": "aa4ca1f"}.items()
        }
    )
    app = (tmp_path / "config" / "apps" / "shop.yaml").read_text()
    assert "tags like aa4ca1f (a commit)" in app
    assert {policy.tags.follow for policy in config.policies.values()} == {"created"}


def test_an_environment_that_follows_another_scheme_than_the_one_before_it_says_so(config_of, tmp_path):
    config_of(
        {
            "overlays/staging/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "overlays/production/kustomization.yaml": overlay(f"{SHOP}:v1.2.3"),
        }
    )
    app = (tmp_path / "config" / "apps" / "shop.yaml").read_text()
    assert "in production: it follows semver, and staging, which it comes after, timestamp" in app


@pytest.mark.parametrize(
    ("origin", "url", "unsure"),
    [
        ("https://bot:s3cret@github.com/acme/deploy.git", "https://github.com/acme/deploy.git", False),
        (
            "https://s3cret@github.com/acme/deploy.git?s3cret#s3cret",
            "https://github.com/acme/deploy.git",
            False,
        ),
        ("git@github.com:acme/deploy.git", "https://github.com/acme/deploy.git", True),
        ("ssh://git@ghe.example.org:2222/acme/deploy.git", "https://ghe.example.org/acme/deploy.git", True),
        ("http://u:s3cret@git.example.org/acme/deploy", "https://git.example.org/acme/deploy", True),
        ("/srv/git/deploy.git", "file:///srv/git/deploy.git", False),
        ("../deploy.git", "https://github.com/org/deploy-repo.git", True),
        ("https://[broken", "https://github.com/org/deploy-repo.git", True),
        (None, "https://github.com/org/deploy-repo.git", True),
    ],
)
def test_the_address_is_that_of_origin_without_its_secrets(config_of, origin, url, unsure):
    files = {"overlays/production/kustomization.yaml": overlay(f"{SHOP}:{TAG}")}
    config, out, text = config_of(files, origin=origin)
    assert config.repositories["deploy"].url == url
    assert ("unsure" in text.partition("url:")[0].partition("repositories:")[2]) is unsure
    assert "s3cret" not in out + text
    (policy,) = config.policies.values()
    assert policy.deliver == ("none" if url.startswith("file:") else "pull-request")
    assert ("1 app, only read" if url.startswith("file:") else "1 app, by pull-request") in out


def test_a_work_tree_is_read_as_it_is_committed(tmp_path):
    bare(tmp_path / "r", {"a/overlays/dev/kustomization.yaml": overlay(f"{SHOP}:{TAG}")}, branch="trunk")
    git(tmp_path, "clone", "-q", "r", "w")
    (tmp_path / "w" / "a" / "overlays" / "dev" / "kustomization.yaml").unlink()
    status, _, err = call("init", "--output", "new/config", folder=tmp_path / "w" / "a")
    assert (status, err) == (0, "")
    config = load(tmp_path / "w" / "a" / "new" / "config")
    assert config.repositories["deploy"].branch == "trunk"
    assert config.repositories["deploy"].url == f"file://{tmp_path}/r"
    assert placed(config) == {("a", "dev")}


def test_a_url_is_cloned_without_leaving_anything_behind(tmp_path):
    bare(tmp_path / "r", {"overlays/dev/kustomization.yaml": overlay(f"{SHOP}:{TAG}")}, branch="trunk")
    before = sorted(tmp_path.iterdir())
    status, out, err = call("init", (tmp_path / "r").as_uri(), "--output", tmp_path / "config")
    assert (status, err) == (0, "")
    assert load(tmp_path / "config").repositories["deploy"].branch == "trunk"
    assert out.startswith(f"wrote {tmp_path}/config: 1 app, 1 pin, 1 environment\n  dev: 1 app, by push\n")
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "config"])


@pytest.mark.parametrize("taken", ["config/updater.yaml", "config/apps/old.yaml", "config"])
def test_nothing_is_overwritten(tmp_path, taken):
    (tmp_path / taken).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / taken).write_text("mine\n")
    repository = bare(tmp_path / "r", {"overlays/dev/kustomization.yaml": overlay(f"{SHOP}:{TAG}")})
    status, out, err = call("init", repository, folder=tmp_path)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert (tmp_path / taken).read_text() == "mine\n"
    assert len(list(tmp_path.rglob("*.yaml"))) == taken.count(".yaml")


def test_a_folder_that_is_there_may_hold_other_things(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "README").write_text("mine\n")
    repository = bare(tmp_path / "r", {"overlays/dev/kustomization.yaml": overlay(f"{SHOP}:{TAG}")})
    assert call("init", repository, folder=tmp_path)[0] == 0
    assert sorted(path.name for path in (tmp_path / "config").iterdir()) == ["README", "apps", "updater.yaml"]


@pytest.mark.parametrize(
    ("commits", "sentence"),
    [
        ((), "has no file in its head: commit your manifests first"),
        (({"README.md": "hello\n"},), "holds no pin to follow"),
        (({"k/kustomization.yaml": "resources: []\n"},), "holds no pin to follow"),
        (({"overlays/dev/kustomization.yaml": b"\xff\xfe"},), "left out 1 place"),
    ],
)
def test_without_a_pin_there_is_a_sentence_and_no_file(tmp_path, commits, sentence):
    repository = bare(tmp_path / "r", *commits)
    status, out, err = call("init", repository, folder=tmp_path)
    assert (status, out) == (1, "")
    assert sentence in err
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        (".", ".: is no git repository"),
        ("nowhere", "nowhere: does not exist"),
        ("file:///nowhere", "file:///nowhere does not exist"),
        ("https://bot:s3cret@127.0.0.1:1/x", "holds a user or a password"),
        ("http://127.0.0.1:1/x", "http://127.0.0.1:1/x does not answer"),
        ("ext::sh -c true://", "is not usable"),
    ],
)
def test_a_place_that_is_no_repository_is_one_sentence(tmp_path, place, sentence):
    status, out, err = call("init", place, folder=tmp_path)
    assert (status, out) == (1, "")
    assert sentence in err
    assert "s3cret" not in err
    assert err.count("\n") == 1


def test_an_empty_place_is_a_wrong_call(tmp_path):
    assert call("init", "", folder=tmp_path) == (
        2,
        "",
        "no repository is named: write its folder or its URL\n",
    )


def test_a_token_in_place_of_its_variables_name_is_not_repeated(tmp_path):
    repository = bare(tmp_path / "r", {"overlays/dev/kustomization.yaml": overlay(f"{SHOP}:{TAG}")})
    status, out, err = call("init", repository, "--token-env", "ghp_s3cret", folder=tmp_path)
    assert (status, out) == (2, "")
    assert err == "--token-env: name an environment variable (A-Z, 0-9, _), not the token\n"
    status, _, err = call("init", "http://git.example.org/x", "--token-env", "TOKEN", folder=tmp_path)
    assert (status, err) == (2, "this address would send the token in the clear: use https\n")


def test_odd_files_are_named_and_do_no_harm(config_of):
    config, out, text = config_of(
        {
            "overlays/dev/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "overlays/linked/kustomization.yaml": ("120000", "../dev/kustomization.yaml"),
            "vendor/kustomization.yaml": ("160000", "1" * 40),
            "overlays/{{ name }}/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "overlays/new\nline/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            b"overlays/caf\xe9/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "overlays/odd.yaml/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "overlays/on/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "overlays/1e5/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "overlays/two/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "overlays/two/kustomization.yml": overlay(f"{BLOG}:{TAG}"),
            "overlays/# ü: [x]/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
            "large/kustomization.yaml": "# " + "x" * 300_000,
            ".github/kustomization.yaml": overlay(f"{SHOP}:{TAG}"),
        }
    )
    environments = {name for app, name in placed(config) if app == "shop"}
    assert environments == {"dev", "odd-yaml", "on", "1e5", "two", "x"}
    assert "left out 6 places" in out
    assert r"caf\udce9/kustomization.yaml" in text


def test_three_thousand_overlays_are_a_matter_of_seconds(tmp_path):
    files = {
        f"apps/app-{number}/overlays/{name}/kustomization.yaml": overlay(
            f"ghcr.io/acme/app-{number}:20260202-143512"
        )
        for number in range(1500)
        for name in ("staging", "production")
    }
    repository = bare(tmp_path / "r", files)
    status, out, _ = call("init", repository, "--output", tmp_path / "config")
    assert status == 0
    assert "1,500 apps, 3,000 pins, 2 environments" in out


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus")
@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.soak)])
def test_every_real_repository_gives_a_config_that_passes_check_or_nothing_at_all(tmp_path, step):
    """CI asks every third; the soak all of them."""
    passed, nothing, unread = [], [], Counter()
    for name, files in [*real().items()][::step]:
        folder = tmp_path / name.replace("/", "__")
        bare(folder / "r", files, origin=f"https://github.com/{name}.git")
        status, _, err = call("init", folder / "r", "--output", folder / "config")
        if status == 1 and "holds no pin to follow" in err:
            nothing.append(
                f"{name} ({'; '.join(line.strip() for line in err.splitlines()[1:]) or 'no pins'})"
            )
            assert not (folder / "config").exists()
            continue
        assert (status, err) == (0, ""), name
        config = load(folder / "config")
        assert config.policies, name
        unread.update(
            _reads(policy, pin, files) for policy in config.policies.values() for pin in policy.pins
        )
        passed.append(name)
    told = "".join(f"  {line}\n" for line in nothing)
    sys.stdout.write(f"\n{len(passed)} pass `updater check`; {len(nothing)} have nothing to follow:\n{told}")
    assert unread["no"] < 0.05 * unread.total(), "pins whose running tag the written policy does not read"
    assert len(passed) >= 78 // step  # others hold tags that move only, such as main
    assert len(nothing) <= 12 // step + 2


def _reads(policy, pin, files):
    """Whether the policy reads what runs; a placeholder waits for its first tag."""
    data = next(files[file] for file in pin.files if file in files)
    tag = read(data, pin.selector).tag
    if tag is None or tag in policy.tags.placeholders:
        return "placeholder"
    return "yes" if policy.tags.scheme.read(tag) or policy.tags.allowed(tag) else "no"


# --- what is applied as it stands -----------------------------------------------------------------------


def workload(kind, *images, at="spec.template.spec", name="shop"):
    """A resource with a container for each image, as deep as `at` says."""
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    spec = {"containers": containers}
    for key in reversed(at.split(".")):
        spec = {key: spec}
    return json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **spec}, indent=1)


@pytest.mark.parametrize(
    ("kind", "at"),
    [
        ("Deployment", "spec.template.spec"),
        ("Rollout", "spec.template.spec"),
        ("CronJob", "spec.jobTemplate.spec.template.spec"),
        ("Pod", "spec"),
    ],
)
def test_tags_in_workloads_are_found_and_read_by_their_image(config_of, kind, at):
    config, _, _ = config_of({"k8s/production/shop.yaml": workload(kind, f"{SHOP}:{TAG}", at=at)})
    assert pinned(config) == {("shop", "production"): [(SHOP, "k8s/production/shop.yaml")]}
    (policy,) = config.policies.values()
    assert policy.pins[0].selector.kind == "yaml-path"


def test_the_same_image_twice_in_a_workload_is_found_by_its_containers(config_of):
    config, _, _ = config_of(
        {"production/shop.yaml": workload("Deployment", f"{SHOP}:{TAG}", f"{SHOP}:{TAG}")}
    )
    at = "production/shop.yaml#spec.template.spec.containers"
    assert pinned(config) == {("shop", "production"): [(SHOP, f"{at}[name=c{n}].image") for n in (0, 1)]}


def test_a_tag_in_the_values_of_a_helm_release_is_found(config_of):
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: shop}\nspec:\n  values:\n"
        f"    image:\n      repository: {SHOP}\n      tag: {TAG}\n"
    )
    config, _, _ = config_of({"clusters/production/shop.yaml": release})
    assert pinned(config) == {
        ("shop", "production"): [(SHOP, "clusters/production/shop.yaml#spec.values.image.tag")]
    }


def test_others_images_in_workloads_are_no_pins_and_no_news(config_of):
    others = ("redis:7.2", "plexinc/pms-docker:latest", "quay.io/org/tool:main", "shop:1.0", "ghcr.io/acme/x")
    files = {
        "production/all.yaml": workload("Deployment", f"{SHOP}:{TAG}", *others),
        "production/broken.yaml": "kind: Deployment\nimage: [\n",
        ".github/workflows/ci.yaml": workload("Job", f"{BLOG}:{TAG}"),
    }
    config, out, _ = config_of(files)
    assert placed(config) == {("shop", "production")}
    assert "left out" not in out


def test_what_a_kustomization_sets_is_no_pin_of_the_manifest(config_of):
    base = {
        "base/kustomization.yaml": "resources: [shop.yaml, blog.yaml]\n",
        "base/shop.yaml": workload("Deployment", f"{SHOP}:v0.0.1"),
        "base/blog.yaml": workload("Deployment", "ghcr.io/acme/old-name:v1"),
    }
    entry = f"{overlay(f'{SHOP}:{TAG}')}  - {{name: ghcr.io/acme/old-name, newName: {BLOG}, newTag: {TAG}}}\n"
    config, _, _ = config_of({**base, "overlays/dev/kustomization.yaml": entry})
    assert placed(config) == {("shop", "dev"), ("blog", "dev")}
    assert {pin.selector.kind for policy in config.policies.values() for pin in policy.pins} == {
        "kustomization"
    }


def test_a_manifest_that_its_kustomization_does_not_take_in_is_applied_by_nobody(config_of):
    files = {
        "production/kustomization.yaml": "resources: [shop.yaml]\n",
        "production/shop.yaml": workload("Deployment", f"{SHOP}:{TAG}"),
        "production/blog.yaml": workload("Deployment", f"{BLOG}:{TAG}"),
    }
    assert placed(config_of(files)[0]) == {("shop", "production")}


def test_templates_of_a_chart_are_not_applied_as_they_stand(config_of):
    config, _, _ = config_of(
        {
            "chart/Chart.yaml": "name: shop\n",
            "chart/templates/shop.yaml": workload("Deployment", f"{SHOP}:{TAG}"),
            "chart/values-dev.yaml": f"image: {{repository: {BLOG}, tag: '{TAG}'}}\n",
        }
    )
    assert {str(pin.image) for policy in config.policies.values() for pin in policy.pins} == {BLOG}


# --- components, bases and values -----------------------------------------------------------------------


def test_a_component_belongs_to_the_environment_that_takes_it_in(config_of):
    component = f"kind: Component\nimages: [{{name: shop, newName: {SHOP}, newTag: '{TAG}'}}]\n"
    config, _, _ = config_of(
        {
            "components/release/kustomization.yaml": component,
            "components/outer/kustomization.yaml": "kind: Component\ncomponents: [../release]\n",
            "overlays/staging/kustomization.yaml": "components: [../../components/outer]\n",
        }
    )
    assert pinned(config) == {("shop", "staging"): [(SHOP, "components/release")]}


def test_a_component_that_several_environments_share_is_left_out(config_of):
    files = {"components/release/kustomization.yaml": f"kind: Component\n{overlay(f'{SHOP}:{TAG}')}"}
    for name in ("dev", "prod"):
        files[f"overlays/{name}/kustomization.yaml"] = (
            f"components: [../../components/release]\nimages: [{{name: {BLOG}, newTag: '{TAG}'}}]\n"
        )
    config, out, text = config_of(files)
    assert placed(config) == {("blog", "dev"), ("blog", "prod")}
    assert "1: in a component that several environments share" in out
    assert "the component is taken in by dev, prod" in text


@pytest.mark.parametrize(
    ("tags", "apps"),
    [((TAG, TAG), {"shop"}), ((TAG, "20260101-000000"), {"shop", "blog"})],
    ids=["that move together", "that do not"],
)
def test_two_images_of_one_workload_are_one_app(config_of, tags, apps):
    """Also where the kustomization gives them other names; a third, of another workload, is its own."""
    entries = "".join(
        f"  - {{name: {name}, newName: {image}, newTag: '{tag}'}}\n"
        for name, image, tag in zip(("web", "worker"), (SHOP, BLOG), tags, strict=True)
    )
    files = {
        "base/kustomization.yaml": "resources: [shop.yaml, other.yaml]\n",
        "base/shop.yaml": workload("Deployment", "web", "worker"),
        "base/other.yaml": workload("Deployment", "ghcr.io/acme/other"),
        "overlays/dev/kustomization.yaml": f"{overlay(f'ghcr.io/acme/other:{TAG}')}{entries}",
    }
    assert placed(config_of(files)[0]) == {(app, "dev") for app in {*apps, "other"}}


def test_an_entry_that_no_resource_is_for_is_no_app(config_of):
    config, out, _ = config_of(
        {
            "base/kustomization.yaml": "resources: [shop.yaml]\n"
            f"images: [{{name: {BLOG}, newTag: '{TAG}'}}]\n",
            "base/shop.yaml": workload("Deployment", SHOP),
            "overlays/dev/kustomization.yaml": overlay(f"{SHOP}:{TAG}", f"ghcr.io/acme/gone:{TAG}"),
        }
    )
    assert placed(config) == {("shop", "dev")}
    assert "2: no resource names the image that the entry is for" in out


def test_an_entry_is_believed_where_resources_are_elsewhere(config_of):
    files = {
        "dev/kustomization.yaml": "resources: [https://github.com/acme/base]\n"
        f"images: [{{name: {SHOP}, newTag: '{TAG}'}}]\n"
    }
    assert placed(config_of(files)[0]) == {("shop", "dev")}


def test_a_values_file_in_an_overlay_is_the_apps_and_no_environment(config_of):
    values = f"image: {{repository: {SHOP}, tag: '{TAG}'}}\n"
    config, _, _ = config_of({"overlays/production/values-worker.yaml": values})
    assert {placement.environment for placement in config.policies} == {"production"}


@pytest.mark.parametrize(
    ("place", "user"),
    [
        ("https://bitbucket.org/org/deploy.git", "x-token-auth"),
        ("https://github.com/org/deploy.git", "x-access-token"),
        ("git@bitbucket.org:org/deploy.git", "x-token-auth"),
        ("/srv/deploy", "x-access-token"),
    ],
)
def test_git_names_whom_the_host_wants_beside_a_token(monkeypatch, place, user):
    seen = []
    monkeypatch.setattr(
        clones, "inspect_repository", lambda _place, _folder, access: seen.append(access.user)
    )
    with clones.inspected_repository(place, None):
        assert seen == [user]
