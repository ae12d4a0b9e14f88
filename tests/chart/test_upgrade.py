"""A newer chart over the values of an older one, as `helm upgrade --reuse-values` keeps them."""

import pytest
from chart.rendering import combination, example, render
from helm_python.errors import HelmRenderError

pytestmark = pytest.mark.real

MISSING = dict.fromkeys(["replicas", "podDisruptionBudget", "migrate", "dsnEnv"])
"""What helm calls null is not there, and no default either."""


def test_values_from_before_there_were_workers_make_what_today_s_make():
    assert render({**example(), "workers": None}) == render(example())


def test_workers_that_old_values_say_half_are_refused_with_the_way_out():
    values = {**combination("workers"), "workers": {"enabled": True, **MISSING}}
    with pytest.raises(HelmRenderError, match=r"workers.migrate: .* --reset-then-reuse-values in place of"):
        render(values)
