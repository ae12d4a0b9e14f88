"""Messages on their way: to a real receiver, through apprise."""

import pytest
from structlog.testing import capture_logs
from world.receiver import Receiver
from world.service import within

from updater.config import load
from updater.errors import Unavailable
from updater.service.notifier import Notifier
from updater.wiring import send

ADDRESS = "UPDATER_STORY_NOTIFY"


@pytest.fixture
def receiver(monkeypatch):
    receiver = Receiver()
    monkeypatch.setenv(ADDRESS, receiver.address)
    yield receiver
    receiver.close()


@pytest.fixture
def notifier_of(scene, tmp_path):
    notifiers = []

    def make(sender=send, **route):
        scene.config["notifications"] = {"routes": [{"to_env": ADDRESS, **route}]}
        scene._updaters.clear()
        notifiers.append(Notifier(load(scene.configure()), tmp_path / "cache", sender, pause=0.05))
        return notifiers[-1]

    yield make
    for notifier in notifiers:
        notifier.close()


def titles(receiver):
    return [message["title"] for message in receiver.messages]


def test_a_promotion_reaches_the_receiver(scene, receiver, notifier_of):
    notifier = notifier_of()
    tag = scene.build()
    notifier.tell(scene.run())
    within(10, lambda: receiver.messages)
    assert titles(receiver) == [f"chore(shop): bump staging to {tag}"]


def test_a_message_that_is_not_taken_is_tried_again_and_holds_nobody_up(scene, receiver, notifier_of):
    receiver.refusing = 2
    notifier = notifier_of()
    scene.build()
    with capture_logs() as logs:
        notifier.tell(scene.run())
        within(10, lambda: receiver.messages)
    assert len(receiver.messages) == 1
    failures = [line for line in logs if line["event"] == "notification_failed"]
    assert [line["tried"] for line in failures] == [1, 2]
    assert "hunter22" not in str(logs)


def test_after_three_tries_it_is_let_go(scene, receiver, notifier_of):
    receiver.refusing = 3
    notifier = notifier_of()
    scene.build()
    notifier.tell(scene.run())
    within(10, lambda: not receiver.refusing)
    notifier.close()
    assert receiver.messages == []


def test_a_route_gets_only_what_it_asks_for(scene, receiver, notifier_of):
    notifier = notifier_of(events=["proposed", "merged"], environments=["production"])
    scene.build()
    notifier.tell(scene.run())
    scene.soak()
    notifier.tell(scene.run())
    within(10, lambda: receiver.messages)
    notifier.close()
    assert len(receiver.messages) == 1
    assert "production: shop" in titles(receiver)[0]


def test_what_was_told_is_not_told_again_after_a_restart(scene, receiver, notifier_of):
    old = scene.pinned("shop", "staging")
    scene.proven()
    first = notifier_of(events=["rolled_back"])
    first.tell(scene.run())
    scene.set("staging", "shop", old, message="Back")
    first.tell(scene.run())
    within(10, lambda: receiver.messages)
    first.close()
    again = notifier_of(events=["rolled_back"])
    again.tell(scene.run())
    again.close()
    assert len(receiver.messages) == 1


def test_what_happens_while_it_is_down_is_told_afterwards(scene, receiver, notifier_of):
    old = scene.pinned("shop", "staging")
    scene.proven()
    first = notifier_of(events=["rolled_back"])
    first.tell(scene.run())
    first.close()
    scene.set("staging", "shop", old, message="Back")
    again = notifier_of(events=["rolled_back"])
    again.tell(scene.run())
    within(10, lambda: receiver.messages)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"keys": 7}',
        '{"keys": [], "held": {"a": "b"}, "failed": 0}',
        '{"keys": [], "held": {}, "failed": 1e999}',
        '{"keys": [], "held": {"staging shop not_found": "2026-02-02T05:00:00"}, "failed": 0}',
        "[" * 100_000,
    ],
)
def test_a_broken_memory_is_no_memory(scene, receiver, notifier_of, tmp_path, text):
    notifier = notifier_of()
    (tmp_path / "cache" / "news").mkdir(parents=True)
    (tmp_path / "cache" / "news" / "deploy.json").write_text(text)
    scene.registry.fault("/v2/acme/shop/tags/list", 404)
    notifier.tell(scene.run())


def test_a_library_that_trips_does_not_end_the_telling(scene, receiver, notifier_of):
    seen = []

    def trips(_url, title, _text):
        seen.append(title)
        if len(seen) == 1:
            raise RuntimeError("slack://secret/token")

    notifier = notifier_of(trips)
    with capture_logs() as logs:
        for _ in range(2):
            scene.build()
            notifier.tell(scene.run())
        within(10, lambda: len(seen) == 2)
    assert "secret" not in str(logs)


def test_an_address_that_takes_nothing_is_one_sentence_without_the_address(receiver):
    receiver.refusing = 1
    with pytest.raises(Unavailable) as caught:
        send(receiver.address, "title", "text")
    assert "hunter22" not in caught.value.sentence


def test_the_command_says_of_every_place_whether_it_was_taken(scene, receiver, monkeypatch):
    monkeypatch.setenv("UPDATER_STORY_NOWHERE", "nonsense://hunter22")
    scene.config["notifications"] = {
        "routes": [{"to_env": ADDRESS}, {"to_env": "UPDATER_STORY_NOWHERE"}],
        "templates": {"merged": {"title": "[{instance}] {app} {tag}", "body": "{commit}\n{since}"}},
    }
    tried = scene.command("notify", "--test")
    assert tried.returncode == 1
    assert f"({ADDRESS}): taken" in tried.stdout
    assert "no address apprise knows" in tried.stdout
    assert "hunter22" not in tried.stdout + tried.stderr
    assert titles(receiver) == ["updater: a test"]
    assert (
        "filled in: [story] shop 20260202-143512\n    639fc5f186\n    2026-02-02 14:35:12 KST\n"
        in tried.stdout
    )
