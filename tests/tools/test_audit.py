"""`updater audit`: what is found in a deploy repository, and what is rightly left alone."""

import json
import os
import string

import pytest
from commands.calling import call, start
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from updater.sandbox.world import layout
from updater.tools.audit.rules_runner import run_rules
from updater.tools.audit.scan import ScanResult

SHOP = "ghcr.io/org/shop"
TAG = "20260202-143512"
BASE = "infra/k8s/base"
PRODUCTION = "infra/k8s/overlays/production/kustomization.yaml"
STAGING = "infra/k8s/overlays/staging/kustomization.yaml"


def kustomization(*images, resources=("../../base",), more=""):
    entries = "".join(f"  - name: {name}\n    newTag: {tag}\n" for name, tag in images)
    taken = "".join(f"  - {path}\n" for path in resources)
    return f"kind: Kustomization\nresources:\n{taken}" + (f"images:\n{entries}" if entries else "") + more


def deployment(*images, more=""):
    containers = "".join(f"        - image: {image}\n" for image in images)
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n"
        f"{more}spec:\n  template:\n    spec:\n      containers:\n{containers}"
    )


def repository(**changes):
    """A repository as the seed has it, with nothing wrong; files by their path, None where there is none."""
    files = {
        f"{BASE}/kustomization.yaml": kustomization(resources=["shop.yaml"]),
        f"{BASE}/shop.yaml": deployment(f"{SHOP}:placeholder", "redis:7.2-alpine"),
        STAGING: kustomization((SHOP, TAG)),
        PRODUCTION: kustomization((SHOP, TAG)),
        **changes,
    }
    return {path: text for path, text in files.items() if text is not None}


def found(files, *ignored):
    """`file:line: code` of each finding."""
    audited = run_rules([ScanResult(path, text.encode()) for path, text in files.items()], (), ignored)
    assert not audited.unread
    return [f"{one.file}:{one.line}: {one.code}" for one in audited.findings]


def sentence(files):
    (finding,) = run_rules([ScanResult(path, text.encode()) for path, text in files.items()], (), ()).findings
    return finding.sentence


def write(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


# --- nothing to find ------------------------------------------------------------------------------------


def test_nothing_is_wrong_with_a_repository_as_it_should_be():
    assert found(repository()) == []


def test_nothing_is_wrong_with_the_repository_of_the_sandbox():
    assert found(layout(["shop", "blog"])) == []


# --- forbidden_tag --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["latest", "dev", "test"])
def test_production_runs_a_tag_that_is_forbidden_there(tag):
    assert found(repository(**{PRODUCTION: kustomization((SHOP, tag))})) == [f"{PRODUCTION}:6: forbidden_tag"]


def test_staging_forbids_latest_but_not_a_release_candidate():
    assert found(repository(**{STAGING: kustomization((SHOP, "latest"))})) == [f"{STAGING}:6: forbidden_tag"]
    assert found(repository(**{STAGING: kustomization((SHOP, "rc-7"))})) == []


def test_development_may_run_anything():
    path = "infra/k8s/overlays/development/kustomization.yaml"
    assert found(repository(**{path: kustomization((SHOP, "latest"))})) == []


def test_values_of_production_say_latest():
    values = f"image:\n  repository: {SHOP}\n  tag: latest\n"
    assert found({"helm/apps/shop/values-prod.yaml": values}) == [
        "helm/apps/shop/values-prod.yaml:3: forbidden_tag"
    ]


def test_what_production_takes_over_from_the_base_is_named_with_its_place():
    files = repository(
        **{
            f"{BASE}/shop.yaml": deployment(f"{SHOP}:latest"),
            PRODUCTION: kustomization(),
        }
    )
    assert found(files) == [f"{PRODUCTION}:1: forbidden_tag"]
    assert sentence(files) == (
        f"production runs {SHOP} at latest, which it forbids, from {BASE}/shop.yaml:8: "
        "set its tag here under images"
    )


def test_a_tag_that_the_base_sets_itself_counts_where_production_sets_none():
    files = repository(
        **{
            f"{BASE}/kustomization.yaml": kustomization((SHOP, "latest"), resources=["shop.yaml"]),
            PRODUCTION: kustomization(),
        }
    )
    assert found(files) == [f"{PRODUCTION}:1: forbidden_tag"]


def test_a_patch_of_production_may_set_the_image():
    patch = PRODUCTION.replace("kustomization", "patch")
    right = repository(**{PRODUCTION: kustomization(more="patches:\n  - path: patch.yaml\n")})
    assert found({**right, patch: deployment(f"{SHOP}:{TAG}")}) == []
    assert found({**right, patch: deployment(f"{SHOP}:latest")}) == [f"{patch}:8: forbidden_tag"]


def test_a_json_patch_of_production_may_set_the_image():
    patch = PRODUCTION.replace("kustomization", "patch")
    files = repository(**{PRODUCTION: kustomization(more="patches:\n  - path: patch.yaml\n")})
    operation = "- op: replace\n  path: /spec/template/spec/containers/0/image\n  value: {}\n"
    assert found({**files, patch: operation.format(f"{SHOP}:{TAG}")}) == []
    assert found({**files, patch: operation.format(f"{SHOP}:dev")}) == [f"{patch}:3: forbidden_tag"]


def test_plain_manifests_without_any_kustomization_are_judged_as_they_stand():
    assert found({"production/shop.yaml": deployment(f"{SHOP}:latest")}) == [
        "production/shop.yaml:8: forbidden_tag"
    ]


# --- unfollowed_tag -------------------------------------------------------------------------------------


def test_production_runs_a_tag_that_it_neither_follows_nor_allows():
    files = repository(**{PRODUCTION: kustomization((SHOP, TAG), (f"{SHOP}-worker", "6e60951"))})
    assert found(files) == [f"{PRODUCTION}:8: unfollowed_tag"]
    assert "neither follows (timestamp) nor allows (v[0-9]*.[0-9]*.[0-9]*, sha-*)" in sentence(files)


@pytest.mark.parametrize("tag", ["v1.2.3", "sha-abc1234", TAG, "placeholder"])
def test_production_may_run_what_the_seed_allows(tag):
    assert found(repository(**{PRODUCTION: kustomization((SHOP, tag))})) == []


def test_images_of_others_have_tags_of_their_own():
    assert (
        found(repository(**{PRODUCTION: kustomization((SHOP, TAG), ("quay.io/argoproj/argocd", "2.9"))}))
        == []
    )


def test_who_evidently_follows_something_else_is_only_told_of_tags_that_name_no_build():
    files = repository(
        **{
            STAGING: kustomization((SHOP, "'1.4.0'"), (f"{SHOP}-worker", "6e6095f")),
            PRODUCTION: kustomization((SHOP, "'1.3.9'"), (f"{SHOP}-worker", "prod-current")),
        }
    )
    assert found(files) == [f"{PRODUCTION}:8: unfollowed_tag"]


# --- untagged_image -------------------------------------------------------------------------------------


def test_an_image_without_any_tag_reaches_an_environment():
    files = repository(**{f"{BASE}/shop.yaml": deployment(f"{SHOP}:placeholder", "busybox")})
    assert found(files) == [f"{PRODUCTION}:1: untagged_image", f"{STAGING}:1: untagged_image"]


def test_a_placeholder_that_no_overlay_replaces_reaches_an_environment():
    assert found(repository(**{PRODUCTION: kustomization()})) == [f"{PRODUCTION}:1: untagged_image"]


def test_a_digest_is_enough():
    pinned = f"{SHOP}@sha256:{'a' * 64}"
    assert found(repository(**{f"{BASE}/shop.yaml": deployment(pinned), PRODUCTION: kustomization()})) == []


def test_what_another_kustomization_of_the_environment_sets_is_set():
    files = repository(
        **{
            PRODUCTION: kustomization((SHOP, TAG), resources=["shop"]),
            PRODUCTION.replace("kustomization", "shop/kustomization"): kustomization(
                resources=["../../../base"]
            ),
        }
    )
    assert found(files) == []


def test_kustomizations_that_take_each_other_in_are_followed_once():
    files = repository(
        **{f"{BASE}/kustomization.yaml": kustomization(resources=["shop.yaml", "../overlays/staging"])}
    )
    assert found(files) == []


# --- base_tag -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["v1.2.3", "6e60951", "main"])
def test_a_base_says_the_tag_that_environments_set(tag):
    files = repository(**{f"{BASE}/shop.yaml": deployment(f"{SHOP}:{tag}", "redis:7.2-alpine")})
    assert found(files) == [f"{BASE}/shop.yaml:8: base_tag"]


@pytest.mark.parametrize("tag", ["latest", "placeholder"])
def test_a_base_may_hold_a_placeholder(tag):
    assert found(repository(**{f"{BASE}/shop.yaml": deployment(f"{SHOP}:{tag}")})) == []


def test_a_base_says_a_build_although_no_environment_sets_that_image():
    files = repository(**{f"{BASE}/shop.yaml": deployment(f"{SHOP}:placeholder", f"ghcr.io/org/job:{TAG}")})
    assert found(files) == [f"{BASE}/shop.yaml:9: base_tag"]


def test_the_values_of_a_chart_say_a_tag_that_those_of_its_environments_set():
    chart = "helm/apps/shop"
    files = {f"{chart}/values-prod.yaml": f"image: {{repository: {SHOP}, tag: v1.2.3}}\n"}
    plain = f"image:\n  repository: {SHOP}\n  tag: {{}}\n"
    assert found({**files, f"{chart}/values.yaml": plain.format("v1.2.0")}) == [
        f"{chart}/values.yaml:3: base_tag"
    ]
    assert found({**files, f"{chart}/values.yaml": plain.format("placeholder")}) == []
    assert found({f"{chart}/values.yaml": plain.format("v1.2.0")}) == []


# --- base_value -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "namespace: prj-01-prod",
        "nameSuffix: -staging",
        "host: shop.staging.example.org",
        "tls: [{hosts: [prod.example.org]}]",
        "labels: {environment: production}",
        "data: {APP_ENV: prod}",
    ],
)
def test_a_base_holds_what_one_environment_only_can_want(line):
    assert found(repository(**{f"{BASE}/more.yaml": f"kind: X\n{line}\n"})) == [
        f"{BASE}/more.yaml:2: base_value"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "namespace: prj-01",
        "namespace: dev-tools-shop",
        "host: shop.example.org",
        "data: {NODE_ENV: production}",
        "replicas: 1",
        "data: {description: production}",
    ],
)
def test_a_base_may_hold_what_all_environments_want(line):
    assert found(repository(**{f"{BASE}/more.yaml": f"kind: X\n{line}\n"})) == []


def test_an_overlay_may_name_its_environment():
    assert (
        found(repository(**{PRODUCTION: kustomization((SHOP, TAG), more="namespace: shop-production\n")}))
        == []
    )


# --- plain_secret ---------------------------------------------------------------------------------------

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: shop}\n"


@pytest.mark.parametrize(
    "rest",
    ["stringData:\n  password: hunter2\n", "data:\n  password: aHVudGVyMg==\n"],
    ids=["plain", "base64"],
)
def test_a_secret_stands_in_plain_sight_and_is_not_repeated(rest):
    files = repository(**{f"{BASE}/secret.yaml": SECRET + rest})
    assert found(files) == [f"{BASE}/secret.yaml:5: plain_secret"]
    assert "hunter2" not in sentence(files)
    assert "aHVudGVyMg" not in sentence(files)


def test_a_secret_in_a_list_or_behind_another_document_is_found():
    inner = (
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  data: {a: aHVudGVyMg==}\n"
    )
    assert found({"a.yaml": inner}) == ["a.yaml:6: plain_secret"]
    assert found({"a.yaml": f"kind: X\n---\n{SECRET}data: {{a: aHVudGVyMg==}}\n"}) == [
        "a.yaml:6: plain_secret"
    ]


def test_a_generator_of_secrets_has_a_literal():
    more = "secretGenerator:\n  - name: shop\n    literals:\n      - password=hunter2\n"
    assert found(repository(**{PRODUCTION: kustomization((SHOP, TAG), more=more)})) == [
        f"{PRODUCTION}:10: plain_secret"
    ]


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        SECRET + "type: kubernetes.io/service-account-token\n",
        SECRET + "stringData: {password: ''}\n",
        SECRET + "stringData: {password: '<path:secret/shop#password>'}\n",
        SECRET + "stringData: {password: '${PASSWORD}'}\n",
        SECRET + "stringData: {password: placeholder}\n",
        SECRET + "data: {password: 'ENC[AES256_GCM,data:xyz]'}\nsops: {version: 3.9.0}\n",
        SECRET + "stringData: {user_unencrypted: bob}\nsops: {version: 3.9.0}\n",
        SECRET + "data: {password: UExBQ0VIT0xERVI=}\n",
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec: {encryptedData: {password: AgBy3i4O}}\n",
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec: {data: [{secretKey: password}]}\n",
        SECRET.replace("{name: shop}", "{labels: {argocd.argoproj.io/secret-type: repository}}")
        + "stringData: {type: git, url: 'https://github.com/org/deploy'}\n",
    ],
)
def test_what_is_sealed_encrypted_empty_or_filled_in_later_is_no_plain_secret(text):
    assert found(repository(**{f"{BASE}/secret.yaml": text})) == []


# --- other_app ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        "resources:\n  - ../../../blog/base\n",
        "components:\n  - ../../../blog/overlays/production\n",
        "patches:\n  - path: ../../../blog/overlays/production/patch.yaml\n",
        "configMapGenerator: [{name: x, files: [\n  a=../../../blog/base/a.txt]}]\n",
    ],
)
def test_an_app_reaches_into_the_folder_of_another(more):
    path = "apps/shop/overlays/production/kustomization.yaml"
    files = {path: "kind: Kustomization\n" + more, "apps/blog/base/kustomization.yaml": "resources: []\n"}
    assert found(files) == [f"{path}:3: other_app"]


@pytest.mark.parametrize(
    "taken",
    [
        "../../base",
        "../staging",
        "../../../_shared/monitoring",
        "../../../common/base",
        "../../../../_shared/blog/base",
        "../../../../vendor/shop/base",
        "https://github.com/org/blog//apps/blog/base?ref=v1",
        "github.com/org/blog/base",
    ],
)
def test_an_app_may_take_in_its_own_and_what_is_shared(taken):
    path = "apps/shop/overlays/production/kustomization.yaml"
    assert found({path: kustomization(resources=[taken])}) == []


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("infra/k8s/base/shop", "../blog"),
        ("infra/k8s/base/shop", "../blog/service.yaml"),
        ("infra/k8s/overlays/staging/shop", "../../../base/blog"),
        ("infra/k8s/overlays/staging/shop", "../blog"),
        ("infra/k8s/overlays/cluster-a/staging/shop", "../../../../base/blog"),
    ],
)
def test_an_app_below_a_base_and_overlays_reaches_into_another(path, taken):
    files = {
        f"infra/k8s/{folder}/{app}/kustomization.yaml": kustomization(resources=["service.yaml"])
        for folder in ("base", "overlays/staging", "overlays/cluster-a/staging")
        for app in ("shop", "blog")
    }
    files[f"{path}/kustomization.yaml"] = kustomization(resources=[taken])
    assert found(files) == [f"{path}/kustomization.yaml:3: other_app"]


@pytest.mark.parametrize(
    "taken", ["../base", "../../base/common", "../../base/shop", "../../../_shared/sealed/blog"]
)
def test_what_only_a_base_has_is_for_all_overlays(taken):
    files = {
        "k8s/base/common/kustomization.yaml": kustomization(resources=["a.yaml"]),
        "k8s/base/shop/kustomization.yaml": kustomization(resources=["../common"]),
        "k8s/overlays/staging/shop/kustomization.yaml": kustomization(resources=[taken]),
        "k8s/overlays/staging/kustomization.yaml": kustomization(resources=["shop", "blog"]),
    }
    assert found(files) == []


def test_an_app_without_a_tag_is_found_in_its_own_overlay_and_not_in_what_collects_them():
    files = repository(
        **{
            "infra/k8s/overlays/production/kustomization.yaml": kustomization(resources=["shop"]),
            "infra/k8s/overlays/production/shop/kustomization.yaml": kustomization(
                resources=["../../../base"]
            ),
        }
    )
    assert found(files) == ["infra/k8s/overlays/production/shop/kustomization.yaml:1: untagged_image"]


def test_what_collects_apps_is_no_app():
    resources = ["../../../apps/shop/overlays/production", "../../../apps/blog/overlays/production"]
    assert found({"infra/overlays/production/kustomization.yaml": kustomization(resources=resources)}) == []


# --- what is no manifest --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe\x00\x01", "is not UTF-8"),
        (b"a: [", "is not YAML"),
        (b"[" * 5000, "nests more than"),
        (b"a: b\n" * 60_000, "is larger than"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_goes_on(tmp_path, data, why):
    write(tmp_path, repository(**{PRODUCTION: kustomization((SHOP, "latest"))}))
    (tmp_path / "odd.yaml").write_bytes(data)
    status, out, err = call("audit", tmp_path)
    assert (status, out.count("\n")) == (3, 1)
    assert err.startswith("odd.yaml: not looked at: ")
    assert why in err


def test_templates_links_hidden_folders_and_other_files_are_passed_over(tmp_path):
    write(tmp_path, repository())
    bad = deployment(f"{SHOP}:latest")
    write(
        tmp_path,
        {
            "production/chart/Chart.yaml": "name: x\n",
            "production/chart/templates/a.yaml": "{{ if x }}\nimage: y\n{{ end }}\n",
            "production/chart/templates/b.yaml": bad,
            "production/chart/charts/other/b.yaml": bad,
            "production/template.yaml": "{{ range }}\n- x\n a: [",
            "production/readme.md": bad,
            ".git/production/a.yaml": bad,
            "production/empty.yaml": "",
            "production/values-production.yaml": "",
        },
    )
    (tmp_path / "production/link.yaml").symlink_to(tmp_path / ".git/production/a.yaml")
    (tmp_path / "production/loop").symlink_to(tmp_path)
    (tmp_path / "production/broken.yaml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "production/pipe.yaml")
    assert call("audit", tmp_path) == (0, "", "no findings in 8 files\n")


def test_a_name_that_is_no_text_is_shown_all_the_same(tmp_path):
    write(tmp_path, {os.fsdecode(b"production/\xff\n.yaml"): deployment(f"{SHOP}:latest")})
    status, out, _ = start("audit", tmp_path, "--output", "json")
    assert (status, json.loads(out)["findings"][0]["file"]) == (3, "production/\\udcff .yaml")
    assert call("audit", tmp_path)[1].startswith("production/\\udcff .yaml:8: forbidden_tag: ")


YAMLS = some.text(string.ascii_lowercase + "[]{}:-,&*!|>'\"#%@ \n\t", max_size=200)
ODD = some.sampled_from(
    [
        "images: [a, {name: b}, {name: [c]}, *x]",
        "images: &x [{name: b, newTag: c}]\nresources: *x",
        "? [a]\n: b",
        "kind: Secret\napiVersion: v1\ndata: [a]",
        "kind: [Secret]",
        "kind: Secret\napiVersion: v1\ndata: {? [a] : b}\nmetadata: x",
        "secretGenerator: [{literals: [a, [b], {c: d}]}, x, {literals: y}]",
        "resources: [[a], {b: c}, ., .., ../../../../.., '', /etc]\npatches: [a, {path: [b]}]",
        "containers: [{image: [a]}, {image: {b: c}}, {image: }, {image: ':'}, {image: '@'}]",
        "image: {tag: a, tag: b, repository: [c]}",
        "- {op: a, path: a, path: b, value: c}",
        "spec: {containers: [{image: !!binary aGk=}]}",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some.one_of(ODD, YAMLS, some.binary(max_size=60)))
def test_nothing_that_a_file_holds_breaks_it(text):
    data = text if isinstance(text, bytes) else text.encode()
    names = ("base/kustomization.yaml", "overlays/production/kustomization.yaml", "base/values.yaml")
    run_rules(
        [ScanResult(name, data) for name in (*names, "base/values-prod.yaml", "production/a.yaml")], (), ()
    )


# --- the command ----------------------------------------------------------------------------------------


def test_it_exits_with_3_and_says_file_line_code_and_what_to_do(tmp_path):
    write(tmp_path, repository(**{PRODUCTION: kustomization((SHOP, "latest"))}))
    said = f"production runs {SHOP} at latest, which it forbids: name the tag of one build"
    line = f"{PRODUCTION}:6: forbidden_tag: {said}\n"
    assert call("audit", folder=tmp_path) == (3, line, "1 finding in 4 files\n")
    assert call("audit", tmp_path, "--ignore", "forbidden_tag") == (0, "", "no findings in 4 files\n")


def test_it_exits_with_0_where_nothing_is_wrong(tmp_path):
    write(tmp_path, repository())
    assert call("audit", tmp_path)[0] == 0


def test_json_says_the_same(tmp_path):
    write(tmp_path, repository(**{PRODUCTION: kustomization((SHOP, "latest")), "odd.yaml": "a: ["}))
    status, out, _ = call("audit", tmp_path, "--output", "json")
    document = json.loads(out)
    assert (status, document["version"], document["files"]) == (3, 1, 5)
    (finding,) = document["findings"]
    assert (finding["file"], finding["line"], finding["code"]) == (PRODUCTION, 6, "forbidden_tag")
    assert [one["file"] for one in document["not_looked_at"]] == ["odd.yaml"]


def test_a_wrong_call_is_told_in_one_sentence(tmp_path):
    assert call("audit", tmp_path, "--ignore", "forbiden_tag") == (
        2,
        "",
        "--ignore: unknown code 'forbiden_tag': did you mean forbidden_tag?\n",
    )
    status, _, err = call("audit", tmp_path / "none")
    assert (status, err.count("\n")) == (2, 1)
    assert call("audit", tmp_path, "--config", tmp_path / "none")[0] == 2


def test_a_repository_by_name_needs_a_config(tmp_path):
    write(tmp_path, repository())
    assert call("audit", "--repository", "nope", folder=tmp_path) == (
        2,
        "",
        "--repository nope: only a config names one, and there is none here\n",
    )


# --- with a config --------------------------------------------------------------------------------------

MAIN = """\
instance: acme
repositories:
  deploy: {url: https://github.com/org/deploy.git}
commit: {email: updater@example.org}
environments:
  live:
    repository: deploy
    path: sites/seoul
    tags: {follow: semver, allow: [hotfix-*], forbid: [snapshot]}
    deliver: push
"""


def with_config(folder, tag, **files):
    write(
        folder,
        {
            "config/updater.yaml": MAIN,
            "config/apps/shop.yaml": f"app: shop\nimages: [{SHOP}]\nenvironments: [live]\n",
        },
    )
    write(folder, {"sites/seoul/kustomization.yaml": kustomization((SHOP, tag), resources=[]), **files})
    return [line.split(": ")[:2] for line in call("audit", folder=folder)[1].splitlines()]


@pytest.mark.parametrize(
    ("tag", "code"),
    [("1.4.0", None), ("hotfix-7", None), ("snapshot", "forbidden_tag"), (TAG, "unfollowed_tag")],
)
def test_the_config_says_what_an_environment_may_hold(tmp_path, tag, code):
    expected = [["sites/seoul/kustomization.yaml:5", code]] if code else []
    assert with_config(tmp_path, tag) == expected


def test_other_images_of_that_environment_are_held_to_what_it_forbids(tmp_path):
    more = {"sites/seoul/redis.yaml": deployment("redis:snapshot", "redis:anything")}
    assert with_config(tmp_path, "1.4.0", **more) == [["sites/seoul/redis.yaml:8", "forbidden_tag"]]


@pytest.mark.parametrize("name", ["params.env", "versions"])
def test_variables_are_held_to_what_the_config_says(tmp_path, name):
    main = MAIN.replace("path: sites/seoul", f"kind: env-file\n    path: sites/{name}\n    at: IMG")
    app = f"app: shop\nimages: [{SHOP}]\nenvironments: [live]\n"
    files = {"config/updater.yaml": main, "config/apps/shop.yaml": app}
    write(tmp_path, {**files, f"sites/{name}": f'# of shop\nexport IMG="{SHOP}:snapshot"\n'})
    assert call("audit", folder=tmp_path)[1].startswith(f"sites/{name}:2: forbidden_tag: ")
    write(tmp_path, {f"sites/{name}": f"IMG={SHOP}:1.4.0\n"})
    assert call("audit", folder=tmp_path)[0] == 0


def test_a_config_of_several_repositories_needs_to_know_which_this_is(tmp_path):
    with_config(tmp_path, "1.4.0")
    second = MAIN.replace("repositories:\n", "repositories:\n  other: {url: https://github.com/org/o.git}\n")
    write(tmp_path, {"config/updater.yaml": second})
    status, _, err = call("audit", folder=tmp_path)
    assert (status, "say --repository, one of other, deploy" in err) == (2, True)
    assert call("audit", "--repository", "deploy", folder=tmp_path)[0] == 0
    assert call("audit", "--repository", "none", folder=tmp_path)[0] == 2


def test_a_folder_without_a_manifest_is_the_wrong_one(tmp_path):
    (tmp_path / "README.md").write_text("Somewhere else\n")
    status, out, err = call("audit", tmp_path)
    assert (status, out) == (2, "")
    assert f"{tmp_path}: holds no manifest: name the work tree of a deploy repository" in err
    assert call("audit", tmp_path, "--output", "json")[0] == 2


# --- what is rightly left alone, from real repositories -----------------------------------------------------


def with_images(folder, files, images, path="overlays/dev"):
    """What `audit` finds with a config that names these images in dev."""
    write(folder / "tree", files)
    write(
        folder / "config",
        {
            "updater.yaml": "instance: acme\nmode: observe\nrepositories:\n"
            "  deploy: {url: https://github.com/acme/deploy.git}\ncommit: {email: a@b.example}\n"
            f"environments: {{dev: {{repository: deploy, path: {path}, deliver: none}}}}\n",
            **{
                f"apps/{name}.yaml": f"app: {name}\nimages: [{image}]\nenvironments: [dev]\n"
                for name, image in images.items()
            },
        },
    )
    status, out, err = call("audit", folder / "tree", "--config", folder / "config")
    assert status in {0, 3}, err
    return out.splitlines()


def test_what_an_entry_replaces_and_what_it_becomes_are_two_names(tmp_path):
    files = {
        "base/deployment.yaml": deployment("foldy-app"),
        "base/kustomization.yaml": kustomization(resources=["deployment.yaml"]),
        "overlays/dev/kustomization.yaml": "resources: [../../base]\nimages:\n"
        f"  - {{name: foldy-app, newName: ghcr.io/org/foldy, newTag: {TAG}}}\n",
    }
    assert with_images(tmp_path, files, {"foldy": "ghcr.io/org/foldy"}) == []


def test_the_tag_that_some_write_to_the_name_of_an_entry_belongs_to_what_is_replaced():
    files = repository(**{f"{BASE}/shop.yaml": deployment("imagehost:latest")})
    entry = f"images: [{{name: 'imagehost:latest', newName: {SHOP}, newTag: {TAG}}}]\n"
    for path in (STAGING, PRODUCTION):
        files[path] = f"resources: [../../base]\n{entry}"
    assert found(files) == []


@pytest.mark.parametrize(
    "patch",
    [
        "  - patch: |-\n" + "".join(f"      {line}\n" for line in deployment(f"{SHOP}:{TAG}").splitlines()),
        (
            "  - target: {kind: Deployment}\n    patch: |-\n      - op: replace\n"
            f"        path: /spec/template/spec/containers/0/image\n        value: {SHOP}:{TAG}\n"
        ),
    ],
    ids=["strategic", "JSON"],
)
def test_an_image_that_a_patch_in_the_overlay_sets_is_not_the_bases(patch):
    files = repository(**{f"{BASE}/shop.yaml": deployment(f"{SHOP}:placeholder")})
    for path in (STAGING, PRODUCTION):
        files[path] = f"resources: [../../base]\npatches:\n{patch}"
    assert found(files) == []
    files[PRODUCTION] = files[PRODUCTION].replace(TAG, "latest")
    assert [one for one in found(files) if "forbidden_tag" in one] != []


@pytest.mark.parametrize(
    "value",
    [
        "#@ data.values.password",
        "hunter2  #@ data.values.password",
        "(@= data.values.password @)",
        "((password))",
        "ref+vault://secret/shop#password",
        "op://vault/shop/password",
        "vault:secret/data/shop#password",
        "__PASSWORD__",
        "'#{password}'",
        "hunter2 # gitleaks:allow",
        "hunter2  # pragma: allowlist secret",
        "later  # Placeholder",
    ],
)
def test_what_a_template_fills_in_or_somebody_has_excused_is_no_plain_secret(value):
    secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: shop}}\nstringData:\n  password: {value}\n"
    assert found({"base/secret.yaml": secret}) == []
    plain = secret.replace(value, "hunter2")
    assert found({"base/secret.yaml": plain}) == ["base/secret.yaml:5: plain_secret"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("base/namespaces/shop-dev/namespace.yaml", "kind: Role\nmetadata: {namespace: shop-dev}\n"),
        ("base/hook-staging.yaml", "kind: Job\nmetadata: {labels: {environment: staging}}\n"),
        (
            "base/rbac.yaml",
            "kind: Role\nmetadata: {namespace: a-dev}\n---\nkind: Role\nmetadata: {namespace: a-prod}\n",
        ),
        ("base/apps.yaml", "kind: ApplicationSet\nspec: {generators: [{list: {environment: staging}}]}\n"),
    ],
)
def test_what_is_meant_for_an_environment_or_is_about_several_may_stand_in_a_base(path, text):
    assert found({path: text}) == []


def test_what_only_one_environment_can_want_is_found_in_a_base_all_the_same():
    text = "kind: Role\nmetadata: {namespace: shop-prod}\n"
    assert found({"base/rbac.yaml": text}) == ["base/rbac.yaml:2: base_value"]


@pytest.mark.parametrize("tag", ["set-by-ci", "PLACEHOLDER", "override-me", "place-holder"])
def test_a_tag_that_says_it_is_none_yet_may_stand_in_a_base(tag):
    assert found(repository(**{f"{BASE}/shop.yaml": deployment(f"{SHOP}:{tag}")})) == []


def test_a_folder_that_begins_with_a_dot_is_no_other_app():
    files = {
        "apps/shop/kustomization.yaml": kustomization(resources=["../.config/values.yaml"]),
        "apps/.config/values.yaml": "kind: ConfigMap\n",
    }
    assert found(files) == []
