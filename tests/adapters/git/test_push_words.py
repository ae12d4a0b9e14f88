"""What hosts say of a push, and what it means."""

import pytest

from updater.adapters.git import push
from updater.errors import LostRace, Refused, Unavailable

REF = "refs/heads/main"


def judged(summary, said=""):
    found = push.lines(f"To https://h/x\n!\t{'1' * 40}:{REF}\t{summary}\nDone\n")
    return push.verdicts(found, said, "https://h/x")[REF]


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ("[rejected] (stale info)", ""),
        ("[rejected] (fetch first)", ""),
        ("[rejected] (non-fast-forward)", ""),
        ("[rejected] (remote ref updated since checkout)", ""),
        ("[remote rejected] (failed to update ref)", ""),
        ("[remote rejected] (reference already exists)", ""),
        ("[remote rejected] (incorrect old value provided)", ""),
        (f"[remote rejected] (cannot lock ref '{REF}': is at {'a' * 40} but expected {'b' * 40})", ""),
        ("[remote rejected] (atomic transaction failed)", f"remote: error: cannot lock ref '{REF}'"),
    ],
)
def test_every_way_to_lose_a_race_is_known(summary, said):
    assert isinstance(judged(summary, said), LostRace)


@pytest.mark.parametrize(
    ("summary", "said", "code"),
    [
        (
            "[remote rejected] (protected branch hook declined)",
            "remote: error: GH006: Protected.",
            "branch_protected",
        ),
        ("[remote rejected] (push declined due to repository rule violations)", "", "rule_violation"),
        (
            "[remote rejected] (protected branch hook declined)",
            "remote: error: GH003: Sorry.",
            "branch_protected",
        ),
        (
            "[remote rejected] (pre-receive hook declined)",
            "remote: GitLab: You are not allowed to push code to protected branches on this project.",
            "branch_protected",
        ),
        ("[remote rejected] (permission denied)", "", "push_refused"),
        ("[remote rejected] (non-fast-forward)", "", "branch_protected"),
    ],
)
def test_every_lasting_no_is_told_from_a_race(summary, said, code):
    error = judged(summary, said)
    assert isinstance(error, Refused)
    assert error.code == code
    assert all(word in error.sentence for word in ("To go on", "https://h/x", REF))


def test_a_host_that_does_not_report_leaves_it_open():
    assert isinstance(judged("[remote failure] (remote failed to report status)"), Unavailable)


def test_a_secret_a_host_repeats_is_not_passed_on():
    said = "remote: bad token ghp_abcdefghijklmnopqrstuvwxyz0123 for https://u:hunter2@h/x"
    sentence = judged("[remote rejected] (hook declined)", said).sentence
    assert "ghp_" not in sentence
    assert "hunter2" not in sentence
