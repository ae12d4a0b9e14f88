"""To hear that something was pushed. A hook only says where to look: its content is never trusted."""

from updater.web.hooks.auth import Door, Waker
from updater.web.hooks.payloads import Named
from updater.web.hooks.routes import routes

__all__ = ["Door", "Named", "Waker", "routes"]
