"""What the page on monitoring shows is a config."""

import re
from pathlib import Path
from textwrap import dedent, indent

from updater.config import load
from updater.model import Placement

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/monitoring.md").read_text()
MAIN = """\
instance: acme
repositories: {{deploy: {{url: "https://github.com/org/deploy.git"}}}}
forges: {{github.com: {{token_env: GITHUB_TOKEN}}}}
commit: {{email: updater@example.org}}
prometheus: {{server: "http://localhost:9090"}}
environments:
  staging:
    repository: deploy
    path: apps/{{app}}/staging
    deliver: push
{staging}
  production:
    repository: deploy
    path: apps/{{app}}/production
    deliver: pull-request
{production}
"""


def block(begins):
    """What stands below the line that begins so, of the block of the page that has it."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    found = next(each for each in blocks if begins in each)
    lines = found.split("\n")
    start = next(number for number, line in enumerate(lines) if begins in line)
    return dedent("\n".join(lines[start:]))


def test_what_it_shows_is_a_config(tmp_path):
    staging = indent(block("alerts:\n".strip()) + block("metrics:\n".strip()), "    ")
    production = indent(block("after: staging"), "    ")
    (tmp_path / "apps").mkdir()
    (tmp_path / "updater.yaml").write_text(MAIN.format(staging=staging, production=production))
    (tmp_path / "apps/shop.yaml").write_text(
        "app: shop\nimages: [ghcr.io/org/shop]\nenvironments: [staging, production]\n"
    )
    config = load(tmp_path)
    watched = config.policies[Placement("staging", "shop")].watched
    assert [metric.name for metric in watched.metrics] == ["errors", "latency"]
    assert {"soak", "alerts", "metrics"} == config.policies[Placement("production", "shop")].gates.keys()


def test_every_match_it_shows_is_one(load_with):
    table = PAGE.partition("| you want | `match` |")[2].partition("\n\n")[0]
    matches = [each.replace("\\|", "|") for each in re.findall(r"`([a-z]+=.*?\")`", table)]
    assert len(matches) == 5
    for match in matches:
        config = load_with(
            ("commit: {email", "prometheus: {server: 'http://localhost:9090'}\ncommit: {email"),
            ("path: apps/{app}/staging", f"path: apps/{{app}}/staging\n    alerts: {{match: '{match}'}}"),
        )
        assert config.policies[Placement("staging", "shop")].watched.alerts.template
