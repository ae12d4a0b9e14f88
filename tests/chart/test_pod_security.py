"""The profile `restricted` of Pod Security, rule by rule, over every pod that the documented values make."""

import pytest
from chart.rendering import COMBINATIONS, combination, everything, example

pytestmark = pytest.mark.real

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
UNCONFINED = {None, "RuntimeDefault", "Localhost"}
SELINUX = {None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}


def containers(pod):
    return [*pod.get("initContainers", []), *pod["containers"], *pod.get("ephemeralContainers", [])]


def contexts(pod):
    """Of the pod and of each container."""
    return [pod.get("securityContext", {}), *(each.get("securityContext", {}) for each in containers(pod))]


def of_each(pod, key):
    return [each.get("securityContext", {}).get(key) for each in containers(pod)]


def said(pod, key, rule):
    """Every container says it, or the pod does for those that do not."""
    above = pod.get("securityContext", {}).get(key)
    return all(rule(above if own is None else own) for own in of_each(pod, key))


def handlers(pod):
    for each in containers(pod):
        probes = [each.get(f"{kind}Probe") for kind in ("liveness", "readiness", "startup")]
        yield from [*filter(None, probes), *each.get("lifecycle", {}).values()]


RULES = {
    "HostProcess": lambda pod: (
        not any(each.get("windowsOptions", {}).get("hostProcess") for each in contexts(pod))
    ),
    "Host Namespaces": lambda pod: not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(),
    "Privileged Containers": lambda pod: not any(of_each(pod, "privileged")),
    "Capabilities": lambda pod: all(
        each is not None
        and "ALL" in each.get("drop", [])
        and set(each.get("add", [])) <= {"NET_BIND_SERVICE"}
        for each in of_each(pod, "capabilities")
    ),
    "HostPath Volumes": lambda pod: not any("hostPath" in each for each in pod["volumes"]),
    "Host Ports": lambda pod: (
        not any(port.get("hostPort") for each in containers(pod) for port in each.get("ports", []))
    ),
    "Host Probes and Lifecycle Hooks": lambda pod: (
        not any(
            action.get(kind, {}).get("host") for action in handlers(pod) for kind in ("httpGet", "tcpSocket")
        )
    ),
    "AppArmor": lambda pod: all(
        each.get("appArmorProfile", {}).get("type") in UNCONFINED for each in contexts(pod)
    ),
    "SELinux": lambda pod: all(
        each.get("seLinuxOptions", {}).get("type") in SELINUX
        and not {"user", "role"} & each.get("seLinuxOptions", {}).keys()
        for each in contexts(pod)
    ),
    "/proc Mount Type": lambda pod: all(each in {None, "Default"} for each in of_each(pod, "procMount")),
    "Sysctls": lambda pod: not pod.get("securityContext", {}).get("sysctls"),
    "Volume Types": lambda pod: all(set(each) - {"name"} <= VOLUMES for each in pod["volumes"]),
    "Privilege Escalation": lambda pod: all(
        each is False for each in of_each(pod, "allowPrivilegeEscalation")
    ),
    "Running as Non-root": lambda pod: said(pod, "runAsNonRoot", lambda value: value is True),
    "Running as Non-root user": lambda pod: all(each.get("runAsUser") != 0 for each in contexts(pod)),
    "Seccomp": lambda pod: said(
        pod, "seccompProfile", lambda value: value is not None and value["type"] in UNCONFINED - {None}
    ),
}


def pod_of(values):
    (found,) = [each for each in everything(values) if each["kind"] == "Deployment"]
    return found["spec"]["template"]["spec"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", COMBINATIONS)
def test_a_namespace_that_enforces_restricted_takes_the_pod(name, rule):
    assert RULES[rule](pod_of(combination(name)))


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("HostPath Volumes", {"extraVolumes": [{"name": "host", "hostPath": {"path": "/"}}]}),
        ("Capabilities", {"capabilities": {"add": ["SYS_ADMIN"]}}),
        ("Privileged Containers", {"privileged": True}),
        ("Privilege Escalation", {"allowPrivilegeEscalation": True}),
        ("Running as Non-root", {"runAsNonRoot": False}),
        ("Running as Non-root user", {"runAsUser": 0}),
        ("Seccomp", {"seccompProfile": {"type": "Unconfined"}}),
        ("Host Ports", {"ports": [{"containerPort": 80, "hostPort": 80}]}),
    ],
)
def test_each_rule_notices_who_breaks_it(rule, values):
    """Else the rules above would prove nothing."""
    beside = {"name": "beside", "image": "busybox"}
    if "extraVolumes" not in values:
        inside = values if "ports" in values else {"securityContext": values}
        values = {"extraContainers": [beside | inside]}

    assert not RULES[rule](pod_of(example(values)))


def test_containers_of_the_user_s_get_what_they_do_not_say_and_keep_what_they_say():
    said = {"name": "wait", "image": "busybox", "securityContext": {"readOnlyRootFilesystem": False}}
    (found,) = pod_of(example({"initContainers": [said]}))["initContainers"]

    assert found["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": False,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_updater_itself_writes_to_volumes_only_and_asks_for_no_token():
    pod = pod_of(example())

    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsUser"] == 10001


def test_a_cluster_that_hands_out_users_is_left_to_do_so():
    context = pod_of(combination("openshift"))["securityContext"]

    assert not {"runAsUser", "runAsGroup", "fsGroup"} & context.keys()
    assert context["runAsNonRoot"] is True


@pytest.mark.parametrize("values", [{"runAsUser": 0}, {"privileged": True}, {"runAsNonRoot": False}])
def test_values_cannot_take_the_restrictions_away(values):
    with pytest.raises(Exception, match=r"at '/podSecurityContext"):
        pod_of(example({"podSecurityContext": values}))
