"""A certificate authority of one's own, and hosts of the sandbox behind its certificates."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from updater.sandbox.server import Server

PEM = serialization.Encoding.PEM
_USE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
"""What an authority's key is for."""


class Authority:
    """One of our own; `ca_file` is its certificate, and `certify` makes a server's."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority {folder.name}")])
        ca = x509.BasicConstraints(ca=True, path_length=None)
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(self._signed(self._name, self._key, ca, _USE).public_bytes(PEM))

    def certify(self) -> Path:
        """A file with certificate and key for a server on loopback."""
        key, file = ec.generate_private_key(ec.SECP256R1()), self._folder / "server.pem"
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server")])
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        plain = serialization.NoEncryption()
        secret = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain)
        file.write_bytes(self._signed(name, key, address).public_bytes(PEM) + secret)
        return file

    def _signed(self, name, key, *critical):
        """Also as strict clients want it, which those of Python 3.13 are."""
        now, day = datetime.now(UTC), timedelta(days=1)
        number = x509.random_serial_number()
        made = x509.CertificateBuilder(self._name, name, key.public_key(), number, now - day, now + day)
        keys = (
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
        )
        for extension in (*critical, *keys):
            made = made.add_extension(extension, critical=extension in critical)
        return made.sign(self._key, hashes.SHA256())


def over_tls(server: Server, authority: Authority) -> Server:
    """That host of the sandbox, behind a certificate of ours; `url` and `api` say so."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certify())
    listener = server._listener
    listener.socket = context.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    server.url = f"https://{server.host}"
    return server
