"""The error tree, named by what happens next.

UpdaterError
├── ConfigError      the config is wrong: nothing starts, exit 2
├── Unavailable      the world does not answer now: nothing changes, a later pass asks again
├── Refused          the world says no: nothing changes until a human does something
├── LostRace         somebody pushed first: decide again from the new head
└── PinRefused       (manifests) a pin cannot be read or written without a doubt: it holds, the others go on
"""

from __future__ import annotations

from updater.reasons import Reason, failure_reasons


def install_extra(extra: str) -> str:
    """What to do where its packages are missing, as a clause; PyPI's `updater` is somebody else's."""
    return (
        f"install the extra `{extra}` of this package (`pip install '.[{extra}]'` in a checkout; "
        "the image has it)"
    )


class UpdaterError(Exception):
    """A sentence for a human: what, where, what to do. Never holds a secret."""

    def __init__(self, sentence: str, *, reason: Reason = failure_reasons.ERROR) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reason = reason

    @property
    def code(self) -> str:
        return self.reason.code


class ConfigError(UpdaterError):
    """One or more faults of the config, each a sentence with its file and line."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults), reason=failure_reasons.CONFIG)
        self.faults = faults


class Unavailable(UpdaterError):
    """The world does not answer, or not sensibly; it may do so later without anybody's help."""


class Refused(UpdaterError):
    """The world answers, and the answer is no."""


class LostRace(UpdaterError):
    """The branch moved between reading and pushing."""
