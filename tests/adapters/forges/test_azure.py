"""Where Azure DevOps differs from what every forge promises."""

import pytest
from azure_models import PACKAGE, azure


@pytest.fixture
def kind():
    return "azure"


@pytest.mark.real
def test_the_stand_in_is_held_against_the_library_that_is_generated_from_the_service():
    if azure() is None:
        pytest.skip(f"its models come with `pip download --no-deps {PACKAGE}`, in ~/.cache/updater-tests")
