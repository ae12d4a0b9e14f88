"""What a user writes becomes one policy for every app in every environment."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from updater.config import Config, ForgeCredential, Policy, host_of, load, project_of, schema
from updater.errors import ConfigError
from updater.forges import FORGES
from updater.gates.soak import Soak
from updater.manifests import Selector
from updater.model import Image, Placement

EXAMPLE = Path(__file__).resolve().parents[2] / "config"
LISTED = "environments:\n  - staging\n  - production"
LAST = """environments:
  last:
    repository: deploy
    path: last/{app}
    after: {any: [production, staging]}
    deliver: none
"""
SHOP = Image("ghcr.io", "org/shop")


def overriding(settings: str) -> tuple[str, str]:
    return (LISTED, f"environments:\n  staging:\n  production: {settings}")


def production(config: Config, app: str = "shop") -> Policy:
    return config.policies[Placement("production", app)]


def test_the_annotated_example_loads_and_is_that_of_the_design():
    config = load(EXAMPLE)
    policy = production(config)
    assert (config.instance, config.mode, config.service.host, config.service.port) == (
        "acme",
        "observe",  # whoever installs the example as it is changes nothing
        "0.0.0.0",  # noqa: S104 - what the example listens on in a container
        8080,
    )
    assert list(config.policies) == [Placement("staging", "shop"), Placement("production", "shop")]
    assert (policy.after, policy.deliver, policy.after_rollback) == (
        ("staging",),
        "pull-request",
        "built_after",
    )
    assert list(policy.gates) == ["soak", "window"]
    assert policy.gates["soak"] == Soak.model_validate("30m")
    assert policy.pins[0].selector == Selector("kustomization", "ghcr.io/org/shop")


def test_what_the_example_only_mentions_in_comments_exists_too(tmp_path):
    main, shop = ((EXAMPLE / name).read_text() for name in ("updater.yaml", "apps/shop.yaml"))
    mentioned = re.compile(r"^( *)# (api|endpoint|insecure|freeze|age): ", re.MULTILINE)
    before, _, comments = shop.partition("environments: [staging, production]")
    otherwise = re.search(r"(?:^# (?:environments:| .*)\n)+", comments, re.MULTILINE)[0].replace("# ", "", 1)
    (tmp_path / "apps").mkdir()
    (tmp_path / "updater.yaml").write_text(mentioned.sub(r"\1\2: ", main))
    (tmp_path / "apps" / "shop.yaml").write_text(before + otherwise.replace("\n# ", "\n"))
    config = load(tmp_path)
    assert len(mentioned.findall(main)) == 5
    assert list(production(config).gates) == ["soak", "window", "freeze", "age"]
    assert production(config).pins[0].path == "infra/k8s/shop/production"


def test_the_example_says_nothing_but_defaults_of_what_has_a_default(load_with):
    example, small = load(EXAMPLE), load_with()
    assert (example.poll, example.limits, small.mode) == (small.poll, small.limits, "act")
    assert example.commit == small.commit
    assert example.repositories["deploy"].history == small.repositories["deploy"].history
    for placement in small.policies:
        assert example.policies[placement].tags == small.policies[placement].tags


def test_the_json_schema_takes_the_example_and_no_unknown_key():
    documents = schema()
    main, app = (YAML(typ="safe").load(EXAMPLE / name) for name in ("updater.yaml", "apps/shop.yaml"))
    json.dumps(documents)
    main_schema, app_schema = (
        Draft202012Validator(documents[name]) for name in ("updater.yaml", "apps/*.yaml")
    )
    main_schema.validate(main)
    for named in ({"keys": ["a.pub"]}, [{"identity": "a@acme.example", "issuer": "https://acme.example"}]):
        main["environments"]["production"]["gates"] = {"signature": named}
        main_schema.validate(main)
    main["environments"]["production"]["gates"] = {"signature": {"kees": ["a.pub"]}}
    assert not main_schema.is_valid(main)
    del main["environments"]["production"]["gates"]
    for document in (app, [app], app | {"environments": {"staging": None, "production": {"path": "x"}}}):
        app_schema.validate(document)
    assert not main_schema.is_valid(main | {"instanc": "acme"})
    assert not app_schema.is_valid(app | {"environments": {"staging": {"pathh": "x"}}})


def test_paths_are_filled_in_and_normalised(load_with):
    config = load_with(
        ("path: apps/{app}/staging", "path: ./apps//{app}/{environment}/"),
        (
            "  production:\n    repository: deploy\n",
            "  east/production:\n    repository: 'de{cluster}ploy'\n",
        ),
        ("  deploy: {", "  deeastploy: {url: file:///srv/git/other.git}\n  deploy: {"),
        ("apps/{app}/production", "'{cluster}/{environment}/values.yaml'"),
        ("deliver: pull-request", "deliver: push"),
        ("- production", "- east/production"),
    )
    staging, east = config.policies.values()
    assert staging.pins[0].path == "apps/shop/staging"
    assert staging.pins[0].files == tuple(
        f"apps/shop/staging/{name}" for name in ("kustomization.yaml", "kustomization.yml", "Kustomization")
    )
    assert east.repository == "deeastploy"
    assert east.pins[0].files == ("east/east/production/values.yaml",)


@pytest.mark.parametrize(
    ("path", "files"),
    [
        (".", ("kustomization.yaml", "kustomization.yml", "Kustomization")),
        ("a/Kustomization", ("a/Kustomization",)),
        ("a.yaml/b", ("a.yaml/b/kustomization.yaml", "a.yaml/b/kustomization.yml", "a.yaml/b/Kustomization")),
    ],
)
def test_a_path_names_a_folder_or_a_file(load_with, path, files):
    assert production(load_with(overriding(f"{{path: {path}}}"))).pins[0].files == files


def test_an_override_changes_single_settings_and_keeps_the_others(load_with):
    policy = production(
        load_with(overriding("{deliver: push, create: true, pin: tag+digest, after_rollback: newer}"))
    )
    assert (policy.deliver, policy.after_rollback, policy.after) == ("push", "newer", ("staging",))
    assert policy.pins[0].path == "apps/shop/production"
    assert policy.pins[0].selector == Selector(
        "kustomization", "ghcr.io/org/shop", pin="tag+digest", create=True
    )


def test_gates_are_merged_one_by_one(load_with):
    config = load_with(overriding("{gates: {soak: {for: 2h, counts: running}}}"))
    assert production(config).gates == {"soak": Soak.model_validate({"for": "2h", "counts": "running"})}
    assert production(load_with(overriding("{gates: {}}"))).gates == {"soak": Soak.model_validate("30m")}


@pytest.mark.parametrize(
    "asked",
    [
        "soak: 30m",
        "window: [{days: mon-fri, from: '10:00', to: '17:00'}]",
        "freeze: [{from: 2026-12-24, to: 2027-01-01, why: holidays}]",
        "age: {min: 1h}",
        "digest: required",
        "platforms: [linux/amd64]",
        "signature: {keys: [/etc/cosign.pub]}",
        "source_checks: {required: [ci/test]}",
        "source_order: true",
        "own_build: true",
    ],
)
def test_an_app_leaves_out_with_false_any_gate_its_environment_asks(load_with, asked):
    name = asked.partition(":")[0]
    config = load_with(("gates:\n      soak: 30m", f"gates:\n      {asked}"))
    assert list(production(config).gates) == [name]
    left_out = overriding(f"{{gates: {{{name}: false}}}}")
    config = load_with(("gates:\n      soak: 30m", f"gates:\n      {asked}"), left_out)
    assert not production(config).gates


def test_an_app_may_leave_out_health_though_nobody_asks_for_it(load_with):
    assert not load_with(("soak: 30m", "health: false")).policies[Placement("production", "shop")].gates


def test_an_app_may_forbid_more_tags_but_never_less(load_with):
    tags = production(
        load_with(overriding("{tags: {forbid: [v0.*], follow: {timestamp: {zone: UTC}}}}"))
    ).tags
    assert tags.forbid == ("latest", "dev", "test", "v0.*")
    assert tags.allow == ("v[0-9]*.[0-9]*.[0-9]*", "sha-*")
    assert (tags.follow, tags.scheme.zone) == ("timestamp", ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("environment", "allowed", "forbidden"),
    [
        ("production", ["v1.2.3", "sha-abc1234"], ["latest", "dev", "test"]),
        ("east/staging", ["v1.2.3", "sha-abc1234", "rc-1"], ["latest"]),
        ("development", ["anything"], []),
        ("preview", [], []),
    ],
)
def test_tags_are_allowed_and_forbidden_by_the_environments_name(load_with, environment, allowed, forbidden):
    config = load_with(
        ("  production:\n    repo", "  last:\n    repo"),
        ("- production", "- last"),
        ("  staging:\n    repo", f"  {environment}:\n    repo"),
        ("after: staging", f"after: {environment}"),
        ("  - staging", f"  - {environment}"),
    )
    tags = config.policies[Placement(environment, "shop")].tags
    assert [tags.forbidden(tag) for tag in forbidden] == forbidden
    assert [tags.forbidden(tag) for tag in (*allowed, "Latest", "20260202-143512")] == [None] * (
        len(allowed) + 2
    )
    assert len(tags.allow) == len(allowed)
    assert tags.placeholders == {"latest", "placeholder", ""}


def test_what_an_environment_spells_out_replaces_the_shipped_patterns(load_with):
    tags = production(
        load_with(("after: staging", "after: staging\n    tags: {allow: [], forbid: [x-*]}"))
    ).tags
    assert (tags.allow, tags.forbid, tags.forbidden("x-1"), tags.forbidden("latest")) == (
        (),
        ("x-*",),
        "x-*",
        None,
    )


def test_pull_request_settings_are_merged_one_by_one(load_with):
    config = load_with(
        ("after: staging", "after: staging\n    pull_request: {open: early, labels: [promotion]}"),
        overriding("{pull_request: {reviewers: ['team:shop']}}"),
    )
    settings = production(config).pull_request
    assert (settings.open, settings.labels, settings.reviewers) == ("early", ("promotion",), ("team:shop",))


def test_several_images_have_a_pin_each(load_with):
    policy = production(
        load_with(("[ghcr.io/org/shop]", "[ghcr.io/org/shop, ghcr.io/org/worker, ghcr.io/org/shop]"))
    )
    assert [str(image) for image in policy.images] == ["ghcr.io/org/shop", "ghcr.io/org/worker"]
    assert [(str(pin.image), pin.path) for pin in policy.pins] == [
        ("ghcr.io/org/shop", "apps/shop/production"),
        ("ghcr.io/org/worker", "apps/shop/production"),
    ]


def test_listed_pins_stand_for_their_image_and_inherit_the_rest(load_with):
    policy = production(
        load_with(
            ("[ghcr.io/org/shop]", "[ghcr.io/org/shop, ghcr.io/org/worker]"),
            overriding("{create: true, pins: [{image: ghcr.io/org/worker, path: 'jobs/{app}'}]}"),
        )
    )
    assert [(pin.path, pin.selector.create) for pin in policy.pins] == [
        ("apps/shop/production", True),
        ("jobs/shop", True),
    ]


def test_an_environment_may_take_its_image_from_another_registry(load_with):
    config = load_with(overriding("{image: 'mirror.example.org:5000/org/shop'}"))
    mirrored = Image("mirror.example.org:5000", "org/shop")
    assert (production(config).images, production(config).pins[0].image) == ((mirrored,), mirrored)
    assert production(config).pins[0].selector.image == str(mirrored)
    assert config.policies[Placement("staging", "shop")].images == (SHOP,)


def test_environments_stand_behind_those_they_come_after(load_with):
    config = load_with(
        (
            "environments:\n  staging:\n    repo",
            LAST + "  staging:\n    repo",
        ),
        (LISTED, "environments: [last, production, staging]"),
        other="- {app: api, images: [ghcr.io/org/api], environments: [last, staging, production]}\n",
    )
    assert [str(placement) for placement in config.policies] == [
        f"{app} in {environment}"
        for environment in ("staging", "production", "last")
        for app in ("api", "shop")
    ]
    last = config.policies[Placement("last", "shop")]
    assert (last.after, last.after_any) == (("production", "staging"), True)


def test_an_app_may_come_after_nothing_where_others_wait(load_with):
    config = load_with(
        (LISTED, "environments: {production: {after: [], gates: {}}}"), ("    gates:\n      soak: 30m\n", "")
    )
    assert production(config).after == ()


def test_anchors_aliases_and_merges_are_read(load_with):
    config = load_with(
        ("  staging:\n    repository: deploy\n", "  staging: &common\n    repository: deploy\n"),
        (
            "  production:\n    repository: deploy\n",
            "  production:\n    <<: [*common, {deliver: none}]\n",
        ),
    )
    assert production(config).deliver == "pull-request"
    assert production(config).repository == "deploy"


def test_of_several_merged_mappings_the_first_wins(load_with):
    config = load_with(("instance: acme", "<<: [{instance: first}, {instance: second, mode: observe}]"))
    assert (config.instance, config.mode) == ("first", "observe")


def test_an_alias_means_the_nearest_anchor_above_it(load_with):
    config = load_with(
        ("instance: acme", "instance: &x acme"),
        ("commit: {email", "commit: {name: &x first, email"),
        ("    path: apps/{app}/staging", "    path: *x"),
    )
    assert config.policies[Placement("staging", "shop")].pins[0].path == "first"


def test_apps_come_from_any_number_of_files(load_with):
    config = load_with(
        more="- {app: a, images: [ghcr.io/org/a], environments: [staging]}\n"
        "- {app: b, images: [ghcr.io/org/b], environments: [staging]}\n"
    )
    assert [placement.app for placement in config.policies if placement.environment == "staging"] == [
        "a",
        "b",
        "shop",
    ]


def test_hidden_and_foreign_files_are_left_alone(load_with, tmp_path):
    load_with()
    for name in (".shop.yaml", "README.md", "shop.yaml~"):
        (tmp_path / "config/apps" / name).write_text("]")
    assert len(load(Path("config")).policies) == 2


def test_a_repository_has_its_policies_and_its_forge(load_with):
    config = load_with(
        (
            "  deploy: {",
            "  other: {url: 'git@ghe.example.org:org/other.git', history: 7d}\n  deploy: {",
        ),
        ("  github.com:", "  ghe.example.org: {kind: github, token_file: /run/secrets/token}\n  github.com:"),
        overriding("{repository: other}"),
    )
    assert [policy.placement.environment for policy in config.of("deploy")] == ["staging"]
    assert [policy.placement.environment for policy in config.of("other")] == ["production"]
    assert config.forge("deploy").api == "https://api.github.com"
    assert config.forge("other").api == "https://ghe.example.org/api/v3"
    assert config.repositories["other"].history == timedelta(days=7)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://github.com/org/deploy.git", "github.com"),
        ("http://127.0.0.1:3000/org/deploy.git", "127.0.0.1:3000"),
        ("git@github.com:org/deploy.git", "github.com"),
        ("ssh://git@GitHub.com:2222/org/deploy.git", "github.com"),
        ("file:///srv/git/deploy.git", None),
    ],
)
def test_a_url_names_its_host(load_with, url, host):
    assert host_of(url) == host
    delivered = ("deliver: pull-request", "deliver: push")
    assert load_with(("https://github.com/org/deploy.git", url), delivered).repositories["deploy"].url == url


def test_this_very_machine_may_be_spoken_to_in_the_clear(load_with):
    config = load_with(
        ("https://github.com/org/deploy.git", "http://127.0.0.1:3000/org/deploy.git"),
        (
            "github.com: {token",
            "'127.0.0.1:3000': {kind: github, api: 'http://127.0.0.1:3000/api/v3/', token",
        ),
        ("ghcr.io: {", "'127.0.0.1:5000': {endpoint: 'http://127.0.0.1:5000', insecure: true, "),
    )
    assert config.forge("deploy").api == "http://127.0.0.1:3000/api/v3"
    assert config.registries["127.0.0.1:5000"].endpoint == "http://127.0.0.1:5000"


def test_a_repository_shows_its_own_credentials_and_what_it_lacks_is_its_forges(load_with):
    config = load_with(
        (
            "  deploy: {",
            "  other: {token_env: OTHER, user: x-token-auth, url: https://github.com/o/o}\n  deploy: {",
        ),
        ("{token_env: GITHUB_TOKEN}", "{token_env: GITHUB_TOKEN, ssh_key_file: /k, known_hosts_file: /h}"),
        overriding("{repository: other}"),
    )
    other = ForgeCredential(token_env="OTHER", user="x-token-auth", ssh_key_file="/k", known_hosts_file="/h")
    assert config.credential("other") == other
    assert config.credential("deploy").token_env == "GITHUB_TOKEN"
    assert config.credential("deploy").user is None


def test_a_forge_needs_no_token_where_every_repository_of_it_has_its_own(load_with):
    config = load_with(
        ("url: https://github.com/org/deploy.git", "token_file: /t, url: https://github.com/org/deploy.git"),
        ("{token_env: GITHUB_TOKEN}", "{}"),
    )
    assert config.credential("deploy").token_file == "/t"
    assert config.forge("deploy").api == "https://api.github.com"


def test_pushing_by_ssh_needs_no_forge(load_with):
    config = load_with(
        ("url: https://github.com/org/deploy.git", "url: 'git@git.example.org:deploy.git', ssh_key_file: /k"),
        ("forges:\n  github.com: {token_env: GITHUB_TOKEN}\n", ""),
        ("deliver: pull-request", "deliver: push"),
    )
    assert config.forge("deploy") is None
    assert config.credential("deploy").ssh_key_file == "/k"


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/org/deploy.git",
        "git@github.com:org/deploy",
        "ssh://git@github.com:22/org/deploy.git/",
    ],
)
def test_a_forge_knows_a_repository_by_the_same_name_however_it_is_reached(url):
    assert project_of(url) == "org/deploy"


GROUPED = ("deliver: pull-request\n", "deliver: pull-request\n    pull_request: {group: environment}\n")


def test_an_app_may_stand_apart_from_its_environments_pull_request(load_with):
    apart = (
        "  - staging\n  - production\n",
        "  staging:\n  production: {pull_request: {group: app, draft: true}}\n",
    )
    policy = load_with(GROUPED, apart).policies["production", "shop"]
    assert (policy.pull_request.group, policy.pull_request.draft) == ("app", True)


def test_what_apps_share_is_for_the_environment_to_say(load_with):
    own = ("  - staging\n  - production\n", "  staging:\n  production: {pull_request: {draft: true}}\n")
    with pytest.raises(ConfigError, match=r"shop.yaml:5: .*settings are the environment's"):
        load_with(GROUPED, own)
    with pytest.raises(ConfigError, match=r"shop.yaml:5: .*group: is for an environment to say"):
        load_with((own[0], own[1].replace("draft: true", "group: environment")))


@pytest.mark.parametrize(
    ("host", "written", "kind", "api"),
    [
        ("gitlab.com", "{token_env: T}", "gitlab", "https://gitlab.com/api/v4"),
        (
            "gitlab.acme.example",
            "{kind: gitlab, token_env: T}",
            "gitlab",
            "https://gitlab.acme.example/api/v4",
        ),
        ("git.acme.example", "{kind: github, token_env: T}", "github", "https://git.acme.example/api/v3"),
        ("git.acme.example", "{kind: gitea, token_env: T}", "gitea", "https://git.acme.example/api/v1"),
        ("codeberg.org", "{token_env: T}", "gitea", "https://codeberg.org/api/v1"),
        ("bitbucket.org", "{token_env: T}", "bitbucket", "https://api.bitbucket.org/2.0"),
        ("dev.azure.com", "{token_env: T}", "azure", "https://dev.azure.com"),
        ("ssh.dev.azure.com", "{token_env: T}", "azure", "https://dev.azure.com"),
        ("acme.visualstudio.com", "{token_env: T}", "azure", "https://acme.visualstudio.com"),
        ("git.acme.example", "{kind: azure, token_env: T}", "azure", "https://git.acme.example"),
    ],
)
def test_a_forge_has_the_api_of_its_kind(load_with, host, written, kind, api):
    config = load_with(
        ("url: https://github.com/org/deploy.git", f"url: {FORGES[kind].example.format(host=host)}"),
        ("  github.com: {token_env: GITHUB_TOKEN}", f"  {host}: {written}"),
    )
    assert (config.forge("deploy").kind, config.forge("deploy").api) == (kind, api)


KINDS = "`kind: github`, `kind: gitlab`, `kind: gitea`, `kind: bitbucket` or `kind: azure`"


@pytest.mark.parametrize(
    ("host", "written", "kind"),
    [
        ("git.example.org", "kind: github, ", "github"),
        ("git.example.org", "kind: gitlab, ", "gitlab"),
        ("github.example.org", "", "github"),
        ("gitlab.example.org", "", "gitlab"),
        ("gitea.example.org", "", "gitea"),
        ("forgejo.example.org", "", "gitea"),
        ("git.example.org", "", None),
        ("bitbucket.example.org", "", None),
        ("git.westeurope.cloudapp.azure.com", "", None),  # somebody's own machine there
    ],
)
def test_what_a_host_is_stands_in_its_name_or_beside_it(load_with, host, written, kind):
    forges = ("github.com: {token_env: GITHUB_TOKEN}", f"{host}: {{{written}token_env: T}}")
    changes = [("https://github.com/org", f"https://{host}/org"), forges]
    if kind is None:
        with pytest.raises(ConfigError, match=f"so say what {host} is: {KINDS}"):
            load_with(*changes)
    else:
        assert load_with(*changes).forges[host].kind == kind
