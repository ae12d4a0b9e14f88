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
        ".status.helth is not described"
    ]
    assert found("/api/v1/applications/shop?refesh=normal", b"{}") != []
    assert found("/api/v1/applications/shop", b'{"status": {"reconciledAt": 5}}') != []
    assert found("/api/v2/applications", b"{}") == ["GET /api/v2/applications is not described"]
