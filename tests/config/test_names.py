"""Names that end up in branches, trailers and markers are read strictly, and come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from updater.config.models import App, Main
from updater.config.names import EnvironmentName, Name
from updater.config.paths import fill_path, normalise_path
from updater.model import Placement

NAMES: TypeAdapter[str] = TypeAdapter(Name)
ENVIRONMENTS: TypeAdapter[str] = TypeAdapter(EnvironmentName)
names = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,4}", fullmatch=True)
environments = st.lists(names, min_size=1, max_size=3).map("/".join)


@given(names, environments)
def test_every_name_of_the_described_form_is_taken(name, environment):
    assert NAMES.validate_python(name) == name
    assert ENVIRONMENTS.validate_python(environment) == environment


@given(st.text(max_size=12) | st.text("ab-/.", max_size=12))
def test_what_is_taken_can_be_told_apart_in_a_branch(text):
    try:
        taken = ENVIRONMENTS.validate_python(text)
    except ValidationError:
        return
    assert taken == text
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-/")
    assert "--" not in text
    assert all(part and part.strip("-") == part for part in text.split("/"))


@pytest.mark.parametrize("text", ["", "-a", "a-", "a--b", "A", "a_b", "a.b", "a b", "é", "٣", "a\n", "a/b"])
def test_no_other_name_is_taken(text):
    with pytest.raises(ValidationError):
        NAMES.validate_python(text)


@given(environments, names)
def test_templates_are_filled_with_names_that_stay_in_the_repository(environment, app):
    path = normalise_path(fill_path("k8s/{environment}/{app}//", Placement(environment, app)))
    assert path == f"k8s/{environment}/{app}"
    assert normalise_path(path) == path


@given(st.text("ab./\\{} ", max_size=12))
@example(". /")
def test_a_normalised_path_never_leaves_the_repository(text):
    try:
        path = normalise_path(text)
    except ValueError:
        return
    assert not path.startswith("/")
    assert not path.endswith("/")
    assert ".." not in path.split("/")
    assert "//" not in path
    assert normalise_path(path) == path


@given(names, environments)
def test_an_app_and_the_main_document_come_back_as_they_were_written(name, environment):
    image = f"ghcr.io/org/{name}"
    app = App.model_validate(
        {
            "app": name,
            "images": [image],
            "environments": {environment: {"gates": {"soak": "1h30m"}, "image": image}},
        }
    )
    main = Main.model_validate(
        {
            "instance": name,
            "repositories": {name: {"url": "file:///srv/git", "history": "7d"}},
            "commit": {"email": "a@b"},
            "environments": {
                environment: {
                    "repository": name,
                    "deliver": "push",
                    "after": {"any": [name]},
                    "tags": {"follow": {"timestamp": {"zone": "UTC"}}},
                }
            },
        }
    )
    for document in (app, main):
        written = document.model_dump(mode="json", by_alias=True, exclude_unset=True)
        assert type(document).model_validate(written) == document
