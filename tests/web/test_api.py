"""The API: what it answers, what it refuses, and that its document tells the truth."""

import json
from dataclasses import replace

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from web import company
from web.serving import TOKEN, Web

from updater.model import Hold, Placement, Ruling
from updater.reasons import hold_reasons
from updater.views import effective_config, status
from updater.views.shape import as_json

PRODUCTION = "cluster-a/production"


def test_the_status_is_what_the_command_tells(web):
    answer = web.get("/api/status")
    assert answer.status_code == 200
    assert answer.json() == as_json(status.status([company.report(web.config)]))


def test_an_app_is_told_with_the_stays_of_each_environment(web):
    told = web.get("/api/apps/app-0005").json()
    assert list(told["environments"]) == list(company.ENVIRONMENTS)
    staging = told["environments"]["staging"]
    assert [stay["ended"] for stay in staging["stays"]] == ["newer", "backwards", "newer", "still"]
    assert staging["cell"]["tag"] == staging["stays"][-1]["tag"]
    assert staging["rolled_back"] == {staging["stays"][1]["tag"]: staging["stays"][2]["by"]}


def test_an_environment_with_a_slash_is_explained(web):
    told = web.get(f"/api/apps/app-0005/{PRODUCTION}").json()
    assert (told["app"], told["environment"], told["decision"]) == ("app-0005", PRODUCTION, "hold")
    assert [ruling["passes"] for ruling in told["candidates"][0]["rulings"]] == [True, False]
    assert len(told["candidates"]) == 2
    (one,) = web.get(f"/api/apps/app-0005/{PRODUCTION}?tag=20260101-000000").json()["candidates"]
    assert one["tag"] == "20260101-000000"


def test_a_reason_with_half_a_letter_is_answered_all_the_same(web):
    """A tag or a hold's reason may hold what no encoding has."""
    half = Ruling(hold_reasons.HELD, False, "because \ud800")
    held = [Hold(place, "20260101-000000", (half,)) for place in web.config.policies]
    web.store.keep(replace(company.report(web.config), decisions=held))
    assert web.get("/api/status").json()["placements"][0]["why"] == "because \ud800"
    assert web.get("/api/apps/app-0001").status_code == 200


def test_the_policies_are_what_check_effective_tells(web):
    assert web.get("/api/policies").json() == {"version": 1, "policies": effective_config.as_json(web.config)}


def test_the_passes_are_remembered_the_latest_first_and_not_for_ever(web):
    for _ in range(30):
        web.store.keep(company.report(web.config, calm=True))
    web.store.broke("deploy", company.NOW)
    told = web.get("/api/passes").json()["passes"]
    assert len(told) == 20
    assert [one["result"] for one in told[:2]] == ["broke", "ok"]


def test_a_pass_that_broke_leaves_what_was_known(web):
    before = web.get("/api/status").json()
    web.store.broke("deploy", company.NOW)
    assert web.get("/api/status").json() == before


@pytest.mark.parametrize(
    "path", ["/api/apps/nobody", "/api/apps/app-0001/nowhere", "/api/apps/a/b/c", "/api/x"]
)
def test_what_is_not_there_is_said_in_one_sentence(web, path):
    answer = web.get(path)
    assert answer.status_code == 404
    assert list(answer.json()) == ["error"]


def test_before_the_first_pass_an_app_is_known_and_nothing_said_of_it(tmp_path):
    with Web(company.store(company.config(tmp_path, 2))).served() as web:
        assert web.get("/api/status").json() == {"version": 1, "placements": [], "stopped_lines": []}
        assert web.get("/api/apps/app-0001").json()["environments"]["staging"]["cell"] is None
        answer = web.get("/api/apps/app-0001/staging")
    assert answer.status_code == 404
    assert "no pass has decided about app-0001 in staging yet" in answer.json()["error"]


# --- a pass now -----------------------------------------------------------------------------------------


def post(web, path="/api/poll", token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(f"{web.url}{path}", headers=headers, timeout=10)


def test_who_holds_the_token_gets_a_pass_now(web):
    answer = post(web, token=TOKEN)
    assert (answer.status_code, answer.json()) == (202, {"version": 1, "repositories": ["deploy"]})
    unknown = post(web, "/api/poll?repository=other", token=TOKEN)
    assert (unknown.status_code, unknown.json()["error"]) == (404, "the config has no such deploy repository")
    assert web.polled == ["deploy"]


def test_a_repository_that_other_processes_look_after_is_told_apart_from_an_unknown_one(web):
    web.served_names = ()
    answer = post(web, "/api/poll?repository=deploy", token=TOKEN)
    assert answer.status_code == 404
    assert answer.json()["error"] == "this process does not look after deploy (--repository)"


def test_nobody_else_does(web):
    for token in (None, "wrong", "Ω", TOKEN + "x"):
        answer = post(web, token=token.encode().decode("latin-1") if token else None)
        assert answer.status_code == 401
        said = "is not the configured one" if token else "needs the header `Authorization: Bearer"
        assert said in answer.json()["error"]
    web.token = None
    answer = post(web, token=TOKEN)
    assert answer.status_code == 403
    assert "service.token_env" in answer.json()["error"]
    assert web.polled == []


# --- the document ---------------------------------------------------------------------------------------


def described(folder):
    config = company.config(folder, 3)
    store = company.store(config)
    store.keep(company.report(config))
    return schemathesis.openapi.from_asgi("/api/openapi.json", Web(store).app)


@pytest.mark.parametrize("mode", GenerationMode)
def test_the_document_tells_the_truth(tmp_path, mode):
    """Whatever is sent, the answer is one that the document describes; wrong input is refused."""
    for result in described(tmp_path).get_all_operations():
        operation = result.ok()

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def told(case):
            case.call_and_validate()

        try:
            told()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, operation.label  # it takes nothing that could be wrong


def test_the_document_describes_every_answer(web):
    document = web.get("/api/openapi.json").json()
    assert set(document["paths"]) == {
        "/api/status",
        "/api/apps/{app}",
        "/api/apps/{app}/{environment}",
        "/api/policies",
        "/api/passes",
        "/api/poll",
        "/api/workers",
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            assert "HTTPValidationError" not in json.dumps(operation)
    assert Placement("staging", "app-0001") in web.store.snapshot().cells
