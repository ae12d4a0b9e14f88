"""A reason by its code, as tests write it in rows."""

from updater.reasons import Reason
from updater.views.reason_codes import all_reasons

_BY_CODE = {reason.code: reason for reason in reversed(all_reasons())}


def reason_of(code: str) -> Reason:
    """Of what fails in a test alone: a failed reading."""
    return _BY_CODE.get(code) or Reason(code, "reading", "of a test")
