"""What a user may write about commits: whose name they bear, how they are signed, what they say. Pure."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from updater.config.names import Email, Person, SecretFile
from updater.config.templates import SUBJECT, SUBJECT_BACK, CommitBody, Subject
from updater.settings import Settings


def _key_id(text: str) -> str:
    if not text.isprintable() or not text.strip() or text.startswith("-"):
        raise ValueError(f"{text!r} is no key: write its fingerprint or its mail address")
    return text


class Signing(Settings):
    """What the commits are signed with."""

    format: Literal["ssh", "gpg", "github"] = Field(
        description="ssh or gpg, with a key; github lets GitHub make the commits, which it then signs"
    )
    key_file: SecretFile | None = Field(
        default=None, description="the private key, without a passphrase; of gpg as it exports one"
    )
    key_id: Annotated[str, AfterValidator(_key_id)] | None = Field(
        default=None, description="of gpg: the key of the keyring, by its fingerprint or mail address"
    )

    @model_validator(mode="after")
    def _names_a_key(self) -> Self:
        if self.format == "github" and (self.key_file or self.key_id):
            raise ValueError("GitHub signs with a key of its own: leave out key_file and key_id")
        if self.format == "ssh" and (self.key_file is None or self.key_id is not None):
            raise ValueError("signing by ssh needs the file of a private key: key_file, and no key_id")
        if self.format == "gpg" and self.key_file is None and self.key_id is None:
            raise ValueError("signing by gpg needs a key: key_id of the keyring, or an exported key_file")
        return self


_BACK = "the subject of a step back"
_BODY = "text of your own, between what the updater says and its trailers"
_SIGNOFF = "end each message with Signed-off-by and the name and mail address above"


class CommitOverride(Settings):
    """What the commits in one repository have otherwise than those in all others."""

    name: Person | None = Field(default=None, description="the name they bear instead")
    email: Email | None = Field(
        default=None,
        description="the mail address they bear instead; a change makes older commits somebody else's",
    )
    signing: Signing | None = Field(default=None, description="null: these are not signed")
    subject: Subject | None = Field(default=None, description="the first line of their messages, instead")
    subject_back: Subject | None = Field(default=None, description=_BACK)
    body: CommitBody | None = Field(default=None, description=_BODY)
    signoff: bool | None = Field(default=None, description=_SIGNOFF)


_MAY_BE_NOTHING = {"signing", "body"}


class CommitSettings(Settings):
    """Whose name the commits bear."""

    name: Person = Field(default="updater", description="the name the commits bear")
    email: Email = Field(description="the mail address the commits bear, such as updater@example.org")
    signing: Signing | None = Field(
        default=None, description="what the commits are signed with; without it they are not signed"
    )
    subject: Subject = Field(
        default=SUBJECT,
        description="the first line of the messages, in which {app}, {environment}, {tag} and {old}"
        " are filled in",
    )
    subject_back: Subject = Field(default=SUBJECT_BACK, description=_BACK)
    body: CommitBody | None = Field(default=None, description=_BODY)
    signoff: bool = Field(default=False, description=_SIGNOFF)

    def with_own(self, own: CommitOverride | None) -> CommitSettings:
        """Those of a repository: what it says itself, and else these."""
        said = {name: getattr(own, name) for name in own.model_fields_set} if own else {}
        kept = {name: it for name, it in said.items() if it is not None or name in _MAY_BE_NOTHING}
        return self.model_copy(update=kept)
