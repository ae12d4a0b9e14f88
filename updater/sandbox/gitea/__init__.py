"""An embedded Gitea. I/O."""

from updater.sandbox.gitea.hub import Gitea

__all__ = ["Gitea"]
