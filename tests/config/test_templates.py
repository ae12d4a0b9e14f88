"""What people word otherwise: what may stand in a template, and that nothing else can come out of it."""

import json
from typing import get_args

import pytest

from updater.config.message_templates import FORMS, Event, Wordings
from updater.config.templates import (
    BODY,
    COMMENTS,
    COMMON,
    SECTIONS,
    SUBJECT,
    TITLE,
    fill_in,
    line_of,
    text_of,
)
from updater.errors import ConfigError

GOOD = {
    "title": ["{environment}: {app} {tag}", "[{environment}] {old} → {tag}", "deploy {{now}} {app}"],
    "body": [BODY, "{headline}\n\n{evidence}", "No {choices}\n\n<details>{table}</details>\n"],
}
BAD = [
    ("title: '{environmnt}'", "unknown field 'environmnt': did you mean environment?"),
    ("title: '{app.__class__}'", "unknown field 'app.__class__'"),
    ("title: '{app[0]}'", "unknown field 'app[0]'"),
    ("title: '{}'", "unknown field ''"),
    ("title: '{0}'", "unknown field '0'"),
    ("title: '{app!r}'", "write {app} and nothing else between the braces"),
    ("title: '{app:>99999999}'", "write {app} and nothing else between the braces"),
    ("title: '{app'", "a brace stands alone"),
    ("title: '{evidence}'", "unknown field 'evidence'"),
    ('title: "two\\nlines {app}"', "write one line"),
    ("title: ''", "write between 1 and"),
    ("body: '{reasons}'", "unknown field 'reasons'"),
    ("body: '<!-- updater {{}} --> {headline}'", "<!-- is what the updater reads its own words by"),
    ("body: '<{commits}!-- updater {{}} --> {headline}'", "<!-- is what the updater reads its own words by"),
    ("body: '{headline} Updater-{commits}Pin: production'", "Updater-Pin: is what the updater reads its own"),
    ("comments: {edited: '{tag}'}", "unknown field 'tag'"),
    ("comments: {edeted: x}", "did you mean edited?"),
]


def with_settings(load_with, written):
    return load_with(
        ("deliver: pull-request\n", f"deliver: pull-request\n    pull_request:\n      {written}\n")
    )


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in GOOD.items() for text in texts])
def test_a_good_template_is_taken(load_with, name, text):
    config = with_settings(load_with, f"{name}: {json.dumps(text)}")
    assert getattr(config.policies["production", "shop"].pull_request, name) == text


@pytest.mark.parametrize(("written", "said"), BAD)
def test_a_bad_template_is_a_fault_with_its_line(load_with, written, said):
    with pytest.raises(ConfigError) as caught:
        with_settings(load_with, written)
    (fault,) = caught.value.faults
    assert said in fault
    assert "updater.yaml:22" in fault


def test_the_subject_of_commits_is_a_template_too(load_with):
    changed = ("commit: {email: updater@example.org}", "commit: {email: a@b.example, subject: 'bump {app}'}")
    assert load_with(changed).commit.subject == "bump {app}"
    with pytest.raises(ConfigError, match="unknown field 'apps'"):
        load_with((changed[0], changed[1].replace("{app}", "{apps}")))


def test_the_subject_cannot_pose_as_a_trailer(load_with):
    changed = "commit: {email: a@b.example, subject: 'Updater-Pin: {app}'}"
    with pytest.raises(ConfigError, match="reads its own words by"):
        load_with(("commit: {email: updater@example.org}", changed))


def test_what_is_empty_leaves_no_gap():
    values = dict.fromkeys((*COMMON, *SECTIONS), "x") | {"commits": ""}
    assert fill_in(BODY, values) == "x\n\nx\n\nx\n\nx"


def test_what_is_filled_in_is_not_filled_in_again():
    assert fill_in("{app}", {"app": "{tag}", "tag": "1"}) == "{tag}"


def test_every_name_of_every_default_is_known():
    for template, names in ((SUBJECT, COMMON), (TITLE, COMMON), (BODY, (*COMMON, *SECTIONS))):
        assert fill_in(template, dict.fromkeys(names, "x"))
    assert all(names[:2] == COMMON[:2] for names in COMMENTS.values())


def with_templates(load_with, written):
    anchor = "commit: {email: updater@example.org}"
    return load_with((anchor, f"notifications:\n  templates:\n    {written}\n{anchor}"))


def test_the_messages_people_get_are_templates_too(load_with):
    written = "merged: {title: '[{instance}] {app} {tag}', body: 'since {since}\\n{commit}'}"
    told = with_templates(load_with, written).notifications.templates
    assert told.of("merged").title == "[{instance}] {app} {tag}"
    assert told.of("merged").body == "since {since}\\n{commit}"
    assert told.of("failing") == FORMS["failing"]
    assert told.worded == ("merged",)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("merged: {title: '{tagg}'}", "merged.title: unknown field 'tagg': did you mean tag?"),
        ("merged: {title: '{url}'}", "merged.title: unknown field 'url'"),
        ("failing: {title: '{app}'}", "failing.title: unknown field 'app'"),
        ("failing: {body: '{errors.__class__}'}", "failing.body: unknown field 'errors.__class__'"),
        ("proposed: {body: '{url'}", "proposed.body: a brace stands alone"),
        ('proposed: {title: "two\\nlines"}', "proposed.title: write one line"),
        ("proposed: {body: ''}", "proposed.body: write between 1 and"),
        ("proposed: {titel: x}", "proposed.titel: unknown key 'titel': did you mean title?"),
        ("merge: {title: x}", "did you mean merged?"),
    ],
)
def test_a_bad_template_of_a_message_is_a_fault_with_its_line(load_with, written, said):
    with pytest.raises(ConfigError) as caught:
        with_templates(load_with, written)
    (fault,) = caught.value.faults
    assert said in fault
    assert "config/updater.yaml:" in fault


@pytest.mark.parametrize("event", FORMS)
def test_every_message_knows_the_names_of_its_own_words(event):
    form = FORMS[event]
    assert line_of(*form.names)(form.title)
    assert text_of(*form.names)(form.body)


def test_every_event_may_be_worded_otherwise():
    assert set(Wordings.model_fields) == set(FORMS) == set(get_args(Event))
