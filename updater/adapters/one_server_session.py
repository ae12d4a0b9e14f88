"""A session for one server, which is asked where it is and never followed elsewhere. I/O."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy

import requests

from updater.adapters.timed_adapter import TimedAdapter
from updater.adapters.trust import surrounding_bundle

AT_ONCE = 8
"""Requests at a time; more do not help (measured)."""


class OneServerSession(requests.Session):
    """Keeps no cookies, and reads no settings of the environment."""

    def __init__(self, ca_file: str | None) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = ca_file or surrounding_bundle() or True
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["User-Agent"] = "updater"
        adapter = TimedAdapter(pool_connections=1, pool_maxsize=AT_ONCE)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: object) -> None:
        """Nowhere: no redirect is followed. Else the library reads a redirect's body, however large."""
