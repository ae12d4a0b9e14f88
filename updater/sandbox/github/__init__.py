"""To stand in for GitHub: REST calls and git over HTTP on the same repositories. I/O."""

from updater.sandbox.github.hub import GitHub

__all__ = ["GitHub"]
