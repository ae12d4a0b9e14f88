"""What a user may write about forges, and the GitHub Apps to act as there. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from updater.config.addresses import ApiAddress
from updater.config.credentials import ForgeCredential
from updater.config.names import SecretFile
from updater.config.tls import Tls
from updater.forges import DEFAULT, FORGES, ForgeKind, kind_of_host
from updater.settings import Settings

OF_OTHERS = "what any other kind hosts takes pushes (`deliver: push`), and no pull requests"


def _forge_kind(text: str) -> str:
    if text not in FORGES:
        like = next((name for name, kind in FORGES.items() if text.lower() in kind.also_called), None)
        if like is not None:
            raise ValueError(f"{text!r} has the API of {like}: write {like}")
        *kinds, last = FORGES
        known = f"{', '.join(kinds)} or {last}"
        raise ValueError(f"{text!r} is no kind of forge: write {known}; {OF_OTHERS}")
    return text


class AppInstallation(Settings):
    """A GitHub App, installed on the owner of the repositories: GitHub counts for each what it asks."""

    app_id: Annotated[int, Field(gt=0)] = Field(description="the number of the GitHub App to act as")
    installation_id: Annotated[int, Field(gt=0)] = Field(
        description="the number of its installation, the last word of that page's address"
    )
    private_key_file: SecretFile = Field(description="the PEM file with its key")


class Forge(ForgeCredential):
    kind: Annotated[str, AfterValidator(_forge_kind), WithJsonSchema({"enum": [*FORGES]})] = Field(
        default=DEFAULT,
        description="what runs there; gitlab.com is a gitlab and codeberg.org a gitea without being told",
    )
    app_id: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="the number of the GitHub App to act as, instead of a token"
    )
    installation_id: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="the number of its installation, the last word of that page's address"
    )
    private_key_file: SecretFile | None = Field(default=None, description="the PEM file with its key")
    apps: tuple[AppInstallation, ...] = Field(
        default=(),
        description="several GitHub Apps instead: each has limits of its own, and each write goes to the one "
        "with most left",
    )
    api: ApiAddress | None = Field(
        default=None,
        description="the address of its API, where its own server has it elsewhere, such as "
        "https://ghe.example.org/api/v3",
    )
    tls: Tls = Field(default=Tls(), description="who vouches for this host; git asks it, too")
    authors: tuple[str, ...] = Field(
        default=(),
        description="logins whose open pull requests are ours, too: whom the token acted as before",
    )

    @model_validator(mode="after")
    def _has_one_credential(self) -> Self:
        app = [self.app_id, self.installation_id, self.private_key_file]
        if (any(app) or self.apps) and not self.capabilities.apps:
            raise ValueError("a GitHub App is for GitHub: name the token of a user or a project")
        if any(app) and not all(app):
            raise ValueError("a GitHub App is three: app_id, installation_id and private_key_file")
        if any(app) and self.apps:
            raise ValueError(
                "`apps` stands beside app_id, installation_id and private_key_file: take those three out, "
                "and put that App first under `apps`"
            )
        if "apps" in self.model_fields_set and not self.apps:
            raise ValueError("`apps` is empty: name at least one, or leave it out")
        if (any(app) or self.apps) and self.has_token:
            raise ValueError("name either a token or a GitHub App, not both")
        return self

    @model_validator(mode="after")
    def _has_each_app_once(self) -> Self:
        """An owner installs an App once, and limits are those of the installation."""
        for number, count in Counter(each.app_id for each in self.apps).items():
            if count > 1:
                raise ValueError(
                    f"app {number} stands under `apps` {count} times, and has its limits only once: "
                    "name another App, or leave it out"
                )
        for number, count in Counter(each.installation_id for each in self.apps).items():
            if count > 1:
                raise ValueError(
                    f"installation {number} stands under `apps` {count} times: each App has its own"
                )
        return self

    @property
    def installations(self) -> tuple[AppInstallation, ...]:
        """The GitHub Apps to act as, however they are written; none where it is a token."""
        if self.app_id is None or self.installation_id is None or self.private_key_file is None:
            return self.apps
        return (
            AppInstallation(
                app_id=self.app_id,
                installation_id=self.installation_id,
                private_key_file=self.private_key_file,
            ),
        )

    @property
    def says_kind(self) -> bool:
        """Written down, or as only GitHub has apps."""
        return "kind" in self.model_fields_set or bool(self.installations)

    @property
    def capabilities(self) -> ForgeKind:
        return FORGES[self.kind]

    @property
    def may_speak(self) -> bool:
        """It has what its API asks for."""
        return self.has_token or bool(self.installations)

    def at(self, host: str) -> Forge:
        """With its kind and the address of its API spelled out."""
        kind = self.capabilities if self.says_kind else kind_of_host(host) or self.capabilities
        return self.model_copy(update={"kind": kind.name, "api": self.api or kind.api_of(host)})
