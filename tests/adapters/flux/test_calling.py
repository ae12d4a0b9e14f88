"""A receiver of Flux is called, and its address shown nowhere."""

import socket
from contextlib import closing

import pytest

from updater.adapters.flux import FluxReceivers, Receiver
from updater.errors import Refused, Unavailable
from updater.sandbox import GitHub

PATH = "/hook/8f2d5b11secret"


@pytest.fixture
def hub():
    with GitHub() as hub:
        yield hub


def flux(address, *, insecure=False):
    return FluxReceivers({"FLUX": Receiver(lambda: address, insecure)})


def test_it_is_called_by_post(hub):
    hub.fault("/hook/", 200)
    flux(hub.url + PATH).call("FLUX")
    assert [(each.method, each.path) for each in hub.requests] == [("POST", PATH)]
    assert hub.sent_credentials == set()


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Refused), (401, Refused), (302, Refused), (500, Unavailable), (429, Unavailable)],
)
def test_each_refusal_is_a_sentence_without_the_address(hub, status, error):
    hub.fault("/hook/", status, headers={"Location": f"{hub.url}/elsewhere"})
    with pytest.raises(error, match=f"the Flux receiver of FLUX answered {status}") as caught:
        flux(hub.url + PATH).call("FLUX")
    assert "secret" not in str(caught.value)
    assert len(hub.requests) == 1


def test_one_that_is_not_there_is_bad_weather_without_the_address():
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        address = f"http://127.0.0.1:{probe.getsockname()[1]}{PATH}"
    with pytest.raises(Unavailable) as caught:
        flux(address).call("FLUX")
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "address",
    ["", "hook/secret", "ftp://flux.example.org/x", "http://flux.example.org/secret", "https://[x/secret"],
)
def test_what_is_no_safe_address_is_not_called(address):
    with pytest.raises(Refused, match="https is needed") as caught:
        flux(address).call("FLUX")
    assert "secret" not in str(caught.value)
