"""`source_checks`: the commit an image was built from has the required checks green. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import StringConstraints, model_validator

from updater.gates import images, source
from updater.model import Case, ChecksOf, Fact, Origin, Ruling, Unreadable
from updater.settings import Settings

_CODE = "source_checks"
Check = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class SourceChecks(Settings):
    """`source_checks: {required: [ci/test]}`; names of check runs or of statuses."""

    required: tuple[Check, ...]

    @model_validator(mode="before")
    @classmethod
    def _from_a_list(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return {"required": value} if isinstance(value, list) else value

    def judge(self, case: Case) -> Ruling | frozenset[Fact]:
        if not self.required:
            return Ruling(_CODE, True, "no check of its source is asked here")
        found = source.origins(case, _CODE)
        if not isinstance(found, tuple):
            return found
        missing = frozenset[Fact](ChecksOf(one) for one in found if ChecksOf(one) not in case.answers)
        if missing:
            return missing
        said = (self._objection(one, case) for one in found)
        return next((ruling for ruling in said if ruling is not None), None) or self._green(found)

    def _objection(self, origin: Origin, case: Case) -> Ruling | None:
        answer = case.answers[ChecksOf(origin)]
        if isinstance(answer, Unreadable):
            return images.unread(_CODE, answer)
        states = answer if isinstance(answer, Mapping) else {}
        for wanted, said in (
            ("failure", "failed"),
            ("pending", "still runs"),
            ("", "has not reported (yet)"),
        ):
            names = [name for name in self.required if states.get(name, "") == wanted]
            if names:
                sentence = f"{', '.join(names)} {said} on {origin}"
                return Ruling(_CODE, False, sentence, waits=wanted != "failure")
        return None

    def _green(self, origins: tuple[Origin, ...]) -> Ruling:
        where = " and ".join(map(str, origins))
        return Ruling(_CODE, True, f"{', '.join(self.required)} passed on {where}")
