"""Whether a label selector of Kubernetes takes an object. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from updater.tools.migrate.documents import Said


def selects(selector: Said, labels: Mapping[str, str]) -> bool:
    """One that says nothing takes all."""
    plain = all(labels.get(key) == value.text for key, value in selector.get("matchLabels").pairs())
    return plain and all(_holds(one, labels) for one in selector.get("matchExpressions").items())


def _holds(expression: Said, labels: Mapping[str, str]) -> bool:
    own, values = labels.get(expression.get("key").text), expression.get("values").texts
    match expression.get("operator").text:
        case "In":
            return own in values
        case "NotIn":
            return own not in values
        case "Exists":
            return own is not None
        case "DoesNotExist":
            return own is None
    return False
