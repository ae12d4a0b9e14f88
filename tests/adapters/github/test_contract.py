"""All that is sent to GitHub, and all that the embedded one answers, against GitHub's own description."""

import pytest
from openapi import CheckedGitHub

from updater.adapters.github import GitHubForge
from updater.errors import Refused
from updater.model import CommitStatus

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"


def test_every_exchange_agrees_with_githubs_description(opening, updating, closing, saying, merging):
    with CheckedGitHub() as github:
        github.create_repository("acme", "deploy", {"tag": "1"})
        sha = github.commit(REPOSITORY, BRANCH, {"tag": "2"}, "Change")
        forge = GitHubForge(REPOSITORY, api=github.api, token=lambda: github.bot_token)

        step = opening(labels=("promotion",), reviewers=("bob", "team:platform"), draft=True)
        for each in (step, opening(title="Adopted")):
            forge.open(each)
        forge.pull_requests()
        forge.pull_requests()
        for text in ("One", "Two"):
            forge.comment(saying(1, "key", text))
        forge.status(sha)
        forge.set_status(sha, CommitStatus("pending", "Waits"))
        github.approve(REPOSITORY, 1)
        forge.reviews(1)
        with pytest.raises(Refused, match="draft"):
            forge.merge(merging(1, sha))
        forge.update(updating(1, "New", "New"))
        forge.close(closing(1, "Closed"))
        found = forge.closed_pull_requests(BRANCH)
        forge.disconnect()
        again = GitHubForge(REPOSITORY, api=github.api, token=lambda: github.bot_token)
        again.metadata_history(1)
        again.status(sha)
        again.comments(1)
        github.commit(REPOSITORY, BRANCH, {"tag": "3"}, "Again")
        github.open(REPOSITORY, BRANCH)
        again.merge(merging(2, github.head(REPOSITORY, BRANCH)))
        again.disconnect()

    assert [(pull.number, pull.state, pull.body) for pull in found] == [(1, "closed", "Closed")]
