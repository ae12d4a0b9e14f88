"""To send messages to wherever people are: Slack, Teams, mail, anything apprise knows. I/O."""

from __future__ import annotations

import logging

from updater.errors import Refused, Unavailable
from updater.reasons import failure_reasons


def send(url: str, title: str, text: str) -> None:
    """Send one message. Raises Refused for an address nobody knows, Unavailable where it was not taken.

    No sentence names the URL: it is the secret.
    """
    import apprise  # noqa: PLC0415 - half a second, and only who is told something pays for it

    # Its own log lines would name the address, secret and all.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    sender = apprise.Apprise()
    if not sender.add(url):
        raise Refused(
            "this is no address apprise knows: see its list of services",
            reason=failure_reasons.NOTIFY_ADDRESS,
        )
    if not sender.notify(body=text, title=title):
        raise Unavailable(
            f"{url.partition(':')[0]}: the message was not taken", reason=failure_reasons.NOT_NOTIFIED
        )
