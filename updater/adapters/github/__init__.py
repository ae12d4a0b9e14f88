"""To read and write pull requests on GitHub with PyGithub. I/O.

PyGithub is slow to import: import this package where a forge is built, not before.
"""

from updater.adapters.github.forge import GitHubForge

__all__ = ["GitHubForge"]
