"""The addresses that clone buttons give: the user's name in them is no secret, a password is."""

import pytest

from updater.config.addresses import user_of

URL = "https://github.com/org/deploy.git"


@pytest.mark.parametrize(
    ("url", "plain", "user"),
    [
        (
            "https://acme@dev.azure.com/acme/Platform%20Team/_git/deploy",
            "https://dev.azure.com/acme/Platform%20Team/_git/deploy",
            "acme",
        ),
        ("https://alice@bitbucket.org/acme/deploy.git", "https://bitbucket.org/acme/deploy.git", "alice"),
        ("https://a%40b.example@bitbucket.org/x/y.git", "https://bitbucket.org/x/y.git", "a@b.example"),
        (URL, URL, None),
    ],
)
def test_a_user_in_the_url_is_whom_the_token_belongs_to(load_with, url, plain, user):
    config = load_with(
        (f"{{url: {URL}}}", f"{{url: {url}, token_env: GIT_TOKEN}}"),
        ("forges:\n  github.com: {token_env: GITHUB_TOKEN}\n", ""),
        ("deliver: pull-request", "deliver: push"),
    )
    assert config.repositories["deploy"].url == plain
    assert config.credential("deploy").user == user
    assert "@" not in repr(config.repositories["deploy"].url)


def test_what_the_config_says_counts_before_what_the_url_says(load_with):
    config = load_with(
        (f"{{url: {URL}}}", "{url: https://alice@github.com/org/deploy.git}"),
        ("github.com: {token_env: GITHUB_TOKEN}", "github.com: {token_env: GITHUB_TOKEN, user: bot}"),
    )
    assert config.credential("deploy").user == "bot"


def test_the_user_of_an_ssh_url_stays_in_it():
    assert user_of("ssh://git@github.com/org/deploy.git") is None
    assert user_of("git@github.com:org/deploy.git") is None
