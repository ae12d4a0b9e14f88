"""What the client takes from the environment, and how it meets hosts with TLS. I12."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import Lock, Thread
from time import sleep

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from updater.adapters.registry import EndpointHost, RegistryClient
from updater.adapters.registry.endpoint import WebOrigin
from updater.errors import Refused, Unavailable
from updater.model import Image
from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.images import build

TAGS = b'{"tags": ["1"]}'


class TlsServer(ThreadingHTTPServer):
    """`answers` is a function of the handler: status, headers, body; `seen` the Authorization headers."""

    daemon_threads = True

    def __init__(self, certificate):
        super().__init__(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server_port}"
        self.seen = []
        self.answers = lambda _: (200, {}, TAGS)
        self.thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()

    def handle_error(self, request, client_address):
        """A client that trusts nobody hangs up."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append(self.headers["Authorization"])
        status, headers, body = self.server.answers(self)
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - as the library asks for it


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ours")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    form = serialization.Encoding.PEM
    secret = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(form) + secret)
    return path


@pytest.fixture
def tls(open_ones, certificate):
    return lambda: open_ones.enter_context(TlsServer(certificate))


def test_a_certificate_nobody_vouches_for_is_not_accepted(tls, client_for, shop):
    server = tls()

    with pytest.raises(Unavailable, match="certificate that cannot be verified"):
        client_for(server).tags(shop)
    assert server.seen == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_certificate_of_the_environment_is_accepted(
    tls, client_for, shop, *, certificate, monkeypatch, variable
):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(certificate))

    assert client_for(tls()).tags(shop) == ("1",)


def test_i12_a_redirect_to_another_host_is_followed_without_credentials(
    tls, client_for, shop, *, certificate, monkeypatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    other, server = tls(), tls()
    asked, moved = (401, {"WWW-Authenticate": "Basic"}, b""), (307, {"Location": f"{other.url}/x"}, b"")
    server.answers = lambda handler: moved if handler.headers["Authorization"] else asked

    assert client_for(server, username="bot", password="hush").tags(shop) == ("1",)
    assert [bool(header) for header in server.seen] == [False, True]
    assert other.seen == [None]


def test_i12_a_blob_that_is_elsewhere_is_fetched_without_credentials(
    tls, client_for, shop, *, certificate, monkeypatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    image = build("x", {"a": "b"}, "2026-02-02T00:00:00Z", ["linux/amd64"], {})
    stored = {each.digest: each.content for each in (*image.manifests, *image.blobs)}
    other, server = tls(), tls()
    other.answers = lambda handler: (200, {}, stored[handler.path.rpartition("/")[2]])

    def answers(handler):
        name = handler.path.rpartition("/")[2]
        if not handler.headers["Authorization"]:
            return 401, {"WWW-Authenticate": "Basic"}, b""
        if "/blobs/" in handler.path:
            return 307, {"Location": f"{other.url}/{name}"}, b""
        return 200, {"Docker-Content-Digest": image.top.digest}, image.top.content

    server.answers = answers
    assert client_for(server, username="bot", password="hush").image(shop, "1").labels == {"a": "b"}
    assert other.seen == [None]


def test_i12_the_challenge_of_another_host_gets_no_answer(tls, client_for, shop, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    other, server = tls(), tls()
    other.answers = lambda _: (401, {"WWW-Authenticate": "Basic"}, b"")
    server.answers = lambda _: (307, {"Location": f"{other.url}/x"}, b"")

    with pytest.raises(Refused, match="401"):
        client_for(server, username="bot", password="hush").tags(shop)
    assert {*server.seen, *other.seen} == {None}


def test_i12_a_token_of_another_host_than_the_realm_is_not_taken(
    tls, client_for, shop, certificate, monkeypatch
):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    other, server = tls(), tls()
    other.answers = lambda _: (200, {}, b'{"token": "t"}')
    challenge = {"WWW-Authenticate": f'Bearer realm="{server.url}/token"'}
    server.answers = lambda handler: (
        (307, {"Location": f"{other.url}/token"}, b"")
        if handler.path.startswith("/token")
        else (401, challenge, b"")
    )

    with pytest.raises(Refused) as caught:
        client_for(server, username="bot", password="hush").tags(shop)

    assert caught.value.code == "foreign_realm"
    assert other.seen == [None]


def test_the_proxy_of_the_environment_is_used_as_it_was_at_the_start(serve, monkeypatch):
    proxy = serve(lambda _: Answer(200, TAGS))
    hosts = {name: EndpointHost(f"http://{name}", insecure=True) for name in ("far.example", "near.example")}
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "near.example,localhost")
    with RegistryClient(hosts) as client:
        monkeypatch.delenv("http_proxy")

        assert client.tags(Image("far.example", "shop")) == ("1",)
        assert proxy.seen[0].target == "http://far.example/v2/shop/tags/list?n=1000"
        assert client._transport._proxies_for(WebOrigin("http", "near.example", 80)) == {}


def test_loopback_is_never_asked_through_a_proxy(serve, client_for, registry, shop, monkeypatch):
    proxy = serve(lambda _: Answer(500))
    monkeypatch.setenv("http_proxy", proxy.url)
    registry.push("org/shop", "1")

    assert client_for(registry).tags(shop) == ("1",)
    assert proxy.seen == []


def test_i12_a_netrc_is_not_read(serve, client_for, shop, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hush\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(lambda _: answer_json({"tags": []}))

    client_for(server).tags(shop)

    assert "authorization" not in server.seen[0].headers


def test_cookies_are_not_kept(serve, client_for, shop):
    server = serve(lambda _: answer_json({"tags": []}, headers={"Set-Cookie": "a=b; Path=/"}))
    client = client_for(server)

    client.tags(shop)
    client.tags(shop)

    assert "cookie" not in server.seen[1].headers


def test_a_host_gets_eight_requests_at_a_time(serve, client_for):
    lock, inside, most = Lock(), [0], [0]

    def script(_):
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        sleep(0.02)
        with lock:
            inside[0] -= 1
        return answer_json({"tags": []})

    client = client_for(serve(script))
    with ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda number: client.tags(Image("ghcr.io", f"app{number}")), range(48)))

    assert most[0] == 8
