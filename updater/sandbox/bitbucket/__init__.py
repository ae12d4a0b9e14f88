"""An embedded Bitbucket Cloud. I/O."""

from updater.sandbox.bitbucket.hub import Bitbucket

__all__ = ["Bitbucket"]
