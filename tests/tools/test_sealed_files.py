"""A file that a checksum or a signature covers is left alone: by the pass, and by every tool."""

import hashlib
import os
import shutil
import subprocess

import pytest
from commands.calling import call
from commands.repositories import bare, overlay
from world.scene import decided, reason

from updater.manifests import Edit, PinRefused, Selector, read, write
from updater.manifests.seals import sealed_by
from updater.sandbox.world import PRODUCTION, STAGING
from updater.sandbox.world import overlay as kustomization_of

SHOP, TAG, NEXT = "ghcr.io/acme/shop", "20260201-090000", "20260202-143512"
PIN = Selector("helm-values", SHOP)
VALUES = f'image:\n  repository: {SHOP}\n  tag: "{TAG}"\ndb:\n  password: hunter2\n'
RULES = "creation_rules:\n  - path_regex: values\\.yaml$\n    encrypted_regex: ^({keys})$\n    age: {age}\n"
SIGNED = "-----BEGIN PGP SIGNATURE-----\n"


def sums(path, text):
    return f"{hashlib.sha256(text.encode()).hexdigest()}  {path}\n"


# --- the real SOPS ----------------------------------------------------------------------------------------


class Sops:
    """A folder with `.sops.yaml` rules and an age key, as people have it."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "SOPS_AGE_KEY_FILE": str(folder / "key.txt")}
        subprocess.run(["age-keygen", "-o", folder / "key.txt"], check=True, capture_output=True)
        key = (folder / "key.txt").read_text()
        self.age = next(line for line in key.splitlines() if "public key" in line).split()[-1]

    def encrypted(self, more="", keys="password"):
        """The values file, encrypted in place by the rules."""
        (self.folder / ".sops.yaml").write_text(RULES.format(age=self.age, keys=keys) + more)
        path = self.folder / "values.yaml"
        path.write_text(VALUES)
        assert self("encrypt", "--in-place", path).returncode == 0
        return path

    def __call__(self, *words):
        words = ["sops", *map(str, words)]
        return subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def sops(tmp_path):
    if not (shutil.which("sops") and shutil.which("age-keygen")):
        pytest.skip("needs sops and age-keygen")
    return Sops(tmp_path)


@pytest.mark.real
def test_a_file_whose_mac_covers_all_values_is_refused_while_reading(sops):
    path = sops.encrypted()
    before = path.read_bytes()
    assert b"ENC[" in before
    assert TAG.encode() in before, "the tag stands in plain text, so it looks as if it could be set"
    for attempt in (lambda: read(before, PIN), lambda: write(before, [Edit(PIN, NEXT)])):
        with pytest.raises(PinRefused, match="MAC also covers the values in plain text") as refused:
            attempt()
        assert refused.value.code == "sealed"
    status, _, err = call("set-image", path, f"{SHOP}={NEXT}")
    assert status == 1
    assert "mac_only_encrypted" in err
    assert path.read_bytes() == before
    path.write_bytes(before.replace(TAG.encode(), NEXT.encode()))
    assert "MAC mismatch" in sops("decrypt", path).stderr, "which is what it is refused for"


@pytest.mark.real
def test_a_file_whose_mac_covers_encrypted_values_only_is_set_and_still_decrypts(sops):
    path = sops.encrypted("    mac_only_encrypted: true\n")
    assert call("set-image", path, f"{SHOP}={NEXT}")[0] == 0
    decrypted = sops("decrypt", path)
    assert decrypted.returncode == 0
    assert f"tag: {NEXT}" in decrypted.stdout.replace('"', "")
    assert "password: hunter2" in decrypted.stdout


@pytest.mark.real
def test_a_tag_that_sops_has_encrypted_is_named_as_such(sops):
    path = sops.encrypted("    mac_only_encrypted: true\n", keys="tag|password")
    with pytest.raises(PinRefused, match="encrypted by SOPS") as refused:
        read(path.read_bytes(), PIN)
    assert refused.value.code == "encrypted"


# --- a signature beside it, a list of checksums above it ----------------------------------------------------


@pytest.mark.parametrize(
    ("seal", "text"),
    [
        ("apps/shop/values.yaml.asc", SIGNED),
        ("apps/shop/values.yaml.sigstore.json", "{}"),
        ("apps/shop/SHA256SUMS", sums("values.yaml", VALUES)),
        ("SHA256SUMS", sums("./apps/shop/values.yaml", VALUES)),
        ("apps/checksums.txt", f"SHA256 (shop/values.yaml) = {'a' * 64}\n"),
        ("apps/MD5SUMS", f"{'0' * 32} *shop/values.yaml\r\n"),
    ],
)
def test_what_covers_a_file_from_outside_is_found(seal, text):
    assert sealed_by("apps/shop/values.yaml", {seal: text.encode()}) == seal


@pytest.mark.parametrize(
    ("seal", "text"),
    [
        ("apps/shop/values.yml.asc", SIGNED),
        ("apps/blog/values.yaml.asc", SIGNED),
        ("apps/blog/SHA256SUMS", sums("values.yaml", VALUES)),
        ("SHA256SUMS", sums("values.yaml", VALUES)),
        ("apps/shop/SHA256SUMS", "values.yaml is not in here\n"),
        ("apps/shop/shop-1.0.0.tgz.prov", SIGNED),
        ("apps/shop/Chart.lock", f"digest: sha256:{'a' * 64}\n"),
    ],
)
def test_what_covers_other_files_is_not_taken_for_it(seal, text):
    assert sealed_by("apps/shop/values.yaml", {seal: text.encode()}) is None


def test_a_pass_leaves_a_sealed_file_alone_and_says_what_seals_it(scene):
    """And goes on where nothing seals: production's overlay has no signature."""
    seal = f"{kustomization_of(STAGING)}.asc"
    scene.hub.commit(scene.repository, "main", {seal: SIGNED}, "Sign")
    tag, before = scene.build(), scene.pinned("shop", STAGING)
    report = scene.run()
    code, sentence = reason(report, STAGING)
    assert code == "sealed"
    assert seal in sentence
    assert scene.pinned("shop", STAGING) == before != tag
    assert scene.run().outcomes == ()
    scene.hub.commit(scene.repository, "main", {seal: None}, "Do not sign any more")
    scene.run()
    assert scene.pinned("shop", STAGING) == tag
    assert reason(report, PRODUCTION)[0] == "predecessor_in_doubt"
    assert decided(report)


def test_init_leaves_sealed_files_out_and_says_so(tmp_path):
    staging = overlay(f"{SHOP}:{TAG}")
    files = {
        "overlays/staging/kustomization.yaml": staging,
        "overlays/staging/SHA256SUMS": sums("kustomization.yaml", staging),
        "overlays/production/kustomization.yaml": staging,
        "dev/values.yaml": f"{VALUES}sops: {{mac: 'ENC[AES256_GCM,data:mJjJ,type:str]'}}\n",
    }
    status, out, _ = call("init", bare(tmp_path / "r", files), "--output", tmp_path / "config")
    assert status == 0
    assert "2: covered by a checksum or a signature" in out
    text = (tmp_path / "config" / "updater.yaml").read_text()
    assert "production" in text
    assert "path: overlays/staging" not in text
    assert "overlays/staging/SHA256SUMS" in text


def test_audit_and_set_image_leave_sealed_files_alone(tmp_path):
    folder = tmp_path / "overlays" / "production"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    file = folder / "kustomization.yaml"
    file.write_text(overlay(f"{SHOP}:latest"))
    assert call("audit", tmp_path)[0] == 3
    (tmp_path / "SHA256SUMS").write_text(sums("overlays/production/kustomization.yaml", file.read_text()))
    status, out, err = call("audit", tmp_path)
    assert (status, out) == (0, "")
    assert "not looked at: is covered by SHA256SUMS" in err
    before = file.read_bytes()
    status, _, err = call("set-image", folder, f"{SHOP}={NEXT}")
    assert status == 1
    assert "is covered by SHA256SUMS" in err
    assert file.read_bytes() == before
