"""The tutorials: what they tell people to write is what the updater, the chart and actionlint take."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from chart.rendering import documents, everything, example, parsed, render
from commands.calling import call

START = Path(__file__).resolve().parents[2] / "docs/start"
VARIABLES = ["GITHUB_TOKEN", "GHCR_USERNAME", "GHCR_TOKEN"]


def block(page, begins):
    """The one fenced block of a page that begins so."""
    text = (START / page).read_text()
    (found,) = [each for each in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) if each.startswith(begins)]
    return found


def scaffolded(page, folder):
    """The deploy repository that the page has people make, with the line it has them add to its config."""
    words = shlex.split(block(page, "updater scaffold repository"))
    assert call(*words[1:], folder=folder)[0] == 0
    service = re.search(r"^service: .*\n", (START / page).read_text(), re.MULTILINE)[0]
    config = folder / "deploy-repo/updater/updater.yaml"
    config.write_text(config.read_text() + service)
    return config


def installed(page, config):
    """What `helm install` makes of the page's values with that config."""
    values = parsed(block(page, "# values.yaml"))
    apps = {"shop": (config.parent / "apps/shop.yaml").read_text()}
    texts = render({**values, "config": config.read_text(), "apps": apps})
    return {
        each["kind"]: each for name, text in texts.items() if name != "NOTES.txt" for each in documents(text)
    }


def named(deployment):
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {each["name"] for each in container["env"]}


def test_what_is_scaffolded_for_argo_cd_is_installed_with_its_values(tmp_path):
    config = scaffolded("k3s-and-argo-cd.md", tmp_path)
    for name in ("projects/platform.yaml", "applications/app-of-apps.yaml"):
        assert (tmp_path / "deploy-repo/infra/argocd" / name).is_file()
    assert call("check", "--config", config.parent)[0] == 0
    assert set(VARIABLES) <= named(installed("k3s-and-argo-cd.md", config)["Deployment"])


def test_what_is_scaffolded_for_flux_calls_its_receiver(tmp_path):
    config = scaffolded("flux.md", tmp_path)
    (line,) = re.findall(r"^    flux: .*\n", block("flux.md", "# updater/updater.yaml"), re.MULTILINE)
    text = config.read_text()
    config.write_text(text.replace('    branch: "main"\n', f'    branch: "main"\n{line}'))
    assert config.read_text() != text
    assert call("check", "--config", config.parent)[0] == 0
    assert {*VARIABLES, "FLUX_RECEIVER"} <= named(installed("flux.md", config)["Deployment"])
    for each in documents(block("flux.md", "# flux.yaml")):
        path = each["spec"].get("path")
        assert path is None or (tmp_path / "deploy-repo" / path / "kustomization.yaml").is_file()


def laid_over_the_example(page):
    return {each["kind"]: each for each in everything(example(parsed(block(page, "# values.yaml"))))}


def test_what_switches_the_alerts_on_makes_them_and_what_they_look_at():
    made = laid_over_the_example("../how-to/operate/alerts.md")
    assert {"ServiceMonitor", "PrometheusRule"} <= made.keys()
    (group,) = made["PrometheusRule"]["spec"]["groups"]
    assert len(group["rules"]) == 9  # as the page says


def test_the_bundle_of_the_page_is_where_its_config_looks():
    page = "../how-to/certificates-and-proxies.md"
    (tls,) = [
        parsed(each)
        for each in re.findall(r"^tls: .*updater-ca.*$", (START / page).read_text(), re.MULTILINE)
    ]
    made = everything(example({**parsed(block(page, "# values.yaml")), "config": tls}))
    (pod,) = [each["spec"]["template"]["spec"] for each in made if each["kind"] == "Deployment"]
    mounts = [each["mountPath"] for each in pod["containers"][0]["volumeMounts"]]
    assert str(Path(tls["tls"]["ca_file"]).parent) in mounts


def test_the_config_for_a_workflow_is_fine(tmp_path):
    (tmp_path / "apps").mkdir()
    (tmp_path / "updater.yaml").write_text(block("github-actions.md", "# updater/updater.yaml"))
    (tmp_path / "apps/shop.yaml").write_text(block("github-actions.md", "app: shop"))
    status, said, _ = call("check", "--config", tmp_path)
    assert (status, said) == (0, "fine: 1 app in 2 environments, 1 deploy repository, mode act\n")


@pytest.mark.real
@pytest.mark.parametrize("name", ["updater.yml", "bump.yml"])
def test_actionlint_finds_nothing_in_the_workflows(tmp_path, name):
    missing = [each for each in ("actionlint", "shellcheck") if shutil.which(each) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")
    file = tmp_path / name
    file.write_text(block("github-actions.md", f"# .github/workflows/{name}"))
    subprocess.run(["actionlint", file], check=True)
