"""An embedded Azure DevOps. I/O."""

from updater.sandbox.azure.hub import Azure

__all__ = ["Azure"]
