"""What the pages on rights quote of `updater doctor` and `updater once` is what these print."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import rsa
from world.scene import TOKEN, Scene

from updater.adapters.git.commands import GitFailed
from updater.adapters.git.errors import of_remote
from updater.adapters.github import InstallationToken
from updater.commands.doctor import doctor
from updater.errors import Refused
from updater.reasons import failure_reasons
from updater.sandbox import Azure, Bitbucket, Gitea, GitHub, GitLab
from updater.sandbox.github.protection import Protection
from updater.sandbox.world import HOST, OWNER

PAGES = Path(__file__).resolve().parents[2] / "docs/how-to/rights"
HOSTS = {
    GitHub: ("github-tokens.md", "git.example.org", "GITHUB_TOKEN"),
    GitLab: ("gitlab.md", "gitlab.example.org", "GITLAB_TOKEN"),
    Gitea: ("gitea.md", "code.example.org", "GITEA_TOKEN"),
    Bitbucket: ("bitbucket.md", "bitbucket.org", "BITBUCKET_TOKEN"),
    Azure: ("azure.md", "dev.azure.com", "AZURE_DEVOPS_TOKEN"),
}
"""The page of each, the host that it speaks of, and the variable."""
WORDS = {
    GitHub: "Resource not accessible by personal access token",
    GitLab: "insufficient_scope",
    Gitea: "token does not have at least one of required scope(s)",
    Bitbucket: "Your credentials lack one or more required privilege scopes.",
    Azure: "insufficient",
}
"""What each says where a scope is missing."""
REST = r" /(?:api/|2\.0/|\S*_apis/)"


class Desk:
    """A scene whose lines are shown as the pages show them."""

    def __init__(self, folder, forge, monkeypatch, capsys):
        self.scene, self.forge = Scene(folder, ["shop"], forge=forge), forge
        self.page, self.host, self.variable = HOSTS[forge]
        self.monkeypatch, self.capsys = monkeypatch, capsys
        monkeypatch.setenv(TOKEN, self.scene.hub.bot_token)

    def doctor(self):
        """The lines of what is not well; what is optional is no part of it."""
        doctor(self.scene.updater(), "text")
        lines = self.shown(self.capsys.readouterr().out).splitlines()
        return [line for line in lines if not line.startswith(("ok", "--"))]

    def pass_errors(self):
        return [self.shown(each.error) for each in self.scene.run().outcomes if each.error]

    def shown(self, text):
        text = text.replace(f"http://{self.scene.hub.host}", f"https://{self.host}")
        return text.replace(self.scene.hub.host, self.host).replace(TOKEN, self.variable)

    def quoted(self, lines, page=None):
        assert lines
        text = (PAGES / (page or self.page)).read_text()
        quotes = {
            line for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
        }
        assert not [line for line in lines if line not in quotes]


@pytest.fixture
def desk(forge, tmp_path, monkeypatch, capsys):
    desk = Desk(tmp_path, forge, monkeypatch, capsys)
    yield desk
    desk.scene.close()


every_forge = pytest.mark.parametrize("forge", list(HOSTS), ids=[each.__name__.lower() for each in HOSTS])


@every_forge
def test_a_variable_that_is_not_set(desk):
    desk.monkeypatch.delenv(TOKEN)
    desk.quoted(desk.doctor())


@every_forge
def test_a_token_that_is_wrong(desk):
    desk.monkeypatch.setenv(TOKEN, "wrong-token-0123456789")
    desk.quoted(desk.doctor())


@every_forge
def test_a_token_that_may_not_push(desk):
    desk.scene.hub.fault("git-receive-pack", 403, body="denied", content_type="text/plain")
    desk.quoted(desk.doctor())


@every_forge
def test_a_scope_that_is_missing(desk):
    body = json.dumps({"message": WORDS[desk.forge]})
    if desk.forge is GitHub:  # which lets anybody read who may read the repository
        desk.scene.proven()
        desk.scene.hub.fault("POST .*/pulls$", 403, body=body)
        desk.quoted(desk.pass_errors())
        return
    desk.scene.hub.fault(REST, 403, body=body)
    desk.quoted(desk.doctor())


@every_forge
def test_a_branch_that_is_protected(desk):
    kind = {"kind": "ruleset"} if desk.forge is GitHub else {}
    protection = Protection(required_reviews=1, required_statuses=("ci/test",), **kind)
    desk.scene.hub.protect(desk.scene.repository, "main", protection)
    page = "branch-rules.md" if desk.forge is GitHub else None
    if desk.forge is not Bitbucket:  # which shows its restrictions to administrators alone
        desk.quoted(desk.doctor(), page)
    if desk.forge is not Gitea:
        desk.scene.build()
        desk.quoted(desk.pass_errors(), page)


REPOSITORY = rf"GET \S*/repos/{OWNER}/deploy$"
READ_ONLY = json.dumps({"permissions": {"push": False, "pull": True}})


@pytest.mark.parametrize(
    ("forge", "asked", "answer"),
    [
        (GitHub, REPOSITORY, READ_ONLY),
        (GitLab, r"GET \S*/branches/main$", '{"can_push": false, "protected": false}'),
        (Gitea, REPOSITORY, READ_ONLY),
        (Azure, r"GET \S*/_apis/permissions", '{"value": [false]}'),
    ],
    ids=["github", "gitlab", "gitea", "azure"],
)
def test_a_user_that_may_only_read(desk, asked, answer):
    desk.scene.hub.fault(asked, 200, body=answer)
    desk.quoted(desk.doctor())


@pytest.mark.parametrize("forge", [GitLab, Gitea, Bitbucket, Azure])
def test_a_repository_that_the_token_is_not_shown(desk):
    desk.scene.hub.fault(REST, 404, body='{"message": "Not Found"}')
    desk.quoted(desk.doctor())


@pytest.mark.parametrize("forge", [GitHub])
@pytest.mark.parametrize("private", [True, False])
def test_a_classic_token_without_the_scope(desk, private):
    body = json.dumps({"permissions": {"push": True}, "private": private})
    scopes = {"x-oauth-scopes": "read:packages" if not private else "public_repo, read:packages"}
    desk.scene.hub.fault(REPOSITORY, 200, body=body, headers=scopes)
    desk.quoted(desk.doctor())


@pytest.mark.parametrize("forge", [GitHub])
@pytest.mark.parametrize(
    ("scopes", "private"), [("public_repo", False), ("repo, read:packages", True), ("", True)]
)
def test_a_classic_token_with_the_scope_and_a_token_without_any(desk, scopes, private):
    body = json.dumps({"permissions": {"push": True}, "private": private})
    desk.scene.hub.fault(REPOSITORY, 200, body=body, headers={"x-oauth-scopes": scopes})
    assert desk.doctor() == []


@pytest.mark.parametrize("forge", [GitHub])
def test_an_app_that_lacks_a_permission(desk, tmp_path):
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    given = {"contents": "write", "metadata": "read", "pull_requests": "read"}
    app = desk.scene.hub.add_app("updater", public.decode(), given)
    file = tmp_path / "key.pem"
    file.write_bytes(
        key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.TraditionalOpenSSL, pem.NoEncryption())
    )
    settings = {"app_id": app.id, "installation_id": app.installation, "private_key_file": str(file)}
    desk.scene.config["forges"][desk.scene.hub.host] = {**settings, "api": desk.scene.hub.api}
    desk.quoted(desk.doctor(), "github-app.md")


@pytest.mark.parametrize("forge", [GitHub])
def test_a_token_that_ends_soon(desk):
    ends = desk.scene.world.clock().replace(microsecond=0) + timedelta(days=3)
    headers = {"github-authentication-token-expiration": f"{ends:%Y-%m-%d %H:%M:%S} UTC"}
    desk.scene.hub.fault(REPOSITORY, headers=headers)
    desk.quoted(desk.doctor())


@pytest.mark.parametrize("forge", [GitHub])
def test_a_repository_that_the_token_does_not_cover(desk):
    repository = desk.scene.config["repositories"]["deploy"]
    repository["url"] = repository["url"].replace("/deploy", "/other")
    desk.quoted(desk.doctor())


@pytest.mark.parametrize("forge", [GitHub])
def test_a_status_that_is_required(desk):
    free = frozenset({desk.scene.hub.bot_login})
    protection = Protection(kind="ruleset", required_statuses=("updater/gates",), bypass=free)
    desk.scene.hub.protect(desk.scene.repository, "main", protection)
    *_, last = desk.doctor()
    desk.quoted([last], "branch-rules.md")


@pytest.mark.parametrize("forge", [GitHub])
def test_a_classic_protection(desk):
    desk.scene.hub.protect(desk.scene.repository, "main")
    desk.scene.build()
    desk.quoted(desk.pass_errors(), "branch-rules.md")


@pytest.mark.parametrize("forge", [Gitea])
def test_a_host_that_is_taken_for_another_forge(desk):
    desk.scene.config["forges"][desk.scene.hub.host]["kind"] = "github"
    desk.quoted(desk.doctor())


@pytest.mark.parametrize("forge", [GitHub])
@pytest.mark.parametrize("password", [None, "ended"])
def test_an_image_that_may_not_be_read(desk, password):
    scene = desk.scene
    scene.registry.make_private(f"{OWNER}/shop", "robot", "right")
    if password is not None:
        desk.monkeypatch.setenv("GHCR_USERNAME", "robot")
        desk.monkeypatch.setenv("GHCR_TOKEN", password)
        scene.config["registries"][HOST] |= {"username_env": "GHCR_USERNAME", "password_env": "GHCR_TOKEN"}
    lines = [line.replace(scene.registry.host, HOST) for line in desk.doctor()]
    desk.quoted(lines, "ghcr.md")


SSH = "git@github.com:acme/deploy.git"


@pytest.mark.parametrize(
    "said",
    [
        (
            "No ED25519 host key is known for github.com and you have requested strict checking.\n"
            "Host key verification failed."
        ),
        "@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
        "git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.",
    ],
    ids=["an unknown host", "another host", "an unknown key"],
)
def test_what_ssh_says(said):
    sentence = of_remote(GitFailed(said), SSH, "main").sentence
    assert f"no  repository deploy: {sentence}\n" in (PAGES / "deploy-keys.md").read_text()


def test_what_is_said_of_an_app_that_is_not_let_in():
    page = (PAGES / "github-app.md").read_text()
    token = InstallationToken(
        "https://api.github.com", 123456, 12345678, lambda: "no key", clock=lambda: datetime.now(UTC)
    )
    reasons = (
        failure_reasons.FORGE_UNAUTHORIZED,
        failure_reasons.FORGE_NOT_FOUND,
        failure_reasons.FORGE_FORBIDDEN,
    )
    said = [token._explained(Refused("", reason=each)).sentence for each in reasons]
    with pytest.raises(Refused) as caught:
        token._signed()
    assert not [each for each in (*said, caught.value.sentence) if f"`{each}`" not in page]
