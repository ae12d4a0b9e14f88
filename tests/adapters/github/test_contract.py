"""All that is sent to GitHub, and all that the embedded one answers, against GitHub's own description."""

from openapi import CheckedGitHub

from updater.adapters.github import GitHubForge

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"


def test_every_exchange_agrees_with_githubs_description(opening, updating, closing):
    with CheckedGitHub() as github:
        github.create_repository("acme", "deploy", {"tag": "1"})
        sha = github.commit(REPOSITORY, BRANCH, {"tag": "2"}, "Change")
        forge = GitHubForge(REPOSITORY, api=github.api, token=lambda: github.bot_token)

        step = opening(labels=("promotion",), reviewers=("bob", "team:platform"), draft=True)
        for each in (step, opening(title="Adopted")):
            forge.open(each)
        forge.pull_requests()
        forge.pull_requests()
        forge.comment(1, "key", "One")
        forge.comment(1, "key", "Two")
        forge.status(sha, "pending", "Waits", "https://updater.example.org/shop")
        forge.update(updating(1, "New", "New"))
        forge.close(closing(1, "Closed"))
        found = forge.closed_pull_requests(BRANCH)
        forge.disconnect()

    assert [(pull.number, pull.state, pull.body) for pull in found] == [(1, "closed", "Closed")]
