"""What schemes whose settings have a pattern have in common. Pure."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from pydantic import model_validator

from updater.model import TagPart
from updater.schemes import reading
from updater.schemes.parts import Role
from updater.schemes.patterns import has_directives, has_groups, is_plain, ordering, pattern_of
from updater.schemes.scheme import SchemeSettings


class ByPattern(SchemeSettings):
    """By its pattern where that names parts, and else as the scheme always did."""

    lead: ClassVar[Role | None] = None
    """What counts before the rest of what the pattern names."""

    @model_validator(mode="before")
    @classmethod
    def _from_a_pattern(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the YAML holds
        return {"pattern": value} if isinstance(value, str) else value

    @property
    @abstractmethod
    def named(self) -> str | None:
        """The pattern, where it names parts."""

    @property
    def is_expression(self) -> bool:
        """Somebody has written a regular expression, and not plain text: how long that takes nobody knows."""
        text = getattr(self, "pattern", None) if "pattern" in self.model_fields_set else None
        return text is not None and self._is_expression(text)

    def _is_expression(self, text: str) -> bool:
        return has_groups(text) or not (is_plain(text) or has_directives(text))

    @property
    def same(self) -> Sequence[str]:
        return [field.part.name for field in pattern_of(self.named).of("same")] if self.named else ()

    @property
    def words(self) -> Collection[str]:
        return pattern_of(self.named).words if self.named else ()

    def parts(self, tag: str) -> Sequence[TagPart]:
        return reading.parts(self.named, tag) if self.named else ()

    def read_named(self, tag: str) -> reading.Read | None:
        """By a pattern that names parts."""
        return reading.read(self.named, tag, self.zone, self.lead) if self.named else None

    def why_not_named(self, tag: str) -> str | None:
        return reading.why_not(self.named, tag, self.zone, self.lead) if self.named else None


def refuse_without(role: Role, pattern: str, needs: str) -> None:
    """Raises ValueError, where the scheme would have nothing to go by."""
    if not any(kind == role for kind, _ in ordering(pattern).orders):
        raise ValueError(f"{pattern!r} {needs}")
