"""Gitea, and Forgejo, which has the same API. Pure values."""

from __future__ import annotations

from updater.forges.forge_kind import BEARABLE, ForgeKind, ForgeSign, TextLimits

GITEA = ForgeKind(
    name="gitea",
    title="Gitea",
    api="https://{host}/api/v1",
    apis={"gitea.com": "https://gitea.com/api/v1", "codeberg.org": "https://codeberg.org/api/v1"},
    also_called=("forgejo",),
    token_env="GITEA_TOKEN",  # noqa: S106 - the name of a variable
    edit_page="/_edit/{branch}/{path}",
    new_page="/_new/{branch}/?filename={path}&value={text}",
    sign=ForgeSign("Gitea or Forgejo", "/api/v1/version", key="version"),
    # A title is cut, without a word, where it is wider than 255 columns: a character may take two of them,
    # and a draft's begins with "WIP: ". Bodies and comments have no limit of their own.
    longest=TextLimits(title=(255 - len("WIP: ")) // 2, body=1_048_576, comment=1_048_576),
    rights="the scopes write:repository, write:issue and read:user, and its user the right to write there",
    auto_merge=True,
    team_reviewers=True,
    changed_files=True,
    source_commits=True,
    bears=BEARABLE,
    reopens=True,
    merge_lease=True,
)
