"""What `doctor` says of secrets, and of the keys by which images are verified and commits signed."""

from __future__ import annotations

import os
from collections.abc import Iterator

from updater.commands.doctor.check_result import CheckResult, tried
from updater.config import unset_secrets
from updater.wiring import Updater, why_unverifiable


def of_secrets(updater: Updater) -> Iterator[CheckResult]:
    config = updater.config
    yield from (CheckResult("secrets", "broken", sentence) for sentence in unset_secrets(config, os.environ))
    yield from (CheckResult("signatures", "broken", said) for said in dict.fromkeys(why_unverifiable(config)))
    signings = [config.commit_of(name).signing for name in config.repositories]
    if any(signing is not None and signing.format != "github" for signing in signings):
        yield tried("signing", lambda: _signed(updater))


def _signed(updater: Updater) -> CheckResult:
    updater.try_sign()
    return CheckResult("signing", "works", "the key signs")
