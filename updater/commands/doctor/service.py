"""What `doctor` says of the service: whether it hears of images at once, and tells anybody."""

from __future__ import annotations

from collections.abc import Iterator

from updater import times
from updater.commands.doctor.check_result import CheckResult
from updater.config import Config


def of_service(config: Config) -> Iterator[CheckResult]:
    service = config.service
    if service.webhook_secret_env or service.webhook_secret_file:
        yield CheckResult(
            "webhooks", "works", "a secret is configured; updater_webhooks_total counts what is heard"
        )
    else:
        every = times.format_duration(config.poll.every)
        sentence = f"no secret is configured, so a new image is seen within {every}, and not at once"
        yield CheckResult("webhooks", "optional", sentence)
    if config.notifications.routes:
        count = len(config.notifications.routes)
        yield CheckResult(
            "notifications", "works", f"{count} configured; updater notify --test sends to them"
        )
    else:
        sentence = "no route is configured, so the news is on the page and in the logs only"
        yield CheckResult("notifications", "optional", sentence)
