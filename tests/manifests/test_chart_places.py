"""Wherever the version of a chart stands, and whatever beside it: exact or refused (I1)."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from updater.manifests import Edit, PinRefused, entries, read, write

FORMS = sorted((Path(__file__).resolve().parents[1] / "golden" / "chart").glob("*/before.yaml"))
VERSIONS = ("1.3.0", "v1.3.0", "2.0.0-rc.10", "1.2.3+20260202", "0.0.1-alpha+1e5", "10.20.30")
DIGEST = "sha256:" + "c" * 64
JUNK = (
    "# targetRevision: 1.2.3",
    "junk: 1.2.3",
    "---",
    "...",
    "version: 1.2.3",
    "  version: &v 1.2.3",
    "    targetRevision: *v",
    "    <<: *v",
    "chart: shop",
    "    chart: shop",
    "  - {name: shop, version: 1.2.3, repository: oci://ghcr.io/org/charts}",
    "kind: Application",
    "\t",
    "",
    "    targetRevision: '1.2.3",
    '"',
    "}",
)


@some.composite
def files(draw):
    """A file that names a chart, with lines put in and taken out, and other line breaks."""
    lines = draw(some.sampled_from(FORMS)).read_text().split("\n")
    for _ in range(draw(some.integers(0, 3))):
        place = draw(some.integers(0, len(lines)))
        if draw(some.booleans()):
            lines.insert(place, draw(some.sampled_from(JUNK)))
        elif place < len(lines):
            del lines[place]
    return draw(some.sampled_from(("\n", "\n", "\r\n"))).join(lines).encode()


def split(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """What of the two differs, between what they share."""
    start = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    left, right = before[start:], after[start:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    return left, right


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), some.sampled_from(VERSIONS), some.data())
def test_a_version_is_written_exactly_or_not_at_all(before, version, data):
    try:
        found = entries(before, "chart")
        selector = data.draw(some.sampled_from(found)) if found else None
        value = read(before, selector) if selector else None
    except PinRefused:
        return
    if value is None:
        return
    after = write(before, [Edit(selector, version, DIGEST)])  # what can be read can be written
    assert read(after, selector).tag == version
    assert write(after, [Edit(selector, version, DIGEST)]) == after
    back = write(after, [Edit(selector, value.tag, value.digest)])
    old, new = split(before, after)
    assert b"\n" not in old + new or value.digest is not None
    assert read(back, selector).tag == value.tag
    assert [one for one in entries(after, "chart") if one != selector] == [
        one for one in entries(before, "chart") if one != selector
    ]
