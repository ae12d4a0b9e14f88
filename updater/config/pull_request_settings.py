"""How pull requests look, and who merges them. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from updater.config.names import Reviewer, Word
from updater.config.templates import BODY, TITLE, TITLE_BACK, Body, CommentTemplates, Title
from updater.settings import Duration, Settings


class PullRequestSettings(Settings):
    open: Literal["ready", "early"] = Field(
        default="ready", description="when every gate passes, or as soon as only time gates are left"
    )
    group: Literal["app", "environment"] = Field(
        default="app", description="a pull request for each app, or one for all of the environment"
    )
    draft: bool = Field(default=False, description="open them as drafts")
    update: Literal["until_approved", "always"] = Field(
        default="until_approved",
        description="until_approved: a newer build waits behind an approved one; always: it takes its place",
    )
    auto_merge: bool = Field(default=False, description="merge what passes every gate, without a person")
    method: Literal["merge", "squash", "rebase"] = Field(default="merge", description="how auto_merge merges")
    reviewers: tuple[Reviewer, ...] = Field(default=(), description="logins, or team:name")
    labels: tuple[Word, ...] = Field(
        default=(), description="labels that each of them bears, such as promotion"
    )
    assignees: tuple[Word, ...] = Field(default=(), description="logins that each of them is assigned to")
    milestone: Word | None = Field(default=None, description="the title of an open milestone")
    title: Title = Field(
        default=TITLE, description="one line, in which {app}, {environment}, {tag} and {old} are filled in"
    )
    title_back: Title = Field(default=TITLE_BACK, description="the title of a step back, by the same names")
    body: Body = Field(
        default=BODY,
        description="its text, in which {headline}, {table}, {evidence}, {commits} and {choices} "
        "are filled in beside the names of the title",
    )
    comments: CommentTemplates = Field(
        default=CommentTemplates(), description="what is said in comments, where it is to be worded otherwise"
    )
    watch: Duration = Field(
        default=timedelta(minutes=15),
        description="how long after its merge an Application that turns Degraded is said to be its doing",
    )
