"""The right to ask the cluster for Applications: where, for which, and with which verbs."""

import pytest
from chart.rendering import combination, everything, notes, objects, of_kind

pytestmark = pytest.mark.real


def rules(values):
    (role,) = of_kind("Role", {"argocdAccess": {"enabled": True} | values}).values()
    return [(rule["verbs"], rule.get("resourceNames")) for rule in role["rules"]]


def test_the_cluster_is_asked_for_applications_only_where_that_is_switched_on():
    found = objects({"argocdAccess": {"enabled": True, "namespaces": ["gitops"]}}, name="prod")
    (subject,) = found["RoleBinding"]["subjects"]

    assert {(*rule["apiGroups"], *rule["resources"]) for rule in found["Role"]["rules"]} == {
        ("argoproj.io", "applications")
    }
    assert {found[kind]["metadata"]["namespace"] for kind in ("Role", "RoleBinding")} == {"gitops"}
    assert found["RoleBinding"]["roleRef"]["name"] == found["Role"]["metadata"]["name"]
    assert (subject["name"], subject["namespace"]) == (
        found["ServiceAccount"]["metadata"]["name"],
        "delivery",
    )
    assert found["Deployment"]["spec"]["template"]["spec"]["automountServiceAccountToken"] is True
    assert not {"Role", "RoleBinding"} & objects().keys()
    assert objects()["Deployment"]["spec"]["template"]["spec"]["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("values", "verbs"),
    [
        ({}, [(["get", "patch"], None), (["list"], None)]),
        ({"refresh": False}, [(["get"], None), (["list"], None)]),
        ({"list": False}, [(["get", "patch"], None)]),
        (
            {"list": False, "resourceNames": ["shop-staging"]},
            [(["get", "patch"], ["shop-staging"])],
        ),
        ({"refresh": False, "list": False}, [(["get"], None)]),
    ],
)
def test_each_right_can_be_left_out(values, verbs):
    assert rules(values) == verbs


def test_several_namespaces_have_a_role_and_a_binding_each():
    found = everything(combination("argocd-in-cluster"))
    where = {(each["kind"], each["metadata"]["namespace"]) for each in found}

    assert {(kind, name) for kind in ("Role", "RoleBinding") for name in ("argocd", "apps-staging")} <= where


def test_releases_of_one_name_in_two_namespaces_do_not_meet_at_argo_cd():
    (name,) = of_kind("Role", {"argocdAccess": {"enabled": True}}, name="prod")

    assert name == "delivery-prod-updater"


def test_who_may_refresh_is_told_what_else_the_account_may():
    said = "its account may change them as a whole, in argocd"

    assert said in notes({"argocdAccess": {"enabled": True}})
    assert said not in notes({"argocdAccess": {"enabled": True, "refresh": False}})


def test_an_account_that_is_there_is_taken():
    values = {"serviceAccount": {"create": False, "name": "bot"}, "argocdAccess": {"enabled": True}}
    found = objects(values)

    assert "ServiceAccount" not in found
    assert found["Deployment"]["spec"]["template"]["spec"]["serviceAccountName"] == "bot"
    assert [subject["name"] for subject in found["RoleBinding"]["subjects"]] == ["bot"]
