"""What is remembered of blobs: each is read once, and forgotten when no history names it any more."""

from updater.interpret.pin_cache import PinCache
from updater.manifests import Selector

SELECTOR = Selector("kustomization", "ghcr.io/acme/shop")


def text(number):
    return f"images:\n  - name: ghcr.io/acme/shop\n    newTag: v{number}\n".encode()


def test_what_no_history_names_is_forgotten_in_time_and_the_rest_stays():
    values = PinCache()
    for number in range(1000):
        values.learn({str(number): text(number)})
        assert values.of(str(number), SELECTOR).tag == f"v{number}"
        if number:
            assert values.touched(str(number - 1), str(number))
        values.keep({str(each) for each in range(max(number - 9, 0), number + 1)})
    remembered = [number for number in range(1000) if str(number) in values.known]
    assert remembered[-10:] == list(range(990, 1000))
    for memory in (values._texts, values._said, values._touched):
        assert len(memory) < 130


def test_what_history_names_is_never_forgotten():
    values = PinCache()
    blobs = {str(number): text(number) for number in range(1000)}
    values.learn(blobs)
    values.keep(set(blobs))
    assert all(blob in values.known for blob in blobs)
