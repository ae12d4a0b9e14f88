"""The addresses of repositories and of the web that a user may write, and what they say. Pure."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator

from updater.clear_text import sends_in_the_clear

_SSH = re.compile(
    r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*):(?!//)(?P<path>[^\s:-][^\s:]*)"
)
_TOKEN = re.compile(r"(?:gh[a-z]_|github_pat_|gl[a-z]+-|AT(?:ATT|BB|CTT)).*|[A-Za-z0-9+/=_]{40,}")
"""How the tokens of GitHub, GitLab and Atlassian begin; others are long and without a dot."""
_ADDRESSES = {"http", "https", "ssh", "file"}


def host_of(url: str) -> str | None:
    """The host a git URL leads to, with its port where that is one of HTTP; None for a local one."""
    if ssh := _SSH.fullmatch(url):
        return ssh["host"].lower()
    parts = urlsplit(url)
    if parts.scheme not in _ADDRESSES or parts.hostname is None:
        return None
    return f"{parts.hostname}:{parts.port}" if parts.port and parts.scheme != "ssh" else parts.hostname


def project_of(url: str) -> str:
    """What a forge calls the repository: `org/deploy`."""
    ssh = _SSH.fullmatch(url)
    path = ssh["path"] if ssh else urlsplit(url).path
    return path.strip("/").removesuffix(".git")


def repository_address(url: str) -> str | None:
    """`host/owner/name` of a git URL in lower case, as hooks name repositories; None for a local one."""
    host = host_of(url)
    return f"{host}/{project_of(url)}".lower() if host else None


def user_of(url: str) -> str | None:
    """Whom an https URL names, as the clone buttons of Azure DevOps and Bitbucket do; None where none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    named = parts.scheme in {"http", "https"} and parts.username
    return unquote(parts.username or "") if named else None


def may_be_called(address: str, *, insecure: bool) -> bool:
    """Whether a secret address, which no fault may quote, is one of the web, and encrypted where asked."""
    return _is_address(address, {"http", "https"}) and (insecure or not sends_in_the_clear(address))


def _git_url(text: str) -> str:
    """No sentence repeats the URL: a password may stand in it."""
    if not text.isprintable() or " " in text:
        raise ValueError("this URL has a blank or a line break in it: leave it out")
    if text.startswith("/"):
        raise ValueError(f"this is a path: a folder of this machine is written file://{text}")
    if not (_SSH.fullmatch(text) or _is_address(text, _ADDRESSES)):
        raise ValueError(
            "this is no URL of a git repository: write it like https://github.com/org/deploy.git"
        )
    if "://" in text and (urlsplit(text).password is not None or _is_like_a_token(user_of(text))):
        raise ValueError("this URL has credentials in it: leave them out and name them under forges")
    return text if user_of(text) is None else _without_user(text)


def _without_user(url: str) -> str:
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}"


def _is_like_a_token(user: str | None) -> bool:
    """Some people put the token where the user belongs."""
    return user is not None and _TOKEN.fullmatch(user) is not None


GitAddress = Annotated[str, AfterValidator(_git_url)]


def _names_a_user(url: str) -> bool:
    """The user of an ssh URL is no secret; its password is."""
    parts = urlsplit(url)
    return parts.password is not None or (parts.username is not None and parts.scheme != "ssh")


def _is_address(text: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in schemes and (bool(parts.hostname) or parts.scheme == "file") and parts.port != 0
        )
    except ValueError:
        return False


def _web(text: str) -> str:
    if not text.isprintable() or " " in text or not _is_address(text, {"http", "https"}):
        raise ValueError("this is no address: write it like https://host.example.org, and perhaps a path")
    if _names_a_user(text) or "?" in text or "#" in text:
        raise ValueError("this address has credentials or a query in it: leave them out")
    return text.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web)]


def _api(text: str) -> str:
    address = _web(text)
    if sends_in_the_clear(address):
        raise ValueError("this address would send the token in the clear: use https")
    return address


ApiAddress = Annotated[str, AfterValidator(_api)]
