"""`source_checks`: the commit an image was built from has the required checks green. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from updater.gates import _source_commits
from updater.gates.gate import Gate
from updater.image_labels import SOURCE
from updater.model import Case, ChecksOf, Question, Ruling, SourceCommit, Unreadable
from updater.reasons import Reason

_REPOSITORY = re.compile(r"(?:[a-z0-9.-]+(?::[0-9]+)?/)?[A-Za-z0-9*{}_.-]+/[A-Za-z0-9*{}_.-]+")


def _repository(text: str) -> str:
    if not _REPOSITORY.fullmatch(text) or re.search(r"[{}]", text.replace("{app}", "")):
        raise ValueError(f"{text!r} is no repository: write it like org/shop, org/* or org/{{app}}")
    return text


def _listed(value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
    return [value] if isinstance(value, str) else value


_WORD = {"type": "string", "examples": ["org/shop", "org/*", "org/{app}"]}
Check = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Repository = Annotated[str, AfterValidator(_repository)]
Repositories = Annotated[
    tuple[Repository, ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [_WORD, {"type": "array", "items": _WORD, "minItems": 1}]}),
]


REASON = Reason(
    "source_checks",
    "fact",
    "The commit an image was built from has to have the required checks green.",
    overridable=True,
    asked_of_rollback=False,
)


class SourceChecks(Gate):
    """`source_checks: {required: [ci/test], source: org/{app}}`; names of check runs or of statuses."""

    reason: ClassVar[Reason] = REASON
    needs_image: ClassVar[str | None] = "a chart does not say which commit it was built from"

    required: tuple[Check, ...] = Field(
        description="the names of checks or statuses that have to be green, such as ci/test"
    )
    source: Repositories | None = Field(
        default=None,
        description="the repositories it may be built from, such as org/shop, org/* or org/{app}",
    )
    """None: a label may name any, as long as `forges:` names its host."""

    @model_validator(mode="before")
    @classmethod
    def _from_a_list(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return {"required": value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.required and self.source is None:
            raise ValueError("this asks for nothing: name a check in required; false leaves the gate out")
        return self

    def weaker_than(self, bound: Self) -> str | None:
        missing = [check for check in bound.required if check not in self.required]
        if missing:
            return f"{', '.join(missing)} is missing"
        return "source has to be as it is there" if bound.source not in (None, self.source) else None

    def excludes(self, other: Self) -> str | None:
        differ = self.source and other.source and self.source != other.source
        return "their sources differ" if differ else None

    def judge(self, case: Case) -> Ruling | frozenset[Question]:
        found = _source_commits.source_commits(case, REASON)
        if not isinstance(found, tuple):
            return found
        foreign = next((one for one in found if not self._may_be(one, case.placement.app)), None)
        if foreign is not None:
            return self._of_others(foreign, case.placement.app)
        if not self.required:
            return Ruling(REASON, True, f"it was built from {_named(found)}, as asked")
        missing = frozenset[Question](ChecksOf(one) for one in found if ChecksOf(one) not in case.answers)
        if missing:
            return missing
        said = (self._objection(one, case) for one in found)
        return next((ruling for ruling in said if ruling is not None), None) or self._green(found)

    def _may_be(self, origin: SourceCommit, app: str) -> bool:
        return self.source is None or any(_is(origin, one) for one in self._sources(app))

    def _sources(self, app: str) -> list[str]:
        return [one.replace("{app}", app) for one in self.source or ()]

    def _of_others(self, origin: SourceCommit, app: str) -> Ruling:
        """Its checks are not even asked for: whose repository it is, whose checks they are."""
        sentence = (
            f"its label {SOURCE} says {origin.host}/{origin.repository}, and it may only be built "
            f"from {' or '.join(self._sources(app))}: build it there, or mend source_checks.source"
        )
        return Ruling(REASON, False, sentence)

    def _objection(self, origin: SourceCommit, case: Case) -> Ruling | None:
        answer = case.answers[ChecksOf(origin)]
        if isinstance(answer, Unreadable):
            return Ruling.unreadable(REASON, answer)
        states = answer if isinstance(answer, Mapping) else {}
        for wanted, said in (
            ("failure", "failed"),
            ("pending", "still runs"),
            ("", "has not reported (yet)"),
        ):
            names = [name for name in self.required if states.get(name, "") == wanted]
            if names:
                sentence = f"{', '.join(names)} {said} on {origin}"
                return Ruling(REASON, False, sentence, waits=wanted != "failure")
        return None

    def _green(self, origins: tuple[SourceCommit, ...]) -> Ruling:
        return Ruling(REASON, True, f"{', '.join(self.required)} passed on {_named(origins)}")


def _named(origins: tuple[SourceCommit, ...]) -> str:
    return " and ".join(map(str, origins))


def _is(origin: SourceCommit, pattern: str) -> bool:
    """Piece by piece, so that no `*` reaches over a slash; a host counts only where one is written."""
    pieces = pattern.lower().split("/")
    found = [origin.host, *origin.repository.lower().split("/")][-len(pieces) :]
    return len(found) == len(pieces) and all(map(fnmatchcase, found, pieces))
