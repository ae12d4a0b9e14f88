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
        ("[remote rejected] (cannot lock ref)", ""),
        (f"[remote rejected] (cannot lock ref '{REF}': Unable to create '/x.lock': File exists.)", ""),
        (f"[remote rejected] (cannot lock ref '{REF}': reference already exists)", ""),
        ("[remote rejected] (failed to update ref)", "remote: error: cannot lock ref"),
        (f"[remote rejected] (failed to lock {REF})", ""),
        ("[rejected] (already exists)", ""),
        ("[rejected] (needs force)", ""),
    ],
)
def test_every_way_to_lose_a_race_is_known(summary, said):
    assert isinstance(judged(summary, said), LostRace)


HOOK = "[remote rejected] (pre-receive hook declined)"


@pytest.mark.parametrize(
    ("summary", "said", "code", "change"),
    [
        (
            "[remote rejected] (protected branch hook declined)",
            "remote: error: GH006: Protected branch update failed for refs/heads/main.",
            "branch_protected",
            "Settings, Branches",
        ),
        (
            "[remote rejected] (protected branch hook declined)",
            "remote: error: GH006: Protected branch.\nremote: - Commits must have verified signatures.",
            "unsigned",
            "commit: {signing: …}",
        ),
        (
            "[remote rejected] (push declined due to repository rule violations)",
            "remote: error: GH013: Repository rule violations found for refs/heads/main.",
            "rule_violation",
            "bypass list (Settings, Rules)",
        ),
        (
            "[remote rejected] (protected branch hook declined)",
            "remote: error: GH003: Sorry, force-pushing to updater is not allowed.",
            "branch_protected",
            "allow force pushes",
        ),
        (
            HOOK,
            "remote: GitLab: You are not allowed to push code to protected branches on this project.",
            "branch_protected",
            "Settings, Repository, Protected branches",
        ),
        (HOOK, "remote: GitLab: Commit must be signed with a GPG key", "unsigned", "signing"),
        (
            HOOK,
            "remote: Gitea: Not allowed to push to protected branch main",
            "branch_protected",
            "protection",
        ),
        (
            HOOK,
            "remote: Branch refs/heads/main can only be modified through pull requests.",
            "branch_protected",
            "deliver: pull-request",
        ),
        (
            "[remote rejected] (TF402455: Not permitted; you must use a pull request)",
            "",
            "branch_protected",
            "auto_merge: true",
        ),
        (
            HOOK,
            "remote: GitLab: Committer's email 'updater@x' does not follow the pattern '@acme.example$'",
            "push_refused",
            "commit: {name: …, email: …}",
        ),
        (
            "[remote rejected] (refusing to update workflow `a` without `workflow` scope)",
            "",
            "push_refused",
            "workflows",
        ),
        ("[remote rejected] (permission denied)", "", "push_refused", "what the token may write"),
        (HOOK, "remote: computer says no", "push_refused", "what the host's hooks demand"),
        ("[remote rejected] (non-fast-forward)", "", "branch_protected", "allow force pushes"),
    ],
)
def test_every_lasting_no_is_told_from_a_race_with_what_to_change(summary, said, code, change):
    error = judged(summary, said)
    assert isinstance(error, Refused)
    assert error.code == code
    assert all(word in error.sentence for word in ("To go on", "https://h/x", REF, change))


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        (HOOK, "remote: GitLab: Internal API unreachable"),
        (HOOK, "remote: GitLab: The repository is temporarily read-only. Please try again later."),
        ("[remote rejected] (Internal Server Error)", ""),
        ("[remote rejected] (fatal error in commit_refs)", ""),
    ],
)
def test_a_host_in_trouble_is_no_host_that_says_no(summary, said):
    assert isinstance(judged(summary, said), Unavailable)


def test_a_rule_over_a_branch_of_ours_is_not_answered_by_proposing():
    found = push.lines(
        f"!\t{'1' * 40}:refs/heads/updater/app/a--b\t[remote rejected] (push declined due to "
        "repository rule violations)\n"
    )
    (error,) = push.verdicts(found, "remote: error: GH013: Rule violations.", "https://h/x").values()
    assert "take the updater's branches (updater/**) out of that rule" in error.sentence
    assert "deliver" not in error.sentence


def test_a_host_that_does_not_report_leaves_it_open():
    assert isinstance(judged("[remote failure] (remote failed to report status)"), Unavailable)


def test_a_secret_a_host_repeats_is_not_passed_on():
    said = "remote: bad token ghp_abcdefghijklmnopqrstuvwxyz0123 for https://u:hunter2@h/x"
    sentence = judged("[remote rejected] (hook declined)", said).sentence
    assert "ghp_" not in sentence
    assert "hunter2" not in sentence
