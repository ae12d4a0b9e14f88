"""Values: dataclasses with slots that nothing changes. Methods are compiled when somebody needs them.

A command imports some four hundred of them and makes values of ninety. To compile every method of each was a
fourth of what a quiet pass over a hundred images takes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Class = TypeVar("_Class")
_Method = Callable[..., Any]
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value_class(cls: type[_Class]) -> type[_Class]:
    """What `dataclass(frozen=True, slots=True)` makes, also to `fields`, `replace` and type checkers."""
    said, cls.__doc__ = cls.__doc__, cls.__doc__ or "-"  # for a class without, dataclass would compose one
    made = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    made.__doc__ = said
    shared = {name: method for name, method in _SHARED.items() if name not in cls.__dict__}
    own = {name: _OnceAsked(made, name) for name in _COMPILED if not _has_own(cls, name)}
    for name, method in (shared | own).items():
        setattr(made, name, method)
    return made


def _has_own(cls: type, name: str) -> bool:
    """Where a class has only __eq__ of its own, its hash is None: nobody wrote that."""
    written = vars(cls).get(name, MISSING)
    return written is not MISSING and not (name == "__hash__" and written is None and "__eq__" in vars(cls))


class _OnceAsked:
    """Stands in for a method until somebody asks for it; from then on that is compiled, and in its place."""

    __slots__ = ("_cls", "_name")

    def __init__(self, cls: type, name: str) -> None:
        self._cls, self._name = cls, name

    def __get__(self, value: object, asked: type) -> _Method:
        """Of this class, whatever one that is derived from it has in its place."""
        made = _COMPILED[self._name](self._cls)
        setattr(self._cls, self._name, made)
        bound: _Method = made.__get__(value, asked)
        return bound


# --- the same for all -----------------------------------------------------------------------------------


def _repr(self: DataclassInstance) -> str:
    told = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(told)})"


def _refuse_to_set(_self: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: DataclassInstance) -> list[object]:
    """For `copy` and `pickle`, which would set field after field."""
    return [getattr(self, each.name) for each in fields(self)]


def _take_state(self: DataclassInstance, state: list[object]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


_SHARED: dict[str, _Method] = {
    "__repr__": _repr,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _take_state,
}


# --- each class has its own -----------------------------------------------------------------------------


def _init(cls: type[DataclassInstance]) -> _Method:
    every = fields(cls)
    by_place = [_parameter(each) for each in every if each.init and not each.kw_only]
    by_name = [_parameter(each) for each in every if each.init and each.kw_only]
    lines = [f"__put_{each.name}(self, {_value(each)})" for each in every if _is_set(each)]
    lines.append("self.__post_init__()" if hasattr(cls, "__post_init__") else "return")
    slots = {f"__put_{each.name}": getattr(cls, each.name).__set__ for each in every}
    known = {"__missing": MISSING} | slots | _defaults(every)
    made = _compiled(
        cls, "__init__", ["self", *by_place, *(["*", *by_name] if by_name else [])], lines, known
    )
    made.__annotations__ = {each.name: each.type for each in every if each.init} | {"return": None}
    return made


def _parameter(of: Field[Any]) -> str:
    if of.default is not MISSING:
        return f"{of.name}=__default_{of.name}"
    return of.name if of.default_factory is MISSING else f"{of.name}=__missing"


def _is_set(of: Field[Any]) -> bool:
    return of.init or of.default is not MISSING or of.default_factory is not MISSING


def _value(of: Field[Any]) -> str:
    if of.default_factory is MISSING:
        return of.name if of.init else f"__default_{of.name}"
    made = f"__default_{of.name}()"
    return f"{made} if {of.name} is __missing else {of.name}" if of.init else made


def _defaults(every: tuple[Field[Any], ...]) -> dict[str, object]:
    return {
        f"__default_{each.name}": each.default if each.default_factory is MISSING else each.default_factory
        for each in every
    }


def _eq(cls: type[DataclassInstance]) -> _Method:
    compared = [each.name for each in fields(cls) if each.compare]
    same = f"{_tuple('self', compared)} == {_tuple('other', compared)}"
    lines = [f"return {same} if other.__class__ is self.__class__ else NotImplemented"]
    return _compiled(cls, "__eq__", ["self", "other"], lines)


def _hash(cls: type[DataclassInstance]) -> _Method:
    counted = [each.name for each in fields(cls) if (each.compare if each.hash is None else each.hash)]
    return _compiled(cls, "__hash__", ["self"], [f"return hash({_tuple('self', counted)})"])


def _tuple(of: str, names: list[str]) -> str:
    return f"({''.join(f'{of}.{name}, ' for name in names)})"


_COMPILED = {"__init__": _init, "__eq__": _eq, "__hash__": _hash}


def _compiled(
    cls: type, name: str, parameters: list[str], lines: list[str], known: Mapping[str, object] = _NOTHING
) -> _Method:
    """A method of these lines; `known` is what they name beside the parameters."""
    method = "\n  ".join([f"def {name}({', '.join(parameters)}):", *lines])
    scope: dict[str, Any] = {}
    text = f"def __make({', '.join(known)}):\n {method}\n return {name}"
    exec(text, vars(sys.modules[cls.__module__]), scope)  # noqa: S102 - the names of fields, and nothing else
    made: _Method = scope["__make"](**known)
    made.__qualname__ = f"{cls.__qualname__}.{name}"
    return made
