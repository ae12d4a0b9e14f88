"""How a block of YAML that is a part of a config becomes a whole one.

The rule, for who writes a page:

* A block with `instance:` and `environments:` is a whole `updater.yaml`; the files of apps that come after it
  on the page are its own.
* A block of other keys of `updater.yaml` is laid over the small config below, mapping into mapping; a forge
  as it is. An environment without `repository`, `path` or `deliver` has those of staging.
* A block with `images:` or `charts:` is the file of an app; without `app:` it is `shop`. A list of such is a
  file of several. Environments that it names, and the small config has not, come after staging.
* A block of keys of an environment is production's; of keys of `gates:` or `tags:`, of production's.
* A block of environments, each with such keys, stands below `environments:`.
* A block of `holds:`, `releases:` or `all:` is `.updater/holds.yaml`; of `floors:`, the rollback floors.

Anything else is no config, and says so in the line before: `<!-- not run: … -->`. Only read is what begins
with the path of another file, `# apps/shop/values.yaml`, and a manifest of Kubernetes with `apiVersion` and
`kind`.
"""

import re
from copy import deepcopy
from textwrap import dedent

from ruamel.yaml import YAML

from updater.config.environments import Environment
from updater.config.gate_settings import Gates
from updater.config.models import App, Main
from updater.config.tag_settings import Tags
from updater.gates import GATES

SMALL = """\
instance: acme
repositories: {deploy: {url: "https://github.com/org/deploy-repo.git"}}
forges: {github.com: {token_env: GITHUB_TOKEN}}
commit: {email: updater@example.org}
prometheus: {server: "https://prometheus.example.org"}
argocd: {server: "https://argocd.example.org", token_env: ARGOCD_TOKEN}
environments:
  staging:
    repository: deploy
    path: apps/{app}/staging
    deliver: push
    argocd: {application: "{app}-staging"}
    alerts: {match: 'namespace="{app}-staging"'}
    metrics:
      errors: {query: 'app:errors:ratio{namespace="{app}-staging"}', max: 0.01}
      latency: {query: 'app:latency:p99{namespace="{app}-staging"}', max: 0.5}
  production:
    repository: deploy
    path: apps/{app}/production
    after: staging
    deliver: pull-request
    gates: {soak: 2h, window: [{days: mon-fri, from: "10:00", to: "17:00"}]}
    pull_request: {reviewers: ["team:platform"]}
"""
SHOP = {"app": "shop", "images": ["ghcr.io/org/shop"], "environments": ["staging", "production"]}
GATE_KEYS = GATES.keys() | Gates.model_fields.keys()


def parsed(text):
    """Every document of a block, which may be indented as it stands in its file."""
    return [each for each in YAML(typ="safe", pure=True).load_all(dedent(text)) if each is not None]


def is_manifest(document):
    return isinstance(document, dict) and {"apiVersion", "kind"} <= document.keys()


def is_whole(document):
    return isinstance(document, dict) and {"instance", "environments"} <= document.keys()


def is_of_another_file(text):
    """It begins with a path, and that is none of the config's."""
    named = re.match(r"# ([\w./-]+\.ya?ml)\n", text)
    return bool(named) and not named[1].startswith("config/")


def completed(document, text, folder, following=()):
    """Write the config folder that this block makes; None where it is no part of a config."""
    if is_whole(document):
        apps = [app for each in following for app in apps_of(each) or ()]
        return written(text, apps or [SHOP], folder)
    main, apps = YAML(typ="safe", pure=True).load(SMALL), apps_of(document)
    if apps is None and not laid_over(main, document):
        return None
    apps = apps or [deepcopy(SHOP)]
    for name in (name for app in apps for name in app["environments"]):
        main["environments"].setdefault(name, {"after": "staging"})
    for settings in main["environments"].values():
        for key in ("repository", "path", "deliver"):
            settings.setdefault(key, main["environments"]["staging"][key])
    return written(main, apps, folder)


def apps_of(document):
    """The apps of a block that declares some."""
    every = document if isinstance(document, list) else [document]
    if all(isinstance(app, dict) and is_app(app.keys()) for app in every):
        return [{"app": "shop", "environments": ["staging", "production"], **app} for app in every]
    return None


def is_app(keys):
    return keys <= App.model_fields.keys() and bool(keys & {"images", "charts"})


def laid_over(main, document):
    environments, keys = main["environments"], document.keys()
    if keys <= Main.model_fields.keys():
        main["forges"] |= document.pop("forges", {})
        merge(main, document)
    elif keys <= Environment.model_fields.keys():
        merge(environments["production"], document)
    elif keys <= GATE_KEYS:
        merge(environments["production"], {"gates": document})
    elif keys <= Tags.model_fields.keys():
        merge(environments["production"], {"tags": document})
    elif all(is_environment(each) for each in document.values()):
        merge(environments, document)
    else:
        return False
    return True


def is_environment(settings):
    return isinstance(settings, dict) and settings.keys() <= Environment.model_fields.keys()


def merge(into, new):
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def written(main, apps, folder):
    (folder / "apps").mkdir(parents=True)
    if isinstance(main, str):
        (folder / "updater.yaml").write_text(main, encoding="utf-8")
    else:
        dump(main, folder / "updater.yaml")
    dump(apps, folder / "apps/all.yaml")
    return folder


def dump(data, path):
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(data, file)
