"""How a remote that says no, or nothing, is told from one that has no such branch."""

import base64
import socket
import subprocess
import time
from pathlib import Path

import pytest

from updater.adapters.git import Access
from updater.adapters.git.clone import Waits
from updater.errors import LostRace, Refused, Unavailable
from updater.model import RefUpdate
from updater.sandbox import GitHub

MAIN = "refs/heads/main"
SECRET = "ghs_12345_abcdefghijklmnopqrstuvwxyz.0123456789"


@pytest.fixture
def hub():
    with GitHub() as server:
        yield server


@pytest.fixture
def repo(hub):
    return hub.create_repository("acme", "deploy", {"app.yaml": "1"})


@pytest.mark.parametrize(
    "url",
    [
        "--upload-pack=touch /tmp/x",
        "ext::sh -c touch% /tmp/x",
        "git://host/x",
        "/srv/x.git",
        "https://user:hunter2hunter2@host/x",
        "https://hunter2hunter2@host/x",
        "ssh://-oProxyCommand=x/y",
        "fd::17",
        "https://host/a\nb",
        "",
    ],
)
def test_an_unsafe_url_is_refused_before_git_sees_it(clone_of, url):
    with pytest.raises(Refused) as raised:
        clone_of(url)
    assert raised.value.code == "repository_url"
    assert "hunter2" not in raised.value.sentence


@pytest.mark.parametrize(
    "branch", ["", "-x", "a..b", "a b", "main:other", "+main", "x.lock", "a/", "@{1}", "*", "a\n"]
)
def test_an_odd_branch_name_is_refused(clone_of, branch):
    with pytest.raises(Refused, match="branch"):
        clone_of("https://github.com/a/b", branch=branch)


@pytest.mark.parametrize(
    "url", ["git@github.com:org/repo.git", "ssh://git@github.com:22/org/repo", "https://h/x"]
)
@pytest.mark.parametrize("branch", ["main", "release/1.0", "배포"])
def test_usual_urls_and_branches_are_fine(clone_of, url, branch):
    clone_of(url, branch=branch)


def test_a_missing_branch_is_named_with_its_repository(origin, clone_of):
    origin.commit({"a": "1"}, branch="master")
    with pytest.raises(Refused) as raised:
        clone_of(origin.url).fetch()
    assert raised.value.code == "branch_missing"
    assert "main" in raised.value.sentence
    assert origin.url in raised.value.sentence


def test_a_page_of_one_line_is_no_repository_that_lacks_the_branch(hub, repo, clone_of):
    """As Azure DevOps answers to a token that has run out: git sees a list without branches."""
    hub.fault("GET", 203, body="<html><title>Sign In</title></html>", content_type="text/html")
    with pytest.raises(Refused, match=r"lists no branch at all.*look for a login page") as raised:
        clone_of(hub.clone_url(repo), token="abcdefgh").fetch()
    assert raised.value.code == "branch_missing"
    hub.lift()
    with pytest.raises(Refused, match="has no branch other: create it"):
        clone_of(hub.clone_url(repo), token=hub.bot_token, branch="other").fetch()


def test_a_missing_repository_is_refused(clone_of, tmp_path):
    with pytest.raises(Refused) as raised:
        clone_of((tmp_path / "nothing.git").as_uri()).fetch()
    assert raised.value.code == "repository_refused"
    assert "\n" not in raised.value.sentence


def test_a_token_opens_a_private_repository_and_is_found_nowhere(hub, repo, clone_of, bump, tmp_path):
    hub.add_user("bot", SECRET)
    clone = clone_of(hub.clone_url(repo), token=SECRET)
    base = clone.fetch().refs[MAIN]
    assert clone.push([bump(base, "2"), RefUpdate("refs/updater/main", base, (), None)], atomic=True) == {
        MAIN: None,
        "refs/updater/main": None,
    }
    assert clone.files(clone.fetch().refs[MAIN], ["app.yaml"])["app.yaml"].data == b"2"
    written = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert SECRET.encode() not in written


def test_a_token_may_be_shown_with_a_user_of_its_own(hub, repo, clone_of):
    clone_of(hub.clone_url(repo), access=Access(lambda: hub.bot_token, user="x-token-auth")).fetch()
    shown = base64.b64encode(f"x-token-auth:{hub.bot_token}".encode()).decode()
    assert hub.sent_credentials == {f"Basic {shown}"}


def test_a_path_is_refused_with_the_way_to_write_it(clone_of):
    with pytest.raises(Refused, match=r"a folder of this machine is written file:///srv/x\.git"):
        clone_of("/srv/x.git")


def test_a_token_is_no_argument_of_any_process(hub, repo, clone_of):
    hub.add_user("bot", SECRET)
    clone = clone_of(hub.clone_url(repo), token=SECRET)
    seen = []
    answer = hub.answer

    def watched(request):
        commands = [_command(folder) for folder in Path("/proc").glob("[0-9]*")]
        seen.extend(command for command in commands if b"git" in command)
        return answer(request)

    hub.answer = watched
    clone.fetch()
    assert any(hub.host.encode() in command for command in seen)
    assert not any(SECRET.encode() in command or b"Basic" in command for command in seen)


def _command(folder):
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (None, "does not exist, or wants a token and none is configured"),
        (
            "ghp_wrongwrongwrongwrongwrongwrongwrongwro",
            "refuses the token: it is wrong or has run out, or there is no such",
        ),
    ],
)
def test_no_token_is_told_from_one_that_is_refused(hub, repo, clone_of, token, why):
    with pytest.raises(Refused, match=why) as raised:
        clone_of(hub.clone_url(repo), token=token).fetch()
    assert raised.value.code == "repository_refused"
    assert "wrongwrong" not in raised.value.sentence


def test_a_repository_that_is_not_there_is_refused_over_http_too(hub, clone_of):
    with pytest.raises(Refused, match="check `url`"):
        clone_of(f"{hub.url}/acme/none.git", token=hub.bot_token).fetch()


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_host_in_trouble_is_unavailable_and_the_clone_survives(hub, repo, clone_of, tmp_path, status):
    clone = clone_of(hub.clone_url(repo), token=hub.bot_token)
    clone.fetch()
    keepsake = tmp_path / "cache" / "clone-0" / "keepsake"
    keepsake.touch()
    hub.fail_next(1, status)
    with pytest.raises(Unavailable) as raised:
        clone.fetch()
    assert raised.value.code == "repository_unavailable"
    clone.fetch()
    assert keepsake.exists()


@pytest.mark.parametrize("cut", ["half", "whole"])
def test_an_answer_cut_short_is_unavailable(hub, repo, clone_of, cut):
    clone = clone_of(hub.clone_url(repo), token=hub.bot_token)
    hub.fail_next(1, matching="POST .*git-upload-pack", cut=cut)
    with pytest.raises(Unavailable):
        clone.fetch()
    assert MAIN in clone.fetch().refs


@pytest.mark.parametrize("kind", ["text/html", "application/x-git-upload-pack-advertisement"])
def test_a_page_is_told_from_a_repository_without_the_branch(hub, repo, clone_of, kind):
    page = "<!doctype html><title>Sign in</title>\n"
    hub.fault("info/refs", 200, body=page, content_type=kind)
    with pytest.raises(Refused, match="answers with a page and not as a git server does") as raised:
        clone_of(hub.clone_url(repo), token=hub.bot_token).fetch()
    assert raised.value.code == "repository_refused"


def test_a_redirect_is_not_followed_with_the_token(hub, repo, clone_of):
    with GitHub() as elsewhere:
        hub.fault(
            "info/refs",
            301,
            headers={"Location": f"{elsewhere.url}/acme/deploy.git/info/refs?service=git-upload-pack"},
        )
        with pytest.raises(Refused, match="redirect"):
            clone_of(hub.clone_url(repo), token=hub.bot_token).fetch()
        assert elsewhere.requests == []


def test_a_host_that_never_answers_is_unavailable_in_time(clone_of):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a/b.git"
        clone = clone_of(url, waits=Waits(network=0.4, first_fetch=0.4))
        with pytest.raises(Unavailable, match=r"no answer within 0\.4 s"):
            clone.fetch()
        for _ in range(50):  # what is killed takes a moment to go
            left = [_command(folder) for folder in Path("/proc").glob("[0-9]*")]
            if not any(url.encode() in command for command in left):
                break
            time.sleep(0.1)
        assert not any(url.encode() in command for command in left)


def test_a_host_that_is_not_there_is_unavailable(clone_of):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable, match="does not answer"):
        clone_of(f"http://127.0.0.1:{port}/a/b.git").fetch()


@pytest.mark.parametrize(
    ("protect", "expected"),
    [
        (GitHub.protect, ("branch_protected", "GH006")),
        (GitHub.protect_by_ruleset, ("rule_violation", "GH013")),
    ],
)
def test_a_protected_base_refuses_with_its_reasons(hub, clone_of, bump, protect, expected):
    repo = hub.create_repository("acme", "deploy", {"app.yaml": "1"})
    clone = clone_of(hub.clone_url(repo), token=hub.bot_token)
    base = clone.fetch().refs[MAIN]
    protect(hub, repo, "main")
    code, said = expected
    answers = clone.push([bump(base, "2"), RefUpdate("refs/updater/main", base, (), None)], atomic=True)
    for error in answers.values():
        assert isinstance(error, Refused)
        assert error.code == code
    sentence = answers[MAIN].sentence
    assert said in sentence
    assert "Changes must be made through a pull request" in sentence
    assert "deliver: pull-request" in sentence
    assert "\n" not in sentence
    assert clone.fetch().refs == {MAIN: base}


def test_a_push_that_landed_though_its_answer_was_lost_is_found_by_the_next_fetch(hub, repo, clone_of, bump):
    clone = clone_of(hub.clone_url(repo), token=hub.bot_token)
    base = clone.fetch().refs[MAIN]
    hub.fail_next(1, matching="POST .*git-receive-pack", carried_out=True, cut="whole")
    with pytest.raises(Unavailable):
        clone.push([bump(base, "2")], atomic=True)
    tip = clone.fetch().refs[MAIN]
    assert clone.files(tip, ["app.yaml"])["app.yaml"].data == b"2"
    assert isinstance(clone.push([bump(base, "2")], atomic=True).get(MAIN), LostRace | None)


def test_a_token_that_may_not_push_is_refused(hub, repo, clone_of, bump):
    clone = clone_of(hub.clone_url(repo), token=hub.bot_token)
    base = clone.fetch().refs[MAIN]
    hub.fault("git-receive-pack", 403)
    with pytest.raises(Refused, match="covers this repository"):
        clone.push([bump(base, "2")], atomic=True)


def test_a_folder_that_is_no_repository_is_not_asked_for_a_token(clone_of, tmp_path):
    with pytest.raises(Refused, match="no git repository") as raised:
        clone_of(f"file://{tmp_path / 'nothing.git'}", token=None).fetch()
    assert raised.value.code == "repository_refused"
    assert "token" not in raised.value.sentence


def test_a_repository_of_sha256_objects_is_refused_for_good_and_not_asked_again(tmp_path, clone_of):
    """Whoever waits for it to pass waits for ever."""
    folder, where = tmp_path / "other.git", ["git", "-C", str(tmp_path)]
    subprocess.run([*where, "init", "-q", "--bare", "--object-format=sha256", str(folder)], check=True)
    given = "commit refs/heads/main\ncommitter A <a@example.org> 0 +0000\ndata 1\nx\n"
    here = ["git", f"--git-dir={folder}"]
    subprocess.run([*here, "fast-import", "--quiet"], input=given.encode(), check=True)
    with pytest.raises(Refused, match="SHA-256") as caught:
        clone_of(folder.as_uri()).fetch()
    assert caught.value.code == "object_format"
