"""To stand in for GHCR and GitHub on loopback: for the demo and for the tests. I/O."""

from updater.sandbox.github import GitHub
from updater.sandbox.registry import Registry
from updater.sandbox.world import World

__all__ = ["GitHub", "Registry", "World"]
