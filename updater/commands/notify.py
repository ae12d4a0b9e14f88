"""`updater notify --test`: one message to every place the config names."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from updater.commands.passing import Exit
from updater.config import Config
from updater.config.secrets import address_of
from updater.errors import UpdaterError


def notify(config: Config, send: Callable[[str, str, str], None]) -> Exit:
    """Say of each route whether the message was taken."""
    routes = config.notifications.routes
    if not routes:
        sys.stdout.write("nobody is told anything: name somebody under notifications.routes\n")
        return Exit.FINE
    failed = False
    for number, route in enumerate(routes, 1):
        where = f"notifications.routes[{number - 1}] ({route.to_env or route.to_file})"
        try:
            send(address_of(route, os.environ), "updater: a test", f"{config.instance} can reach you here.")
        except UpdaterError as error:
            failed = True
            sys.stdout.write(f"{where}: {error.sentence}\n")
        else:
            sys.stdout.write(f"{where}: taken\n")
    return Exit.FAILED if failed else Exit.FINE
