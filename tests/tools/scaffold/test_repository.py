"""`updater scaffold repository`: what it writes is what the tools of the field take."""

import json
import os
import re
import stat
import subprocess
import sys
from functools import cache
from pathlib import Path

import helm_python.chart
import kubernetes_validate
import pytest
from commands.calling import call
from kubernetes_validate.utils import all_versions
from tools.scaffold.made import COMBINATIONS, TWO_APPS, documents, files, make

from updater.config.load import load
from updater.tools.scaffold.parts import OPTIONAL

KUBERNETES = sorted(set(all_versions()), key=lambda text: [*map(int, text.split("."))])[-3:]
KUBECTL = Path(sys.executable).with_name("kubectl")
OTHERS = {"monitoring.coreos.com", "argoproj.io", "bitnami.com"}
"""Groups whose schemas Kubernetes does not have."""
WORDS = {
    "helm": r"infra/helm|helm-deploy|\bhelm-values\b|values-prod",
    "argocd": r"argocd|Argo CD",
    "monitoring": r"_shared/monitoring|ServiceMonitor|kube-prometheus-stack|PrometheusRule",
    "secrets": r"_shared/secrets|kubeseal|SealedSecret|\bsops\b",
    "migrations": r"_shared/migrations|run-migration-job",
    "scripts": r"_shared/scripts|k8s-deploy\.sh",
    "workflows": r"\.github/workflows|validate-manifests|deploy-production\.y",
    "runbooks": r"docs/runbooks",
}
"""By which a part would be spoken of."""


@pytest.fixture(scope="module", params=COMBINATIONS.values(), ids=COMBINATIONS)
def made(request, tmp_path_factory):
    """Made once, and only looked at."""
    folder = tmp_path_factory.mktemp("made") / "deploy-repo"
    make(folder, *request.param)
    return folder


def kustomizations(folder):
    return sorted(path.parent for path in folder.rglob("kustomization.yaml"))


@cache
def build(folder):
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return documents(done.stdout)


def validate(built):
    for one in built:
        if one["apiVersion"].partition("/")[0] not in OTHERS:
            validate_once(json.dumps(one))


@cache
def validate_once(text):
    """Combinations have most of their objects in common."""
    for version in KUBERNETES:
        kubernetes_validate.validate(json.loads(text), version, strict=True)


@pytest.mark.real
def test_every_kustomization_builds_to_what_kubernetes_takes(made):
    built = {folder: build(folder) for folder in kustomizations(made / "infra")}

    assert any(len(objects) > 1 for objects in built.values())
    for objects in built.values():
        validate(objects)


@pytest.mark.real
def test_every_chart_is_right_with_the_values_of_every_environment(made):
    for chart in sorted(made.glob("infra/helm/apps/*")):
        for values in sorted(chart.glob("values-*.yaml")):
            (given,) = documents(values.read_text())
            report = helm_python.chart.lint(chart, given, strict=True)
            said = [one for one in report["messages"] if "icon is recommended" not in one["error"]]
            assert (said, report["errors"]) == ([], [])
            with helm_python.chart.Chart.load(chart) as loaded:
                rendered = loaded.render(given, name=chart.name, namespace=f"{chart.name}-x")
            validate([one for text in rendered.values() for one in documents(text)])


@pytest.mark.real
def test_chart_and_overlay_make_the_same(tmp_path):
    make(tmp_path / "it")
    (given,) = documents((tmp_path / "it/infra/helm/apps/shop/values-prod.yaml").read_text())
    with helm_python.chart.Chart.load(tmp_path / "it/infra/helm/apps/shop") as chart:
        rendered = chart.render(given, name="shop", namespace="shop-prod")
    charted = {one["kind"]: one for text in rendered.values() for one in documents(text)}
    built = {one["kind"]: one for one in build(tmp_path / "it/infra/k8s/overlays/production/shop")}
    del built["Namespace"]  # helm makes that itself

    assert charted.keys() == built.keys()
    assert [bare(charted[kind]) for kind in built] == [bare(built[kind]) for kind in built]


def bare(one):
    """Without labels, which say who applied it."""
    if isinstance(one, list):
        return [bare(item) for item in one]
    if not isinstance(one, dict):
        return one
    return {key: bare(value) for key, value in one.items() if key not in {"labels", "annotations"}}


@pytest.mark.real
def test_each_app_has_a_namespace_of_its_own_in_each_environment(made):
    for folder in kustomizations(made / "infra/k8s/overlays"):
        namespaces = {one["metadata"]["name"] for one in build(folder) if one["kind"] == "Namespace"}
        placed = {one["metadata"]["namespace"] for one in build(folder) if one["kind"] != "Namespace"}
        assert namespaces == placed
        assert len(namespaces) == (1 if (folder / "patches").is_dir() else len(TWO_APPS))


def test_every_application_leads_to_a_folder_that_its_project_allows(made):
    folder = made / "infra/argocd"
    projects = {
        one["metadata"]["name"]: one["spec"]
        for path in folder.glob("projects/*.yaml")
        for one in documents(path.read_text())
    }
    found = [
        one
        for path in [*folder.glob("applications/*.yaml"), *folder.glob("examples/*.yaml")]
        for one in documents(path.read_text())
    ]
    assert len(found) == len({(one["metadata"]["name"], str(one["spec"].get("source"))) for one in found})
    for one in found:
        spec = one["spec"]
        project = projects[spec["project"]]
        for source in spec.get("sources") or [spec["source"]]:
            assert source["repoURL"] in project["sourceRepos"]
            assert "path" not in source or (made / source["path"]).is_dir()
        assert spec["destination"] in project["destinations"]


@pytest.mark.real
def test_applications_deploy_into_the_namespace_that_their_folder_says(made):
    for path in sorted((made / "infra/argocd/applications").glob("*-*.yaml")):
        for one in documents(path.read_text()):
            folder = one["spec"].get("source", {}).get("path", "")
            if folder.startswith("infra/k8s/overlays"):
                (kustomization,) = documents((made / folder / "kustomization.yaml").read_text())
                assert kustomization["namespace"] == one["spec"]["destination"]["namespace"]


def test_check_and_audit_have_nothing_to_say_but_which_secrets_are_unset(made):
    status, out, err = call("check", "--config", made / "updater")
    assert (status, out.startswith("fine: 2 apps in ")) == (0, True)
    assert all("is not set" in line for line in err.splitlines()), err

    assert call("audit", made, "--config", made / "updater")[:2] == (0, "")
    assert call("audit", made)[:2] == (0, "")


def test_everything_that_could_be_audited_was(made):
    _, _, err = call("audit", made, "--config", made / "updater")

    assert "not looked at" not in err


def test_every_pin_of_the_config_stands_in_a_file(made):
    config = load(made / "updater")

    pinned = [file for policy in config.policies.values() for pin in policy.pins for file in pin.files]
    assert pinned
    for policy in config.policies.values():
        for pin in policy.pins:
            assert any((made / file).is_file() for file in pin.files), pin.files


@pytest.mark.parametrize("part", OPTIONAL)
def test_what_is_left_out_is_not_spoken_of(tmp_path, part):
    make(tmp_path / "it", *COMBINATIONS[f"without {part}"])
    (tmp_path / "it/.scaffold.yaml").unlink()
    said = {
        path: found[0]
        for path, data in files(tmp_path / "it").items()
        if (found := re.search(WORDS[part], f"{path}\n{data.decode()}"))
    }

    assert said == {}


def test_every_text_is_tidy(made):
    for path, data in files(made).items():
        text = data.decode()
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert not text.startswith("\n"), path
        assert "\t" not in text, path
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), path
        assert "__" not in path, path
        assert not re.search(r"\[%|%\]|\[\[ | \]\]|\[#", text), path
        if path.endswith((".yaml", ".yml")) and "/templates/" not in path:
            assert documents(text) is not None, path


@pytest.mark.real
@pytest.mark.parametrize("apps", [["shop"], ["shop", "blog", "till"], [f"a{'b' * 51}"]])
def test_any_number_of_apps_is_right(tmp_path, apps):
    make(tmp_path / "it", apps=apps)
    for folder in kustomizations(tmp_path / "it/infra"):
        validate(build(folder))

    assert call("check", "--config", tmp_path / "it/updater")[0] == 0
    assert call("audit", tmp_path / "it", "--config", tmp_path / "it/updater")[:2] == (0, "")


@pytest.mark.real
@pytest.mark.parametrize("org", ["123", "1e5", "0x1f", "true", "null", "a" * 39])
def test_an_account_is_never_read_as_a_number_or_a_word_of_yaml(tmp_path, org):
    assert call("scaffold", "repository", tmp_path / "it", "--org", org, "--app", "shop")[0] == 0
    (built,) = [
        one
        for one in build(tmp_path / "it/infra/k8s/overlays/production/shop")
        if one["kind"] == "Deployment"
    ]

    (container,) = built["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"ghcr.io/{org}/shop:placeholder"
    assert call("check", "--config", tmp_path / "it/updater")[0] == 0
    assert call("scaffold", "app", "blog", tmp_path / "it")[0] == 0


STRANGE = [
    *("base", "bases", "overlays", "apps", "app", "helm", "values", "updater", "app-of-apps", "monitoring"),
    *(
        "common",
        "shared",
        "prod-api",
        "api-prod",
        "stage-one",
        "dev-tools",
        "argocd",
        "kustomization",
        "templates",
    ),
    *(
        "charts",
        "infra",
        "k8s",
        "cluster",
        "clusters",
        "secrets",
        "sealed",
        "demo",
        "preview-api",
        "latest",
        "e1",
    ),
]
"""What could be taken for something else by its place in a path."""


@pytest.mark.real
def test_apps_with_names_that_mean_something_elsewhere_are_apps(tmp_path):
    make(tmp_path / "it", apps=STRANGE)
    for environment in ("staging", "production"):
        found = {one["metadata"]["name"] for one in build(tmp_path / "it/infra/k8s/overlays" / environment)}
        assert found >= {*STRANGE}

    assert call("check", "--config", tmp_path / "it/updater")[0] == 0
    assert call("audit", tmp_path / "it", "--config", tmp_path / "it/updater")[:2] == (0, "")
    assert call("audit", tmp_path / "it")[:2] == (0, "")


def test_scripts_may_be_run_and_nothing_else(made):
    for path in made.rglob("*"):
        if path.is_file():
            assert bool(path.stat().st_mode & stat.S_IXUSR) == (path.suffix == ".sh"), path


def test_readmes_are_in_the_language_asked_for(tmp_path):
    make(tmp_path / "en")
    make(tmp_path / "ko", "--language", "ko")
    english, korean = files(tmp_path / "en"), files(tmp_path / "ko")

    assert english.keys() == korean.keys()
    for path in english:
        if path.endswith(".md"):
            assert not re.search("[가-힣]", english[path].decode()), path
            assert re.search("[가-힣]", korean[path].decode()), path


def test_an_empty_clone_becomes_a_repository_that_keeps_its_history(tmp_path):
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path / "it"], check=True)
    make(tmp_path / "it")

    assert (tmp_path / "it/.git/HEAD").read_text() == "ref: refs/heads/main\n"
    assert (tmp_path / "it/infra/k8s").is_dir()


def test_it_can_be_made_where_one_stands(tmp_path):
    status, _, err = call(
        "scaffold", "repository", ".", "--org", "acme", "--app", "shop", "--repository", "it", folder=tmp_path
    )

    assert (status, err) == (0, "")
    assert (tmp_path / "infra/k8s/base/shop").is_dir()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".updater-")]


def test_the_next_commands_it_names_are_commands(tmp_path):
    said = make(tmp_path / "it")

    following = said.partition("next:\n")[2]
    assert following.index("git push") < following.index("GHCR_TOKEN set") < following.index("updater plan")
    for line in following.splitlines():
        for words in re.findall(r"updater ([a-z]+)", line):
            assert call(words, "--help")[0] == 0


class Killed(BaseException):
    pass


@pytest.mark.parametrize("there", ["no folder", "an empty folder"])
@pytest.mark.parametrize("number", [0, 1, 50])
def test_who_is_killed_half_way_leaves_no_half(tmp_path, monkeypatch, there, number):
    from updater.tools.scaffold import writing

    left, fill = iter(range(number)), writing._fill

    def until(path, file):
        if next(left, None) is None:
            monkeypatch.setattr(writing.shutil, "rmtree", lambda *_, **__: None)  # nobody tidies up
            raise Killed
        fill(path, file)

    folder = tmp_path / "it"
    if there == "an empty folder":
        folder.mkdir()
    monkeypatch.setattr(writing, "_fill", until)
    with pytest.raises(Killed):
        make(folder)
    assert not folder.is_dir() or not list(folder.iterdir())
    monkeypatch.undo()

    make(folder)
    assert (folder / "updater/updater.yaml").is_file()


def test_where_the_disk_is_full_nothing_stays(tmp_path, monkeypatch):
    from updater.tools.scaffold import writing

    def full(path, file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "_fill", full)
    status, out, err = call("scaffold", "repository", tmp_path / "it", "--org", "acme", "--app", "shop")

    assert (status, out) == (1, "")
    assert err == f"{tmp_path / 'it'}: cannot be written (No space left on device): nothing was changed\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["a file", "a folder with something in it", "a link", "nowhere"])
def test_where_something_is_nothing_is_written(tmp_path, taken):
    place = tmp_path / "it"
    if taken == "a file":
        place.write_text("mine")
    elif taken == "a folder with something in it":
        place.mkdir()
        (place / "mine").write_text("mine")
    elif taken == "a link":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to("elsewhere")
    else:
        place = tmp_path / "none" / "it"
    before = sorted(tmp_path.rglob("*"))
    status, out, err = call("scaffold", "repository", place, "--org", "acme", "--app", "shop")

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"{place}: ")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_of_somebody_else_is_one_sentence(tmp_path):
    tmp_path.chmod(0o500)
    status, out, err = call("scaffold", "repository", tmp_path / "it", "--org", "acme", "--app", "shop")
    tmp_path.chmod(0o700)

    assert (status, out, err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--org Acme --app shop", "--org: 'Acme' has capitals, which GHCR does not take: write acme"),
        ("--org a_b --app shop", "--org: 'a_b' is no account of GitHub"),
        ("--org acme --app Shop", "--app: 'Shop' is no app's name"),
        ("--org acme --app 1shop", "--app: '1shop' is no app's name"),
        ("--org acme --app a--b", "--app: 'a--b' is no app's name"),
        ("--org acme --app -b", "--app: '-b' is no app's name"),
        ("--org acme --app a.b", "--app: 'a.b' is no app's name"),
        (f"--org acme --app {'a' * 53}", f"--app: '{'a' * 53}' is longer than 52 characters"),
        ("--org acme --app staging", "--app: 'staging' is what an environment is called"),
        ("--org acme --app null", "--app: 'null' is no word in YAML, and no name for an app"),
        ("--org acme --app on", "--app: 'on' is no word in YAML"),
        (
            "--org acme --app platform",
            "these apps and clusters would share infra/argocd/projects/platform.yaml",
        ),
        ("--org acme --app shop --cluster 1a", "--cluster: '1a' is no cluster's name"),
        (
            "--org acme --app shop --app shop-staging",
            "shop-staging and shop would both be reached as shop-staging.example.org: choose names",
        ),
        (
            "--org acme --app shop-staging --app shop --cluster a --cluster b",
            "shop and shop-staging would both be reached as shop-staging.a.example.org: choose names",
        ),
        ("--org acme --app shop --app shop", "--app: 'shop' is named twice"),
        (
            "--org acme --app shop --without helmm",
            "--without: there is no part 'helmm': those that may be left out are helm, argocd, ",
        ),
        ("--org acme --app shop --without helm,helm", "--without: 'helm' is named twice: once is enough"),
        ("--org acme --app shop --without helm,,argocd", "--without: a name is missing before or behind"),
        ("--org acme --app shop --without kubernetes", "--without: kubernetes is what the rest is for"),
        ("--org acme --app shop --without scripts", "--without: scripts is needed by workflows"),
        ("--org acme --app shop --cluster A", "--cluster: 'A' is no cluster's name"),
        ("--org acme --app shop --cluster a --cluster a", "--cluster: 'a' is named twice"),
        ("--org acme --app shop --cluster production", "--cluster: 'production' is what an environment"),
        ("--org acme --app shop --domain a_b", "--domain: 'a_b' is no domain"),
        ("--org acme --app shop --branch a..b", "--branch: 'a..b' is no branch"),
        ("--org acme --app shop --repository a/b", "--repository: 'a/b' is no name of a repository"),
        (
            f"--org acme --app {'a' * 40} --cluster {'b' * 20}",
            f"'{'a' * 40}-{'b' * 20}-staging', which Argo CD is to know {'a' * 40} by, is longer than 63",
        ),
        ("--org acme --app a-b --app a --cluster b-c --cluster c", "these apps and clusters would share "),
    ],
)
def test_what_cannot_be_is_one_sentence_and_nothing_is_written(tmp_path, words, why):
    status, out, err = call("scaffold", "repository", tmp_path / "it", *words.split())

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(why)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_whose_name_is_no_repositorys_asks_for_the_option(tmp_path):
    status, out, err = call("scaffold", "repository", tmp_path / "My Repo", "--org", "acme", "--app", "shop")

    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("give --repository, since the name of DIR cannot be the repository's: 'My Repo' is")
    make(tmp_path / "My Repo", "--repository", "deploy")


def test_a_part_that_is_none_is_answered_with_those_there_are(tmp_path):
    _, _, err = call(
        "scaffold", "repository", tmp_path / "it", "--org", "a", "--app", "b", "--without", "nothing"
    )

    for part in OPTIONAL:
        assert part in err
