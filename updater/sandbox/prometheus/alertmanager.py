"""To serve silences over the API of Alertmanager; verbs are what people on call do. I/O."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.server import Clock, Server, utc_now

_SIGNS = {"=": (True, False), "!=": (False, False), "=~": (True, True), "!~": (False, True)}
"""Whether it has to be so, and whether that is a regular expression."""


class Alertmanager(Server):
    def __init__(self, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self._silences: dict[str, dict[str, Any]] = {}
        self._away = False

    def silence(
        self, *matchers: tuple[str, str, str], by: str = "ann", why: str = "known", minutes: float = 60
    ) -> str:
        """From now on; a matcher is a label, one of = != =~ !~, and a value. Answers its id."""
        told = [
            {"name": name, "value": value, "isEqual": _SIGNS[sign][0], "isRegex": _SIGNS[sign][1]}
            for name, sign, value in matchers
        ]
        now, number = self.clock(), f"silence-{len(self._silences) + 1}"
        self._silences[number] = {
            "id": number,
            "matchers": told,
            "createdBy": by,
            "comment": why,
            "startsAt": now,
            "endsAt": now + timedelta(minutes=minutes),
        }
        return number

    def expire(self, number: str) -> None:
        self._silences[number]["endsAt"] = self.clock()

    def go_away(self) -> None:
        self._away = True

    def come_back(self) -> None:
        self._away = False

    def answer(self, request: Request) -> Answer:
        if self._away:
            return Answer(502, cut="whole")
        if request.path == "/api/v2/silences":
            return answer_json([self._shown(each) for each in self._silences.values()])
        return Answer(404, b"404 page not found\n", "text/plain; charset=utf-8")

    def _shown(self, silence: dict[str, Any]) -> dict[str, Any]:
        state = "expired" if silence["endsAt"] <= self.clock() else "active"
        times = {name: _stamp(silence[name]) for name in ("startsAt", "endsAt")}
        return {**silence, **times, "updatedAt": times["startsAt"], "status": {"state": state}}


def _stamp(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
