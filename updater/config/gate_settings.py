"""Which gates an environment asks, and how. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ValidatorFunctionWrapHandler, WrapValidator, create_model

from updater.config.short_forms import chosen_from
from updater.gates import GATES, Gate
from updater.settings import Settings

_ASKED = {name: gate.reason.meaning.removesuffix(".") for name, gate in GATES.items()}
"""A gate is told of by its reason."""


class _Gates(Settings):
    noun: ClassVar[str] = "gate"

    def chosen(self) -> dict[str, Gate | None]:
        """By name; None: left out, whatever the layer below asks."""
        written = self.model_fields_set
        return {name: getattr(self, name) for name in GATES if name in written} if written else {}


def _unless_left_out(value: Any, read: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - of any gate
    return None if value is False else read(value)


if TYPE_CHECKING:
    Gates = _Gates
else:
    Gates = create_model(
        "Gates", __base__=_Gates, **chosen_from(GATES, _ASKED, WrapValidator(_unless_left_out))
    )
