"""How listings are read: each registry with threads of its own, and first what was left the last time."""

from contextlib import ExitStack
from threading import Event

from updater.model import Image, Listing
from updater.observe import AT_ONCE, Sources
from updater.observe.listings import list_all

SLOW = [Image("slow.example", f"app-{number}") for number in range(4 * AT_ONCE)]
FAST = [Image("fast.example", f"app-{number}") for number in range(4 * AT_ONCE)]


class Registry:
    """Answers for the slow one only when it is let go."""

    def __init__(self):
        self.free, self.asked = Event(), []

    def listing(self, image, ends, *, counts=True):
        self.asked.append(image)
        if image.registry == "slow.example":
            self.free.wait(10)
        return Listing.of(image, ["1"])


def read(registry, images, left=()):
    pools = ExitStack()
    sources = Sources(registry, None, None, None)
    return list_all(sources, dict.fromkeys(images, lambda _: None), left, pools), pools


def test_a_registry_that_is_slow_keeps_no_other_waiting():
    registry = Registry()
    futures, pools = read(registry, [*SLOW, *FAST])
    with pools:
        assert [futures[image].result(5).tags for image in FAST] == [("1",)] * len(FAST)
        assert not any(futures[image].done() for image in SLOW)
        registry.free.set()


def test_what_was_left_unread_is_asked_for_first():
    registry = Registry()
    _, pools = read(registry, FAST, left=FAST[-AT_ONCE:])
    pools.close()

    assert set(registry.asked[:AT_ONCE]) == set(FAST[-AT_ONCE:])
    assert set(registry.asked) == set(FAST)
