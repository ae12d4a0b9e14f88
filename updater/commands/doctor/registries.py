"""What `doctor` says of registries: which images they list, their clocks, and the zone of their tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from updater import times
from updater.commands.doctor.check_result import CheckResult, State, tried
from updater.config import Config
from updater.model import Image
from updater.times import SKEW
from updater.wiring import Updater

_LOOKED_AT = 5
"""Images of a registry whose newest tag is looked at."""


def of_registries(updater: Updater) -> Iterator[CheckResult]:
    for registry in dict.fromkeys(image.registry for image in _images(updater.config)):
        yield from _of_registry(updater, registry)


def _images(config: Config) -> dict[Image, None]:
    return dict.fromkeys(image for policy in config.policies.values() for image in policy.images)


def _of_registry(updater: Updater, registry: str) -> Iterator[CheckResult]:
    """Every image by itself: one that is private or misspelt hides behind its siblings otherwise."""
    mine = [image for image in _images(updater.config) if image.registry == registry]
    found, done = [], updater.progress(f"listing images of {registry}", len(mine))
    for image in mine:
        found.append(tried(str(image), lambda image=image: _listed(updater, image)))  # type: ignore[misc]
        done()
    read = sum(finding.state == "works" for finding in found)
    yield from (finding for finding in found if finding.state != "works" or len(mine) == 1)
    if len(mine) > 1:
        state: State = "works" if read else "broken"
        yield CheckResult(f"registry {registry}", state, f"{read} of {len(mine)} images can be listed")
    if read:
        yield _clock(registry, updater.clock_offset(registry))
        yield from _zones(updater, mine)


def _zones(updater: Updater, images: Sequence[Image]) -> Iterator[CheckResult]:
    """Of the newest tag of a few: whoever stamps in UTC mostly does so everywhere."""
    firsts = {policy.images[0]: policy for policy in updater.config.policies.values()}
    for image in [image for image in images if image in firsts][:_LOOKED_AT]:
        said = updater.looks_like_utc(firsts[image], most=1)
        if said is not None:
            yield CheckResult(f"{image}, tags", "look", said)
            return


def _listed(updater: Updater, image: Image) -> CheckResult:
    count = len(updater.listing(image))
    if not count:
        return CheckResult(str(image), "look", "it has no tags yet")
    return CheckResult(str(image), "works", f"{count} tags")


def _clock(registry: str, offset: float | None) -> CheckResult:
    what = f"clock against {registry}"
    if offset is None:
        return CheckResult(what, "look", "it does not tell its time")
    if abs(offset) > SKEW:
        way = "behind" if offset > 0 else "ahead"
        said = (
            f"this machine is {times.format_duration(timedelta(seconds=abs(offset)))} {way}: time gates hold"
        )
        return CheckResult(what, "broken", f"{said}; let it follow a time server")
    return CheckResult(what, "works", f"{abs(offset):.0f} s apart")
