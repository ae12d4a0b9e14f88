"""A way to load the small config with something changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from small_config import write

from updater.config import Config, load

Load = Callable[..., Config]


@pytest.fixture
def load_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load it; `changes` replace text in it, `apps` are written besides (by name)."""
    monkeypatch.chdir(tmp_path)

    def load_changed(*changes: tuple[str, str], **apps: str) -> Config:
        write(tmp_path, *changes, **apps)
        return load(Path("config"))

    return load_changed
