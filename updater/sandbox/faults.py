"""To let an embedded server misbehave on request. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Literal

from updater.sandbox.exchange import Answer

Cut = Literal["no", "half", "whole"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`carried_out` says whether the server does what was asked before it misbehaves.

    `cut` says how much of the answer is missing: nothing, half of the body, or the whole answer.
    A `status` of None leaves the real answer, with `headers` laid over it.
    """

    matching: str = ""
    status: int | None = None
    body: bytes | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    carried_out: bool = False
    cut: Cut = "no"
    delay: float = 0.0
    """Seconds before it answers."""

    def concerns(self, line: str) -> bool:
        return re.search(self.matching, line) is not None

    def spoil(self, real: Answer) -> Answer:
        answer = real if self.status is None else Answer(self.status, self.body or b"", self.content_type)
        if self.body is not None:
            answer = replace(answer, body=self.body, content_type=self.content_type)
        return replace(answer, headers={**answer.headers, **self.headers}, cut=self.cut)

    @property
    def needs_the_real_answer(self) -> bool:
        return self.carried_out or (self.status is None and self.body is None and self.cut != "whole")


@dataclass(slots=True)
class _Armed:
    fault: Fault
    times: int | None
    after: int


class Faults:
    """The faults a server still has to commit; mixed into the servers."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._faults_lock = Lock()

    def fail_next(
        self,
        n: int = 1,
        status: int | None = None,
        *,
        matching: str = "",
        body: bytes | str | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        carried_out: bool = False,
        cut: Cut = "no",
        delay: float = 0.0,
        after: int = 0,
    ) -> Fault:
        """Spoil the next `n` requests whose "METHOD target" matches, once `after` such requests went well."""
        fault = Fault(
            matching, status, _bytes(body), content_type, dict(headers or {}), carried_out, cut, delay
        )
        return self._arm(_Armed(fault, n, after))

    def fault(
        self,
        matching: str = "",
        status: int | None = None,
        *,
        body: bytes | str | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        carried_out: bool = False,
        cut: Cut = "no",
        delay: float = 0.0,
    ) -> Fault:
        """Spoil every matching request until lifted."""
        fault = Fault(
            matching, status, _bytes(body), content_type, dict(headers or {}), carried_out, cut, delay
        )
        return self._arm(_Armed(fault, None, 0))

    def lift(self, fault: Fault | None = None) -> None:
        """Take back one fault, or all of them."""
        with self._faults_lock:
            self._armed = [armed for armed in self._armed if fault is not None and armed.fault is not fault]

    def due(self, line: str) -> Fault | None:
        with self._faults_lock:
            for armed in self._armed:
                if armed.fault.concerns(line):
                    return self._spend(armed)
        return None

    def _arm(self, armed: _Armed) -> Fault:
        with self._faults_lock:
            self._armed.append(armed)
        return armed.fault

    def _spend(self, armed: _Armed) -> Fault | None:
        if armed.after:
            armed.after -= 1
            return None
        if armed.times is not None:
            armed.times -= 1
            if armed.times <= 0:
                self._armed.remove(armed)
        return armed.fault


def _bytes(body: bytes | str | None) -> bytes | None:
    return body.encode() if isinstance(body, str) else body
