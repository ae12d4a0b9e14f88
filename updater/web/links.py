"""Where things can be looked at elsewhere: addresses of the forge's pages. Pure; only http and https."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote, urlencode, urlsplit

from updater import holds
from updater.config import Config, host_of
from updater.forges import ForgeKind, kind_of_host, kind_with_host
from updater.model import Placement, SourceCommit
from updater.views.holds_file import HoldsFileShape, entry, new_file

_SSH = re.compile(r"(?:[A-Za-z0-9_.-]+@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>(?!//)[^\s:]+)")
_PATTERN = re.compile(r"[*?\[]")


def repository(config: Config, name: str) -> str | None:
    """The page of a deploy repository; None where nobody knows one."""
    url = config.repositories[name].url
    if (kind := _kind(config, name)) is None:
        return None
    if ssh := _SSH.fullmatch(url):
        return kind.page_of_ssh(ssh["host"].lower(), _path(ssh["path"]))
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", "ssh"} or not parts.hostname:
        return None
    if parts.scheme == "ssh":
        return kind.page_of_ssh(parts.hostname, _path(parts.path))
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}/{_path(parts.path)}"


def commit(config: Config, name: str, sha: str) -> str | None:
    page, kind = repository(config, name), _kind(config, name)
    return page + kind.commit_page.format(sha=quote(sha, safe="")) if page and kind else None


def holds_file(config: Config, placement: Placement, *, exists: bool) -> HoldsFileShape:
    """Where its repository's is edited on the forge, or begun with the entry in it."""
    name = config.policies[placement].repository
    page, kind = repository(config, name), _kind(config, name)
    found = (kind.edit_page if exists else kind.new_page) if kind else None
    text = "" if exists else new_file(placement)
    where = {"branch": config.repositories[name].branch, "path": holds.PATH}
    told = {key: quote(value, safe="/") for key, value in where.items()} | {"text": quote(text, safe="")}
    return HoldsFileShape(
        path=holds.PATH,
        exists=exists,
        url=page + found.format(**told) if page and found else None,
        filled=bool(page and found and "{text}" in found),
        entry=entry(placement),
    )


def source(config: Config, commit: SourceCommit) -> str | None:
    """The page of a commit that a label names: only on a forge of the config, or a public one."""
    forge = config.forges.get(commit.host)
    kind = forge.capabilities if forge else kind_with_host(commit.host)
    if kind is None:
        return None
    return f"https://{commit.host}/{commit.repository}{kind.commit_page.format(sha=commit.sha)}"


def forge_title(config: Config, name: str) -> str | None:
    """What the forge of a repository is called by people."""
    kind = _kind(config, name)
    return kind.title if kind else None


def applications(config: Config, placement: Placement) -> Iterator[tuple[str, str]]:
    """Names and pages of the Applications that run it, as far as people can reach Argo CD where we do."""
    health = config.policies[placement].health
    argocd = config.argocds.get(health.applications.cluster) if health else None
    if health is None or argocd is None or argocd.server is None or _is_inside(argocd.server):
        return
    asked, page = health.applications, f"{argocd.server}/applications"
    if asked.selector is not None:
        yield "Argo CD", f"{page}?{urlencode({'labels': asked.selector})}"
    for name in asked.names:
        folder = f"{page}/{asked.namespace}" if asked.namespace else page
        known = not _PATTERN.search(name)
        yield f"Argo CD: {name}", f"{folder}/{name}" if known else f"{page}?{urlencode({'search': name})}"


def _is_inside(server: str) -> bool:
    """A name that only a cluster knows."""
    host = urlsplit(server).hostname or ""
    return "." not in host or "svc" in host.split(".")[2:]


def safe(url: str | None) -> str | None:
    """An address that somebody else has told us, if a browser may be sent there."""
    return url if url and urlsplit(url).scheme in {"http", "https"} else None


def _kind(config: Config, name: str) -> ForgeKind | None:
    """As the config says, or as the host is called."""
    forge = config.forge(name)
    if forge is not None:
        return forge.capabilities
    return kind_of_host(host_of(config.repositories[name].url) or "")


def _path(path: str) -> str:
    """In an address names may be encoded already."""
    return quote(unquote(path).strip("/").removesuffix(".git"), safe="/~")
