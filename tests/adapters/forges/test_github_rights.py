"""The permissions that the handbook asks for a GitHub App are those of the calls that are made.

GitHub's list of what each call needs is published in `@octokit/app-permissions`, an npm package; CI gets it.
"""

import json
import re
from pathlib import Path

import pytest
from world.npm_package import is_at_hand

from updater.adapters.github import GitHubSourceCommits
from updater.adapters.limits import RateLimits
from updater.model import CommitStatus
from updater.sandbox.github.protection import Protection

PACKAGE = "@octokit/app-permissions@2.1.0"
PUBLISHED = Path.home() / ".cache/updater-tests/app-permissions-2.1.0.json"
PAGE = Path(__file__).resolve().parents[3] / "docs/how-to/rights/github-app.md"
REPOSITORY, BRANCH = "acme/deploy", "updater/app/production--shop"
PREFIX = "/api/v3"
GRAPHQL = ("POST", "/graphql")
UNLISTED = {
    # Whose token it is: an App has no user, and answers for itself with its key.
    ("GET", "/user"),
    # What anybody may ask who may read the repository at all.
    ("GET", "/repos/{owner}/{repo}/rules/branches/{branch}"),
    # GitHub publishes no permissions of GraphQL.
    GRAPHQL,
}
LATER = {
    # The list is older than this permission, which fine-grained tokens cannot be given.
    ("GET", "/repos/{owner}/{repo}/commits/{sha}/check-runs"): ("checks", "read"),
}
STRONGER = {"read": 0, "write": 1}


def published():
    if not is_at_hand(PACKAGE, "generated/api.github.com.json", PUBLISHED):
        pytest.skip(f"{PACKAGE} is not at hand: CI gets it by npm")
    return json.loads(PUBLISHED.read_text())["paths"]


@pytest.fixture
def calls(world):
    """Method and path of all that is asked of the deploy repository in its life, and of an image's source."""
    read_and_write(world)
    ask_of_the_source(world)
    asked = [each for each in world.hub.requests if each.path.startswith(f"{PREFIX}/")]
    return {(each.method, each.path.partition("?")[0].removeprefix(PREFIX)) for each in asked} | {GRAPHQL}


def read_and_write(world):
    hub, forge = world.hub, world.forge
    hub.create_milestone(REPOSITORY, "spring")
    forge.branch_rules("main")
    forge.pull_requests()
    forge.closed_pull_requests(BRANCH)
    worn = {"labels": ("promotion",), "reviewers": ("alice", "team:platform"), "assignees": ("alice",)}
    number = world.opened(**worn, milestone="spring")
    world.another_forge().metadata_history(number)
    forge.reviews(number)
    forge.changed_files(number, world.head())
    forge.update(world.updating(number))
    for text in ("text", "other"):
        forge.comment(world.saying(number, "key", text))
    forge.set_status(world.head(), CommitStatus("pending", "It soaks."))
    hub.protect(REPOSITORY, "main", Protection(required_reviews=1))
    forge.set_auto_merge(world.auto_merging(number, world.head()))
    hub.approve(REPOSITORY, number)
    forge.merge(world.merging(number, world.head()))


def ask_of_the_source(world):
    hub = world.hub
    head = hub.head(REPOSITORY, "main")
    newer = hub.commit(REPOSITORY, "main", {"b": "2"}, "More")
    sources = GitHubSourceCommits(hub.api, lambda: hub.bot_token, limits=RateLimits("here", hub.clock))
    sources.checks(REPOSITORY, newer)
    sources.comparison(REPOSITORY, head, newer)
    sources.commits(REPOSITORY, head, newer)
    sources.message(REPOSITORY, newer)
    sources.disconnect()


def permission_of(paths, method, template):
    found = paths.get(template, {}).get(method)
    assert found is not None, f"nothing is published of {method} {template}"
    return found["permission"], found["access"]


def template_of(path, templates):
    """Of those that fit, the one that says most."""
    fitting = [each for each in templates if re.fullmatch(re.sub(r"{\w+}", "[^/]+", each), path)]
    return max(fitting, key=lambda each: len(re.sub(r"{\w+}", "", each)), default=None)


@pytest.mark.parametrize("kind", ["github"])
def test_the_permissions_of_the_page_are_those_of_the_calls_and_no_more(calls):
    paths = published()
    needed = {"contents": "write", "metadata": "read"}  # git pushes; and whoever reads anything reads that
    for method, path in sorted(calls):
        template = template_of(path, [*paths, *(each for _, each in UNLISTED)])
        if (method, template) in UNLISTED:
            continue
        name, access = LATER.get((method, template)) or permission_of(paths, method, template)
        needed[name] = max(access, needed.get(name, "read"), key=STRONGER.__getitem__)
    assert needed == of_the_page()


def of_the_page():
    rows = re.findall(r"^\| \*\*([\w ]+)\*\* \| ([\w -]+) \|", PAGE.read_text(), re.MULTILINE)
    known = {"commit statuses": "statuses"}
    names = {name: known.get(name.lower(), name.lower().replace(" ", "_")) for name, _ in rows}
    return {names[name]: "write" if "write" in access else "read" for name, access in rows}
