"""The tables of go-containerregistry's own tests, as far as they apply; where we are stricter, it says so."""

import json
from pathlib import Path

import pytest

from updater.adapters.registry import DockerConfig, EndpointHost, Helpers
from updater.adapters.registry.endpoint import Endpoint, WebOrigin
from updater.errors import Refused, Unavailable, UpdaterError
from updater.model import Image
from updater.sandbox.exchange import Answer, answer_json

CASES = Path(__file__).resolve().parents[3] / ".." / "shared" / "cases" / "go-containerregistry" / "pkg"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases/go-containerregistry")
STRICTER = {
    "foo.svc.localhost:1234": "a name is no address: DNS may lead it anywhere",
    "10.2.3.4:5000": "plain http is for loopback, or where somebody says insecure",
}
CODES = {
    "http.StatusBadRequest": 400,
    "http.StatusUnauthorized": 401,
    "http.StatusInternalServerError": 500,
    "http.StatusRequestTimeout": 408,
}


def cases(file, function):
    content = json.loads((CASES / file).read_text())
    found = next(table["cases"] for table in content if table["func"] == function)
    assert found
    return found


def place_of(host, **settings):
    return Endpoint.of(Image(host, "org/shop"), {host: EndpointHost(**settings)})


def test_a_registry_is_asked_in_the_clear_on_this_machine_alone():
    known = 0
    for case in cases("name/registry_test.json", "TestRegistryScheme"):
        try:
            image = Image.parse(f"{case['domain']}/org/shop")
        except ValueError:
            continue  # no image is called like that here
        scheme = "https" if case["domain"] in STRICTER else case["scheme"]
        assert Endpoint.of(image, {}).origin.scheme == scheme, case
        known += 1
    assert known > 8


def test_a_list_is_read_or_refused(serve, client_for, shop):
    for case in cases("v1/remote/list_test.json", "TestList"):
        client = client_for(serve(lambda _, case=case: Answer(200, case["responseBody"].encode())))
        if case["wantErr"]:
            with pytest.raises(UpdaterError):
                client.tags(shop)
        else:
            assert client.tags(shop) == tuple(case["wantTags"])


def test_a_token_is_found_under_the_names_there_are(serve, client_for, shop):
    for case in cases("v1/remote/transport/bearer_test.json", "TestBearerRefresh"):

        def script(request, case=case):
            if request.path == "/token":
                return answer_json({case["tokenKey"]: "mytoken"})
            if request.bearer() == "mytoken":
                return answer_json({"tags": ["1"]})
            return Answer(
                401, headers={"WWW-Authenticate": f'Bearer realm="http://{request.headers["host"]}/token"'}
            )

        server = serve(script)
        client = client_for(server)
        if case["wantErr"]:
            with pytest.raises(Refused):
                client.tags(shop)
        else:
            assert client.tags(shop) == ("1",)


def test_a_login_is_sent_as_it_is_written_down(serve, client_for, shop, tmp_path):
    entries = {
        "authn.FromConfig(authn.AuthConfig{RegistryToken: token})": {"registrytoken": "mytoken"},
        "authn.Anonymous": {},
    }
    for case in cases("v1/remote/transport/basic_test.json", "TestBasicTransportRegistryToken"):
        entry = entries.get(case["auth"].get("$go"))
        if entry is None:
            continue  # an `auth` that is no base64, which we refuse, and Go's nil
        server = serve(
            lambda request: Answer(
                401, headers={"WWW-Authenticate": f'Bearer realm="http://{request.headers["host"]}/token"'}
            )
        )
        path = tmp_path / "config.json"
        path.write_text(json.dumps({"auths": {server.host: entry}}))
        with pytest.raises(UpdaterError):
            client_for(server, keyring=DockerConfig(path, Helpers())).tags(shop)
        sent = {request.headers.get("authorization", "") for request in server.seen}
        assert sent == {"", case["hdr"]}


def test_an_address_has_its_port():
    for case in cases("v1/remote/transport/bearer_test.json", "TestCanonicalAddressResolution"):
        url = f"{case['scheme']}://{case['address']}/token"
        bare = case["address"].count(":") > 1 and not case["address"].startswith("[")
        if bare:
            with pytest.raises(ValueError, match=r".*"):
                WebOrigin.of(url)
            continue
        origin = WebOrigin.of(url)
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        assert f"{host}:{origin.port}" == case["want"], case


@pytest.mark.parametrize("registry", ["ghcr.io", "registry.local:5000"])
def test_i12_no_registry_leads_us_to_an_inner_address(registry):
    """Others allow every public address; we allow none that is not named."""
    for case in cases("v1/remote/transport/bearer_test.json", "TestValidateRealmURLUnspecified"):
        assert not place_of(registry).may_exchange_at(WebOrigin.of(case["realm"])), case


def test_i12_the_very_host_is_trusted_and_no_neighbour():
    for case in cases("v1/remote/transport/bearer_test.json", "TestValidateRealmURLSameHost"):
        insecure = case.get("insecure", False)
        scheme = "http" if insecure else "https"
        place = place_of(
            case["registryHost"], endpoint=f"{scheme}://{case['registryHost']}", insecure=insecure
        )
        loopback_in_the_clear = case["name"] == "scheme check still applies on same host"
        refused = case.get("wantErr", False) and not loopback_in_the_clear  # it never leaves the machine
        assert place.may_exchange_at(WebOrigin.of(case["realm"])) is not refused, case


def test_an_error_is_a_sentence_and_repeats_nothing(serve, client_for, shop):
    tables = [
        *cases("v1/remote/transport/error_test.json", "TestCheckErrorNotError"),
        *cases("v1/remote/transport/error_test.json", "TestCheckErrorWithError"),
    ]
    for case in tables:
        body = case.get("body", case.get("errorBody", ""))
        server = serve(lambda _, case=case, body=body: Answer(CODES[case["code"]["$go"]], body.encode()))
        with pytest.raises(Refused) as caught:
            client_for(server).tags(shop)
        assert "\n" not in caught.value.sentence
        for hidden in ("a message for you", "incorrect username", "Not JSON", "hunter2"):
            assert hidden not in caught.value.sentence


def test_what_others_try_again_is_left_to_the_next_pass(serve, client_for, shop):
    """Their rows say by status what is worth another try; here it is the kind of error that says so."""
    table = cases("v1/remote/transport/error_test.json", "TestTemporary")
    rows = [case for case in table if "StatusCode" in case["error"]]
    retried = cases("v1/remote/transport/retry_test.json", "TestRetryTransport")
    named = {
        each["$go"].removeprefix("resp(").removesuffix(")")
        for case in retried
        for each in case.get("resps", [])
        if each
    }
    for code in {*named, *(case["error"]["StatusCode"]["$go"] for case in rows)}:
        server = serve(lambda _, code=code: Answer(CODES[code]))
        with pytest.raises(Unavailable):
            client_for(server).tags(shop)
        assert len(server.requests) == 1
