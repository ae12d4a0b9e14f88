"""`signature`: every image is signed by one of those who may. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from updater.gates import _image_answers
from updater.gates.gate import Gate
from updater.model import (
    Case,
    Chart,
    DigestOf,
    Image,
    PublicKey,
    Question,
    Ruling,
    Signatory,
    SignatureOf,
    Signed,
    SignerIdentity,
    Unreadable,
)
from updater.reasons import Reason
from updater.settings import Settings

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_PUBLIC = "-----BEGIN PUBLIC KEY-----"
_ANYBODY = re.compile(r"[*/@.:]*")


def _key(value: Any) -> PublicKey:  # noqa: ANN401 - whatever the YAML holds
    """Does not repeat what stands there: it may be the private key."""
    if isinstance(value, PublicKey):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if "PRIVATE KEY" in text:
        raise ValueError("this is a private key, which nobody but the signer needs: name the public one")
    if text.startswith(_PUBLIC):
        return PublicKey(pem=text)
    if not text or not text.isprintable():
        raise ValueError("a public key is expected here: name its file, such as cosign.pub, or a variable")
    return PublicKey(variable=text) if _VARIABLE.fullmatch(text) else PublicKey(file=text)


def _identity(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("this identity has blanks or line breaks in it: leave them out")
    if _ANYBODY.fullmatch(text):
        raise ValueError(f"{text!r} is anybody: name at least the organisation, or a mail's domain")
    return text


def _issuer(text: str) -> str:
    if urlsplit(text).scheme not in {"https", "http"} or not text.isprintable() or "*" in text:
        raise ValueError(
            f"{text!r} is no issuer: write its address, such as https://token.actions.githubusercontent.com"
        )
    return text


Key = Annotated[
    PublicKey,
    PlainValidator(_key),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["/etc/updater/cosign.pub", "COSIGN_PUBLIC_KEY"]}),
]


class Allowed(Settings):
    """Some keys, or an identity of an issuer."""

    keys: tuple[Key, ...] = Field(
        default=(), description="public keys: files, environment variables, or the PEM text itself"
    )
    identity: Annotated[str, AfterValidator(_identity)] | None = Field(
        default=None, description="whom the certificate names: a workflow's address, or a mail address"
    )
    issuer: Annotated[str, AfterValidator(_issuer)] | None = Field(
        default=None, description="who vouches for the identity"
    )
    trusted_root: str | None = Field(
        default=None, description="the trusted_root.json of a Sigstore of your own"
    )

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if bool(self.keys) == bool(self.identity):
            raise ValueError("name those who may sign: either keys, or an identity with its issuer")
        if bool(self.identity) != bool(self.issuer):
            raise ValueError("an identity is two: identity and issuer, for anybody can run an issuer")
        if self.trusted_root and not self.identity:
            raise ValueError("a trusted_root belongs to an identity: keys are trusted as they are")
        return self

    @property
    def signatories(self) -> tuple[Signatory, ...]:
        if self.identity and self.issuer:
            return (SignerIdentity(self.identity, self.issuer, self.trusted_root),)
        return self.keys


REASON = Reason(
    "signature",
    "fact",
    "Every image has to be signed by one of those who may.",
    overridable=True,
    asked_of_rollback=False,
)


def unsignable(image: Image) -> str | None:
    """Why nobody can have signed it; None: somebody can. What cannot be asked passes no gate of safety."""
    if not (isinstance(image, Chart) and image.is_indexed):
        return None
    return (
        f"{image} is in no registry, where signatures are: follow it in one, or as an app of its own without "
        "this gate"
    )


class Signature(Gate):
    """`signature: {keys: [cosign.pub]}`, or a list of such: any one is enough; an empty one asks for none."""

    reason: ClassVar[Reason] = REASON
    by_teams: ClassVar[bool] = False

    any: tuple[Allowed, ...] = Field(description="those who may: one signature of any of them is enough")

    @model_validator(mode="before")
    @classmethod
    def _from_one(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        if isinstance(value, dict) and "any" in value:
            return value
        return {"any": value if isinstance(value, list) else [value]}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        several = handler.resolve_ref_schema(handler(core))["properties"]["any"]
        return {"anyOf": [several["items"], several]}

    @property
    def signatories(self) -> tuple[Signatory, ...]:
        return tuple(dict.fromkeys(one for each in self.any for one in each.signatories))

    def excludes(self, other: Self) -> str | None:
        return None if self == other else "each asks for the same as it says, and they differ"

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        if not self.any:
            return Ruling(REASON, True, "no signature is asked here")
        for image in case.images:
            if (why := unsignable(image)) is not None:
                return Ruling(REASON, False, why)
        missing = frozenset(question for question in self._questions(case) if question not in case.answers)
        if missing:
            return missing
        said = [self._judge_one(image, case) for image in case.images]
        against = next((ruling for ruling in said if not ruling.passes), None)
        sentence = "; ".join(dict.fromkeys(ruling.sentence for ruling in said))
        return against or Ruling(REASON, True, sentence)

    def _questions(self, case: Case) -> Iterator[Question]:
        for image in case.images:
            yield DigestOf(image, case.candidate.tag)
            yield self._question(image, case)

    def _question(self, image: Image, case: Case) -> SignatureOf:
        return SignatureOf(image, case.candidate.tag, self.signatories)

    def _judge_one(self, image: Image, case: Case) -> Ruling:
        digest = case.answers[DigestOf(image, case.candidate.tag)]
        answer = case.answers[self._question(image, case)]
        for one in (digest, answer):
            if isinstance(one, Unreadable):
                return Ruling.unreadable(REASON, one)
        if not isinstance(answer, Signed):
            return _image_answers.missing_ruling(REASON, image, case)
        if answer.digest != digest:
            sentence = f"{image} moved to another digest while its signature was looked up"
            return Ruling(REASON, False, sentence, waits=True, unread=True)
        if answer.by is None:
            return Ruling(REASON, False, f"{image} is not signed by {self._named}: {answer.found}")
        return Ruling(REASON, True, f"{image} is signed by {answer.by}")

    @property
    def _named(self) -> str:
        return " or ".join(map(str, self.signatories))
