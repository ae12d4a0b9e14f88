"""I1 inside of blocks, strings and `.env` files: the wanted value changes and no other byte, or none does."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from manifests.places import Made, blocks, env_files, literals

from updater.manifests import Edit, PinRefused, read, write

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


@pytest.mark.soak
@pytest.mark.parametrize("place", PLACES)
def test_i1_very_much_that_stands_inside_is_changed_exactly_or_refused(place):
    @given(PLACES[place])
    @soaking
    def played(made):
        for new in NEW:
            assert not is_exact(made, new) or made.before is not None

    played()
