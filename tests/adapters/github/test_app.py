"""A GitHub App's tokens, minted by the embedded GitHub with real keys."""

import json
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import rsa
from openapi import CheckedGitHub

from updater.adapters.github import GitHubForge, InstallationToken
from updater.errors import Refused, Unavailable

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"


@cache
def keys(number=0):
    """Private and public; made once, for that is slow."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        pem.Encoding.PEM, pem.PrivateFormat.TraditionalOpenSSL, pem.NoEncryption()
    ).decode()
    return private, public(key)


def public(key):
    return key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def app(world):
    """Of the world's GitHub, by the world's clock; with other settings where they are named."""
    world.github.clock = world.github.forge.clock = world.clock
    installed = world.github.add_app("updater", keys()[1])
    made = []

    def make(**settings):
        given = {"app_id": installed.id, "installation_id": installed.installation, **settings}
        key = given.pop("private_key", keys()[0])
        made.append(InstallationToken(world.github.api, **given, private_key=lambda: key, clock=world.clock))
        return made[-1]

    yield make
    for each in made:
        each.disconnect()


def minted(world):
    return [line for line in world.sent() if "access_tokens" in line]


def test_a_token_is_minted_once_and_used_while_it_lasts(world, app):
    token = app()

    assert token() == token()
    assert token().startswith("ghs_")
    assert (len(token()) > 500, "." in token()) == (True, True)
    assert len(minted(world)) == 1
    assert minted(world)[0].startswith("POST /api/v3/app/installations/")


@pytest.mark.parametrize("told", [None, "write", 5, ["contents"], {"contents": ["write"], "statuses": None}])
def test_odd_words_about_its_permissions_take_no_token_away(world, app, told):
    answer = {"token": "ghs_odd", "expires_at": "2126-02-02T05:00:00Z", "permissions": told}
    world.github.fault("/access_tokens", 201, body=json.dumps(answer))
    token = app()
    assert token() == "ghs_odd"
    assert token.granted() == (told if isinstance(told, dict) else {})


def test_a_token_that_ends_in_less_than_ten_minutes_is_replaced_before(world, app):
    token = app()
    first = token()
    world.clock.pass_by(minutes=50)
    assert token() == first

    world.clock.pass_by(seconds=1)
    assert token() != first
    assert len(minted(world)) == 2


@pytest.mark.parametrize("minutes", [-20, 20])
def test_their_clock_decides_how_long_a_token_lasts(world, app, minutes):
    # They would refuse our signature, were our clock that wrong; but it may be set right while we run.
    world.github.fail_next(
        status=201,
        matching="access_tokens",
        body=f'{{"token": "ghs_1", "expires_at": "{_later(world, minutes + 60)}"}}',
    )
    world.github.clock = lambda: world.clock.now + timedelta(minutes=minutes)
    token = app()
    token()

    world.clock.pass_by(minutes=50)
    assert token() == "ghs_1"
    world.github.clock = world.clock
    world.clock.pass_by(seconds=1)
    assert token() != "ghs_1"


def test_a_clock_that_goes_back_a_year_does_not_keep_a_token_for_a_year(world, app):
    token = app()
    first = token()
    world.clock.now -= timedelta(days=365)
    assert token() != first


def test_threads_that_need_a_token_at_once_get_the_same_one(world, app):
    with ThreadPoolExecutor(8) as pool:
        token = app()
        found = {each.result() for each in [pool.submit(token) for _ in range(16)]}

    assert len(found) == 1
    assert len(minted(world)) == 1


def test_the_login_is_that_of_the_apps_bot(world, app, opening, saying):
    token = app()
    forge = world.another_forge(token, login=token.login)

    forge.open(opening(labels=("promotion",)))
    forge.comment(saying(1, "key", "One"))

    restarted = world.another_forge(token, login=token.login)
    assert restarted.comments(1) == {"key": "One"}
    assert [forge.login(), restarted.login()] == ["updater[bot]"] * 2
    assert world.github.pull(REPOSITORY, 1).user.login == "updater[bot]"
    assert [line for line in world.sent() if line.startswith("GET /api/v3/app ")] == ["GET /api/v3/app 200"]
    forge.disconnect()
    restarted.disconnect()


def test_an_expired_token_is_no_token(world, app):
    token = app()()
    forge = world.another_forge(lambda: token)
    world.clock.pass_by(hours=1)

    with pytest.raises(Refused, match="expired"):
        forge.pull_requests()
    forge.disconnect()


def test_a_key_of_another_app_is_said(world, app):
    with pytest.raises(
        Refused, match=r"does not accept the key of app \d+ .*private_key_file.*clock"
    ) as caught:
        app(private_key=keys(1)[0])()

    assert caught.value.code == "forge_unauthorized"
    assert f"forges: {world.github.host}" in caught.value.sentence


def test_an_unknown_app_or_installation_is_said(world, app):
    for settings in ({"installation_id": 1}, {"app_id": 1}):
        with pytest.raises(Refused, match="check app_id and installation_id") as caught:
            app(**settings)()
        assert caught.value.code == "forge_not_found"


def test_a_suspended_installation_is_said(world, app):
    body = '{"message": "This installation has been suspended"}'
    world.github.fail_next(status=403, matching="access_tokens", body=body)

    with pytest.raises(Refused, match="suspended"):
        app()()


def test_a_clock_that_is_off_is_named(world, app):
    theirs = world.clock.now
    world.github.forge.clock = lambda: theirs
    world.clock.pass_by(minutes=30)

    with pytest.raises(Refused, match="the clock of this machine"):
        app()()


@pytest.mark.parametrize("minutes", [-4, 0.9])
def test_a_clock_that_is_a_little_off_does_not_matter(world, app, minutes):
    theirs = world.clock.now
    world.github.forge.clock = lambda: theirs
    world.clock.pass_by(minutes=minutes)

    assert app()().startswith("ghs_")


def test_what_passes_is_asked_for_again_later(world, app):
    token = app()
    world.github.fail_next(status=503, matching="access_tokens")
    with pytest.raises(Unavailable):
        token()
    world.github.limit_rate(matching="access_tokens", retry_after=60)
    with pytest.raises(Unavailable) as caught:
        token()
    assert caught.value.code == "rate_limited"

    world.clock.pass_by(minutes=1)
    assert token()


def _encrypted():
    key = rsa.generate_private_key(65537, 2048)
    form = pem.BestAvailableEncryption(b"secret")
    return key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, form).decode()


NO_KEYS = [
    pytest.param(lambda: "secret", id="a word"),
    pytest.param(lambda: keys()[1], id="the public one"),
    pytest.param(lambda: keys()[0][:200], id="half a key"),
    pytest.param(_encrypted, id="a key with a passphrase"),
]


@pytest.mark.parametrize("key", NO_KEYS)
def test_i9_what_is_no_key_is_said_and_not_quoted(world, app, key):
    with pytest.raises(Refused, match=r"private_key_file.*PEM") as caught:
        app(private_key=key())()

    told = "".join(traceback.format_exception(caught.value))
    assert not [line for line in key().splitlines() if line.strip("-") and line in told]
    assert world.count == 0


def test_every_exchange_of_an_app_agrees_with_githubs_description():
    with CheckedGitHub() as github:
        installed = github.add_app("updater", keys()[1])
        github.create_repository("acme", "deploy", {"tag": "1"})
        token = InstallationToken(
            github.api, installed.id, installed.installation, lambda: keys()[0], clock=github.clock
        )
        forge = GitHubForge(REPOSITORY, api=github.api, token=token, login=token.login)
        assert forge.pull_requests() == ()
        assert forge.login() == "updater[bot]"
        assert token.standing().owner == "acme"
        forge.disconnect()
        token.disconnect()


def _later(world, minutes):
    return (world.clock.now + timedelta(minutes=minutes)).isoformat()
