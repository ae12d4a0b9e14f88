import pytest

from updater.adapters.registry import EndpointHost
from updater.adapters.registry.endpoint import Endpoint, WebOrigin
from updater.model import Image


@pytest.mark.parametrize(
    ("image", "host", "url"),
    [
        ("ghcr.io/org/shop", EndpointHost(), "https://ghcr.io/v2/org/shop/x"),
        ("docker.io/nginx", EndpointHost(), "https://registry-1.docker.io/v2/library/nginx/x"),
        ("docker.io/org/shop", EndpointHost(), "https://registry-1.docker.io/v2/org/shop/x"),
        ("index.docker.io/nginx", EndpointHost(), "https://registry-1.docker.io/v2/library/nginx/x"),
        ("localhost:5000/shop", EndpointHost(), "http://localhost:5000/v2/shop/x"),
        ("127.0.0.1:5000/shop", EndpointHost(), "http://127.0.0.1:5000/v2/shop/x"),
        ("registry.local:5000/shop", EndpointHost(), "https://registry.local:5000/v2/shop/x"),
        ("registry.local:5000/shop", EndpointHost(insecure=True), "http://registry.local:5000/v2/shop/x"),
        (
            "ghcr.io/org/shop",
            EndpointHost("https://mirror.example/ghcr/"),
            "https://mirror.example/ghcr/v2/org/shop/x",
        ),
        (
            "ghcr.io/org/shop",
            EndpointHost("https://harbor.example", prefix="ghcr-proxy"),
            "https://harbor.example/v2/ghcr-proxy/org/shop/x",
        ),
        (
            "docker.io/nginx",
            EndpointHost("https://x.example/art/", prefix="remote/hub"),
            "https://x.example/art/v2/remote/hub/library/nginx/x",
        ),
        ("docker.io/nginx", EndpointHost("http://127.0.0.1:1"), "http://127.0.0.1:1/v2/library/nginx/x"),
        (
            "ghcr.io/org/shop",
            EndpointHost("http://mirror:5000", insecure=True),
            "http://mirror:5000/v2/org/shop/x",
        ),
    ],
)
def test_an_image_is_asked_at_its_registry_or_the_endpoint_in_its_stead(image, host, url):
    parsed = Image.parse(image)

    assert Endpoint.of(parsed, {parsed.registry: host}).url("x") == url


def test_the_settings_of_docker_hub_hold_for_its_other_name():
    hub = EndpointHost(username="me")
    assert Endpoint.of(Image.parse("index.docker.io/nginx"), {"docker.io": hub}).host is hub


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "mirror.example",
        "ftp://mirror",
        "http://mirror.example",
        "https://x?y",
        "https://me:hush@x",
        "https://x:y",
    ],
)
def test_an_endpoint_that_cannot_be_asked_is_refused_without_repeating_it(endpoint):
    with pytest.raises(ValueError, match="the endpoint") as caught:
        EndpointHost(endpoint)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("image", "host", "realm", "trusted"),
    [
        ("ghcr.io/a/b", EndpointHost(), "https://ghcr.io/token", True),
        ("ghcr.io/a/b", EndpointHost(), "https://ghcr.io:443/token", True),
        ("ghcr.io/a/b", EndpointHost(), "https://ghcr.io:444/token", False),
        ("ghcr.io/a/b", EndpointHost(), "http://ghcr.io/token", False),
        ("ghcr.io/a/b", EndpointHost(), "http://ghcr.io:443/token", False),
        ("ghcr.io/a/b", EndpointHost(), "https://ghcr.io.evil.example/token", False),
        ("ghcr.io/a/b", EndpointHost(), "https://auth.docker.io/token", False),
        ("docker.io/a/b", EndpointHost(), "https://auth.docker.io/token", True),
        ("docker.io/a/b", EndpointHost("https://mirror.example"), "https://auth.docker.io/token", False),
        ("gitlab.io/a/b", EndpointHost(realms=("gitlab.com",)), "https://gitlab.com/jwt", True),
        ("gitlab.io/a/b", EndpointHost(realms=("gitlab.com",)), "http://gitlab.com/jwt", False),
        ("gitlab.io/a/b", EndpointHost(realms=("gitlab.com",)), "https://gitlab.com:8443/jwt", False),
        ("gitlab.io/a/b", EndpointHost(realms=("gitlab.com:8443",)), "https://gitlab.com:8443/jwt", True),
        ("gitlab.io/a/b", EndpointHost(realms=("gitlab.com",), insecure=True), "http://gitlab.com/jwt", True),
    ],
)
def test_i12_credentials_go_to_realms_that_are_trusted(image, host, realm, trusted):
    parsed = Image.parse(image)
    place = Endpoint.of(parsed, {parsed.registry: host})

    assert place.may_exchange_at(WebOrigin.of(realm)) is trusted


def test_no_credentials_are_made_of_half_of_them():
    for half in (
        EndpointHost(username="me"),
        EndpointHost(password="hush"),
        EndpointHost(username="me", password=lambda: None),
    ):
        assert half.login("ghcr.io", "org/shop") is None


@pytest.mark.parametrize(
    "url",
    [
        r"https://evil.example\[::1]:5000/token",
        r"https://evil.example\[v2.example.org]/token",
        "https://evil.example[::1]:5000/token",
        "https://[::1].evil.example/token",
        r"https://registry.example\.evil.example/",
        "https://registry.example%2f.evil.example/",
        "https://[v2.example.org]/token",
    ],
)
def test_a_url_whose_host_libraries_read_differently_is_none(url):
    with pytest.raises(ValueError, match="host"):
        WebOrigin.of(url)


@pytest.mark.parametrize(
    ("url", "host"), [("https://[::1]:5000/", "[::1]:5000"), ("http://a_b:80/", "a_b"), ("https://x:/", "x")]
)
def test_what_is_a_host_is_read(url, host):
    assert str(WebOrigin.of(url)) == host
