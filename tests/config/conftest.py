"""A small config that is right, and a way to load it with something changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from updater.config import Config, load

MAIN = """\
instance: acme
repositories:
  deploy: {url: https://github.com/org/deploy.git}
forges:
  github.com: {token_env: GITHUB_TOKEN}
registries:
  ghcr.io: {username_env: GHCR_USERNAME, password_env: GHCR_TOKEN}
commit: {email: updater@example.org}
environments:
  staging:
    repository: deploy
    path: apps/{app}/staging
    deliver: push
  production:
    repository: deploy
    path: apps/{app}/production
    after: staging
    gates:
      soak: 30m
    deliver: pull-request
"""
SHOP = """\
app: shop
images: [ghcr.io/org/shop]
environments:
  - staging
  - production
"""

Load = Callable[..., Config]


@pytest.fixture
def load_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load the small config; `changes` replace text in it, `files` are written besides (by path)."""
    monkeypatch.chdir(tmp_path)

    def load_changed(*changes: tuple[str, str], **files: str) -> Config:
        texts = {"config/updater.yaml": MAIN, "config/apps/shop.yaml": SHOP}
        for old, new in changes:
            assert sum(text.count(old) for text in texts.values()) == 1, old
            texts = {path: text.replace(old, new) for path, text in texts.items()}
        texts |= {f"config/apps/{name}.yaml": text for name, text in files.items()}
        for path, text in texts.items():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(text)
        return load(Path("config"))

    return load_changed
