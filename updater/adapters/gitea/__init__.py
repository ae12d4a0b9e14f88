"""To read and write the pull requests of Gitea and Forgejo. I/O."""

from updater.adapters.gitea.forge import GiteaForge
from updater.adapters.gitea.source_commits import GiteaSourceCommits

__all__ = ["GiteaForge", "GiteaSourceCommits"]
