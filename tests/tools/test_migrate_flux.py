"""`updater migrate` from Flux: markers become pins, policies become what an environment follows."""

import pytest
from commands.calling import call
from commands.repositories import bare
from tools.migrating import environments, migrated, refused, text

IMAGE = "ghcr.io/acme/shop"


def objects(policy, **more):
    """The three of them, as Flux has them; `more`: other lines of the automation or the repository."""
    settings = {
        "path": "./apps",
        "branch": "main",
        "push": "main",
        "repository": "",
        "automation": "",
        **more,
    }
    return f"""
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {{name: shop, namespace: flux-system}}
spec:
  image: {IMAGE}
{settings["repository"]}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {{name: shop, namespace: flux-system, labels: {{team: web}}}}
spec:
  imageRepositoryRef: {{name: shop}}
{policy}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {{name: all, namespace: flux-system}}
spec:
  sourceRef: {{kind: GitRepository, name: flux-system}}
  git:
    checkout: {{ref: {{branch: {settings["branch"]}}}}}
    push: {{branch: {settings["push"]}}}
  update: {{path: {settings["path"]}, strategy: Setters}}
{settings["automation"]}
"""


SEMVER = "  policy: {semver: {range: 1.x}}"


def overlay(tag, marker='{"$imagepolicy": "flux-system:shop:tag"}'):
    return f"images:\n- name: {IMAGE}\n  newTag: {tag} # {marker}\n"


def marked(tag, policy=SEMVER, **more):
    return {
        "clusters/home/images.yaml": objects(policy, **more),
        "apps/shop/staging/kustomization.yaml": overlay(tag),
    }


def test_markers_of_every_kind_become_pins(tmp_path):
    deployment = f"""
        kind: Deployment
        spec:
          template:
            spec:
              containers:
              - name: log
                image: ghcr.io/acme/log:1.0.0
              - name: shop
                image: {IMAGE}:1.2.3 # {{"$imagepolicy": "flux-system:shop"}}
    """
    release = f"""
        kind: HelmRelease
        spec:
          values:
            image:
              repository: {IMAGE} # {{"$imagepolicy": "flux-system:shop:name"}}
              tag: 1.2.3 # {{"$imagepolicy": "flux-system:shop:tag"}}
    """
    files = {
        **marked("1.2.3"),
        "apps/shop/base/deployment.yaml": text(deployment),
        "apps/shop/production/release.yaml": text(release),
    }
    config, out, written = migrated(tmp_path, files)
    assert out.splitlines()[:4] == [
        f"wrote {tmp_path / 'config'}: 1 app, 3 pins, 3 environments, from Flux",
        "  staging: 1 app, by push",
        "  production: 1 app, by push",
        "  default: 1 app, by push",
    ]
    assert config.mode == "observe"
    assert "not carried over" not in out
    assert (
        environments(written)
        == """
  staging:
    repository: deploy
    path: "apps/{app}/staging"
    tags: {follow: {semver: {range: 1.x}}}
    deliver: push

  production:
    # unsure: as under the tool, it follows its registry: `after: staging` would have it wait for staging
    repository: deploy
    path: "apps/{app}/production/release.yaml"
    kind: yaml-path
    at: spec.values.image.tag
    tags: {follow: {semver: {range: 1.x}}}
    deliver: push

  default:
    repository: deploy
    path: "apps/{app}/base/deployment.yaml"
    kind: yaml-path
    tags: {follow: {semver: {range: 1.x}}}
    deliver: push
"""
    )
    assert written["apps/shop.yaml"] == (
        f"app: shop\nimages: [{IMAGE}]\nenvironments: [staging, production, default]\n"
    )
    places = {(pin.path, pin.selector.at) for policy in config.policies.values() for pin in policy.pins}
    assert places == {
        ("apps/shop/staging", None),
        ("apps/shop/production/release.yaml", "spec.values.image.tag"),
        ("apps/shop/base/deployment.yaml", None),
    }


def test_what_is_pushed_to_another_branch_becomes_a_pull_request(tmp_path):
    config, _, _ = migrated(tmp_path, marked("1.2.3", push="bumps"))
    assert [policy.deliver for policy in config.policies.values()] == ["pull-request"]


def test_without_a_forge_a_pull_request_becomes_nothing(tmp_path):
    config, out, _ = migrated(tmp_path, marked("1.2.3", push="bumps"), origin="/srv/deploy.git")
    assert [policy.deliver for policy in config.policies.values()] == ["none"]
    assert "unsure in 1 place" in out


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"path": "./infra"}, "clusters/home/images.yaml:16 looks below ./infra only"),
        ({"automation": "  suspend: true"}, "clusters/home/images.yaml:16 is suspended"),
        ({"branch": "live"}, "writes the branch live, and main is what was read"),
        (
            {"automation": "  policySelector: {matchLabels: {team: data}}"},
            "selects other policies, by their labels",
        ),
        (
            {"repository": "  suspend: true"},
            "the ImageRepository in clusters/home/images.yaml:2 is suspended",
        ),
        ({"policy": "  policy: {alphabetical: {order: desc}}"}, "it takes the lowest instead of the highest"),
        (
            {"policy": "  digestReflectionPolicy: Always\n  policy: {semver: {range: 1.x}}"},
            "it follows the digest of its tag (digestReflectionPolicy: Always)",
        ),
        ({"policy": "  policy: {semver: {range: 2.x}}"}, "1.2.3 runs there, which the tool would not take"),
        (
            {"policy": '  policy: {semver: {range: "what?"}}'},
            "the range what? is none that is understood here",
        ),
        (
            {"policy": "  filterTags: {pattern: '(?!x)'}\n  policy: {semver: {range: 1.x}}"},
            "its pattern has a (?…) that Go does not know",
        ),
        (
            {"policy": "  filterTags: {pattern: '^(a+)+$'}\n  policy: {semver: {range: 1.x}}"},
            "repeats what is itself repeated",
        ),
    ],
)
def test_what_flux_would_not_do_is_not_done_here(tmp_path, more, why):
    said = refused(tmp_path, marked("1.2.3", **more))
    assert "apps/shop/staging/kustomization.yaml:3" in said
    assert why in said


def test_what_the_repository_does_not_hold_is_said_with_its_line(tmp_path):
    files = {
        **marked("1.2.3"),
        "apps/other/kustomization.yaml": overlay("1.0.0", '{"$imagepolicy": "flux-system:other:tag"}'),
        "clusters/home/broken.yaml": "kind: ImagePolicy\nspec: {\napiVersion: image.toolkit.fluxcd.io/v1\n",
    }
    _, out, _ = migrated(tmp_path, files)
    assert "clusters/home/broken.yaml:4: is not YAML" in out
    assert "apps/other/kustomization.yaml:3 (flux-system:other:tag): its ImagePolicy is not in this" in out


def test_an_automation_of_another_repository_counts_for_that_one(tmp_path):
    source = """
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: GitRepository
        metadata: {name: flux-system, namespace: flux-system}
        spec: {url: ssh://git@github.com/acme/other, ref: {branch: main}}
    """
    said = refused(tmp_path, {**marked("1.2.3"), "clusters/home/source.yaml": text(source)})
    assert "writes into another repository, github.com/acme/other" in said


def test_policies_of_one_name_that_differ_are_not_chosen_between(tmp_path):
    other = objects("  policy: {semver: {range: 2.x}}")
    said = refused(tmp_path, {**marked("1.2.3"), "clusters/away/images.yaml": other})
    assert "ImagePolicies of that name say several things" in said


def test_a_symbolic_link_is_not_followed(tmp_path):
    files = marked("1.2.3")
    files["apps/shop/staging/kustomization.yaml"] = ("120000", "/etc/kustomization.yaml")
    assert "no marker in a file names this ImagePolicy" in refused(tmp_path, files)


def test_a_url_is_cloned_and_one_with_a_secret_is_refused(tmp_path):
    place = bare(tmp_path / "r", marked("1.2.3"))
    status, out, err = call("migrate", f"file://{place}", "--out", tmp_path / "config")
    assert (status, err) == (0, "")
    assert "1 app, 1 pin, 1 environment, from Flux" in out
    status, _, err = call(
        "migrate", "https://me:s3cret@127.0.0.1/acme/deploy.git", "--out", tmp_path / "other"
    )
    assert status == 1
    assert "s3cret" not in err
    assert "holds a user or a password" in err


def test_secrets_of_others_are_not_repeated(tmp_path):
    source = """
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: GitRepository
        metadata: {name: flux-system, namespace: flux-system}
        spec: {url: "https://me:s3cret@github.com/acme/other"}
    """
    said = refused(tmp_path, {**marked("1.2.3"), "clusters/home/source.yaml": text(source)})
    assert "s3cret" not in said
    assert "github.com/acme/other" in said


def test_text_of_the_files_is_made_fit_to_print(tmp_path):
    marker = '{"$imagepolicy": "flux-system:\x1b[31mred"}'
    files = {**marked("1.2.3"), "apps/x.yaml": f"image: a/b:1 # {marker}\n"}
    _, out, written = migrated(tmp_path, files)
    assert "\x1b" not in out + "".join(written.values())
    assert "flux-system:\\x1b[31mred" in out
