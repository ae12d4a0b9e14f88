"""The fake's verbs, each through Argo CD's own API, as its published description has it."""

import requests
from swagger import problems

from updater.sandbox.exchange import Answer, Request

PATH = "staging"


def shown(argocd, path="applications/shop", **query):
    headers = {"Authorization": f"Bearer {argocd.token}"}
    return requests.get(f"{argocd.url}/api/v1/{path}", params=query, headers=headers, timeout=5).json()


def test_every_verb_leaves_an_application_as_described(argocd, bump):
    argocd.add("shop", "org/deploy", PATH, labels={"app": "shop"})
    bump()
    argocd.sync("shop", phase="Running", health="Progressing")
    assert shown(argocd)["status"]["operationState"]["phase"] == "Running"
    argocd.sync("shop", phase="Failed", health="Missing")
    argocd.look("shop")
    argocd.degrade("shop")
    assert shown(argocd)["status"]["health"]["status"] == "Degraded"
    argocd.rollback("shop")
    assert shown(argocd)["status"]["sync"]["status"] == "OutOfSync"
    assert shown(argocd, "applications", selector="app=shop")["items"][0]["metadata"]["name"] == "shop"


def test_who_may_not_see_an_application_cannot_tell_whether_it_is_there(argocd):
    argocd.add("shop", "org/deploy", PATH)
    argocd.hidden = {"shop"}
    assert (
        shown(argocd)
        == shown(argocd, "applications/none")
        == {
            "error": "permission denied",
            "code": 7,
            "message": "permission denied",
        }
    )


def test_it_keeps_ten_entries_of_history(argocd, bump):
    argocd.add("shop", "org/deploy", PATH)
    for _ in range(12):
        bump()
        argocd.poll()
    assert [entry["id"] for entry in shown(argocd)["status"]["history"]] == list(range(3, 13))


def test_the_check_finds_what_is_not_described(argocd):
    def found(target, body):
        return problems(Request("GET", target), Answer(200, body))

    assert found("/api/v1/applications/shop", b'{"status": {"helth": {}}}') == [
        "GET /api/v1/applications/shop answered: $.status.helth is not described"
    ]
    assert found("/api/v1/applications/shop?refesh=normal", b"{}") != []
    assert found("/api/v1/applications/shop", b'{"status": {"reconciledAt": 5}}') != []
    assert found("/api/v2/applications", b"{}") == ["GET /api/v2/applications is not described"]


# --- as strict as the real one ----------------------------------------------------------------------------


def test_a_list_knows_a_fixed_list_of_fields_and_drops_the_others_without_a_word(argocd):
    argocd.add("shop", "org/deploy", PATH)
    asked = "items.metadata.name,items.status.sync,items.status.sync.status,items.status.history,items.spec"
    (item,) = shown(argocd, "applications", fields=asked)["items"]
    assert item["metadata"] == {"name": "shop"}
    assert item["status"] == {"sync": {"status": "Synced"}}
    assert item["spec"]["source"]["path"] == PATH
    (rest,) = shown(argocd, "applications", fields=f"-{asked}")["items"]
    assert "spec" not in rest
    assert "history" not in rest["status"], "nor by asking for all the others"
    assert "history" in shown(argocd, "applications")["items"][0]["status"]


def test_comparing_alone_moves_the_revision_of_every_application_of_the_repository(argocd, hub, bump):
    argocd.add("other", "org/deploy", "elsewhere")
    first, newest = hub.head("org/deploy", "main"), bump()
    argocd.poll()
    status = shown(argocd, "applications/other")["status"]
    assert (status["sync"]["status"], status["sync"]["revision"]) == ("Synced", newest)
    assert [entry["revision"] for entry in status["history"]] == [first]
    assert status["operationState"]["syncResult"]["revision"] == first


def test_its_history_is_as_long_as_the_application_says(argocd, bump):
    for limit in (0, 1):
        argocd.add(f"keeps-{limit}", "org/deploy", PATH, limit=limit)
    bump()
    argocd.poll()
    assert "history" not in shown(argocd, "applications/keeps-0")["status"]
    assert [entry["id"] for entry in shown(argocd, "applications/keeps-1")["status"]["history"]] == [1]


def test_another_namespace_has_to_be_named_and_a_list_shows_all(argocd):
    argocd.add("shop", "org/deploy", PATH, namespace="team-a")
    assert shown(argocd)["code"] == 7
    assert shown(argocd, appNamespace="team-a")["metadata"]["namespace"] == "team-a"
    assert len(shown(argocd, "applications")["items"]) == 1
    assert shown(argocd, "applications", appNamespace="argocd")["items"] is None
