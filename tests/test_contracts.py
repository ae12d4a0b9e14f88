"""What a module may be called and import, beside what import-linter holds."""

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

PRODUCT = Path(__file__).parents[1] / "updater"
MODULES = sorted(path for path in PRODUCT.rglob("*.py"))
OURS = [path for path in MODULES if "sandbox" not in path.relative_to(PRODUCT).parts]
"""The sandbox is a product of its own, and calls what it stands in for by its own names."""

TWICE: dict[str, str] = {}
"""Class names that two modules may have, and why. There is none."""

OUTSIDE = {
    "apscheduler", "apprise", "asyncio", "fastapi", "git", "github", "gitlab", "io", "logging",
    "multiprocessing", "os", "pathlib", "random", "requests", "shutil", "signal", "socket", "subprocess",
    "structlog", "sys", "tempfile", "threading", "time", "urllib.request", "urllib3", "uvicorn", "uuid",
}  # fmt: skip
"""Files, clocks, threads, networks, logs, and what else is not the same each time."""
VALUES = {"PurePath", "PurePosixPath", "StringIO"}
"""What these modules offer that is no more than a value."""
MAY = {
    ("adapters/git/environment.py", "os"): "only the name of the null device, for git's settings",
    ("adapters/registry/listing.py", "time"): "a deadline, by a clock that the caller may give",
    ("adapters/limits.py", "threading"): "its state is shared by the threads of a session",
    ("adapters/cache.py", "threading"): "as above",
}
"""By module and import: what a pure module may have all the same, and why."""


def name(path):
    return str(path.relative_to(PRODUCT))


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not {alias.name for alias in node.names} <= VALUES:
            yield node.module or ""


def is_outside(module):
    return module in OUTSIDE or module.partition(".")[0] in OUTSIDE


def says_pure(tree):
    """In a sentence of its own, or `Pure but for …`."""
    text = " ".join((ast.get_docstring(tree) or "").split())
    return any(part.strip().startswith("Pure") for part in text.replace(";", ".").split("."))


def test_one_name_is_one_thing():
    where = defaultdict(set)
    for path in OURS:
        classes = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef))
        for each in classes:
            where[each.name].add(name(path))
    assert {each: found for each, found in where.items() if len(found) > 1 and each not in TWICE} == {}


@pytest.mark.parametrize("path", OURS, ids=name)
def test_what_calls_itself_pure_imports_nothing_of_the_world(path):
    tree = ast.parse(path.read_text())
    if not says_pure(tree):
        return
    found = {module for module in imports(tree) if is_outside(module)}
    assert {module for module in found if (name(path), module) not in MAY} == set()


def test_the_stages_between_the_two_ends_call_themselves_pure():
    """So that the test above reads them: a contract somebody forgot to sign holds nobody."""
    rooms = ["interpret", "decide", "plan", "gates", "schemes", "manifests", "messages", "model", "reasons"]
    modules = [path for path in OURS if path.relative_to(PRODUCT).parts[0] in {*rooms, "views"}]
    modules += [PRODUCT / f"{one}.py" for one in ("situation", "timeline", "holds", "report", "image_labels")]
    assert [name(path) for path in modules if not says_pure(ast.parse(path.read_text()))] == []


@pytest.mark.parametrize("path", OURS, ids=name)
def test_what_nothing_changes_is_a_value_class(path):
    """Not a dataclass of Python's, whose methods are compiled whether or not anybody needs them."""
    assert "@dataclass(frozen=True, slots=True)\n" not in path.read_text()


def test_a_pass_that_talks_to_registries_and_git_alone_imports_nothing_of_other_hosts():
    """`once` is a process each time: half of what it takes is to import what it needs."""
    unneeded = {
        "requests",
        "github",
        "gitlab",
        "apprise",
        "apscheduler",
        "fastapi",
        "jinja2",
        "prometheus_client",
    }
    code = f"import sys, updater.cli, updater.commands.passes; print(sorted({unneeded!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "[]\n"
