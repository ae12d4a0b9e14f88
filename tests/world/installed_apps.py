"""GitHub Apps that are installed at an embedded GitHub, with real keys."""

from functools import cache

from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import rsa

from updater.sandbox.github.state import ENOUGH_PERMISSIONS


@cache
def key_pair(number=0):
    """Private and public; made once, for that is slow."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.TraditionalOpenSSL, pem.NoEncryption())
    public = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def install(hub, folder, slug="updater", permissions=ENOUGH_PERMISSIONS, owner=""):
    """What config says of it."""
    private, public = key_pair()
    app = hub.add_app(slug, public, permissions, owner=owner)
    file = folder / f"{slug}.pem"
    file.write_text(private)
    return {"app_id": app.id, "installation_id": app.installation, "private_key_file": str(file)}
