"""What takes long to make is made once for all who ask."""

import weakref
from dataclasses import replace

import pytest
from web import company

from updater.views import effective_config
from updater.web import policies_page
from updater.web.kept import Kept


def test_the_same_is_made_once_and_another_anew():
    made = []
    kept = Kept(lambda known: made.append(known) or len(made))
    first, alike = ["a"], ["a"]
    assert [kept.of(first), kept.of(first), kept.of(alike), kept.of(alike)] == [1, 1, 2, 2]
    assert len(made) == 2


@pytest.mark.parametrize(
    ("path", "maker"),
    [("/policies", (policies_page, "alike")), ("/api/policies", (effective_config, "policies"))],
)
def test_who_asks_for_the_policies_again_and_again_takes_no_time_from_passes(
    web, monkeypatch, tmp_path, path, maker
):
    (module, name), made = maker, []
    make = getattr(module, name)
    monkeypatch.setattr(module, name, lambda config: made.append(config) or make(config))
    assert len({web.get(path).status_code for _ in range(5)}) == 1
    assert len(made) == 1
    other = company.config(tmp_path / "other", ["till"])
    web.store.configure(other)
    assert "till" in web.get(path).text
    assert made == [web.config, other]


def test_the_status_of_the_api_is_that_of_the_last_pass(web):
    before = web.get("/api/status").json()
    assert web.get("/api/status").json() == before
    web.store.keep(company.report(web.config, calm=True))
    assert web.get("/api/status").json() != before


def test_who_asks_for_an_app_again_and_again_lets_its_candidates_be_judged_once_a_pass(web):
    judged, judge = [], web.store._verdicts
    web.store._verdicts = lambda *about: judged.append(about) or judge(*about)
    pages = {web.get("/apps/app-0005").text.count("<tbody>") for _ in range(3)}
    assert len(pages) == 1
    assert len(judged) == len(set(judged)) == 3
    web.store.keep(company.report(web.config))
    web.get("/api/apps/app-0005/staging")
    assert len(judged) == 4
    web.get("/api/apps/app-0005/staging?tag=20260202-130000")
    assert judged[-1][2] == "20260202-130000"


def test_a_config_that_is_refused_while_a_pass_ends_stays_refused(tmp_path):
    """The pass has completed the config in use, and knows nothing of the other."""
    config = company.config(tmp_path, ["till"])
    store = company.store(config)

    class Late:
        """Who waits for it finds that somebody else was quicker."""

        def __init__(self, lock, quicker):
            self.lock, self.quicker = lock, [quicker]

        def __enter__(self):
            while self.quicker:
                self.quicker.pop()()
            return self.lock.__enter__()

        def __exit__(self, *error):
            return self.lock.__exit__(*error)

    store._writing = Late(store._writing, lambda: store.reject("no such scheme"))
    store.complete(config)
    assert store.snapshot().rejected == "no such scheme"
    store.configure(config)
    assert store.snapshot().rejected is None


def test_of_a_repository_that_config_names_no_more_nothing_is_kept(tmp_path):
    config = company.config(tmp_path, ["till"])
    store = company.store(config)
    store.keep(company.report(config))
    store.complete(config)
    assert [each.repository for each in store.snapshot().latest_passes] == ["deploy"]
    cells = weakref.ref(store._kept["deploy"])
    policies = {place: replace(policy, repository="gitops") for place, policy in config.policies.items()}
    renamed = {"gitops": config.repositories["deploy"]}
    store.configure(replace(config, repositories=renamed, policies=policies))
    assert (store.snapshot().last, store.snapshot().latest_passes, cells()) == ({}, [], None)
