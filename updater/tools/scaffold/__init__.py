"""`updater scaffold`: files for a repository that has none yet."""

from __future__ import annotations

from updater.tools.scaffold.app import AppOptions, add_app
from updater.tools.scaffold.repository import RepositoryOptions, new_repository, texts
from updater.tools.scaffold.workflow import WorkflowOptions, workflow

__all__ = [
    "AppOptions",
    "RepositoryOptions",
    "WorkflowOptions",
    "add_app",
    "new_repository",
    "texts",
    "workflow",
]
