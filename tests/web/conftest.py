"""A company that is looked at."""

import pytest
from web.serving import serving


@pytest.fixture
def web(tmp_path):
    """Forty apps, with something of everything going on."""
    with serving(tmp_path, 40) as web:
        yield web
