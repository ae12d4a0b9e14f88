"""`setup_env_secure.sh`: what becomes of a local file of secret values, and who never sees them."""

import shutil
import subprocess
import textwrap
from datetime import UTC, datetime, timedelta

import pytest
from commands.calling import call
from tools.scaffold_content.programs import owner_only, tree

VALUE = "hunter2-the-password"
SEALED = "infra/_shared/secrets/sealed/shop/staging"


@pytest.fixture
def values(tmp_path):
    return owner_only(tmp_path / "shop.env", f"# ours\nDB_PASSWORD={VALUE}\nAPI_KEY={VALUE}-2\n")


@pytest.fixture(autouse=True)
def cluster(programs):
    programs.answer("kubectl", "create", out="kind: Secret\n")
    programs.answer("kubeseal", out="kind: SealedSecret\n")
    programs.answer("sops", out="sops: {}\n")


@pytest.fixture
def script(scripts):
    return scripts / "env/setup_env_secure.sh"


def test_a_sealed_secret_is_named_where_the_overlay_finds_it(programs, script, repository, values):
    for _ in range(2):  # a second run adds nothing
        status, _out, err = programs.run(
            script, "shop", "staging", values, SEALED_SECRETS_CERT="/etc/cert.pem"
        )
        assert (status, err) == (0, "")

    assert (repository / SEALED / "shop-secrets.yaml").read_text() == "kind: SealedSecret\n"
    listed = (repository / SEALED / "kustomization.yaml").read_text()
    assert listed.splitlines().count("  - shop-secrets.yaml") == 1
    assert "resources: []" not in listed
    assert programs.calls("kubectl")[0] == [
        *["kubectl", "create", "secret", "generic", "shop-secrets", "--namespace", "shop-staging"],
        *[f"--from-env-file={values}", "--dry-run=client", "--output", "yaml"],
    ]
    assert programs.given("kubeseal")[0] == "kind: Secret\n"
    assert programs.calls("kubeseal")[0] == ["kubeseal", "--format", "yaml", "--cert", "/etc/cert.pem"]


def test_the_pull_secret_is_one_of_docker(programs, script, repository, tmp_path):
    config = owner_only(tmp_path / "config.json", '{"auths": {"ghcr.io": {"auth": "c2VjcmV0"}}}')
    status, _, err = programs.run(script, "--pull-secret", "shop", "staging", config)

    assert (status, err) == (0, "")
    assert f"--from-file=.dockerconfigjson={config}" in programs.calls("kubectl")[0]
    assert (repository / SEALED / "ghcr-secret.yaml").exists()


def test_the_cluster_gets_it_through_a_pipe(programs, script, repository, values):
    before = tree(repository)
    status, _, err = programs.run(script, "shop", "staging", values, SECRETS_AS="cluster", KUBE_CONTEXT="lab")

    assert (status, err) == (0, "")
    assert programs.calls("kubectl")[-1] == ["kubectl", "--context", "lab", "apply", "-f", "-"]
    assert tree(repository) == before


@pytest.mark.parametrize("kind", ["sealed", "sops", "cluster"])
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_no_value_is_on_a_command_line_or_shown(programs, script, values, kind, dry):
    status, out, err = programs.run(script, *dry, "shop", "staging", values, SECRETS_AS=kind)

    assert status == 0
    assert VALUE not in out + err + str(programs.calls())


def test_a_dry_run_names_keys_and_writes_nothing(programs, script, repository, values):
    before = tree(repository)
    status, out, _ = programs.run(script, "--dry-run", "shop", "staging", values)

    assert (status, programs.calls("kubectl"), tree(repository)) == (0, [], before)
    assert out.startswith("would write the Secret shop-secrets in shop-staging as sealed")
    assert f" to {SEALED}/shop-secrets.yaml, with" in out
    assert out.endswith("with the keys: DB_PASSWORD API_KEY \n")


@pytest.mark.parametrize("variables", [{}, {"NAMESPACE": "shop-prod"}])
def test_an_app_that_does_not_run_there_is_one_sentence(programs, script, repository, values, variables):
    before = tree(repository)
    status, out, err = programs.run(script, "blog", "staging", values, **variables)

    assert (status, out, programs.calls(), tree(repository)) == (2, "", [], before)
    assert err.startswith(
        "setup_env_secure.sh: there is no infra/k8s/overlays/staging/blog/kustomization.yaml"
    )
    assert err.count("\n") == 1


def test_what_cannot_be_sealed_leaves_what_was_there(programs, script, repository, values):
    (repository / SEALED / "shop-secrets.yaml").write_text("kind: SealedSecret # the old one\n")
    before = tree(repository)
    programs.answer("kubeseal", status=1)
    status, _, err = programs.run(script, "shop", "staging", values)

    assert status == 1
    assert err.endswith("shop-secrets.yaml was not written\n")
    assert tree(repository) == before


def test_a_file_that_others_can_read_is_refused(programs, script, tmp_path):
    (tmp_path / "open.env").write_text(f"A={VALUE}\n")
    (tmp_path / "open.env").chmod(0o644)
    status, _, err = programs.run(script, "shop", "staging", tmp_path / "open.env")

    assert (status, programs.calls("kubectl")) == (2, [])
    assert "is readable by others: chmod 600 it" in err


def test_a_file_that_is_in_git_is_refused(programs, script, repository, values):
    inside = shutil.copy(values, repository / "shop.env")
    subprocess.run(["git", "init", "-q", repository], check=True)
    subprocess.run(["git", "-C", repository, "add", "-f", "shop.env"], check=True)
    status, _, err = programs.run(script, "shop", "staging", inside)

    assert (status, programs.calls("kubectl")) == (2, [])
    assert "is committed to Git: take it out, and replace every value in it" in err


@pytest.mark.parametrize(
    ("words", "variables", "why"),
    [
        (["shop", "staging"], {}, "expected APP ENVIRONMENT FILE"),
        (["shop", "staging", "/none"], {}, "/none is not there"),
        (
            ["shop", "staging", "/none"],
            {"SECRETS_AS": "vault"},
            "SECRETS_AS is 'vault': expected sealed, sops or",
        ),
        (["shop", "staging", "/none"], {"SECRET_NAME": "a b"}, "'a b' is no name of a Secret"),
    ],
)
def test_a_wrong_call_is_one_sentence(programs, script, words, variables, why):
    status, out, err = programs.run(script, *words, **variables)

    assert (status, out) == (2, "")
    assert err.startswith(f"setup_env_secure.sh: {why}")
    assert err.count("\n") == 1


@pytest.mark.real
def test_sops_encrypts_values_alone_and_the_audit_takes_it(programs, script, repository, values, tmp_path):
    missing = [name for name in ("sops", "age-keygen", "kubectl") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)}: not installed")
    for name in ("sops", "kubectl"):
        (programs.folder / name).unlink()
        (programs.folder / name).symlink_to(shutil.which(name))
    key = tmp_path / "keys.txt"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    public = subprocess.run(
        ["age-keygen", "-y", key], check=True, capture_output=True, text=True
    ).stdout.strip()
    config = repository / "infra/_shared/secrets/.sops.yaml"
    config.write_text(
        config.read_text().replace("REPLACE-WITH-THE-PUBLIC-KEY-THAT-AGE-KEYGEN-PRINTS", public)
    )
    status, _, err = programs.run(script, "shop", "staging", values, SECRETS_AS="sops")

    assert (status, err) == (0, "")
    written = repository / SEALED / "shop-secrets.sops.yaml"
    assert VALUE not in written.read_text()
    assert "name: shop-secrets" in written.read_text()
    plain = subprocess.run(
        ["sops", "decrypt", written],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": str(programs.folder), "SOPS_AGE_KEY_FILE": str(key), "HOME": str(tmp_path)},
    )
    assert "aHVudGVyMi10aGUtcGFzc3dvcmQ=" in plain.stdout
    assert call("audit", repository)[0] == 0


def test_files_that_git_ignores_are_the_plain_ones(repository):
    subprocess.run(["git", "init", "-q", repository], check=True)
    below = "infra/_shared/secrets"
    plain = [
        f"{below}/shop.env",
        f"{below}/a.secret.yaml",
        f"{below}/plain/a.yaml",
        f"{below}/keys.txt",
        "kubeconfig",
        "sealing.key",
    ]
    tracked = [f"{below}/sealed/shop/staging/shop-secrets.yaml", f"{below}/sealed/shop/staging/a.sops.yaml"]
    tracked += [f"{below}/.sops.yaml", f"{below}/templates/secret-template.yaml"]
    ignored = subprocess.run(
        ["git", "-C", repository, "check-ignore", "--no-index", *plain, *tracked],
        check=False,
        capture_output=True,
        text=True,
    ).stdout.split()

    assert ignored == plain


def test_the_template_of_a_secret_is_none(repository):
    status, out, _ = call("audit", repository / "infra/_shared/secrets")

    assert (status, out) == (0, "")
    assert textwrap.dedent("  DB_PASSWORD: ${DB_PASSWORD}").strip() in (
        (repository / "infra/_shared/secrets/templates/secret-template.yaml").read_text()
    )


def controller(folder):
    """A private key and its certificate, as the controller of SealedSecrets makes them."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sealed")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption(), serialization.PrivateFormat.TraditionalOpenSSL
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(key.private_bytes(pem, plain[1], plain[0]))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    return folder / "key.pem", folder / "certificate.pem"


# Some minutes of building are more than CI has for one test:
# go install github.com/bitnami-labs/sealed-secrets/cmd/kubeseal@v0.32.2
@pytest.mark.soak
@pytest.mark.real
def test_what_kubeseal_seals_only_the_clusters_key_opens(programs, script, repository, values, tmp_path):
    missing = [name for name in ("kubeseal", "kubectl") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)}: not installed")
    for name in ("kubeseal", "kubectl"):
        (programs.folder / name).unlink()
        (programs.folder / name).symlink_to(shutil.which(name))
    key, certificate = controller(tmp_path)
    status, _, err = programs.run(script, "shop", "staging", values, SEALED_SECRETS_CERT=str(certificate))

    assert (status, err) == (0, "")
    sealed = repository / SEALED / "shop-secrets.yaml"
    assert "namespace: shop-staging" in sealed.read_text()
    assert VALUE not in sealed.read_text()
    opened = subprocess.run(
        ["kubeseal", "--recovery-unseal", "--recovery-private-key", key, "--format", "yaml"],
        input=sealed.read_text(),
        check=True,
        capture_output=True,
        text=True,
    )
    assert "aHVudGVyMi10aGUtcGFzc3dvcmQ=" in opened.stdout
    overlay = repository / "infra/k8s/overlays/staging/shop"
    built = subprocess.run(["kubectl", "kustomize", overlay], check=True, capture_output=True, text=True)
    assert "kind: SealedSecret" in built.stdout
    assert call("audit", repository)[0] == 0
