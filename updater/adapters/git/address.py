"""To accept or refuse the URL and the branch of a repository. Pure."""

import re
from urllib.parse import urlsplit

from updater.errors import Refused
from updater.reasons import failure_reasons

PROTOCOLS = ("https", "http", "ssh", "file")
_SHORT_SSH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!//)[^\s:-][^\s:]*")
_NAME = re.compile(r"\w[\w./+#=@-]*")
_ODD = re.compile(r"\.\.|//|/\.|@\{|\.lock(?:/|$)|[./]$")


def check_url(url: str) -> str:
    """Raises Refused where git would take the URL for something else, or where it holds a secret."""
    if _SHORT_SSH.fullmatch(url):
        return url
    if url.startswith("/") and url.isprintable():
        raise Refused(
            f"The repository URL {url!r} is a path: a folder of this machine is written file://{url}.",
            reason=failure_reasons.REPOSITORY_URL,
        )
    parts = urlsplit(url)
    if parts.scheme not in PROTOCOLS or "::" in url.partition("//")[0] or not url.isprintable():
        raise Refused(
            f"The repository URL {_bare(url)!r} is not usable: give one that starts with "
            "https://, http://, ssh:// or file://, or is git@host:path.",
            reason=failure_reasons.REPOSITORY_URL,
        )
    return _without_secret(url, parts.password or (parts.scheme != "ssh" and parts.username))


def check_branch(branch: str) -> str:
    if not is_name(branch):
        raise Refused(
            f"{branch!r} is not usable as the name of a branch: give a plain one such as main.",
            reason=failure_reasons.BRANCH_NAME,
        )
    return branch


def is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and _ODD.search(name) is None


def credential_scope(url: str) -> str | None:
    """The `scheme://host/` a token may be sent to; None where the protocol takes no token."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/" if parts.scheme in ("https", "http") else None


def is_ssh(url: str) -> bool:
    return _SHORT_SSH.fullmatch(url) is not None or urlsplit(url).scheme == "ssh"


def _without_secret(url: str, secret: object) -> str:
    if secret:
        raise Refused(
            f"The repository URL {_bare(url)!r} holds a user or a password: take it out and name the "
            "environment variable of the token under forges.",
            reason=failure_reasons.REPOSITORY_URL,
        )
    if url.partition("://")[2].startswith("-"):
        raise Refused(
            f"The repository URL {url!r} has a host that starts with a dash.",
            reason=failure_reasons.REPOSITORY_URL,
        )
    return url


def _bare(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//***@", url)
