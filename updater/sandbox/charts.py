"""To serve an embedded repository of Helm charts by its index.yaml, as GitHub Pages does. I/O."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from threading import RLock

from updater.sandbox.exchange import Answer, Request
from updater.sandbox.server import Clock, Server, utc_now


class ChartRepository(Server):
    """`requests` says what was asked of it; an index that has not changed is not sent again."""

    def __init__(self, *, port: int = 0, clock: Clock = utc_now) -> None:
        super().__init__(port=port, clock=clock)
        self._entries: dict[str, dict[str, str]] = {}
        self._lock = RLock()
        self.reader: tuple[str, str] | None = None
        """Who may read it, and by which password; None: everybody."""

    def push(
        self,
        chart: str,
        version: str,
        *,
        app_version: str = "1.0",
        created: datetime | str | None = None,
        content: str | None = None,
    ) -> str:
        """Answer the digest of the archive."""
        digest = sha256((content or f"{chart}-{version}").encode()).hexdigest()
        made = self.clock() if created is None else created
        stamp = made if isinstance(made, str) else made.astimezone(UTC).isoformat()
        entry = (
            f'  - apiVersion: v2\n    appVersion: "{app_version}"\n    created: "{stamp}"\n'
            f"    description: A chart\n    digest: {digest}\n    name: {chart}\n"
            f"    urls:\n    - {chart}-{version}.tgz\n    version: {version}\n"
        )
        with self._lock:
            self._entries.setdefault(chart, {})[version] = entry
        return f"sha256:{digest}"

    def remove(self, chart: str, version: str) -> None:
        with self._lock:
            del self._entries[chart][version]

    @property
    def index(self) -> str:
        """As `helm repo index` writes it."""
        with self._lock:
            entries = "".join(
                f"  {chart}:\n{''.join(each.values())}" for chart, each in self._entries.items()
            )
        listed = f"\n{entries}" if entries else " {}\n"
        return f'apiVersion: v1\nentries:{listed}generated: "2026-02-02T05:00:00Z"\n'

    def answer(self, request: Request) -> Answer:
        if self.reader is not None and request.basic() != self.reader:
            return Answer(401, b"", headers={"WWW-Authenticate": 'Basic realm="charts"'})
        if not request.path.endswith("/index.yaml"):
            return Answer(404, b"<html>not found</html>", "text/html")
        body = self.index.encode()
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == etag:
            return Answer(304, headers={"ETag": etag})
        return Answer(200, body, "text/yaml", {"ETag": etag})
