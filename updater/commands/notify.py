"""`updater notify --test`: one message to every place the config names, and how the worded ones read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from updater.config import Config
from updater.config.secrets import notification_url
from updater.config.templates import fill_in
from updater.errors import UpdaterError
from updater.messages import one_line
from updater.runner import Exit
from updater.terminal import say

_EXAMPLE = {
    "app": "shop",
    "environment": "production",
    "repository": "deploy",
    "tag": "20260202-143512",
    "old": "20260201-090000",
    "tags": "20260202-150625, 20260202-143512",
    "commit": "639fc5f186",
    "since": "2026-02-02 14:35:12 KST",
    "subject": "chore(shop): bump production to 20260202-143512",
    "url": "https://git.example.org/org/deploy-repo/pull/7",
    "why": "the reason, in a sentence",
    "code": "foreign_current",
    "longer": "6h",
    "before": "staging",
    "command": "updater rollback shop production",
    "pattern": "dev",
    "passes": "5",
    "errors": "the first error\nthe second error",
}
"""What the templates are shown with."""


def notify(config: Config, send: Callable[[str, str, str], None]) -> Exit:
    """Say of each route whether the message was taken."""
    routes = config.notifications.routes
    if not routes:
        say("nobody is told anything: name somebody under notifications.routes")
        return Exit.FINE
    failed = False
    for number, route in enumerate(routes, 1):
        where = f"notifications.routes[{number - 1}] ({route.to_env or route.to_file})"
        try:
            send(
                notification_url(route, os.environ),
                "updater: a test",
                f"{config.instance} can reach you here.",
            )
        except UpdaterError as error:
            failed = True
            say(f"{where}: {error.sentence}")
        else:
            say(f"{where}: taken")
    say(*_worded(config))
    return Exit.FAILED if failed else Exit.FINE


def _worded(config: Config) -> Iterator[str]:
    """What somebody words otherwise, as it will read."""
    templates, values = config.notifications.templates, {"instance": config.instance, **_EXAMPLE}
    for event in templates.worded:
        form = templates.of(event)
        yield f"{event} will read, with other words filled in: {one_line(fill_in(form.title, values))}"
        yield from (f"    {line}".rstrip() for line in fill_in(form.body, values).splitlines())
