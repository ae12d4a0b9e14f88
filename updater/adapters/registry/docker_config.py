"""To find in a docker config (also a mounted `imagePullSecret`) who we are for a host and a path. I/O."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from updater.adapters.registry.credential_helpers import Helpers
from updater.adapters.registry.credentials import RegistryLogin
from updater.errors import Refused
from updater.reasons import failure_reasons

_HUB = "docker.io"
_HUB_NAMES = frozenset({_HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_HUB_KEY = "https://index.docker.io/v1/"
_API = frozenset({"v1", "v2"})
"""Old paths of keys, such as https://index.docker.io/v1/, that mean the whole host."""


class DockerConfig:
    """Read anew each time it is asked: mounted secrets are replaced while we run."""

    def __init__(self, path: Path, helpers: Helpers, needs: Collection[str] = ()) -> None:
        """`needs`: the variables that its helpers get beside those we know that they need."""
        self._path, self._helpers, self._needs = path, helpers, needs

    def login(self, server: str, name: str, *, renew: bool = False) -> RegistryLogin | None:
        content = self._read()
        helper = _helper(content, server)
        found = None if helper else _most_specific(content, server, name)
        if found is not None:
            return self._checked(found)
        helper = helper or content.get("credsStore")
        if not isinstance(helper, str) or not helper:
            return None
        return self._helpers.ask(helper, _asked_as(server), renew=renew, needs=self._needs)

    def _read(self) -> Mapping[str, Any]:
        try:
            content = json.loads(self._path.read_bytes())
        except OSError as error:
            raise self._unusable(f"cannot be read ({error.strerror})") from None
        except (ValueError, RecursionError):
            raise self._unusable("is no JSON") from None
        if not isinstance(content, dict):
            raise self._unusable("is no docker config")
        return content

    def _checked(self, entry: Mapping[str, Any]) -> RegistryLogin:
        try:
            return _login(entry)
        except ValueError as error:
            raise self._unusable(f"is no docker config: {error}") from None

    def _unusable(self, why: str) -> Refused:
        return Refused(
            f"the file {self._path} {why}: write it as `docker login` does, or as a Secret of the type "
            "kubernetes.io/dockerconfigjson has it",
            reason=failure_reasons.CREDENTIALS,
        )


def _helper(content: Mapping[str, Any], server: str) -> str | None:
    helpers = content.get("credHelpers")
    if not isinstance(helpers, dict):
        return None
    host = _canonical(server)
    return next((str(helper) for key, helper in helpers.items() if _key(key)[0] == host and helper), None)


def _asked_as(server: str) -> str:
    """Docker Hub is known to helpers by its historical address."""
    return _HUB_KEY if _canonical(server) == _HUB else server


def _most_specific(content: Mapping[str, Any], server: str, name: str) -> Mapping[str, Any] | None:
    """Of the entries that hold anything: the longest path, and a host spelled out before a pattern."""
    auths = content.get("auths")
    found = [
        (len(path), "*" not in host, entry)
        for host, path, entry in _entries(auths if isinstance(auths, dict) else {})
        if _is_for(host, path, server, name)
    ]
    return max(found, key=lambda each: each[:2])[2] if found else None


def _entries(auths: Mapping[str, Any]) -> Iterator[tuple[str, list[str], Mapping[str, Any]]]:
    for key, entry in auths.items():
        if isinstance(entry, dict) and any(entry.get(field) for field in _FIELDS):
            yield (*_key(key), entry)


_FIELDS = ("auth", "username", "password", "identitytoken", "registrytoken")


def _key(text: str) -> tuple[str, list[str]]:
    host, *path = text.partition("://")[2].split("/") if "://" in text else text.split("/")
    path = [part for part in path if part]
    return _canonical(host), [] if len(path) == 1 and path[0] in _API else path


def _canonical(host: str) -> str:
    plain = host.lower().removesuffix(":443")
    return _HUB if plain in _HUB_NAMES else plain


def _is_for(host: str, path: list[str], server: str, name: str) -> bool:
    wanted, pattern = _canonical(server).split("."), host.split(".")
    fits = len(wanted) == len(pattern) and all(map(fnmatchcase, wanted, pattern))
    return fits and name.split("/")[: len(path)] == path


def _login(entry: Mapping[str, Any]) -> RegistryLogin:
    """Raise ValueError, without repeating anything, where it cannot be read."""
    if not all(isinstance(entry.get(field, ""), str) for field in _FIELDS):
        raise ValueError("an entry holds something else than text")
    username, password = entry.get("username", ""), entry.get("password", "")
    if entry.get("auth"):
        username, password = _decoded(entry["auth"])
    return RegistryLogin(username, password, entry.get("identitytoken", ""), entry.get("registrytoken", ""))


def _decoded(auth: str) -> tuple[str, str]:
    try:
        text = b64decode(auth, validate=True).decode()
    except (NotBase64, ValueError):
        raise ValueError("the auth of an entry is no base64") from None
    username, colon, password = text.partition(":")
    if not colon:
        raise ValueError("the auth of an entry has no colon between name and password")
    return username, password.strip("\0")
