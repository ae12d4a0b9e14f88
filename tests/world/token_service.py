"""A token service of our own, whose tokens CNCF distribution and zot believe: they have its certificate."""

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from world.registries import PASSWORD, USER

from updater.sandbox.exchange import Answer, answer_json
from updater.sandbox.server import Server

SERVICE, ISSUER, REFRESH = "registry", "ours", "refresh-me"
LEEWAY = 60
"""Seconds that distribution goes on believing a token that is over."""


class TokenService(Server):
    """Anybody may pull what is below `public`; with the password, or the refresh token, all.

    Its tokens are good for `seconds` from now on; `asked` are the scopes it was asked for.
    """

    def __init__(self):
        super().__init__()
        self.seconds, self.asked = 60, []
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = _certificate(self._key)

    @property
    def realm(self):
        return f"{self.url}/token"

    @property
    def certificate(self):
        return self._certificate.public_bytes(Encoding.PEM).decode()

    def answer(self, request):
        said = {key: values[-1] for key, values in (request.queries | request.form()).items()}
        self.asked.append(said.get("scope"))
        known = request.basic() == (USER, PASSWORD) or said.get("refresh_token") == REFRESH
        if not known and (request.basic() or "refresh_token" in said):
            return answer_json({"errors": [{"code": "UNAUTHORIZED"}]}, 401)
        assert said["service"] == SERVICE
        _, name, actions = said["scope"].split(":")
        allowed = actions.split(",") if known or name.startswith("public/") else []
        return self._told(self.token(name, *allowed), "access_token" if request.form() else "token")

    def token(self, name, *actions):
        """As anybody may show it."""
        now = int(time.time())
        said = {
            "iss": ISSUER,
            "sub": USER,
            "aud": SERVICE,
            "iat": now - 2 * LEEWAY,
            "nbf": now - 2 * LEEWAY,
            "exp": now + self.seconds,
            "jti": uuid4().hex,
            "access": [{"type": "repository", "name": name, "actions": [*actions]}] if actions else [],
        }
        chain = [self.certificate.replace("\n", "").split("-----")[2]]
        return jwt.encode(said, self._key, algorithm="ES256", headers={"x5c": chain})

    def _told(self, token, key) -> Answer:
        return answer_json({key: token, "expires_in": self.seconds})


def _certificate(key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, ISSUER)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    return made.sign(key, SHA256())
