"""Registries nobody here wrote that believe a token service of our own: who may read what."""

import json
import time

import pytest
from world.registries import PASSWORD, USER, ZOT, Registries
from world.token_service import LEEWAY, REFRESH, TokenService

from updater.adapters.registry import DockerConfig, EndpointHost, Helpers, RegistryClient
from updater.errors import Refused
from updater.model import Image

PRIVATE, PUBLIC = Image("ghcr.io", "org/shop"), Image("ghcr.io", "public/shop")


@pytest.fixture(scope="module")
def registries():
    with Registries() as registries:
        yield registries


@pytest.fixture(scope="module")
def service(registries):
    return registries.enter_context(TokenService())


@pytest.fixture(scope="module", params=[pytest.param("registry", marks=pytest.mark.real), ZOT])
def registry(request, registries, service, tmp_path_factory):
    registry = registries.real(request.param, tmp_path_factory.mktemp(request.param), tokens=service)
    for name in (PRIVATE.name, PUBLIC.name):
        registry.session.headers["Authorization"] = f"Bearer {service.token(name, 'pull', 'push')}"
        registry.push(name, "1")
    return registry


@pytest.fixture
def client_as(registry, service):
    """Somebody who sends credentials to the service, too."""
    service.asked.clear()
    service.seconds = 60
    with Registries() as open_ones:

        def make(**login):
            login.setdefault("realms", (service.host,))
            host = EndpointHost(registry.url, **login)
            return open_ones.enter_context(RegistryClient({"ghcr.io": host}, timeout=5.0))

        yield make


def refused(call, *asked):
    with pytest.raises(Refused) as caught:
        call(*asked)
    return caught.value.code


def test_one_token_serves_all_that_is_asked_of_an_image(client_as, service):
    client = client_as(username=USER, password=PASSWORD)
    assert client.tags(PRIVATE) == ("1",)
    digest = client.digest(PRIVATE, "1")
    assert client.image(PRIVATE, "1").digest == digest
    assert service.asked == ["repository:org/shop:pull"]


def test_each_image_is_asked_for_with_a_token_of_its_own(client_as, service):
    client = client_as(username=USER, password=PASSWORD)
    assert client.tags(PRIVATE) == client.tags(PUBLIC) == ("1",)
    assert service.asked == ["repository:org/shop:pull", "repository:public/shop:pull"]


def test_without_credentials_only_what_is_public_is_read(client_as):
    client = client_as()
    assert client.tags(PUBLIC) == ("1",)
    assert refused(client.tags, PRIVATE) == "unauthorized"
    assert refused(client.digest, PRIVATE, "1") == "unauthorized"


def test_a_wrong_password_is_refused_by_the_service(client_as, service):
    assert refused(client_as(username=USER, password="wrong").tags, PRIVATE) == "unauthorized"
    assert len(service.asked) == 1


def test_a_refresh_token_gets_one_too(client_as, registry, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"auths": {registry.url: {"identitytoken": REFRESH}}}))
    assert client_as(keyring=DockerConfig(config, Helpers())).tags(PRIVATE) == ("1",)


def test_a_service_that_nobody_named_gets_nothing(client_as, service):
    client = client_as(username=USER, password=PASSWORD, realms=())
    assert refused(client.tags, PRIVATE) == "foreign_realm"
    assert not service.asked


def test_a_token_that_is_over_is_renewed_by_itself(client_as, service, registry):
    """Distribution believes it a minute longer than it says, zot not."""
    service.seconds = 3 - (LEEWAY if registry.program == "registry" else 0)
    client = client_as(username=USER, password=PASSWORD)
    assert client.tags(PRIVATE) == ("1",)
    time.sleep(3.5)
    assert client.tags(PRIVATE) == ("1",)
    assert len(service.asked) == 2
