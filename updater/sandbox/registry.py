"""To serve an embedded OCI registry with the ways of GHCR. I/O."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any
from uuid import uuid4

from updater.sandbox.exchange import Answer, Request, answer_json
from updater.sandbox.images import (
    CONFIG,
    INDEX,
    MANIFEST,
    Stored,
    attachment,
    build,
    chart,
    index,
    with_layer,
)
from updater.sandbox.paging import GHCR, Paging, link, turn
from updater.sandbox.server import Clock, Server, utc_now

_ROUTE = re.compile(
    r"/v2/(?P<name>[a-z0-9._/-]+?)/(?P<kind>tags|manifests|blobs|referrers)/(?P<reference>[^/]+)"
)
_SIGNED = re.compile(r"/signed/(?P<name>[a-z0-9._/-]+)/(?P<digest>sha256:[0-9a-f]{64})")
EMPTY = "application/vnd.oci.empty.v1+json"
SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
_SCOPE = re.compile(r"repository:(?P<name>[^:]+):.*")


@dataclass(slots=True)
class _Repository:
    tags: dict[str, str] = field(default_factory=dict)
    manifests: dict[str, Stored] = field(default_factory=dict)
    blobs: dict[str, Stored] = field(default_factory=dict)
    referrers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The descriptors of what refers to a digest, in the order it was pushed."""
    reader: tuple[str, str] | None = None


class Registry(Server):
    def __init__(self, paging: Paging = GHCR, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self.paging = paging
        self._repositories: dict[str, _Repository] = {}
        self._tokens: dict[str, frozenset[str]] = {}
        self._tickets: set[str] = set()
        self._pushes = 0
        self._lock = RLock()

    def create(self, name: str) -> None:
        """A repository without tags; a push does it by itself."""
        with self._lock:
            self._repositories.setdefault(name, _Repository())

    def push(
        self,
        name: str,
        tag: str,
        *,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        created: datetime | str | None = None,
        platforms: Sequence[str] = ("linux/amd64",),
        content: str | None = None,
        lag: int = 0,
    ) -> str:
        """Answer the digest. It differs at every push, unless `content` says what the image holds.

        The tag is listed at once, but its manifest is missing for the next `lag` requests. `created` may be
        any text, as in a real config. `annotations` are those of the manifest, or of the index.
        """
        with self._lock:
            self._pushes += 1
            content = f"{name}:{tag} {self._pushes}" if content is None else content
            made = self.clock() if created is None else created
            image = build(content, labels or {}, made, platforms, annotations or {})
            for blob in image.blobs:
                self.put_blob(name, blob.content, blob.media_type)
            for manifest in image.manifests:
                self.put_manifest(name, None, manifest.content, manifest.media_type)
            self.tag(name, tag, image.top.digest)
        if lag:
            self.lag(name, tag, lag)
        return image.top.digest

    def push_chart(
        self, name: str, version: str, *, app_version: str = "1.0", created: datetime | None = None
    ) -> str:
        """As `helm push` does: a `+` in the version is a `_` in its tag. Answer the digest."""
        made = chart(name.rpartition("/")[2], version, app_version, created or self.clock())
        with self._lock:
            for blob in made.blobs:
                self.put_blob(name, blob.content, blob.media_type)
            return self.put_manifest(name, version.replace("+", "_"), made.top.content)

    def tag(self, name: str, tag: str, digest: str) -> None:
        with self._lock:
            self.create(name)
            self._repositories[name].tags[tag] = digest

    def put_manifest(self, name: str, tag: str | None, content: bytes, media_type: str = MANIFEST) -> str:
        stored = Stored(media_type, content)
        with self._lock:
            self.create(name)
            self._repositories[name].manifests[stored.digest] = stored
            if tag is not None:
                self.tag(name, tag, stored.digest)
        return stored.digest

    def put_blob(self, name: str, content: bytes, media_type: str = CONFIG) -> str:
        stored = Stored(media_type, content)
        with self._lock:
            self.create(name)
            self._repositories[name].blobs[stored.digest] = stored
        return stored.digest

    def attach(self, name: str, digest: str, content: bytes, media_type: str) -> str:
        """Push something that refers to an image, as cosign 3 and GitHub's attestations do."""
        blob, empty = Stored(media_type, content), Stored(EMPTY, b"{}")
        with self._lock:
            repository = self._repositories[name]
            self.put_blob(name, empty.content, EMPTY)
            self.put_blob(name, content, media_type)
            manifest = attachment(blob, empty, repository.manifests[digest])
            self.put_manifest(name, None, manifest.content)
            listed = repository.referrers.setdefault(digest, [])
            listed.append({**manifest.descriptor(), "artifactType": media_type})
            if not self.paging.referrers:
                self.put_manifest(name, digest.replace(":", "-"), index(listed).content, INDEX)
        return manifest.digest

    def sign(
        self, name: str, digest: str, payload: bytes, annotations: Mapping[str, str], media_type: str = SIMPLE
    ) -> None:
        """Push a signature as cosign 2 does: one layer more in the manifest under a tag of its own."""
        tag = f"{digest.replace(':', '-')}.sig"
        with self._lock:
            self.put_blob(name, payload, media_type)
            repository = self._repositories[name]
            before = repository.manifests.get(repository.tags.get(tag, ""))
            config = Stored(CONFIG, b"{}")
            self.put_blob(name, config.content)
            layer = {**Stored(media_type, payload).descriptor(), "annotations": dict(annotations)}
            self.put_manifest(name, tag, with_layer(before, config, layer).content)

    def digest(self, name: str, tag: str) -> str:
        return self._repositories[name].tags[tag]

    def tags(self, name: str) -> list[str]:
        """In the order they were created."""
        return list(self._repositories[name].tags)

    def delete(self, name: str, tag: str) -> None:
        with self._lock:
            del self._repositories[name].tags[tag]

    def make_private(self, name: str, username: str, password: str) -> None:
        with self._lock:
            self.create(name)
            self._repositories[name].reader = (username, password)

    def expire_tokens(self) -> None:
        with self._lock:
            self._tokens.clear()

    def lag(self, name: str, tag: str, requests: int = 1) -> None:
        """Let the tag be listed while its manifest is missing for the next requests."""
        pattern = f"/v2/{re.escape(name)}/manifests/{re.escape(tag)}$"
        self.fail_next(requests, 404, matching=pattern, body=_refusal(404, "MANIFEST_UNKNOWN").body)

    def answer(self, request: Request) -> Answer:
        with self._lock:
            if request.path == "/token":
                return self._give_token(request)
            if signed := _SIGNED.fullmatch(request.path):
                return self._give_signed(request, signed["name"], signed["digest"])
            if not request.path.startswith("/v2/") or request.method not in ("GET", "HEAD"):
                return _refusal(404, "UNSUPPORTED")
            return self._answer_v2(request)

    def _give_token(self, request: Request) -> Answer:
        asked = request.form() if request.method == "POST" else request.queries
        scopes = [_SCOPE.fullmatch(scope) for scope in asked.get("scope", [])]
        names = frozenset(scope["name"] for scope in scopes if scope)
        known_by = request.basic() or asked.get("refresh_token", [""])[0]
        if not all(self._may_read(name, known_by) for name in names):
            return _refusal(403, "DENIED", "requested access to the resource is denied")
        token = uuid4().hex
        self._tokens[token] = names
        return answer_json({"access_token" if request.method == "POST" else "token": token})

    def _may_read(self, name: str, known_by: tuple[str, str] | str | None) -> bool:
        """By name and password, or by the password as a refresh token."""
        repository = self._repositories.get(name)
        reader = repository.reader if repository else None
        return reader is None or known_by in (reader, reader[1])

    def _answer_v2(self, request: Request) -> Answer:
        route = _ROUTE.fullmatch(request.path)
        if not self._is_authorized(request, route["name"] if route else None):
            return self._challenge(route["name"] if route else "user/image")
        if not route:
            known = request.path == "/v2/"
            return answer_json({}) if known else _refusal(404, "NAME_INVALID")
        repository = self._repositories.get(route["name"])
        if repository is None:
            return _refusal(404, "NAME_UNKNOWN", "repository name not known to registry")
        return self._read(request, repository, *route.group("name", "kind", "reference"))

    def _is_authorized(self, request: Request, name: str | None) -> bool:
        if self.paging.auth == "basic":
            return name is None or self._may_read(name, request.basic())
        names = self._tokens.get(request.bearer() or "")
        return names is not None and (name is None or name in names)

    def _challenge(self, name: str) -> Answer:
        if self.paging.auth == "basic":
            return _refusal(401, "UNAUTHORIZED", headers={"WWW-Authenticate": 'Basic realm="registry"'})
        challenge = f'Bearer realm="{self.url}/token",service="{self.host}",scope="repository:{name}:pull"'
        headers = {"WWW-Authenticate": challenge}
        return _refusal(401, "UNAUTHORIZED", "authentication required", headers)

    def _read(
        self, request: Request, repository: _Repository, name: str, kind: str, reference: str
    ) -> Answer:
        if kind == "tags" and reference == "list":
            return self._list(request, repository, name)
        if kind == "manifests":
            return _manifest(repository, reference, request.headers.get("accept", "*/*"))
        if kind == "blobs":
            return self._blob(repository, name, reference)
        if not self.paging.referrers:
            return _refusal(404, "MANIFEST_UNKNOWN")
        return self._list_referrers(request, repository, reference)

    def _list_referrers(self, request: Request, repository: _Repository, digest: str) -> Answer:
        listed, size = repository.referrers.get(digest, []), self.paging.page_size or 1000
        page = int(request.query.get("page", "0"))
        more = len(listed) > (page + 1) * size
        headers = {"Link": f'<{request.path}?page={page + 1}>; rel="next"'} if more else {}
        return Answer(200, index(listed[page * size : (page + 1) * size]).content, INDEX, headers)

    def _blob(self, repository: _Repository, name: str, digest: str) -> Answer:
        if self.paging.blobs == "here" or digest not in repository.blobs:
            return _blob(repository, digest)
        ticket = uuid4().hex
        self._tickets.add(ticket)
        return Answer(307, headers={"Location": f"/signed/{name}/{digest}?ticket={ticket}"})

    def _give_signed(self, request: Request, name: str, digest: str) -> Answer:
        """Whoever has the address may read it, once."""
        ticket = request.query.get("ticket", "")
        if name not in self._repositories or ticket not in self._tickets:
            return _refusal(403, "DENIED", "the address is not signed")
        self._tickets.discard(ticket)
        return _blob(self._repositories[name], digest)

    def _list(self, request: Request, repository: _Repository, name: str) -> Answer:
        page = turn(self.paging, list(repository.tags), *map(request.query.get, ("n", self.paging.cursor)))
        tags = list(page.tags) if repository.tags else None
        return answer_json({"name": name, "tags": tags}, headers=link(self.paging, self.url, name, page))


def _manifest(repository: _Repository, reference: str, accept: str) -> Answer:
    stored = repository.manifests.get(repository.tags.get(reference, reference))
    if stored is None or not (stored.media_type in accept or "*/*" in accept):
        return _refusal(404, "MANIFEST_UNKNOWN", "manifest unknown")
    return _stored(stored)


def _blob(repository: _Repository, digest: str) -> Answer:
    stored = repository.blobs.get(digest)
    return _refusal(404, "BLOB_UNKNOWN", "blob unknown to registry") if stored is None else _stored(stored)


def _stored(stored: Stored) -> Answer:
    return Answer(200, stored.content, stored.media_type, {"Docker-Content-Digest": stored.digest})


def _refusal(status: int, code: str, message: str = "", headers: Mapping[str, str] | None = None) -> Answer:
    return answer_json({"errors": [{"code": code, "message": message or code.lower()}]}, status, headers)
