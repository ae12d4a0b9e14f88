"""To act as a GitHub App: its name, and tokens of an installation that last long enough. I/O."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import NamedTuple

from github.Auth import AppAuth

from updater.adapters.api_connection import ApiConnection
from updater.adapters.github.errors import ApiTarget
from updater.adapters.github.gateway import GitHubGateway
from updater.adapters.limits import RateLimits, header_date
from updater.errors import Refused, UpdaterError
from updater.model import AppStanding
from updater.reasons import failure_reasons
from updater.times import lasts

_ENOUGH = timedelta(minutes=10)
"""What must be left of a token: a push that starts with it may take long."""
_PAST = timedelta(minutes=1)
_REFUSED_FOR = timedelta(minutes=1)
_FUTURE = timedelta(minutes=5)
"""GitHub accepts up to ten; clocks differ."""


class _Minted(NamedTuple):
    token: str
    since: datetime
    until: datetime
    """By our clock, both."""


class InstallationToken:
    """Called, it answers a token with ten minutes left or more. Raises Unavailable or Refused."""

    def __init__(
        self,
        api: str,
        app_id: int,
        installation_id: int,
        private_key: Callable[[], str],
        *,
        clock: Callable[[], datetime],
        connection: ApiConnection = ApiConnection(),  # noqa: B008 - a frozen value
    ) -> None:
        self.app_id = app_id
        self._installation = installation_id
        self._private_key = private_key
        self._clock = clock
        self._place = ApiTarget.of(api, f"installation {installation_id} of app {app_id}")
        self._connected = partial(
            GitHubGateway,
            self._place,
            api.rstrip("/"),
            limits=RateLimits(self._place.host, clock),
            connection=connection,
        )
        self._gateway = self._connected(self._signed)
        self._lock = Lock()
        self._minted: _Minted | None = None
        self._granted: Mapping[str, str] = {}
        self._refused: tuple[datetime, Refused] | None = None
        self._login: str | None = None

    def __call__(self) -> str:
        with self._lock:
            minted, now = self._minted, self._clock()
            if minted is None or not minted.since <= now <= minted.until - _ENOUGH:  # set back, it is unknown
                minted = self._minted = self._mint_unless_refused(now)
            return minted.token

    def login(self) -> str:
        """Whom its tokens act as."""
        with self._lock:
            if self._login is None:
                _, _, body = self._ask("GET", "/app")
                with self._gateway.sense():
                    self._login = f"{json.loads(body)['slug']}[bot]"
            return self._login

    def refused(self) -> str | None:
        """Why it was given no token when it last wanted one, for as long as that is so: it is asked again."""
        known = self._refused
        if known is not None:
            with suppress(UpdaterError):
                self()
        refused = self._refused
        return refused[1].sentence if refused else None

    def granted(self) -> Mapping[str, str]:
        """What its tokens may do, such as `{"contents": "write"}`."""
        self()
        return self._granted

    def standing(self) -> AppStanding:
        """How GitHub sees it just now. Raises Unavailable or Refused."""
        login, granted = self.login(), self.granted()
        _, _, body = self._ask("GET", f"/app/installations/{self._installation}")
        with self._gateway.sense():
            owner = str(json.loads(body)["account"]["login"])
        left, resets = self._rate()
        return AppStanding(self.app_id, login, owner, granted, left, resets)

    def _rate(self) -> tuple[int, datetime]:
        """To ask it costs nothing."""
        gateway = self._connected(self)
        try:
            _, _, body = gateway.requestJson("GET", "/rate_limit")
        finally:
            gateway.close()
        with self._gateway.sense():
            rate = json.loads(body)["resources"]["core"]
            return int(rate["remaining"]), datetime.fromtimestamp(int(rate["reset"]), UTC)

    def disconnect(self) -> None:
        self._gateway.close()

    def _mint_unless_refused(self, now: datetime) -> _Minted:
        """What is refused is not asked for again with each request."""
        known = self._refused
        if known is not None and lasts(known[0], known[0] + _REFUSED_FOR, now):
            raise Refused(known[1].sentence, reason=known[1].reason)
        try:
            minted = self._mint()
        except Refused as refused:
            self._refused = now, refused
            raise
        self._refused = None
        return minted

    def _mint(self) -> _Minted:
        _, headers, body = self._ask("POST", f"/app/installations/{self._installation}/access_tokens")
        now = self._clock()
        with self._gateway.sense():
            content = json.loads(body)
            expires = datetime.fromisoformat(content["expires_at"])
            granted = content.get("permissions")
            self._granted = granted if isinstance(granted, dict) else {}
            # Theirs is the clock that decides; ours only measures how long.
            return _Minted(str(content["token"]), now, now + (expires - (header_date(headers) or now)))

    def _ask(self, verb: str, path: str) -> tuple[int, dict[str, str], str]:
        try:
            return self._gateway.requestJson(verb, path)
        except Refused as refused:
            raise self._explained(refused) from None

    def _explained(self, refused: Refused) -> Refused:
        where = f"under `forges: {self._place.forge}`"
        sentences = {
            "forge_unauthorized": f"GitHub does not accept the key of app {self.app_id} at "
            f"{self._place.host} (401): check app_id and private_key_file {where}, and the clock of this "
            "machine",
            "forge_not_found": f"GitHub knows no {self._place} (404): check app_id and installation_id "
            f"{where}, and that the app is installed",
            "forge_forbidden": f"GitHub gives no token to {self._place} (403): see whether the "
            "installation is suspended",
        }
        known = sentences.get(refused.code)
        return Refused(known, reason=refused.reason) if known else refused

    def _signed(self) -> str:
        """The web token that proves who we are; a minute back and five ahead forgive a clock that is off."""
        now = self._clock()
        claims: dict[str, int | str] = {
            "iat": int((now - _PAST).timestamp()),
            "exp": int((now + _FUTURE).timestamp()),
            "iss": str(self.app_id),
        }
        signed = _sign(self._private_key(), claims)
        if signed is None:
            raise Refused(
                f"The private key of app {self.app_id} for {self._place.host} is none: `private_key_file` "
                "must be the PEM file, without a passphrase, that GitHub offered when the key was made",
                reason=failure_reasons.APP_KEY,
            )
        return signed


def _sign(key: str, claims: dict[str, int | str]) -> str | None:
    """None where the key is none. What the libraries say of it is not repeated."""
    try:
        signed = AppAuth.create_jwt_sign(key, "RS256")(claims)
    except Exception:  # noqa: BLE001 - whatever two libraries raise on bytes of any kind
        return None
    return signed.decode() if isinstance(signed, bytes) else signed
