"""I1 inside of blocks, strings and `.env` files: the wanted value changes and no other byte, or none does."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from manifests.places import Made, anchored, blocks, env_files, literals
from ruamel.yaml import YAML

from updater.manifests import Edit, PinRefused, Selector, read, write

NEW = ("v2", "20260202", "1e5", "2.0")

cheap = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
in_ci = settings(cheap, max_examples=200)
soaking = settings(cheap, max_examples=20_000)

PLACES = {"blocks": blocks(), "env files": env_files(), "literals": literals()}


def is_exact(made: Made, new: str) -> bool:
    """Tell whether it was written; assert that one place says the new tag, and all else is as before."""
    edit = Edit(made.selector, new)
    try:
        said = read(made.data, made.selector)
        after = write(made.data, [edit])
    except PinRefused:
        return False
    assert said.tag == made.before
    assert read(after, made.selector).tag == new
    assert write(after, [edit]) == after
    old = one_place(made.data.decode(), after.decode(), said.tag or "", new)
    assert made.data.decode().count("\n", 0, old) + 1 == said.line
    return True


def one_place(before: str, after: str, was: str, now: str) -> int:
    """Where the only difference between the two is that the one says `was` and the other `now`."""
    places = [match.start() for match in re.finditer(re.escape(was), before)]
    wanted = {
        start: {before[:start] + form + before[start + len(was) :] for form in (now, f'"{now}"')}
        for start in places
    }
    found = [start for start, texts in wanted.items() if after in texts]
    assert found, "more than the value has changed"
    return found[0]


@pytest.mark.parametrize("place", PLACES)
def test_i1_what_stands_inside_is_changed_exactly_or_refused(place):
    written = []

    @given(PLACES[place])
    @in_ci
    def played(made):
        for new in NEW[: 1 + len(made.data) % len(NEW)]:
            written.append(is_exact(made, new))
            assert not (written[-1] and made.before is None), "what is in doubt was written"

    played()
    assert sum(written) > 0.4 * len(written)


def values_in(data: bytes) -> dict[str, dict[str, str]]:
    """What another reader says, which follows aliases; the values in a block, if they stand in one."""
    read = YAML(typ="base", pure=True)
    found = read.load(data.decode())
    return read.load(found["values"]) if isinstance(found.get("values"), str) else found


def only_of_one_app(data: bytes, selector: Selector) -> bool:
    """Tell whether it was written; assert that whatever says something new is of the pin's app."""
    try:
        after = write(data, [Edit(selector, "v2")])
    except PinRefused:
        return False
    before, now = values_in(data), values_in(after)
    assert before.keys() == now.keys()
    changed = {key for key in before if before[key] != now[key]}
    named = {path.split(".")[-2] for path in (selector.at, *selector.also)}
    assert changed >= {selector.at.split(".")[-2]}
    for key in changed:
        assert now[key]["tag"] == "v2"
        assert before[key] | {"tag": "v2"} == now[key]
        assert key in named or now[key].get("repository") == selector.image
    assert data.count(b"&t") == after.count(b"&t")
    assert write(after, [Edit(selector, "v2")]) == after
    return True


def test_i1_what_an_anchor_makes_one_value_is_changed_only_where_all_of_it_is_of_one_app():
    written = []

    @given(anchored())
    @in_ci
    def played(made):
        written.append(only_of_one_app(*made))

    played()
    assert 0.2 * len(written) < sum(written) < 0.8 * len(written)


@pytest.mark.soak
@pytest.mark.parametrize("place", PLACES)
def test_i1_very_much_that_stands_inside_is_changed_exactly_or_refused(place):
    @given(PLACES[place])
    @soaking
    def played(made):
        for new in NEW:
            assert not is_exact(made, new) or made.before is not None

    played()
