import json
import re
from collections import Counter

import pytest
from manifests.corpus import SHARED, TAG, bumps, needs_corpus, pins, refused_files

from updater.manifests import Edit, PinRefused, Selector, Value, entries, read, write

NAMED = {"alias", "anchor", "tagged", "block_scalar", "duplicate", "template", "digest_wins", "ambiguous"}
NO_FILE = {"not_utf8", "not_yaml", "too_large", "template", "duplicate"}


def without_quotes(data: bytes) -> bytes:
    return re.sub(rb"""["']""", b"", data)


def is_exact(before: bytes, after: bytes, value: Value) -> bool:
    """Only the value's characters differ, or one line (two with a digest) was added."""
    old, new = before.split(b"\n"), after.split(b"\n")
    if value.tag is None and len(new) == len(old) + 1:
        added = [line for line in new if TAG.encode() in line]
        new.remove(added[0])
        return new == old and added[0].strip() == b"newTag: " + TAG.encode()
    changed = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    return 0 < len(changed) <= 2 and all(_only_the_value(*lines, value) for lines in changed)


def _only_the_value(before: bytes, after: bytes, value: Value) -> bool:
    said = [one.encode() for one in (value.tag, value.digest) if one]
    written = [TAG.encode(), b"sha256:" + b"e" * 64]
    rest = without_quotes(after)
    wanted = without_quotes(before)
    for new in written:
        rest = rest.replace(new, b"", 1)
    for old in said:
        wanted = wanted.replace(old, b"", 1) if wanted.count(old) == 1 else b"".join(wanted.rsplit(old, 1))
    return rest.split() == wanted.split() or any(_swapped(before, after, old) for old in said)


def _swapped(before: bytes, after: bytes, old: bytes) -> bool:
    head, _, tail = after.partition(TAG.encode())
    return (
        any(
            before == head.rstrip(b'"') + quote + old + quote + tail.lstrip(b'"')
            for quote in (b"", b'"', b"'")
        )
        or before == head + old + tail
    )


@needs_corpus
@pytest.mark.parametrize("kind", ["kustomization", "helm-values"])
def test_i1_every_pin_of_every_real_file_is_set_exactly_or_refused_by_name(kind, capsys):
    table: Counter[str] = Counter()
    wrong = []
    for pin in pins(kind):
        try:
            value = read(pin.data, pin.selector)
            exact = is_exact(pin.data, write(pin.data, [pin.edit]), value)
        except PinRefused as refused:
            table[refused.code] += 1
            continue
        table["exact" if exact else "wrong"] += 1
        if not exact:
            wrong.append((pin.path.name, pin.selector))
    refused = table.total() - table["exact"] - table["wrong"]
    files = Counter(refused.code for _, refused in refused_files(kind))
    with capsys.disabled():
        print(f"\n{kind}: {table.total()} pins, {dict(table)}; files refused whole: {dict(files)}")  # noqa: T201  # the table is the point
    assert wrong == []
    assert table["exact"] > 150
    assert refused < 0.02 * table.total()
    assert set(table) - {"exact", "wrong"} <= NAMED
    assert set(files) <= NO_FILE


@needs_corpus
@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.soak)])
def test_all_pins_of_a_real_file_are_set_in_one_go_as_one_after_the_other(every):
    """CI asks every third file; the soak all of them."""
    for kind in ("kustomization", "helm-values"):
        by_file: dict[bytes, list[Edit]] = {}
        for pin in pins(kind, create=False):
            try:
                read(pin.data, pin.selector)
            except PinRefused:
                continue
            by_file.setdefault(pin.data, []).append(pin.edit)
        for data, edits in [*by_file.items()][::every]:
            step = data
            for edit in edits:
                step = write(step, [edit])
            assert write(data, edits) == step


def edits_between(kind: str, before: bytes, after: bytes) -> list[Edit]:
    edits = []
    for selector in entries(before, kind):
        try:
            old, new = read(before, selector), read(after, selector)
        except PinRefused:
            continue
        if (old.tag, old.digest) != (new.tag, new.digest):
            edits.append(Edit(selector, new.tag or "", new.digest))
    return edits


@needs_corpus
def test_real_bumps_come_out_as_their_authors_wrote_them_but_for_quotes(capsys):
    table: Counter[str] = Counter()
    others = []
    for bump in bumps():
        result = bump.before
        try:
            result = write(bump.before, edits_between(bump.kind, bump.before, bump.after))
        except PinRefused as refused:
            others.append(f"{bump.name}: refused, {refused}")
        if result == bump.after:
            table["identical"] += 1
        elif without_quotes(result) == without_quotes(bump.after):
            table["identical but for the value's quotes"] += 1
        else:
            table["other"] += 1
            others.append(f"{bump.name}: the author changed more than values, or there is no value to change")
    with capsys.disabled():
        print(f"\nbumps: {dict(table)}", *others, sep="\n  ")  # noqa: T201  # the list is the point
    assert table["other"] <= 0.02 * table.total()
    assert table.total() == 910


REFUSED_OF_31 = {
    "anchor/alias tag": "anchor",
    "digest entry replaced by tag": "digest_wins",
    "duplicate entries": "duplicate",
}
QUOTED_OF_31 = {"exponent-like tag 123e4567"}


@needs_corpus
@pytest.mark.parametrize(
    "case",
    json.loads((SHARED / "cases" / "rewrite-31.json").read_text(encoding="utf-8"))
    if (SHARED / "cases").is_dir()
    else [],
    ids=lambda case: case["name"],
)
def test_awkward_kustomizations_change_by_the_value_alone(case):
    edit = Edit(Selector("kustomization", case["set"]["Name"]), case["set"]["NewTag"])
    before = case["input"].encode()
    if case["name"] in REFUSED_OF_31:
        with pytest.raises(PinRefused) as refused:
            write(before, [edit])
        assert refused.value.code == REFUSED_OF_31[case["name"]]
    elif case["name"] in QUOTED_OF_31:
        assert write(before, [edit]) == case["byte_minimal"].replace(edit.tag, f'"{edit.tag}"').encode()
    else:
        assert write(before, [edit]) == case["byte_minimal"].encode()
