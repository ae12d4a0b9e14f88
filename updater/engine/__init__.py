"""What makes passes come: on a schedule, and at once when somebody knocks."""

from updater.engine.embedded import Embedded

__all__ = ["Embedded"]
