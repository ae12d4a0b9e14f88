"""What the page for contributors promises: one module, one line, and the documentation."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small_config import MAIN, SHOP

from updater.config import load
from updater.forges import FORGES
from updater.gates import GATES
from updater.manifests import KINDS
from updater.schemes import SCHEMES
from updater.service.metrics import Metrics
from updater.views.reason_codes import all_reasons
from updater.wiring import utc_now
from updater.wiring.forges import Forges

ROOT = Path(__file__).parents[2]
PAGES = "\n".join(path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))])
EXAMPLES = "\n".join(path.read_text() for path in sorted((ROOT / "config").rglob("*.yaml")))


def play(script, folder):
    path = os.pathsep.join([str(ROOT / "tests"), str(ROOT)])
    command = [sys.executable, str(Path(__file__).with_name(script)), str(folder)]
    return subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )


def test_a_new_gate_is_one_module_and_one_line(tmp_path):
    played = play("try_gate.py", tmp_path)
    assert played.returncode == 0, played.stderr[-3000:]


@pytest.mark.parametrize("name", [*GATES, *SCHEMES, *KINDS])
def test_every_entry_of_a_table_stands_in_the_documentation_and_in_the_example(name):
    assert re.search(rf"`{re.escape(name)}\b", PAGES), f"no page names {name}"
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", EXAMPLES), f"config/ does not show {name}"


@pytest.mark.parametrize("kind", FORGES)
def test_every_forge_of_the_table_is_spoken_to_and_documented(tmp_path, kind):
    host = "git.example.org" if FORGES[kind].api else next(iter(FORGES[kind].apis))
    url = FORGES[kind].example.format(host=host)
    main = MAIN.replace("https://github.com/org/deploy.git", url).replace(
        "github.com: {token_env: GITHUB_TOKEN}", f"{host}: {{token_env: GITHUB_TOKEN, kind: {kind}}}"
    )
    (tmp_path / "apps").mkdir()
    (tmp_path / "updater.yaml").write_text(main)
    (tmp_path / "apps/shop.yaml").write_text(SHOP)
    wired = Forges(load(tmp_path), utc_now, lambda *_: None, lambda *_: None, lambda _: None)
    assert wired.forge("deploy") is not None
    wired.disconnect()
    assert f"kind: {kind}" in PAGES


def test_every_metric_stands_in_the_documentation():
    names = {metric.name for metric in Metrics().registry.collect()}
    assert {name for name in names if name not in PAGES} == set()


def test_every_gate_says_what_its_reason_is():
    assert {name: gate.reason.code for name, gate in GATES.items()} == {name: name for name in GATES}


def test_a_gate_is_asked_of_no_rollback_and_can_be_passed_over():
    """A way back has to be open at any hour."""
    assert [gate for gate, each in GATES.items() if each.reason.asked_of_rollback] == []
    assert [gate for gate, each in GATES.items() if not each.reason.overridable] == []


def test_the_page_of_codes_is_that_of_the_table():
    made = subprocess.run(
        [sys.executable, str(ROOT / ".ci/make_docs.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr


def test_no_published_code_is_lost():
    """People filter logs, alerts and dashboards by them: one that is gone or renamed breaks these."""
    published = Path(__file__).with_name("published_codes.txt").read_text().split()
    codes = {reason.code for reason in all_reasons()}
    assert [code for code in published if code not in codes] == []
    assert sorted(codes) == published, "add new codes to published_codes.txt"


def test_a_code_is_one_reason():
    codes = [reason.code for reason in all_reasons()]
    assert sorted(codes) == sorted(set(codes))
