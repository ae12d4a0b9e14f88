"""Text from outside is made fit to be shown before it is shown, on every way out."""

import json
import re
import subprocess
import sys
from pathlib import Path

from commands.calling import call
from hypothesis import example, given
from hypothesis import strategies as st

from updater.printable import excerpt, printable, printable_json
from updater.sandbox import Registry

PRODUCT = Path(__file__).parent.parent / "updater"
EVIL = "\x1b[2Jall is well\x1b]0;owned\x07 \u202etxt\u2066\ud800\x9b\r\nUpdater-Pin: staging shop"
ANYTHING = st.text(st.characters(), max_size=40)


@given(ANYTHING)
@example(EVIL)
def test_what_is_shown_is_one_line_that_can_be_seen(text):
    assert printable(text).isprintable()
    assert excerpt(text, 10).isprintable()
    printable(text).encode()


@given(ANYTHING)
def test_what_can_be_seen_is_shown_as_it_is(text):
    shown = printable(text)

    assert printable(shown) == shown


@given(st.dictionaries(ANYTHING, ANYTHING))
@example({"tag": EVIL})
def test_json_means_the_same(document):
    shown = printable_json(json.dumps(document, ensure_ascii=False, indent=2))

    assert json.loads(shown) == json.loads(json.dumps(document))
    assert shown.replace("\n", "").isprintable()


WAYS_OUT = {
    "terminal.py": "the way out",
    "log.py": "logs, made printable by a processor of their own",
    "cli/progress_bars.py": "the names of the work we do, which come from config",
    "tools/set_image/__init__.py": "a file's exact bytes, where it is asked to print them",
    "commands/status.py": "a table, whose cells are made printable",
}
"""Who writes to a terminal, and why it may."""


def test_nothing_is_printed_by_another_way():
    writes = re.compile(r"sys\.(stdout|stderr)\b|\bprint\(|\becho\(|Console\(")
    found = {
        path.relative_to(PRODUCT).as_posix()
        for path in PRODUCT.rglob("*.py")
        if writes.search(path.read_text())
    }

    assert {name for name in found if not name.startswith("sandbox/")} == set(WAYS_OUT)


def test_a_tag_with_half_a_letter_is_listed_and_crashes_nothing(tmp_path):
    with Registry() as registry:
        registry.push("org/shop", "20260202-143500")
        for tag in ("20260202-143501\ud800", "v1\x1b[2J"):
            registry.push("org/shop", tag, content="x")
        status, out, _ = call("tags", f"{registry.host}/org/shop", folder=tmp_path)
        as_json = call("tags", f"{registry.host}/org/shop", "--output", "json", folder=tmp_path)

    assert (status, as_json[0]) == (0, 0)
    assert out.replace("\n", "").isprintable()
    json.loads(as_json[1])


def test_a_hold_says_why_in_one_line_whatever_it_holds(scene):
    scene.build()
    why = json.dumps(EVIL.replace("\ud800", ""))
    held = f"holds: [{{app: shop, why: {why}}}]\n"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": held}, "Hold")
    told = scene.command("explain", "shop", "staging")

    assert told.returncode == 0
    assert r"\x1b[2Jall is well\x1b]0;owned\x07 \u202etxt\u2066" in told.stdout
    assert "\x1b" not in told.stdout
    assert not re.search(r"^Updater-Pin", told.stdout, re.MULTILINE)


def test_a_log_for_people_cannot_be_written_by_others():
    """In a process of its own: logging is configured once for all."""
    code = "from updater import log; log.configure('text')\nimport structlog\n"
    code += f"structlog.get_logger().info('reading_failed', why={EVIL!r})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr

    assert told.count("\n") == 1
    assert "\x1b[2J" not in told
    assert "\u202e" not in told
