"""What libraries log reaches people in the form of all the rest, and without secrets."""

import json
import subprocess
import sys

import pytest

TOKEN = "ghp_" + "a1B2" * 9


def logged(code, form="json"):
    code = f"import logging, structlog\nfrom updater import log\nlog.configure({form!r})\n{code}"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == ""
    return said.stderr


def test_a_warning_of_a_library_is_a_line_like_ours():
    (line,) = logged("logging.getLogger('apscheduler.scheduler').warning('job %s missed', 7)").splitlines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    assert told == {
        "event": "library_warned",
        "library": "apscheduler.scheduler",
        "said": "job 7 missed",
        "level": "warning",
    }


def test_a_secret_in_it_is_not_told():
    said = logged(f"logging.getLogger('urllib3').error('refused: Bearer {TOKEN}')")
    assert "***" in said
    assert TOKEN not in said


def test_nor_in_what_it_has_tripped_over():
    code = "try: raise ValueError('https://me:hunter22@host')\nexcept ValueError: logging.exception('x')"
    said = logged(code)
    assert "ValueError" in json.loads(said)["exception"]
    assert "hunter22" not in said


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Failed to parse headers (url=https://h.example/hook/5ecret?sig=5ecret): x",
            "(url=https://h.example/…): x",
        ),
        ("no answer from https://5ecret@h.example:8443/a", "no answer from https://h.example:8443/…"),
        ("Max retries exceeded with url: /hook/5ecret (Caused by x)", "with url: /… (Caused by x)"),
    ],
)
def test_nor_a_path_that_may_be_one(said, told):
    line = json.loads(logged(f"logging.getLogger('urllib3').warning({said!r})"))
    assert told in line["said"]
    assert "5ecret" not in line["said"]


@pytest.mark.parametrize("log", ["logging.getLogger('apscheduler')", "structlog.get_logger()"])
def test_nor_one_in_what_a_library_has_tripped_over(log):
    asked = "requests.get('http://127.0.0.1:1/hook/' + word, timeout=1)"
    code = f"import requests\nword = ''.join(['5e', 'cret'])\ntry: {asked}\n"
    line = json.loads(logged(f"{code}except requests.RequestException: {log}.exception('x')"))
    assert "with url: /…" in line["exception"]
    assert "5ecret" not in json.dumps(line)


@pytest.mark.parametrize("level", ["debug", "info"])
def test_what_is_no_warning_is_not_told(level):
    assert logged(f"logging.getLogger('apscheduler').{level}('Added job')") == ""


def test_in_a_terminal_it_is_text():
    assert "library_warned" in logged("logging.getLogger('apscheduler').warning('late')", "text")


def test_it_is_told_once_however_often_logging_is_set_up():
    said = logged("log.configure('json')\nlogging.getLogger('apscheduler').warning('late')")
    assert len(said.splitlines()) == 1


def test_with_the_pass_it_came_in():
    code = "structlog.contextvars.bind_contextvars(pass_id='abc')\nlogging.warning('late')"
    assert json.loads(logged(code))["pass_id"] == "abc"
