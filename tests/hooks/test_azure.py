"""What the service hooks of Azure DevOps deliver."""

import pytest

from updater.web.hooks import WebhookTarget

REMOTE = "https://acme@dev.azure.com/acme/Platform%20Team/_git/Deploy"


def delivery(event="git.push", remote=REMOTE):
    return {"eventType": event, "resource": {"repository": {"name": "Deploy", "remoteUrl": remote}}}


@pytest.mark.parametrize(
    "event",
    [
        "git.push",
        "git.pullrequest.created",
        "git.pullrequest.updated",
        "git.pullrequest.merged",
        "ms.vss-code.git-pullrequest-comment-event",
    ],
)
def test_what_happens_in_the_deploy_repository_makes_its_pass_come(post, event):
    assert post.azure(delivery(event)).status_code == 202
    (named,) = post.woken.named
    assert "dev.azure.com/acme/platform%20team/_git/deploy" in named.repositories
    assert post.counted == [("azure", "heard")]


@pytest.mark.parametrize(
    "remote",
    [
        REMOTE,
        "https://dev.azure.com/acme/Platform Team/_git/Deploy",
        "https://acme.visualstudio.com/Platform%20Team/_git/Deploy",
        "https://acme.visualstudio.com/DefaultCollection/Platform%20Team/_git/Deploy",
    ],
)
def test_each_address_of_a_repository_names_all_that_a_config_may_have(post, remote):
    post.azure(delivery(remote=remote))
    (named,) = post.woken.named
    assert named.repositories >= {
        "dev.azure.com/acme/platform%20team/_git/deploy",
        "acme.visualstudio.com/platform%20team/_git/deploy",
        "acme.visualstudio.com/defaultcollection/platform%20team/_git/deploy",
        "ssh.dev.azure.com/v3/acme/platform%20team/deploy",
    }


def test_a_project_and_its_repository_of_the_same_name_have_a_short_address_too(post):
    post.azure(delivery(remote="https://dev.azure.com/acme/_git/deploy"))
    post.azure(delivery(remote="https://dev.azure.com/acme/deploy/_git/deploy"))
    both = {"dev.azure.com/acme/_git/deploy", "dev.azure.com/acme/deploy/_git/deploy"}
    assert all(named.repositories >= both for named in post.woken.named)


@pytest.mark.parametrize("path", ["_git/deploy", "/_git/", "_git", "v3/a/b/c", ""])
def test_an_address_that_no_repository_has_is_taken_all_the_same(post, path):
    assert post.azure(delivery(remote=f"https://dev.azure.com/{path}")).status_code == 202


def test_a_server_of_ones_own_is_named_as_it_is(post):
    post.azure(delivery(remote="https://tfs.example.org/tfs/Main/Platform/_git/Deploy"))
    named = frozenset({"tfs.example.org/tfs/main/platform/_git/deploy"})
    assert post.woken.named == [WebhookTarget(repositories=named)]


@pytest.mark.parametrize(
    "payload",
    [
        delivery("build.complete"),
        delivery(remote=""),
        delivery(remote="https://[/"),
        {"eventType": "git.push", "resource": {"repository": "deploy"}},
        {"eventType": 7},
        {},
    ],
)
def test_other_things_are_taken_and_ignored(post, payload):
    assert post.azure(payload).status_code == 202
    assert post.woken.named == []
    assert post.counted == [("azure", "ignored")]


@pytest.mark.parametrize("path", ["_git/deploy", "//_git/deploy", "acme/\ud800/_git/deploy", "%ff/../_git/a"])
def test_an_address_that_is_none_wakes_at_most_what_is_called_so(post, path):
    assert post.azure(delivery(remote=f"https://dev.azure.com/{path}")).status_code == 202
    (named,) = post.woken.named
    assert all(each.isascii() for each in named.repositories)


def test_it_may_come_again(post):
    """Nothing tells one delivery from another, and a pass too many changes nothing."""
    assert [post.azure(delivery()).status_code for _ in range(2)] == [202, 202]


@pytest.mark.parametrize(
    "word", ["", "Basic", "Basic !!", "Basic dXBkYXRlcg==", "Basic OmltYQ==", "Bearer guessed", "Basic 7w=="]
)
def test_who_does_not_know_the_secret_is_turned_away(post, word):
    headers = {"Authorization": word} if word else {}
    assert post.send("/webhooks/azure", "{}", **headers).status_code == 401
    assert post.azure(delivery(), secret="guessed").status_code == 401
    assert post.woken.named == []
    assert post.counted == [("azure", "unsigned")] * 2


def test_whoever_the_user_is_only_the_password_counts(post):
    assert post.azure(delivery(), user="").status_code == 202
    assert post.azure(delivery(), user="It's a Secret to Everybody", secret="x").status_code == 401


def test_it_is_no_kind_of_registry(post):
    assert post.registry("azure", delivery()).status_code == 404
