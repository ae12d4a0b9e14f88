"""To read and write the merge requests of GitLab. I/O."""

from updater.adapters.gitlab.forge import GitLabForge

__all__ = ["GitLabForge"]
