"""The pages of the embedded GitHub, for people who try the sandbox in a browser."""

import re

import pytest
import requests

BRANCH = "updater/app/production--shop"


@pytest.fixture
def pull(hub):
    hub.create_branch("org/deploy", BRANCH)
    hub.commit("org/deploy", BRANCH, {"apps/shop.yaml": "tag: 2\n"}, "Bump")
    return hub.open("org/deploy", BRANCH, title="shop <2>", body="why & <b>how</b> <!-- updater {} -->")


def press(hub, path, act):
    """The button as a browser presses it."""
    button = re.search(
        rf'action="{path}/{act}"><input type="hidden" name="button" value="(\w+)"', seen(hub, path)
    )
    return requests.post(f"{hub.url}{path}/{act}", data={"button": button[1]}, timeout=5)


def seen(hub, path):
    answer = requests.get(f"{hub.url}{path}", timeout=5)
    assert answer.status_code == 200
    return answer.text


def test_without_being_asked_for_there_are_none(hub, pull):
    assert requests.get(f"{hub.url}/org/deploy/pull/{pull}", timeout=5).status_code == 404
    assert requests.post(f"{hub.url}/org/deploy/pull/{pull}/merge", timeout=5).status_code == 404
    assert hub.pull("org/deploy", pull).state == "open"


def test_a_pull_request_is_shown_with_its_difference_and_merged_by_its_button(hub, pull):
    hub.show_pages()
    path = f"/org/deploy/pull/{pull}"
    page = seen(hub, path)
    assert "shop &lt;2&gt;" in page
    assert "why &amp; &lt;b&gt;how&lt;/b&gt;" in page
    assert "updater {}" not in page
    assert "+tag: 2" in page
    assert "<b>merged</b>" in press(hub, path, "merge").text
    assert hub.read("org/deploy", "main", "apps/shop.yaml") == b"tag: 2\n"


def test_it_is_closed_by_its_button(hub, pull):
    hub.show_pages()
    assert "<b>closed</b>" in press(hub, f"/org/deploy/pull/{pull}", "close").text
    assert hub.pull("org/deploy", pull).merged_at is None


def test_a_commit_is_shown_and_reverted_by_its_button(hub):
    hub.show_pages()
    sha = hub.commit("org/deploy", "main", {"apps/shop.yaml": "tag: bad\n"}, "A bad one")
    assert "A bad one" in seen(hub, f"/org/deploy/commit/{sha}")
    press(hub, f"/org/deploy/commit/{sha}", "revert")
    assert hub.read("org/deploy", "main", "apps/shop.yaml") == b"tag: 1\n"


def test_a_revert_that_conflicts_is_refused(hub):
    hub.show_pages()
    sha = hub.commit("org/deploy", "main", {"apps/shop.yaml": "tag: bad\n"}, "A bad one")
    hub.commit("org/deploy", "main", {"apps/shop.yaml": "tag: worse\n"}, "A worse one")
    answer = press(hub, f"/org/deploy/commit/{sha}", "revert")
    assert answer.status_code == 409
    assert "conflicts" in answer.text


def test_another_page_cannot_press_the_buttons(hub, pull):
    hub.show_pages()
    for data in ({}, {"button": "guess"}):
        answer = requests.post(f"{hub.url}/org/deploy/pull/{pull}/merge", data=data, timeout=5)
        assert answer.status_code == 403
    assert requests.get(f"{hub.url}/org/deploy/pull/{pull}/merge", timeout=5).status_code == 403
    assert hub.pull("org/deploy", pull).state == "open"


@pytest.mark.parametrize("path", ["/org/deploy/pull/99", "/org/none/pull/1", "/org/deploy/commit/0123456789"])
def test_what_is_not_there_is_not_found(hub, path):
    hub.show_pages()
    assert requests.get(f"{hub.url}{path}", timeout=5).status_code == 404
