"""Git and the REST calls of the embedded GitHub see the same repository."""

from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from updater.sandbox.github.git import GitFailed
from updater.sandbox.github.protection import Protection

DEPLOY = "org/deploy"


@pytest.fixture
def write(clone, tmp_path: Path):
    def commit(text: str, branch: str | None = None) -> str:
        if branch:
            clone("checkout", "--quiet", "-B", branch)
        (tmp_path / "apps/shop.yaml").write_text(text)
        assert clone("commit", "--quiet", "--all", "--message", text).returncode == 0
        return clone("rev-parse", "HEAD").stdout.strip()

    return commit


def test_a_push_is_seen_by_the_calls_and_a_commit_by_git(hub, forge, clone, write):
    sha = write("tag: 2\n")
    assert clone("push", "--quiet", "origin", "main").returncode == 0
    repository = forge.get_repo(DEPLOY)
    assert repository.get_branch("main").commit.sha == sha == hub.head(DEPLOY, "main")
    new = hub.commit(DEPLOY, "main", {"apps/shop.yaml": "tag: 3\n", "README.md": None}, "Three")
    clone("fetch", "--quiet")
    assert clone("rev-parse", "origin/main").stdout.strip() == new
    assert clone("ls-tree", "-r", "--name-only", new).stdout == "apps/shop.yaml\n"
    assert hub.read(DEPLOY, "main", "apps/shop.yaml") == b"tag: 3\n"


def test_a_wrong_token_gets_nowhere(hub, git):
    failed = git("clone", hub.clone_url(DEPLOY), ".", token="wrong")
    assert failed.returncode
    assert "Authentication failed" in failed.stderr or "could not read Username" in failed.stderr
    assert {request.status for request in hub.requests} == {401}


def test_a_public_repository_is_cloned_without_a_token_but_not_pushed_to(hub, git, tmp_path):
    hub.create_repository("org", "open", {"a": "1"}, private=False)
    assert git("-c", "http.extraHeader=", "clone", hub.clone_url("org/open"), ".").returncode == 0
    pushed = git("-c", "http.extraHeader=", "push", "origin", "HEAD:new")
    assert pushed.returncode
    assert "new" not in hub.branches("org/open")


def test_shallow_partial_and_single_object_fetches_work(hub, git):
    url, sha = hub.clone_url(DEPLOY), hub.head(DEPLOY, "main")
    assert git("clone", "--quiet", "--depth=1", "--filter=blob:none", url, "a").returncode == 0
    assert git("init", "--quiet", "b").returncode == 0
    assert git("-C", "b", "fetch", "--quiet", url, sha).returncode == 0


def test_a_lease_on_an_old_head_is_refused(hub, clone, write):
    old = hub.head(DEPLOY, "main")
    write("tag: 2\n")
    hub.commit(DEPLOY, "main", {"x": "y"}, "In between")
    pushed = clone("push", f"--force-with-lease=main:{old}", "origin", "main")
    assert "stale info" in pushed.stderr
    assert "[rejected]" in clone("push", "origin", "main").stderr


def test_an_atomic_push_moves_all_refs_or_none(hub, clone, write):
    sha = write("tag: 2\n")
    assert clone("push", "--atomic", "origin", "main", "HEAD:refs/updater/main").returncode == 0
    assert hub.refs(DEPLOY)["refs/updater/main"] == sha
    hub.commit(DEPLOY, "main", {"x": "y"}, "In between")
    write("tag: 3\n")
    assert clone("push", "--atomic", "origin", "main", "HEAD:refs/updater/main").returncode
    assert hub.refs(DEPLOY)["refs/updater/main"] == sha


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (
            "branch",
            (
                "remote: error: GH006: Protected branch update failed for refs/heads/main.",
                "[remote rejected] main -> main (protected branch hook declined)",
            ),
        ),
        (
            "ruleset",
            (
                "remote: error: GH013: Repository rule violations found for refs/heads/main.",
                "[remote rejected] main -> main (push declined due to repository rule violations)",
            ),
        ),
    ],
)
def test_a_protected_branch_says_why_it_takes_no_push(hub, clone, write, kind, said):
    before = hub.head(DEPLOY, "main")
    write("tag: 2\n")
    hub.protect(DEPLOY, "main", Protection(kind=kind))
    refused = clone("push", "origin", "main")
    assert refused.returncode
    assert all(line in refused.stderr for line in said)
    assert "Changes must be made through a pull request." in refused.stderr
    assert hub.head(DEPLOY, "main") == before
    assert clone("push", "--quiet", "origin", "HEAD:free").returncode == 0
    hub.unprotect(DEPLOY, "main")
    assert clone("push", "--quiet", "origin", "main").returncode == 0


def test_who_may_bypass_pushes_to_a_protected_branch(hub, clone, write):
    write("tag: 2\n")
    hub.protect(DEPLOY, "main", Protection(bypass=frozenset({hub.bot_login})))
    assert clone("push", "--quiet", "origin", "main").returncode == 0
    assert clone("push", "origin", "HEAD:main", "--force", token=hub.human_token).returncode == 0


def test_a_large_push_arrives_in_chunks(hub, clone, write, tmp_path):
    import os

    (tmp_path / "apps/shop.yaml").write_bytes(os.urandom(3_000_000))
    clone("commit", "--quiet", "--all", "--message", "Large")
    assert clone("push", "--quiet", "origin", "main").returncode == 0
    assert len(hub.read(DEPLOY, "main", "apps/shop.yaml")) == 3_000_000


def test_a_push_that_is_cut_after_it_was_carried_out_has_happened(hub, clone, write):
    sha = write("tag: 2\n")
    hub.fail_next(1, matching="POST .*git-receive-pack", carried_out=True, cut="whole")
    assert clone("push", "origin", "main").returncode
    assert hub.head(DEPLOY, "main") == sha


def test_a_push_that_is_cut_before_has_not(hub, clone, write):
    before = hub.head(DEPLOY, "main")
    write("tag: 2\n")
    hub.fail_next(1, matching="POST .*git-receive-pack", cut="whole")
    assert clone("push", "origin", "main").returncode
    assert hub.head(DEPLOY, "main") == before


def test_reads_and_writes_of_git_are_told_apart(hub, clone, write):
    assert not any(recorded.write for recorded in hub.requests)
    write("tag: 2\n")
    clone("push", "--quiet", "origin", "main")
    assert [recorded.path for recorded in hub.requests if recorded.write] == [
        f"/{DEPLOY}.git/git-receive-pack"
    ]


def test_a_revert_takes_back_one_commit_and_says_which(hub):
    bad = hub.commit(DEPLOY, "main", {"apps/shop.yaml": "tag: 2\n"}, "Bump")
    hub.commit(DEPLOY, "main", {"README.md": "other\n"}, "Other")
    hub.revert(DEPLOY, "main", bad)
    assert hub.read(DEPLOY, "main", "apps/shop.yaml") == b"tag: 1\n"
    assert hub.read(DEPLOY, "main", "README.md") == b"other\n"
    newest = hub.log(DEPLOY)[0]
    assert newest.subject == 'Revert "Bump"'
    assert newest.rest == f"This reverts commit {bad}."
    again = hub.revert(DEPLOY, "main", newest.sha)
    assert hub.read(DEPLOY, again, "apps/shop.yaml") == b"tag: 2\n"


def test_a_commit_has_the_author_and_the_date_it_is_given(hub):
    when = datetime(2026, 2, 2, 14, 35, 12, tzinfo=UTC)
    hub.commit(DEPLOY, "main", {"a": "b"}, "Dated", author="Bob <bob@example.org>", date=when)
    newest = hub.log(DEPLOY)[0]
    assert (str(newest.author), newest.committed_at) == ("Bob <bob@example.org>", "2026-02-02T14:35:12Z")


def test_commits_of_many_writers_are_all_kept(hub):
    def work(writer: int) -> None:
        for number in range(5):
            hub.commit(DEPLOY, "main", {f"{writer}/{number}": "x"}, f"{writer} {number}")

    threads = [Thread(target=work, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hub.log(DEPLOY)) == 21


def test_a_commit_from_an_old_head_is_refused(hub):
    git, start = hub.find(DEPLOY).git, hub.head(DEPLOY, "main")
    hub.commit(DEPLOY, "main", {"a": "1"}, "One")
    with pytest.raises(GitFailed):
        git.write("main", start, {"b": b"2"}, "Two", hub.forge.signature(hub.human))
