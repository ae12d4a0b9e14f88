"""To make the address that config takes of the one a clone has. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from pydantic import TypeAdapter, ValidationError

from updater.azure_address import organization
from updater.clear_text import sends_in_the_clear
from updater.config.addresses import host_of
from updater.config.names import Host
from updater.config.repositories import Repository
from updater.forges import DEFAULT, FORGES, ForgeKind, kind_of_host

_SHORT_SSH = re.compile(r"(?:[A-Za-z0-9_.-]+@)?(?P<host>[A-Za-z0-9.-]+):(?!/)(?P<path>\S+)")
UNKNOWN = "https://github.com/org/deploy-repo.git"


class CloneAddress(NamedTuple):
    """`doubt` is a sentence where a human should have a look."""

    url: str
    branch: str
    forge: str | None
    owner: str | None
    doubts: tuple[str, ...]

    @property
    def kind(self) -> ForgeKind:
        """By its name: gitlab.com, or gitlab.example.org."""
        return kind_of_host(self.forge or "") or FORGES[DEFAULT]


def clone_address(origin: str | None, branch: str | None) -> CloneAddress:
    url, doubt = _url(origin)
    doubts = [doubt] if doubt else []
    if not _is_valid(url, "main"):
        url, doubts = UNKNOWN, ["its origin is no address that config takes: write the right one here"]
    if branch is None or not _is_valid(url, branch):
        branch, doubts = "main", [*doubts, "no branch was checked out that config takes: is it main?"]
    owner = None if url == UNKNOWN else _owner(url)
    return CloneAddress(url, branch, _host(url), owner, tuple(doubts))


def _url(origin: str | None) -> tuple[str, str | None]:
    if origin is None:
        return UNKNOWN, "the repository has no remote called origin: write its address here"
    if origin.startswith("/"):
        return f"file://{origin}", None
    short = _SHORT_SSH.fullmatch(origin) if "://" not in origin else None
    if short:
        return f"https://{short['host']}/{short['path']}", "origin goes by ssh; a token goes by https"
    return _plain(origin)


def _plain(origin: str) -> tuple[str, str | None]:
    """Without credentials."""
    try:
        parts = urlsplit(origin)
        place = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "", None
    if parts.scheme in {"ssh", "git", "git+ssh"}:
        bare = urlunsplit(("https", parts.hostname or "", parts.path, "", ""))
        return bare, f"origin goes by {parts.scheme}; a token goes by https"
    plain = urlunsplit((parts.scheme, place, parts.path, "", ""))
    if sends_in_the_clear(plain):
        return f"https{plain[4:]}", "origin goes by plain http, which would show the token"
    return plain, None


def _is_valid(url: str, branch: str) -> bool:
    try:
        Repository(url=url, branch=branch)
        host = host_of(url)
        TypeAdapter(Host).validate_python("localhost" if host is None else host)
    except (ValidationError, ValueError):
        return False
    return True


def _host(url: str) -> str | None:
    """None for a repository of this machine, which is on no forge."""
    return host_of(url)


def _owner(url: str) -> str | None:
    if (owner := organization(urlsplit(url).path, host_of(url) or "")) is not None:
        return owner
    words = [word for word in urlsplit(url).path.split("/") if word]
    return words[-2] if len(words) > 1 and urlsplit(url).scheme != "file" else None
