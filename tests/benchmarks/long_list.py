"""What a list of very many tags costs: `python tests/benchmarks/long_list.py [TAGS]` (a million unless told).

One process lists them twice, from a server that answers all of them at once, as GHCR's peers do that know no
pages; told are the seconds of each and the most memory, beside that of the same process with ten tags.
"""

import json
import os
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

START = datetime(1996, 1, 1, tzinfo=UTC)


def main(count):
    from updater.sandbox.exchange import Answer
    from updater.sandbox.server import Server

    class Lists(Server):
        def answer(self, request):
            return Answer(200, self.body)

    for tags in (10, count):
        with Lists() as server:
            names = [f"{START + timedelta(minutes=number):%Y%m%d-%H%M%S}" for number in range(tags)]
            server.body = json.dumps({"name": "org/shop", "tags": names}).encode()
            del names
            told = subprocess.run(
                [sys.executable, __file__, "--list", server.url.removeprefix("http://")],
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        sys.stdout.write(f"{tags:,} tags: {told.stdout}")
    return 0


def lists(host):
    from updater.adapters.registry import EndpointHost, RegistryClient
    from updater.model import Image
    from updater.observe.listings import newest_two
    from updater.schemes.timestamp import Timestamp

    try:
        from updater.observe.listings import orders_of as ends_of
    except ImportError:  # what was there before kept all of them
        from functools import partial

        def ends_of(schemes):
            return partial(newest_two, schemes)

    image, seconds = Image(host, "org/shop"), []
    with RegistryClient({host: EndpointHost(endpoint=f"http://{host}")}) as client:
        for _ in range(2):
            begun = time.monotonic()
            found = client.listing(image, ends_of((Timestamp(),)))
            assert max(found.tags) in found
            seconds.append(time.monotonic() - begun)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = " and ".join(f"{each:.2f} s" for each in seconds)
    sys.stdout.write(f"{took}, {len(found.tags):,} kept of {len(found):,}, {most:.0f} MiB at most\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--list"]:
        lists(sys.argv[2])
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000))
