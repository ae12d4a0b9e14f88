"""A GitHub as a process of its own: `forge.py FILES`, a JSON of texts by path, is its deploy repository.

It says where it is on the first line of its output, does what each line tells it, and ends with its input.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from updater.sandbox.github import GitHub
from updater.sandbox.world import OWNER, Clock

AGE = timedelta(hours=3)
"""Of its clock: what is committed now has been there for as long, so that it has soaked."""


def main(files):
    clock = Clock(datetime.now(UTC) - AGE)
    with GitHub(clock=clock) as hub:
        name = hub.create_repository(OWNER, "deploy", json.loads(Path(files).read_text()), date=clock())
        say({"url": hub.clone_url(name), "host": hub.host, "api": hub.api, "token": hub.bot_token})
        for line in sys.stdin:
            order = json.loads(line)
            if "commit" in order:  # texts by path, of a person
                clock.forward(seconds=1)
                hub.commit(name, "main", order["commit"], "By hand")
            asked = [each.method for each in hub.requests if ".git/" not in each.path]
            hub.requests.clear()
            say({"asked": len(asked), "written": sum(method != "GET" for method in asked)})


def say(what):
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
