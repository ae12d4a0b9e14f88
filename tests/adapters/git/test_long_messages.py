"""Whoever may push may write as much as they like: it costs git, and hardly us, and hides nothing."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from updater.adapters.git.conversation import communicate
from updater.errors import Refused
from updater.sandbox import GitHub

MIB = 1 << 20
LONG = 50 * MIB
_EARLY = datetime(2020, 1, 1, tzinfo=UTC)
PIN = "Updater-Pin: staging shop ghcr.io/org/shop:20260202-143512"

MEASURED = """
import json, re, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from updater.adapters.git import Access, Clone, CommitIdentity

url, folder = sys.argv[1:]
highest = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])
clone = Clone(url, "main", Path(folder), identity=CommitIdentity("u", "u@example.org"), access=Access(),
              clock=lambda: datetime.now(UTC))
head = clone.fetch().refs["refs/heads/main"]
before = highest()
found = clone.files(head, ["a", "b"])
history = clone.history([head], ["a"], since=datetime(2020, 1, 1, tzinfo=UTC))
after = highest()
said = {sha: [commit.message[-200:], len(commit.message)] for sha, commit in history.commits.items()}
told = {path: getattr(each, "sentence", None) for path, each in found.items()}
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps({"grown": (after - before) / 1024, "children": children, "said": said, "files": told}))
"""


def measured(url, folder):
    """What a process of its own says of the repository, and by how many MiB its memory grew for that."""
    command = [sys.executable, "-c", MEASURED, url, str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, check=True, text=True, env=environment)
    return json.loads(done.stdout)


def test_a_message_of_fifty_megabytes_costs_little_and_its_end_is_read(origin, tmp_path):
    line = "All work and no play makes Jack a dull boy.\n"
    first = origin.commit({"a": "1"}, message=f"bump\n\n{PIN}\n")
    long = origin.commit({"a": "2"}, message=f"bump\n\n{line * (LONG // len(line))}\n{PIN}\n")
    blind = origin.commit({"a": "3"}, message="x" * LONG)

    found = measured(origin.url, tmp_path / "measured")

    assert found["grown"] < 20, "all of it is read as a stream"
    assert set(found["said"]) == {first, long, blind}
    assert found["said"][long][0].endswith(f"\n{PIN}")
    assert all(length < 10_000 for _, length in found["said"].values())


def test_an_endless_name_keeps_its_address_at_the_end(origin, clone_of):
    told = (
        f"commit refs/heads/main\nauthor {'x' * 200_000} <a@example.org> 1767225600 +0000\n"
        f"committer {'y' * 200_000} <updater@example.org> 1767225600 +0000\ndata 3\nhi\nM 100644 inline a\n"
        "data 1\n1\n"
    )
    origin.git("fast-import", "--quiet", given=told.encode())
    clone = clone_of(origin.url)
    head = clone.fetch().refs["refs/heads/main"]
    (commit,) = clone.history([head], ["a"], since=_EARLY).commits.values()
    assert commit.author.endswith(" <a@example.org>")
    assert commit.committer.endswith(" <updater@example.org>")
    assert len(commit.author + commit.committer) < 1_200
    assert commit.message == "hi\n"


def test_a_file_of_a_hundred_megabytes_is_taken_into_no_memory_not_even_that_of_git(tmp_path):
    with GitHub() as hub:
        hub.create_repository("acme", "deploy", {"a": "#" * (100 * MIB), "b": "b"}, private=False)
        found = measured(hub.clone_url("acme/deploy"), tmp_path / "measured")
    assert found["grown"] < 20
    assert found["children"] < 70
    assert "is larger than 8 MiB" in found["files"]["a"]
    assert found["files"]["b"] is None


def test_what_a_host_says_beside_its_answer_is_kept_in_part(origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    noise = "yes 'a host may say a lot' | head -c 30000000 >&2"
    origin.hook("pre-receive", f"echo 'it is Friday' >&2; {noise}; exit 1")
    (refused,) = clone.push([bump(base, "2")], atomic=True).values()
    assert isinstance(refused, Refused)
    assert "it is Friday" in refused.sentence
    assert len(refused.sentence) < 1_000


def said(*words, given=b"", seconds=20):
    process = subprocess.Popen(words, stdin=-1, stdout=-1, stderr=-1, start_new_session=True)
    with process:
        try:
            return communicate(process, given, seconds)
        finally:
            process.kill()


def test_a_conversation_hears_what_is_said_on_both_ways_out():
    given = bytes(range(256)) * 4_000
    assert said("sh", "-c", "cat; echo no >&2", given=given) == (given, b"no\n")
    assert said("sh", "-c", "exit 3") == (b"", b"")
    assert said("sh", "-c", "exec 0<&-; sleep 0.2; echo fine", given=given)[0] == b"fine\n"


def test_an_answer_without_an_end_is_too_long_and_complaints_without_one_are_cut():
    with pytest.raises(OverflowError, match="more than 32 MiB"):
        said("yes")
    _, errors = said("sh", "-c", "echo first >&2; yes | head -c 9000000 >&2; echo last >&2")
    assert errors.startswith(b"first\n")
    assert errors.endswith(b"last")
    assert len(errors) < 200_000


@pytest.mark.parametrize("script", ["sleep 30", "sleep 30 & exit 0", "exec 1<&- 2<&-; sleep 30"])
def test_who_says_nothing_is_not_waited_for(script):
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        said("sh", "-c", script, seconds=0.3)
    assert time.monotonic() - begun < 10
