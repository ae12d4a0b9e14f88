"""What becomes of each way in which GitHub does not answer as hoped. No test here waits for a limit."""

import logging
import socket
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime

import pytest

from updater.errors import Refused, Unavailable, UpdaterError
from updater.model import CommitStatus
from updater.sandbox import GitHub

REPOSITORY = "acme/deploy"
BRANCH = "updater/app/production--shop"
HTML = {"body": "<html>Unicorn!</html>", "content_type": "text/html"}
ANSWERS = [
    pytest.param({"status": 401}, Refused, "forge_unauthorized", "token", id="401"),
    pytest.param(
        {"status": 403},
        Refused,
        "forge_forbidden",
        "contents:write, pull_requests:write and statuses:write",
        id="403",
    ),
    pytest.param(
        {"status": 404},
        Refused,
        "forge_not_found",
        "finds nothing (404) at GET /repos/acme/deploy/pulls: ",
        id="404",
    ),
    pytest.param({"status": 422}, Refused, "forge_rejected", "rejected", id="422"),
    pytest.param({"status": 418}, Refused, "forge_rejected", "418", id="another 4xx"),
    pytest.param({"status": 500}, Unavailable, "forge_unavailable", "500", id="500"),
    pytest.param({"status": 502, **HTML}, Unavailable, "forge_unavailable", "502", id="502 as HTML"),
    pytest.param({"status": 403, **HTML}, Refused, "forge_forbidden", "no reason given", id="403 as HTML"),
    pytest.param(
        {"status": 403, "body": "[" * 20_000}, Refused, "forge_forbidden", "no reason given", id="403 nested"
    ),
    pytest.param(
        {"status": 200, "body": "[" * 20_000}, Unavailable, "forge_unavailable", "no JSON", id="nested"
    ),
    pytest.param({"status": 429}, Unavailable, "rate_limited", "UTC", id="429"),
    pytest.param({"status": 200, **HTML}, Unavailable, "forge_unavailable", "no JSON", id="HTML"),
    pytest.param(
        {"status": 200, "body": '[{"number": 1'},
        Unavailable,
        "forge_unavailable",
        "no JSON",
        id="half a JSON",
    ),
    pytest.param({"status": 200, "body": "{}"}, Unavailable, "forge_unavailable", "unexpected", id="no list"),
    pytest.param(
        {"status": 200, "body": "[1]"}, Unavailable, "forge_unavailable", "unexpected", id="a list of numbers"
    ),
    pytest.param(
        {"status": 200, "body": '[{"number": 1}]'},
        Unavailable,
        "forge_unavailable",
        "unexpected",
        id="a stranger",
    ),
    pytest.param({"status": 200, "body": ""}, Unavailable, "forge_unavailable", "unexpected", id="nothing"),
    pytest.param({"cut": "half"}, Unavailable, "forge_unavailable", "broke off", id="cut in the middle"),
    pytest.param({"cut": "whole"}, Unavailable, "forge_unavailable", "broke off", id="hung up"),
    pytest.param({"status": 202}, Unavailable, "forge_unavailable", "202", id="202"),
    pytest.param({"status": 301}, Refused, "forge_moved", "renamed or moved", id="301"),
    pytest.param(
        {"headers": {"X-RateLimit-Remaining": "many", "X-RateLimit-Limit": "many"}},
        Unavailable,
        "forge_unavailable",
        "unexpected",
        id="odd headers",
    ),
]


@pytest.mark.parametrize(("answer", "kind", "code", "words"), ANSWERS)
def test_each_failure_is_one_sentence(world, answer, kind, code, words):
    world.github.fault(**answer)

    with pytest.raises(kind) as caught:
        world.forge.pull_requests()

    assert caught.value.code == code
    assert words in caught.value.sentence
    assert f"{REPOSITORY} at {world.github.host}" in caught.value.sentence or code == "rate_limited"
    assert "\n" not in caught.value.sentence


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_a_write_that_fails_raises_nothing_else(
    world, opening, updating, closing, *, saying, merging, method
):
    # One that was carried out may look failed: the next pass sees what is there.
    number = world.github.open(REPOSITORY, BRANCH)
    sha = world.github.head(REPOSITORY, BRANCH)
    world.branch("another")
    writes = [
        lambda: world.forge.open(opening(branch="another")),
        lambda: world.forge.update(updating(number, "New", "New")),
        lambda: world.forge.close(closing(number, "New")),
        lambda: world.forge.comment(saying(number, "key", "Text")),
        lambda: world.forge.set_status(sha, CommitStatus("success", "Fine")),
        lambda: world.forge.merge(merging(number, sha)),
    ]
    for case in ANSWERS:
        world.github.fault(method, **case.values[0])
        for write in writes:
            with suppress(UpdaterError):
                write()
        world.github.lift()
        world.clock.pass_by(hours=1)

    assert len(world.github.pulls(REPOSITORY)) <= 2


def test_a_server_that_is_gone_is_unavailable(world):
    world.github.stop()

    with pytest.raises(Unavailable, match="cannot be reached"):
        world.forge.pull_requests()
    assert world.seen == [(world.github.host, 0)] * 2


def test_a_server_that_keeps_silent_is_left_after_the_timeout(world):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        forge = world.another_forge(api=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=1)
        with pytest.raises(Unavailable, match="did not answer in time"):
            forge.pull_requests()
        forge.disconnect()


def test_a_sentence_of_githubs_is_one_line_of_bounded_length(world):
    world.github.fault(status=422, body='{"message": "a\\nb\\u001b[31m' + "c" * 5000 + '"}')

    with pytest.raises(Refused) as caught:
        world.forge.pull_requests()

    assert "a b [31mcc" in caught.value.sentence
    assert len(caught.value.sentence) < 500


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 503}, {"cut": "whole"}, {"cut": "half"}])
def test_a_get_is_repeated_once(world, fault):
    world.github.open(REPOSITORY, BRANCH)
    world.github.fail_next(**fault)

    assert len(world.forge.pull_requests()) == 1
    assert world.count == 3


def test_the_host_of_the_links_in_answers_does_not_matter(world, opening, closing, saying):
    forge = world.another_forge(api=world.github.api.replace("127.0.0.1", "localhost"))

    forge.open(opening(labels=("promotion",), reviewers=("bob",)))
    forge.comment(saying(1, "key", "One"))
    forge.comment(saying(1, "key", "Two"))
    forge.close(closing(1, "Closed"))
    forge.disconnect()

    pull = world.github.pull(REPOSITORY, 1)
    assert (pull.state, pull.labels, len(pull.comments)) == ("closed", ["promotion"], 1)


LIMITS = [
    pytest.param(403, {"Retry-After": "120"}, "", 120, id="secondary with a time"),
    pytest.param(429, {"Retry-After": "120"}, "", 120, id="429 with a time"),
    pytest.param(429, {}, "", 60, id="429 without a time"),
    pytest.param(403, {}, "You have exceeded a secondary rate limit.", 60, id="secondary without a time"),
    pytest.param(403, {"Retry-After": "999999999999999"}, "", 3600, id="a time nobody believes"),
]


@pytest.mark.parametrize(("status", "headers", "message", "seconds"), LIMITS)
def test_a_rate_limit_raises_at_once_and_is_kept_without_sending(world, status, headers, message, seconds):
    world.github.fail_next(status=status, headers=headers, body=f'{{"message": "{message}"}}')
    until = f"{world.clock.now.timestamp() + seconds:.0f}"

    with pytest.raises(Unavailable) as caught:
        world.forge.pull_requests()
    assert caught.value.code == "rate_limited"
    assert _instant(caught.value.sentence) == until

    world.clock.pass_by(seconds=seconds - 1)
    with pytest.raises(Unavailable, match="waits for a later pass"):
        world.forge.login()
    assert world.count == 1

    world.clock.pass_by(seconds=1)
    assert world.forge.pull_requests() == ()


def test_a_primary_limit_ends_when_the_server_says_by_its_own_clock(world):
    reset = int(world.clock.now.timestamp()) + 1800
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Reset": str(reset),
    }
    world.github.fail_next(status=403, headers=headers, body='{"message": "API rate limit exceeded"}')
    theirs = world.clock.now
    world.github.clock = lambda: theirs
    world.clock.pass_by(minutes=10)

    with pytest.raises(Unavailable) as caught:
        world.forge.pull_requests()

    assert _instant(caught.value.sentence) == str(reset + 600 + 1)


def test_a_limit_that_names_no_time_doubles_until_something_goes_well(world):
    def limited_for():
        world.github.fail_next(status=429)
        start = world.clock.now.timestamp()
        with pytest.raises(Unavailable) as caught:
            world.forge.login()
        world.clock.pass_by(hours=1)
        return int(_instant(caught.value.sentence)) - start

    assert [limited_for() for _ in range(3)] == [60, 120, 240]
    world.forge.pull_requests()
    assert limited_for() == 60


def test_a_limit_while_opening_keeps_the_pull_request(world, opening):
    world.github.fail_next(status=429, matching="POST .*/labels")

    url = world.forge.open(opening(labels=("promotion",), reviewers=("bob",)))

    assert url.endswith("/pull/1")
    assert len(world.warnings) == 2
    assert world.sent()[-1] == "POST /issues/1/labels 429"


# Every one must be found nowhere: a GitHub token of today is long and has dots.
TOKEN = "ghs_12345_" + "eyJhbGciOi.J9-secret_" * 20 + "end"


def test_i9_no_secret_in_logs_errors_and_reprs(world, opening, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="github")
    world.github.add_user("updater[bot]", TOKEN, "Bot")
    forge = world.another_forge(lambda: TOKEN)
    forge.open(opening(labels=("promotion",), reviewers=("team:platform",)))

    told = [repr(vars(forge)), *(text for case in ANSWERS for text in _told(world, forge, case.values[0]))]
    forge.disconnect()

    assert any(record.name == "github.Requester" for record in caplog.records)
    told += [f"{record.getMessage()} {record.args}" for record in caplog.records]
    assert not [text for text in told if "secret" in text]
    assert f"Bearer {TOKEN}" in world.github.sent_credentials


@pytest.mark.parametrize("token", ["", "  ", "secret\ntoken", "secrét", "two secrets"])
def test_i9_a_token_that_cannot_be_one_is_refused_without_naming_it(world, token):
    forge = world.another_forge(lambda: token)

    with pytest.raises(Refused, match=f"forges: {world.github.host}") as caught:
        forge.pull_requests()

    assert caught.value.code == "forge_unauthorized"
    assert not [text for text in _chain(caught.value) if "secr" in text]
    assert world.count == 0


def test_a_token_is_asked_for_anew_and_trimmed(world):
    tokens = iter(["wrong", f"{world.github.bot_token}\n"])
    forge = world.another_forge(lambda: next(tokens))

    with pytest.raises(Refused):
        forge.login()
    assert forge.login() == "updater-bot"
    forge.disconnect()


def test_i12_no_credential_follows_a_redirect_to_another_host(world):
    with GitHub() as other:
        for status in (301, 302, 307, 308):
            world.github.fail_next(status=status, headers={"Location": f"{other.api}/user"})
            with pytest.raises(Refused, match=str(status)):
                world.forge.login()
        assert other.requests == []


def test_i12_a_netrc_and_a_proxy_set_later_are_not_used(world, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    world.forge.pull_requests()

    assert world.github.sent_credentials == {f"Bearer {world.github.bot_token}"}


def test_a_limit_stops_all_threads(world):
    world.github.fail_next(status=429)
    with pytest.raises(Unavailable):
        world.forge.login()

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(world.forge.closed_pull_requests, BRANCH) for _ in range(8)]

    assert {each.exception().code for each in asked} == {"rate_limited"}
    assert world.count == 1


def _told(world, forge, answer):
    world.github.fault(**answer)
    with pytest.raises(UpdaterError) as caught:
        forge.pull_requests()
    world.github.lift()
    world.clock.pass_by(hours=1)
    return _chain(caught.value)


def _chain(error):
    """All a log could show of it."""
    yield "".join(traceback.format_exception(error))
    while error is not None:
        yield repr(error)
        error = error.__cause__ or error.__context__


def _instant(sentence):
    found = sentence.partition("until ")[2].partition(" UTC")[0]
    return f"{datetime.fromisoformat(f'{found}+00:00').timestamp():.0f}"
