"""To tell whether two addresses of a repository are one. Pure."""

from __future__ import annotations

from updater.tools.init.clone_address import clone_address


def address_of(url: str) -> str | None:
    """`host/owner/name`, however it is written; None where it is no address."""
    found = clone_address(url, "main")
    if found.owner is None:
        return None
    return found.url.partition("://")[2].rpartition("@")[2].removesuffix("/").removesuffix(".git").lower()
