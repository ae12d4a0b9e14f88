"""`updater migrate` from Argo CD Image Updater: by annotations, and by ImageUpdater resources."""

import pytest
from tools.migrating import environments, migrated, refused, text

IMAGE = "ghcr.io/acme/shop"
PREFIX = "argocd-image-updater.argoproj.io/"


def application(name, path, *notes, source="", repository="https://github.com/acme/deploy.git"):
    """With annotations written `suffix: value`."""
    annotations = "".join(f"    {PREFIX}{note}\n" for note in notes)
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
        f"metadata:\n  name: {name}\n  namespace: argocd\n  labels: {{team: web}}\n"
        + (f"  annotations:\n{annotations}" if notes else "")
        + f"spec:\n  source:\n    repoURL: {repository}\n    targetRevision: main\n    path: {path}\n{source}"
    )


def application_set(generator, path):
    template = application("shop-{{env}}{{ .path.basename }}", path, f"image-list: {IMAGE}:^1", *GIT)
    inner = "".join(f"    {line}\n" for line in template.splitlines()[2:])
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: shops}\n"
        f"spec:\n  generators:\n  - {generator}\n  template:\n{inner}"
    )


GIT = ("write-back-method: git:secret:argocd/creds", "write-back-target: kustomization")


def overlay(tag, name=IMAGE):
    return f"images:\n- name: {name}\n  newTag: {tag}\n"


def one(*notes, tag="1.2.3", image=f"shop={IMAGE}", **more):
    return {
        "argocd/shop.yaml": application(
            "shop", "shop/overlays/staging", f"image-list: {image}", *GIT, *notes, **more
        ),
        "shop/overlays/staging/kustomization.yaml": overlay(tag),
    }


def test_annotations_become_a_config(tmp_path):
    files = {}
    for name, branch in (("staging", "main"), ("production", "main:bump-{{.SHA256}}")):
        files[f"argocd/{name}.yaml"] = application(
            f"shop-{name}",
            f"shop/overlays/{name}",
            f"image-list: shop={IMAGE}:^1, {IMAGE}-jobs",
            "shop.ignore-tags: latest, 1.9.*",
            f"git-branch: {branch}",
            *GIT,
        )
        files[f"shop/overlays/{name}/kustomization.yaml"] = (
            f"{overlay('1.2.3')}- name: {IMAGE}-jobs\n  newTag: 3.0.0\n"
        )
    config, out, written = migrated(tmp_path, files)
    assert out.splitlines()[:3] == [
        f"wrote {tmp_path / 'config'}: 2 apps, 4 pins, 2 environments, from Argo CD Image Updater",
        "  staging: 2 apps, by push",
        "  production: 2 apps, by pull-request",
    ]
    assert config.mode == "observe"
    assert (
        environments(written)
        == """
  staging:
    repository: deploy
    path: shop/overlays/staging
    tags: {follow: {semver: {range: "^1"}}}
    deliver: push

  production:
    # unsure: as under the tool, it follows its registry: `after: staging` would have it wait for staging
    repository: deploy
    path: shop/overlays/production
    tags: {follow: {semver: {range: "^1"}}}
    deliver: pull-request
"""
    )
    assert written["apps/shop.yaml"] == (
        f"app: shop\nimages: [{IMAGE}]\nenvironments:\n"
        '  staging: {tags: {forbid: ["1.9.*"]}}\n  production: {tags: {forbid: ["1.9.*"]}}\n'
    )
    assert written["apps/shop-jobs.yaml"] == (
        f"app: shop-jobs\nimages: [{IMAGE}-jobs]\nenvironments:\n"
        "  staging: {tags: {follow: semver}}\n  production: {tags: {follow: semver}}\n"
    )


RESOURCE = f"""
    apiVersion: argocd-image-updater.argoproj.io/v1alpha1
    kind: ImageUpdater
    metadata: {{name: all, namespace: argocd}}
    spec:
      commonUpdateSettings: {{updateStrategy: alphabetical}}
      writeBackConfig: {{method: git, gitConfig: {{writeBackTarget: kustomization}}}}
      applicationRefs:
      - namePattern: "*"
        images: [{{alias: shop, imageName: {IMAGE}}}]
      - namePattern: shop-*
        labelSelectors: {{matchExpressions: [{{key: team, operator: In, values: [web]}}]}}
        writeBackConfig: {{gitConfig: {{pullRequest: {{github: {{}}}}}}}}
        images:
        - alias: shop
          imageName: {IMAGE}:~1.2
          commonUpdateSettings: {{updateStrategy: semver, platforms: [linux/arm64]}}
"""


def test_an_image_updater_takes_the_most_special_of_its_references(tmp_path):
    files = {
        "argocd/updater.yaml": text(RESOURCE),
        "argocd/shop.yaml": application("shop-staging", "k8s"),
        "k8s/kustomization.yaml": overlay("1.2.3"),
    }
    config, _, written = migrated(tmp_path, files)
    assert written["apps/shop-staging.yaml"] == (
        f"app: shop-staging\nimages: [{IMAGE}]\nenvironments:\n"
        "  staging: {gates: {platforms: [linux/arm64]}}\n"
    )
    (policy,) = config.policies.values()
    assert (policy.deliver, policy.tags.scheme.range) == ("pull-request", "~1.2")


def test_a_resource_counts_before_annotations_unless_it_asks_for_them(tmp_path):
    annotated = application("shop-staging", "k8s", f"image-list: {IMAGE}:^3", *GIT)
    files = {"argocd/shop.yaml": annotated, "k8s/kustomization.yaml": overlay("1.2.3")}
    config, out, _ = migrated(tmp_path / "a", {**files, "argocd/updater.yaml": text(RESOURCE)})
    assert [policy.tags.scheme.range for policy in config.policies.values()] == ["~1.2"]
    assert "the same tag is kept up to date by argocd/updater.yaml:14, too" in out


@pytest.mark.parametrize(
    ("notes", "tag", "follow"),
    [
        (
            ["shop.update-strategy: newest-build", "shop.allow-tags: regexp:^[0-9a-f]{7}$"],
            "0123abc",
            "created",
        ),
        (["update-strategy: latest"], "sha-0123abc", "created"),
        (["shop.update-strategy: name"], "20260202-143512", "timestamp"),
        (["shop.update-strategy: alphabetical"], "build-0042", "numeric"),
        (["shop.allow-tags: any"], "v1.2.3", "semver"),
    ],
)
def test_each_strategy_has_its_scheme(tmp_path, notes, tag, follow):
    config, _, _ = migrated(tmp_path, one(*notes, tag=tag))
    assert [policy.tags.follow for policy in config.policies.values()] == [follow]


@pytest.mark.parametrize(
    ("generator", "path"),
    [
        (
            "list: {elements: [{env: staging, path.basename: ''}, {env: production, path.basename: ''}]}",
            "k8s/{{env}}",
        ),
        (
            (
                "matrix: {generators: [{list: {elements: [{root: k8s}]}}, {git: {directories: ["
                "{path: '{{root}}/*'}, {path: '{{root}}/base', exclude: true}]}}]}"
            ),
            "'{{ .path.path }}'",
        ),
        ("git: {directories: [{path: k8s/*}, {path: k8s/base, exclude: true}]}", "'{{ .path.path }}'"),
    ],
)
def test_an_application_set_counts_as_the_applications_it_makes(tmp_path, generator, path):
    names = ("base", "staging", "production")
    files = {f"k8s/{name}/kustomization.yaml": overlay("1.2.3") for name in names}
    written = application_set(generator, path)
    if "list" not in generator or "matrix" in generator:
        written = written.replace("{{env}}", "")
    config, _, _ = migrated(tmp_path, {**files, "argocd/set.yaml": written})
    places = {pin.path for policy in config.policies.values() for pin in policy.pins}
    assert places == {"k8s/staging", "k8s/production"}


def test_values_and_the_file_beside_the_manifests_are_found(tmp_path):
    values = ("write-back-method: git", "write-back-target: helmvalues:/charts/shop/values-prod.yaml")
    files = {
        "argocd/shop.yaml": application(
            "shop", "charts/shop", f"image-list: shop={IMAGE}", "shop.helm.image-tag: web.image.tag", *values
        ),
        "argocd/jobs.yaml": application(
            "jobs", "jobs", f"image-list: jobs={IMAGE}-jobs", "write-back-method: git"
        ),
        "charts/shop/values-prod.yaml": f"web:\n  image:\n    repository: {IMAGE}\n    tag: 1.2.3\n",
        "jobs/.argocd-source-jobs.yaml": f"kustomize:\n  images:\n  - {IMAGE}-jobs:1.0.0\n",
    }
    config, _, _ = migrated(tmp_path, files)
    places = {(pin.path, pin.selector.at) for policy in config.policies.values() for pin in policy.pins}
    assert places == {
        ("charts/shop/values-prod.yaml", "web.image.tag"),
        ("jobs/.argocd-source-jobs.yaml", "kustomize.images[0]"),
    }


def test_what_the_tool_sets_in_the_cluster_alone_is_doubted(tmp_path):
    source = f"    kustomize:\n      images:\n      - {IMAGE}:1.2.3\n"
    files = {"argocd/shop.yaml": application("shop", "k8s", f"image-list: {IMAGE}", source=source)}
    config, out, written = migrated(tmp_path, files)
    assert [pin.selector.at for policy in config.policies.values() for pin in policy.pins] == [
        "spec.source.kustomize.images[0]"
    ]
    assert "# unsure: the tool sets this tag in the cluster and not in Git" in written["apps/shop.yaml"]
    assert "unsure in 1 place" in out


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (
            one("shop.update-strategy: digest", tag="latest"),
            "follows the digest of latest, and no digest stands in",
        ),
        (one("shop.allow-tags: ^1"), "allow-tags is ^1, by which the tool takes no tag at all"),
        (one("shop.allow-tags: regexp:(?=x)"), "its pattern has a (?…) that Go does not know"),
        (one(image=f"{IMAGE}:main"), "the range main is none that is understood here"),
        (one(image=f"{IMAGE}:^2"), "1.2.3 runs there, which the tool would not take"),
        (one(image=f"{IMAGE}/other"), f"has no entry for {IMAGE}/other under `images`"),
        (one("git-branch: live"), "it is deployed from live, and main is what was read"),
        (
            one(repository="git@github.com:acme/other.git"),
            "from another repository, github.com:acme/other.git",
        ),
        (
            one("git-repository: https://github.com/acme/o"),
            "from another repository, https://github.com/acme/o",
        ),
        (one("shop.update-strategy: newest-build", tag="main"), "says no shape of tags that stay"),
        (one("shop.update-strategy: alphabetical", tag="main"), "in main no number stands first"),
        (
            {"argocd/shop.yaml": application("shop", "../../etc", f"image-list: {IMAGE}", *GIT)},
            "../../etc leads out of the repository",
        ),
        (
            {"argocd/shop.yaml": application("shop", "k8s", f"image-list: {IMAGE}")},
            "its tag is kept in the cluster only (write-back-method argocd)",
        ),
        (
            {"argocd/set.yaml": application_set("clusters: {}", "k8s")},
            "an ApplicationSet by the generator clusters: its Applications are not in files",
        ),
    ],
)
def test_what_has_no_equal_is_left_out_with_its_reason(tmp_path, files, why):
    said = refused(tmp_path, files)
    assert why in said
    assert "  argocd/" in said


def test_broken_yaml_of_others_is_said_and_passed_over(tmp_path):
    broken = f"metadata: {{\n# {PREFIX}image-list\n"
    _, out, _ = migrated(tmp_path, {**one(), "charts/x/templates/a.yaml": broken})
    assert "charts/x/templates/a.yaml:3: is not YAML" in out


def test_nothing_to_migrate_says_what_would_help(tmp_path):
    said = refused(tmp_path, {"k8s/kustomization.yaml": overlay("1.2.3")})
    assert "updater init makes a config of the manifests alone" in said
