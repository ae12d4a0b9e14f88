"""What a user may write about deploy repositories. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ModelWrapValidatorHandler, PrivateAttr, model_validator

from updater.config.addresses import GitAddress, user_of
from updater.config.breaker import Breaker
from updater.config.commits import CommitOverride
from updater.config.credentials import ForgeCredential
from updater.config.flux import Flux
from updater.settings import Duration

_BRANCH = re.compile(r"(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)|/\.|[./]$))[A-Za-z0-9_][A-Za-z0-9._/@+-]*")
_RECORDS = {"verdicts", "tried"}
"""Below refs/updater/ these are folders of ours: a base branch has its own ref beside them."""


def _branch(text: str) -> str:
    if not _BRANCH.fullmatch(text) or text.startswith("refs/"):
        raise ValueError(f"{text!r} is no branch: write its short name, such as main")
    if text.partition("/")[0] in _RECORDS:
        raise ValueError(f"refs/updater/{text} is where the updater records what it does: rename the branch")
    return text


Branch = Annotated[str, AfterValidator(_branch)]


def _history(length: timedelta) -> timedelta:
    if not length:
        raise ValueError("without any history nobody knows what was rolled back: write it like 180d")
    return length


class Repository(ForgeCredential):
    url: GitAddress = Field(
        description="the address of the deploy repository, such as https://github.com/org/deploy.git"
    )
    branch: Branch = Field(default="main", description="the branch that is deployed, by its short name")
    history: Annotated[Duration, AfterValidator(_history)] = Field(
        default=timedelta(days=180), description="how far back history is read"
    )
    status: Literal["own", "all"] = Field(
        default="own", description="which pull requests get the commit status: the updater's, or all"
    )
    shared: bool = Field(
        default=False, description="other updaters propose here, too: the status then bears the instance"
    )
    flux: Flux | None = Field(default=None, description="the receiver that is called after a push")
    commit: CommitOverride | None = Field(
        default=None, description="what its commits have otherwise: identity, signing, texts"
    )
    breaker: Breaker | None = Field(
        default=None, description="so many rollbacks close together stop all that would go forward"
    )
    _user_in_url: str | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_user(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401 - any YAML
        """The address goes on without it: it is compared, shown, and handed to git."""
        made = handler(given)
        url = given.get("url") if isinstance(given, dict) else None
        if isinstance(url, str) and (user := user_of(url)) is not None:
            made._user_in_url = user  # noqa: SLF001 - its own
        return made

    @property
    def user_in_url(self) -> str | None:
        """Whom the token belongs to, where nothing else says it."""
        return self._user_in_url
