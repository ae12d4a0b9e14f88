"""To read and write the pull requests of Bitbucket Cloud. I/O."""

from updater.adapters.bitbucket.forge import BitbucketForge
from updater.adapters.bitbucket.source_commits import BitbucketSourceCommits

__all__ = ["BitbucketForge", "BitbucketSourceCommits"]
