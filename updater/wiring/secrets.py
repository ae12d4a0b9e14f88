"""To read a secret that config names, each time it is needed. I/O."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from updater.config import secret

if TYPE_CHECKING:
    pass


def read_secret(env: str | None, file: str | None) -> str | None:
    """The secret itself, read anew each time: mounted secrets are renewed while we run."""
    found = secret(env=env, file=file, environ=os.environ)
    return found.get_secret_value() if found is not None else None
