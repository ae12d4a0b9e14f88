"""GitLab, whose merge requests are called pull requests here. Pure values."""

from __future__ import annotations

from updater.forges.forge_kind import BEARABLE, ForgeKind, ForgeSign, TextLimits

GITLAB = ForgeKind(
    name="gitlab",
    title="GitLab",
    api="https://{host}/api/v4",
    apis={"gitlab.com": "https://gitlab.com/api/v4"},
    token_env="GITLAB_TOKEN",  # noqa: S106 - the name of a variable
    edit_page="/-/edit/{branch}/{path}",
    # It has a parameter for the content, too, and its editor ignores that (gitlab-org/gitlab#594214).
    new_page="/-/new/{branch}?file_name={path}",
    sign=ForgeSign("GitLab", "/api/v4/version", header="X-Gitlab-Meta"),
    # A draft's title begins with "Draft: ".
    longest=TextLimits(title=255 - len("Draft: "), body=1_048_576, comment=1_000_000),
    rights="the scope api and the role Developer",
    commit_page="/-/commit/{sha}",
    bears=BEARABLE,
    reopens=True,
    merge_lease=True,
)
