"""What the chart's pages say: every value, every file that a reader copies, and what these install."""

import json
import re

import pytest
from chart.rendering import (
    CHART,
    COMBINATIONS,
    ROOT,
    combination,
    documents,
    everything,
    merged,
    parsed,
    render,
)
from ruamel.yaml import YAML

from updater.config.load import load

pytestmark = pytest.mark.real

README = CHART / "README.md"
SECRETS = ROOT / "docs/how-to/secrets.md"
EXAMPLES = CHART / "examples"
PAGES = [README, SECRETS, *sorted((ROOT / "docs" / "runbooks").glob("*.md"))]


def blocks(page):
    """Each block of YAML of a page; by its file's name, where its first line says one."""
    found = re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    named = {}
    for number, block in enumerate(found):
        first = re.match(r"# (\S+\.yaml)$", block.partition("\n")[0])
        named[first[1] if first else number] = [
            each for each in YAML(typ="safe", pure=True).load_all(block) if each
        ]
    return named


def written_config(values, folder):
    """The config folder that these values make, as the process would find it."""
    found = {each["metadata"]["name"]: each for each in everything(values) if each["kind"] == "ConfigMap"}
    for name, text in found["updater"]["data"].items():
        path = folder / (f"apps/{name.removeprefix('apps.')}" if name.startswith("apps.") else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def example_values(name):
    """What an example hands to the chart."""
    (release,) = [
        each
        for each in YAML(typ="safe", pure=True).load_all((EXAMPLES / name).read_text())
        if each["kind"] in {"Application", "HelmRelease"}
    ]
    spec = release["spec"]
    return spec["values"] if "values" in spec else spec["source"]["helm"]["valuesObject"]


# --- values ----------------------------------------------------------------------


def known(schema, definitions):
    """The names of all values, as the schema has them."""
    for key, written in schema["properties"].items():
        entry = definitions[written["$ref"].rpartition("/")[2]] if "$ref" in written else written
        yield from (
            [f"{key}.{below}" for below in known(entry, definitions)] if "properties" in entry else [key]
        )


def written(values, schema, definitions):
    """The names of all values, as values.yaml has them: as deep as the schema goes."""
    for key, value in values.items():
        found = schema["properties"][key]
        entry = definitions[found["$ref"].rpartition("/")[2]] if "$ref" in found else found
        deeper = "properties" in entry and isinstance(value, dict)
        yield from ([f"{key}.{below}" for below in written(value, entry, definitions)] if deeper else [key])


def test_every_value_has_a_default_a_schema_and_a_line_in_the_readme():
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = parsed((CHART / "values.yaml").read_text())
    names = set(known(schema, schema["definitions"]))
    listed = set(re.findall(r"^\| `([\w.]+)` \|", README.read_text(), re.MULTILINE))

    assert set(written(values, schema, schema["definitions"])) == names - {"global"}
    assert listed == names


def test_every_value_is_said_by_some_combination():
    """So that what it renders is held against the schemas."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    names = schema["definitions"]
    said = {name for each in COMBINATIONS for name in written(combination(each), schema, names)}

    assert set(known(schema, names)) - said == {"global", "image.tag", "cache.existingClaim"}


def test_the_readme_names_every_combination_and_every_link_leads_somewhere():
    assert set(re.findall(r"\(ci/(.+)-values\.yaml\)", README.read_text())) == COMBINATIONS.keys()
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            assert target.startswith("https://") or (page.parent / target).exists(), (page, target)


@pytest.mark.parametrize("number", list(blocks(README)))
def test_the_values_the_readme_shows_are_values(number):
    (values,) = blocks(README)[number]
    base = merged(combination("minimal"), {"envFrom": [{"secretRef": {"name": "updater"}}]})

    assert everything(merged(base, values))


# --- what they install ----------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in COMBINATIONS if combination(name).get("config")])
def test_the_config_of_every_combination_is_one_the_updater_takes(name, tmp_path):
    values = merged(combination(name), {"fullnameOverride": None})

    assert load(written_config(values, tmp_path)).policies


def test_an_argo_cd_application_installs_it(tmp_path):
    values = example_values("argocd-application.yaml")

    assert {"Deployment", "ConfigMap"} <= {each["kind"] for each in everything(values)}
    assert load(written_config(values, tmp_path)).policies


def test_the_argo_cd_application_says_what_its_project_has_to_allow():
    path = EXAMPLES / "argocd-application.yaml"
    said = dict(re.findall(r"^  #   (\w+): (\[.*?\])(?:$|   #)", path.read_text(), re.MULTILINE))
    spec = parsed(path.read_text())["spec"]

    assert parsed(said["sourceRepos"]) == [spec["source"]["repoURL"]]
    assert parsed(said["destinations"]) == [spec["destination"]]
    assert parsed(said["clusterResourceWhitelist"]) == [{"group": "", "kind": "Namespace"}]


def test_a_flux_helm_release_installs_it():
    values = example_values("flux-helmrelease.yaml")

    assert {"Deployment", "ServiceMonitor"} <= {each["kind"] for each in everything(values)}
    (repository, release) = documents((EXAMPLES / "flux-helmrelease.yaml").read_text())
    assert release["spec"]["chart"]["spec"]["sourceRef"]["name"] == repository["metadata"]["name"]


def test_examples_install_from_where_the_chart_is():
    application = parsed((EXAMPLES / "argocd-application.yaml").read_text())
    _, release = documents((EXAMPLES / "flux-helmrelease.yaml").read_text())
    named = {application["spec"]["source"]["path"], release["spec"]["chart"]["spec"]["chart"]}

    assert {(ROOT / path).resolve() for path in named} == {CHART.resolve()}


# --- secrets ----------------------------------------------------------------------


def wanted():
    """Secret and key, as the page's values name them."""
    (values,) = blocks(SECRETS)["values.yaml"]
    keys = {(each["secretName"], each["key"]) for each in values["existingSecrets"]}
    return keys | {(values["registryCredentials"]["secretName"], ".dockerconfigjson")}


def made(found):
    """Secret, type and keys that an object makes."""
    kind, spec = found["kind"], found.get("spec", {})
    if kind == "SealedSecret":
        return spec["template"]["metadata"]["name"], spec["template"].get("type"), spec["encryptedData"]
    if kind == "ExternalSecret":
        template = spec["target"].get("template", {})
        keys = template.get("data") or {each["secretKey"] for each in spec["data"]}
        return spec["target"]["name"], template.get("type"), keys
    assert kind == "Secret"
    return found["metadata"]["name"], found.get("type"), found["stringData"]


@pytest.mark.parametrize("file", ["sealed-secrets.yaml", "secrets/updater.yaml", "external-secrets.yaml"])
def test_each_way_makes_the_secrets_that_the_values_name(file):
    every = [made(found) for found in blocks(SECRETS)[file]]

    assert {(name, key) for name, _, keys in every for key in keys} == wanted()
    assert {kind for name, kind, _ in every if name == "registry"} == {"kubernetes.io/dockerconfigjson"}
    assert {found["metadata"]["namespace"] for found in blocks(SECRETS)[file]} == {"updater"}


def test_a_sealed_secret_is_for_the_name_and_namespace_it_was_sealed_for():
    for found in blocks(SECRETS)["sealed-secrets.yaml"]:
        inside, outside = found["spec"]["template"]["metadata"], found["metadata"]
        assert (inside["name"], inside["namespace"]) == (outside["name"], outside["namespace"])


def test_the_rule_of_sops_encrypts_what_the_secret_holds_and_nothing_else():
    (rules,) = blocks(SECRETS)[".sops.yaml"]
    (rule,) = rules["creation_rules"]

    assert re.search(rule["path_regex"], "secrets/updater.yaml")
    for found in blocks(SECRETS)["secrets/updater.yaml"]:
        hidden = {key for key in found if re.search(rule["encrypted_regex"], key)}
        assert hidden == {"stringData"}
        assert all(text.startswith("ENC[") for text in found["stringData"].values())


def test_external_secrets_write_what_docker_login_writes():
    texts = [
        found["spec"]["target"]["template"]["data"][".dockerconfigjson"]
        for found in blocks(SECRETS)["external-secrets.yaml"]
        if "template" in found["spec"]["target"]
    ]

    assert [json.loads(text)["auths"].keys() for text in texts] == [{"ghcr.io"}]


def test_external_secrets_can_be_deployed_with_the_chart():
    values = merged(combination("minimal"), {"extraObjects": blocks(SECRETS)["external-secrets.yaml"]})

    assert [each for each in everything(values) if each["kind"] == "ExternalSecret"] == values["extraObjects"]


def test_vault_writes_the_files_that_the_config_names(tmp_path):
    (values,) = blocks(SECRETS)["values-vault.yaml"]
    prefix = "vault.hashicorp.com/agent-inject-secret-"
    given = {
        f"/vault/secrets/{key.removeprefix(prefix)}"
        for key in values["podAnnotations"]
        if key.startswith(prefix)
    }
    config = load(written_config(values, tmp_path))
    volume = values["podAnnotations"]["vault.hashicorp.com/agent-service-account-token-volume-name"]

    assert [each["name"] for each in values["extraVolumes"]] == [volume]
    assert {config.forges["github.com"].token_file, config.registries["ghcr.io"].docker_config} == given
    assert not [each for each in everything(values) if each["kind"] == "Secret"]


# --- the page of the handbook ---------------------------------------------------------------------


def block(page, begins):
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    (found,) = [each for each in blocks if each.startswith(begins)]
    return found


@pytest.mark.parametrize("page", ["README.md", "docs/start/first-config.md"])
def test_the_first_config_is_installed_by_what_the_page_types_and_writes_nothing(page, tmp_path):
    values = parsed(block("docs/how-to/install-kubernetes.md", "image:"))
    values |= {"config": block(page, "instance:"), "apps": {"shop": block(page, "app: shop")}}

    assert load(written_config(values, tmp_path)).mode == "observe"
    assert {"Deployment", "ConfigMap"} <= {each["kind"] for each in everything(values)}
    assert "it decides and shows, and writes nothing" in render(values)["NOTES.txt"]


def test_the_annotated_example_writes_nothing_for_who_installs_it_as_it_is():
    assert load(ROOT / "config").mode == "observe"
