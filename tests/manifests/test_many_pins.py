"""One file may hold the pins of a thousand apps: all together cost what they are, and not its square.

Calls are counted and not seconds, so that a busy machine tells the same.
"""

import sys

import pytest

from updater.manifests import Edit, Selector, read_all, write

FEW, MANY = 100, 400
WITHIN = 1.2
"""Of four times as many pins, how much more than four times the calls may be made."""


def kustomization(number):
    entries = "".join(f"  - name: ghcr.io/org/app-{each}\n    newTag: one\n" for each in range(number))
    return f"images:\n{entries}", [
        Selector("kustomization", f"ghcr.io/org/app-{each}") for each in range(number)
    ]


def renamed(number):
    entries = "".join(
        f"  - name: app-{each}\n    newName: ghcr.io/org/app-{each}\n    newTag: one\n"
        for each in range(number)
    )
    return f"images:\n{entries}", [
        Selector("kustomization", f"ghcr.io/org/app-{each}") for each in range(number)
    ]


def helm_values(number):
    apps = "".join(
        f"app-{each}:\n  image:\n    repository: ghcr.io/org/app-{each}\n    tag: one\n"
        for each in range(number)
    )
    return apps, [Selector("helm-values", f"ghcr.io/org/app-{each}") for each in range(number)]


def yaml_path(number):
    documents = "".join(
        f"---\nkind: Deployment\nspec:\n  image: ghcr.io/org/app-{each}:one\n" for each in range(number)
    )
    return documents, [Selector("yaml-path", f"ghcr.io/org/app-{each}") for each in range(number)]


def calls_of(act):
    """How many functions are called; those written in C, which scan the keys of a mapping, are not."""
    counted = 0

    def count(_frame, event, _argument):
        nonlocal counted
        counted += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return counted


def reading(kind, number):
    text, selectors = kind(number)
    found = read_all(text.encode(), selectors)
    assert [value.tag for value in found] == ["one"] * number
    return calls_of(lambda: read_all(text.encode(), selectors))


def writing(kind, number):
    text, selectors = kind(number)
    edits = [Edit(selector, "two") for selector in selectors]
    assert write(text.encode(), edits).decode() == text.replace("one", "two")
    return calls_of(lambda: write(text.encode(), edits))


@pytest.mark.parametrize("kind", [kustomization, renamed, helm_values, yaml_path])
@pytest.mark.parametrize("act", [reading, writing])
def test_four_times_as_many_pins_of_one_file_cost_four_times_as_much(kind, act):
    assert act(kind, MANY) <= WITHIN * MANY / FEW * act(kind, FEW)
