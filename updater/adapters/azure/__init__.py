"""To read and write the pull requests of Azure Repos. I/O."""

from updater.adapters.azure.forge import AzureForge

__all__ = ["AzureForge"]
