"""Certificates are verified, by an authority of one's own where one is named."""

import ipaddress
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from updater.errors import Refused
from updater.model import Applications

SHOP = Applications(("shop",))


class _Argo(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.sent.append(self.headers.get("Authorization"))
        body = b'{"metadata": {"name": "shop"}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quietly."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that does not trust us hangs up."""


@pytest.fixture
def certificate(tmp_path):
    """One that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "argocd")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    file, key_file = tmp_path / "ca.crt", tmp_path / "key.pem"
    file.write_bytes(made.public_bytes(pem))
    key_file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return file, key_file


@pytest.fixture
def server(certificate):
    server = _Server(("127.0.0.1", 0), _Argo)
    server.sent = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_stranger_gets_no_token(server, connect):
    address = f"https://127.0.0.1:{server.server_port}"
    with pytest.raises(Refused) as caught:
        connect(server=address).applications(SHOP)
    assert caught.value.sentence == (
        f"the certificate of Argo CD at 127.0.0.1:{server.server_port} cannot be verified, so nothing is "
        "sent there: nobody we trust vouches for it; name the authority that signed it by `argocd.ca_file`, "
        "or for all hosts by `tls: {ca_file: …}`"
    )
    assert server.sent == []


def test_a_certificate_for_another_name_is_told_from_one_of_a_stranger(server, connect, certificate):
    address = f"https://localhost:{server.server_port}"
    with pytest.raises(
        Refused, match=r"it is for another name; write one that it is for as `argocd\.server`"
    ):
        connect(server=address, ca_file=str(certificate[0])).applications(SHOP)
    assert server.sent == []


def test_an_authority_of_ones_own_vouches(server, connect, certificate):
    address = f"https://127.0.0.1:{server.server_port}"
    (found,) = connect(server=address, token="secret", ca_file=str(certificate[0])).applications(SHOP)
    assert found.name == "shop"
    assert server.sent == ["Bearer secret"]
