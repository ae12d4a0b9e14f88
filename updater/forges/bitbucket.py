"""Bitbucket Cloud. Pure values; Bitbucket Data Center has another API, and is not of this kind."""

from __future__ import annotations

from updater.forges.forge_kind import ForgeKind, TextLimits

BITBUCKET = ForgeKind(
    name="bitbucket",
    title="Bitbucket",
    api="",
    apis={"bitbucket.org": "https://api.bitbucket.org/2.0"},
    token_env="BITBUCKET_TOKEN",  # noqa: S106 - the name of a variable
    commit_page="/commits/{sha}",
    edit_page="/src/{branch}/{path}?mode=edit",
    # What its descriptions leave open: so much others have seen it take.
    longest=TextLimits(title=255, body=50_000, comment=32_000),
    rights="the scopes repository:write and pullrequest:write",
    bears=frozenset({"reviewers"}),
    # A uuid in braces, or Atlassian's id, which may be of several forms and is never short.
    person=r"\{[0-9A-Fa-f-]{36}\}|[0-9A-Za-z:_-]{16,}",
    person_example="{504c3b62-8120-4f0c-a7bc-87800b9d6f70}",
    changed_files=True,
    source_commits=True,
    experimental=True,
    git_user="x-token-auth",
    git_user_of_mail="x-bitbucket-api-token-auth",
)
