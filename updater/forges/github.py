"""GitHub, and GitHub Enterprise Server. Pure values."""

from __future__ import annotations

from updater.forges.forge_kind import BEARABLE, ForgeKind, ForgeSign, TextLimits

GITHUB = ForgeKind(
    name="github",
    title="GitHub",
    api="https://{host}/api/v3",
    apis={"github.com": "https://api.github.com"},
    token_env="GITHUB_TOKEN",  # noqa: S106 - the name of a variable
    edit_page="/edit/{branch}/{path}",
    new_page="/new/{branch}?filename={path}&value={text}",
    sign=ForgeSign("GitHub Enterprise", "/api/v3/meta", header="X-GitHub-Request-Id"),
    longest=TextLimits(title=256, body=65_536, comment=65_536),
    rights="contents:write, pull_requests:write and statuses:write",
    auto_merge=True,
    auto_merge_lease=True,
    team_reviewers=True,
    changed_files=True,
    makes_commits=True,
    apps=True,
    source_commits=True,
    bears=BEARABLE,
    reopens=True,
    merge_lease=True,
)
