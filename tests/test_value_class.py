"""A value class is a frozen dataclass with slots to everybody who asks; only that its methods come late."""

import copy
import inspect
import pickle
import typing
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Generic, TypeVar

import pytest

from updater.value_class import value_class

Item = TypeVar("Item")


def in_both_ways(make):
    return pytest.mark.parametrize("made", [make(value_class), make(dataclass(frozen=True, slots=True))])


def plain(way):
    @way
    class Plain:
        """It says something."""

        name: str
        tags: tuple[str, ...] = ()
        known: dict[str, int] = field(default_factory=dict)
        told: str = field(default="x", compare=False, repr=False)
        made: list[str] = field(init=False, default_factory=list, compare=False)
        many: dict[str, int] = field(default_factory=dict, hash=False, kw_only=True)

        @property
        def loud(self):
            return self.name.upper()

    return Plain


@value_class
class Base:
    one: int


@value_class
class Derived(Base):
    two: str = "two"


@value_class
class Of(Generic[Item]):
    item: Item


@value_class
class Checked:
    one: int

    def __post_init__(self):
        if self.one < 0:
            raise ValueError(self.one)


@value_class
class Nothing:
    pass


@value_class
class Own:
    name: str

    def __eq__(self, other):
        return isinstance(other, Own) and self.name.lower() == other.name.lower()

    def __hash__(self):
        return hash(self.name.lower())

    def __repr__(self):
        return f"<{self.name}>"


@in_both_ways(plain)
def test_it_is_made_told_and_compared_as_a_dataclass(made):
    one = made("a", ("b",), told="y", many={"c": 1})

    assert repr(one).endswith("Plain(name='a', tags=('b',), known={}, made=[], many={'c': 1})")
    assert one == made("a", ("b",), many={"c": 1})
    assert one != made("a", ("b",))
    assert one != "a"
    assert one.loud == "A"
    assert asdict(one) == {
        "name": "a",
        "tags": ("b",),
        "known": {},
        "told": "y",
        "made": [],
        "many": {"c": 1},
    }
    assert replace(one, name="z") == made("z", ("b",), many={"c": 1})
    assert made.__match_args__ == ("name", "tags", "known", "told")
    assert is_dataclass(made)
    assert not hasattr(one, "__dict__")
    assert made.__doc__ == "It says something."


@in_both_ways(plain)
def test_what_is_made_by_a_factory_is_made_for_each(made):
    assert made("a").known is not made("a").known
    assert made("a").made is not made("a").made


@in_both_ways(plain)
def test_it_says_what_it_takes(made):
    taken = inspect.signature(made).parameters

    assert list(taken) == ["name", "tags", "known", "told", "many"]
    assert taken["many"].kind is inspect.Parameter.KEYWORD_ONLY
    assert taken["tags"].default == ()
    assert typing.get_type_hints(made.__init__)["tags"] == tuple[str, ...]
    with pytest.raises(
        TypeError, match=r"Plain\.__init__\(\) missing 1 required positional argument: 'name'"
    ):
        made()


@in_both_ways(plain)
def test_nothing_changes_it(made):
    one = made("a")

    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        one.name = "b"
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'name'"):
        del one.name
    with pytest.raises((FrozenInstanceError, TypeError)):  # the latter is a fault of Python 3.11
        one.other = 1
    assert one == made("a")


@in_both_ways(plain)
def test_what_cannot_be_hashed_is_refused_and_what_need_not_be_is_not_asked(made):
    with pytest.raises(TypeError, match="unhashable type: 'dict'"):
        hash(made("a"))
    assert hash(made("a", known=(), many={})) == hash(made("a", known=(), many={"b": 1}, told="z"))


def test_a_hash_is_asked_for_before_anything_is_compared():
    assert {Base(1): "x"}[Base(1)] == "x"
    assert len({Base(1), Base(1), Base(2)}) == 2


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301 - of our own
def test_it_is_copied(way):
    assert way(Derived(1, "b")) == Derived(1, "b")


def test_a_class_derived_from_one_has_its_fields_first_and_is_equal_to_none_of_the_other():
    Base(1)  # the methods of the one are not those of the other

    assert repr(Derived(1, "b")) == "Derived(one=1, two='b')"
    assert [each.name for each in fields(Derived)] == ["one", "two"]
    assert Derived(1) != Base(1)
    assert Base(1) != Derived(1)


def test_it_may_say_what_it_is_of():
    assert Of[int](1) == Of(1)


def test_it_may_check_what_it_was_given():
    with pytest.raises(ValueError, match="-1"):
        Checked(-1)


def test_it_may_have_no_fields_and_no_docstring():
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert repr(Nothing()) == "Nothing()"
    assert Nothing.__doc__ is None


def test_methods_of_its_own_stay():
    assert Own("a") == Own("A")
    assert hash(Own("a")) == hash(Own("A"))
    assert repr(Own("a")) == "<a>"


@in_both_ways(lambda way: way)
def test_a_method_of_one_derived_from_it_calls_that_of_the_class_once(made):
    @made
    class Counted:
        one: int

    asked = []

    class Counting(Counted):
        def __init__(self, one):
            asked.append("made")
            super().__init__(one)

        def __eq__(self, other):
            asked.append("compared")
            return super().__eq__(other)

        def __hash__(self):
            asked.append("hashed")
            return super().__hash__()

    one = Counting(1)
    hash(one)
    assert one == Counting(1)
    assert asked == ["made", "hashed", "made", "compared"]


@in_both_ways(lambda way: way)
def test_one_that_says_only_what_is_equal_is_hashed_by_its_fields(made):
    @made
    class Equal:  # noqa: PLW1641 - that is the question
        one: int

        def __eq__(self, other):
            return self.one == other.one

    assert len({Equal(1), Equal(1), Equal(2)}) == 2


@in_both_ways(lambda way: way)
def test_what_nobody_gives_is_as_it_is_by_default(made):
    @made
    class Given:
        one: int
        two: int = field(init=False, default=2)

    assert (Given(1).two, list(inspect.signature(Given).parameters)) == (2, ["one"])
    assert replace(Given(1), one=3) == Given(3)


def test_a_method_is_there_once_somebody_has_asked_for_it():
    @value_class
    class Asked:
        one: int

    assert not inspect.isfunction(vars(Asked)["__init__"])
    assert Asked(1) == Asked(1)
    assert inspect.isfunction(vars(Asked)["__init__"])
    assert not inspect.isfunction(vars(Asked)["__hash__"])
