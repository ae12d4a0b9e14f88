"""What a hook is about: images that may have a new tag, repositories that may have moved. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from updater.azure_address import same
from updater.value_class import value_class

Payload: TypeAlias = Mapping[str, Any]

_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
"""One registry, by the names that configs give it."""


@value_class
class WebhookTarget:
    """All in lower case: GitHub keeps the owner's own casing, registries have none."""

    images: frozenset[str] = frozenset()
    """As `registry/name`."""
    repositories: frozenset[str] = frozenset()
    """As `host/owner/name`."""

    def __bool__(self) -> bool:
        return bool(self.images or self.repositories)


def github(event: str, payload: Payload) -> WebhookTarget:
    """Read what GitHub sends: packages of GHCR, and pushes and pull requests of repositories."""
    if event in {"package", "registry_package"}:
        return WebhookTarget(images=frozenset(_ghcr(_mapping(payload, event))))
    if event in {"push", "pull_request"}:
        return WebhookTarget(repositories=frozenset(_repository(_mapping(payload, "repository"))))
    return WebhookTarget()


def gitea(event: str, payload: Payload) -> WebhookTarget:
    """Read what Gitea and Forgejo send: packages of their own registry, pushes, pull requests and reviews."""
    if event == "package":
        return _images(_of_gitea(_mapping(payload, "package")))
    if event == "push" or event.startswith("pull_request"):
        return WebhookTarget(repositories=frozenset(_repository(_mapping(payload, "repository"))))
    return WebhookTarget()


def bitbucket(event: str, payload: Payload) -> WebhookTarget:
    """Read what Bitbucket Cloud sends: pushes, and whatever happens to pull requests."""
    if event == "repo:push" or event.startswith("pullrequest:"):
        return WebhookTarget(repositories=frozenset(_of_bitbucket(_mapping(payload, "repository"))))
    return WebhookTarget()


def azure(payload: Payload) -> WebhookTarget:
    """Read what service hooks of Azure DevOps send: pushes, pull requests and comments on them."""
    event = _text(payload, "eventType")
    if not event.startswith(("git.push", "git.pullrequest", "ms.vss-code.git-pullrequest-comment")):
        return WebhookTarget()
    url = _text(_mapping(_mapping(payload, "resource"), "repository"), "remoteUrl")
    url = url.encode(errors="replace").decode()  # JSON may have half a character, which no address has
    host = _host(url)
    return WebhookTarget(repositories=frozenset(same(_path(url), host) if host else ()))


def docker_hub(payload: Payload) -> WebhookTarget:
    name = _text(_mapping(payload, "repository"), "repo_name")
    return _images(f"{host}/{name}" for host in _DOCKER_HUB if name)


def harbor(payload: Payload) -> WebhookTarget:
    """Every resource bears the whole address of its image."""
    data = _mapping(payload, "event_data")
    addresses = (_text(resource, "resource_url") for resource in _mappings(data, "resources"))
    return _images(_untagged(address) for address in addresses if address)


def quay(payload: Payload) -> WebhookTarget:
    address = _text(payload, "docker_url")
    return _images([_untagged(address)] if address else [])


def distribution(payload: Payload) -> WebhookTarget:
    """The notifications of `distribution`, and of what speaks like it."""
    return _images(image for event in _mappings(payload, "events") for image in _of_event(event))


REGISTRIES: dict[str, Callable[[Payload], WebhookTarget]] = {
    "docker-hub": docker_hub,
    "harbor": harbor,
    "quay": quay,
    "distribution": distribution,
}
"""By the last word of /webhooks/registry/…"""


def _of_event(event: Payload) -> Iterator[str]:
    target = _mapping(event, "target")
    name = _text(target, "repository")
    hosts = (_text(_mapping(event, "request"), "host"), _host(_text(target, "url")))
    yield from (f"{host}/{name}" for host in dict.fromkeys(hosts) if host and name)


def _ghcr(package: Payload) -> Iterator[str]:
    """Any kind of package: what GitHub says of the kind differs between its own examples."""
    owner, name = _text(_mapping(package, "owner"), "login"), _text(package, "name")
    if owner and name:
        yield f"ghcr.io/{owner}/{name}".lower()


def _of_gitea(package: Payload) -> Iterator[str]:
    """The registry is the host of its own page, `https://git.example.org/org/-/packages/container/shop/1`."""
    owner, name = _text(_mapping(package, "owner"), "login"), _text(package, "name")
    host = _host(_text(package, "html_url"))
    if host and owner and name and _text(package, "type") == "container":
        yield f"{host}/{owner}/{name}"


def _repository(repository: Payload) -> Iterator[str]:
    name = _text(repository, "full_name")
    host = _host(_text(repository, "html_url")) or "github.com"
    if name:
        yield f"{host}/{name}".lower()


def _of_bitbucket(repository: Payload) -> Iterator[str]:
    """The address of its page is among its links."""
    links = _mapping(repository, "links")
    host = _host(_text(_mapping(links, "html"), "href")) or "bitbucket.org"
    if name := _text(repository, "full_name"):
        yield f"{host}/{name}".lower()


def _images(images: Iterator[str] | list[str]) -> WebhookTarget:
    return WebhookTarget(images=frozenset(image.lower() for image in images))


def _untagged(address: str) -> str:
    """`host:5000/org/shop:tag@sha256:…` without what follows the name."""
    head, _, last = address.partition("@")[0].rpartition("/")
    return f"{head}/{last.partition(':')[0]}"


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _path(url: str) -> str:
    return urlsplit(url).path


def _mapping(payload: Payload, key: str) -> Payload:
    found = payload.get(key)
    return found if isinstance(found, dict) else {}


def _mappings(payload: Payload, key: str) -> list[Payload]:
    found = payload.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _text(payload: Payload, key: str) -> str:
    found = payload.get(key)
    return found if isinstance(found, str) else ""
