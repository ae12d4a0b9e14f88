"""Which calls are cut off in CI, and which only in the soak."""

import pytest


def struck(calls):
    """Every third in CI; the soak strikes each."""
    return [pytest.param(call, marks=[] if call % 3 == 1 else [pytest.mark.soak]) for call in range(calls)]
