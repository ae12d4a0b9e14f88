"""To read and write the pull requests of Gitea and Forgejo. I/O."""

from updater.adapters.gitea.forge import GiteaForge

__all__ = ["GiteaForge"]
