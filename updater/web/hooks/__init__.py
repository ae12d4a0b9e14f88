"""To hear that something was pushed. A hook only says where to look: its content is never trusted."""

from updater.web.hooks.auth import Trigger, WebhookReceiver
from updater.web.hooks.payloads import WebhookTarget
from updater.web.hooks.routes import routes

__all__ = ["Trigger", "WebhookReceiver", "WebhookTarget", "routes"]
