"""To read and write pull requests on GitHub with PyGithub. I/O.

PyGithub is slow to import: import this package where a forge is built, not before.
"""

from updater.adapters.github.actors import Actor
from updater.adapters.github.app import InstallationToken
from updater.adapters.github.forge import GitHubForge
from updater.adapters.github.source_commits import GitHubSourceCommits
from updater.adapters.limits import RateLimits

__all__ = ["Actor", "GitHubForge", "GitHubSourceCommits", "InstallationToken", "RateLimits"]
