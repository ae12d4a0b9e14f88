"""To ask credential helpers: the programs `docker-credential-*` on the path. I/O."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from updater.adapters.child_environment import CERTIFICATES, HOME, PROXIES, kept
from updater.adapters.registry.credentials import RegistryLogin
from updater.errors import Refused, Unavailable, UpdaterError
from updater.reasons import failure_reasons
from updater.value_class import value_class

PATIENCE = 15.0
"""Seconds a helper may take; the cloud's metadata may be slow, but a pass waits."""
FRESH = 600.0
"""Seconds an answer is used: the tokens of the clouds live for an hour at least."""
SOON = 30.0
"""Seconds between two calls for one host, whatever becomes of the answer."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_UNKNOWN = b"credentials not found"
_NEEDED = (
    HOME | PROXIES | CERTIFICATES | {"HTTP_PROXY", "DOCKER_CONFIG", "GNUPGHOME", "DBUS_SESSION_BUS_ADDRESS"}
    | {"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"}
)  # fmt: skip
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "ecr-login": ("AWS_",),
    "gcr": ("GOOGLE_", "CLOUDSDK_"),
    "gcloud": ("GOOGLE_", "CLOUDSDK_"),
    "acr": ("AZURE_", "ACR_"),
    "acr-env": ("AZURE_", "ACR_"),
    "pass": ("PASSWORD_STORE_",),
}
"""How the variables begin that the helpers of the clouds say they read; others are named in the config."""
_IDENTITY = "<token>"
"""The user name that says that the secret is a refresh token."""


@dataclass(slots=True)
class _HelperSlot:
    """What one helper last said of one host; its lock lets one thread ask while the others wait."""

    lock: Lock = field(default_factory=Lock)
    asked: float | None = None
    answer: RegistryLogin | UpdaterError | None = field(default=None, repr=False)


class Helpers:
    """One for all registries: what a helper said is remembered for a while, a failure for a short one."""

    def __init__(self, *, patience: float = PATIENCE, now: Callable[[], float] = monotonic) -> None:
        self._patience, self._now = patience, now
        self._seats: dict[tuple[str, str], _HelperSlot] = {}
        self._lock = Lock()

    def ask(
        self, helper: str, server: str, *, renew: bool = False, needs: Collection[str] = ()
    ) -> RegistryLogin | None:
        """The login for a server; None where the helper has none. Raises Unavailable or Refused.

        `needs`: the variables that it gets beside those we know that it needs.
        """
        with self._lock:
            seat = self._seats.setdefault((helper, server), _HelperSlot())
        with seat.lock:
            if seat.asked is None or self._now() - seat.asked >= self._lifetime(seat, renew=renew):
                seat.answer = self._answer(helper, server, needs)
                seat.asked = self._now()
        if isinstance(seat.answer, UpdaterError):
            raise type(seat.answer)(seat.answer.sentence, reason=seat.answer.reason)
        return seat.answer

    def _lifetime(self, seat: _HelperSlot, *, renew: bool) -> float:
        return SOON if renew or isinstance(seat.answer, UpdaterError) else FRESH

    def _answer(
        self, helper: str, server: str, needs: Collection[str]
    ) -> RegistryLogin | UpdaterError | None:
        try:
            return _read(helper, server, *_run(helper, server, self._patience, needs))
        except UpdaterError as error:
            return error


def _run(helper: str, server: str, patience: float, needs: Collection[str]) -> tuple[int, bytes]:
    """Exit status and output. The host goes in by stdin, as the protocol has it; nothing secret in argv."""
    program = f"docker-credential-{helper}"
    found = shutil.which(program) if _NAME.fullmatch(helper) else None
    if found is None:
        raise Refused(
            f"{program!a} is not on the path: install it, or name another", reason=failure_reasons.CREDENTIALS
        )
    try:
        process = subprocess.Popen(  # noqa: S603 - a program the user has named
            [found, "get"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=kept(os.environ, _NEEDED.union(needs), _FAMILIES.get(helper, ())),
        )
    except OSError as error:
        raise Refused(
            f"{program} cannot be run ({error.strerror})", reason=failure_reasons.CREDENTIALS
        ) from None
    with process:
        try:
            output, _ = process.communicate(server.encode(), timeout=patience)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise _trouble(helper, server, f"said nothing for {patience:g} s") from None
    return process.returncode, output


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With what it has started; nothing of it is waited for."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _read(helper: str, server: str, status: int, output: bytes) -> RegistryLogin | None:
    """What it prints is never repeated: it may be the secret."""
    if status != 0:
        if _UNKNOWN in output:
            return None
        raise _trouble(helper, server, f"failed (exit status {status})")
    try:
        content = json.loads(output)
        username, secret = content["Username"], content["Secret"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise _trouble(helper, server, "gave no credentials that can be read") from None
    if not isinstance(username, str) or not isinstance(secret, str) or not secret:
        raise _trouble(helper, server, "gave no credentials that can be read")
    return RegistryLogin(identity=secret) if username == _IDENTITY else RegistryLogin(username, secret)


def _trouble(helper: str, server: str, what: str) -> Unavailable:
    program = f"docker-credential-{helper}"
    return Unavailable(
        f"{program} {what} when asked for {server}: look at what `echo {server} | {program} get` says here, "
        "and name the variables it goes by under helper_env, since it gets no others",
        reason=failure_reasons.CREDENTIALS,
    )


@value_class
class Helper:
    """One helper, as the keyring of one host."""

    name: str
    helpers: Helpers
    needs: Collection[str] = ()

    def login(self, server: str, name: str, *, renew: bool = False) -> RegistryLogin | None:  # noqa: ARG002 - a Keyring
        return self.helpers.ask(self.name, server, renew=renew, needs=self.needs)
