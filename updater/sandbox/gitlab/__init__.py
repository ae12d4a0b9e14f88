"""An embedded GitLab. I/O."""

from updater.sandbox.gitlab.hub import GitLab

__all__ = ["GitLab"]
