"""What a clone writes to its remote, and what it makes of a no."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from updater.adapters.git.commands import Commands
from updater.errors import LostRace, Refused
from updater.model import CommitDraft, Placement, RefUpdate

MAIN, RECORD = "refs/heads/main", "refs/updater/main"
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


def test_drafts_become_commits_on_the_base_in_one_atomic_push_with_the_record(origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1", "run.sh": "x"}, mode="100755")
    clone = clone_of(origin.url)
    clone.fetch()
    record = RefUpdate(RECORD, base, (), None)
    assert clone.push([bump(base, "2", "3"), record], atomic=True) == {MAIN: None, RECORD: None}
    refs = origin.refs()
    assert refs[MAIN] == refs[RECORD]
    assert origin.git("rev-list", "--count", "main") == "3"
    assert [origin.read(revision, "app.yaml") for revision in ("main", "main~1", "main~2")] == ["3", "2", "1"]
    assert origin.git("ls-tree", "main", "app.yaml").startswith("100755")
    assert origin.read("main", "run.sh") == "x"
    who = origin.git("log", "-1", "--format=%an <%ae> %cn <%ce> %at %ct %ci", "main")
    one = "updater <updater@example.org>"
    assert who == f"{one} {one} 1770042912 1770042912 2026-02-02 14:35:12 +0000"


def test_what_was_just_written_is_not_read_back(origin, clone_of, bump, monkeypatch):
    """Its id says what it is; git is asked for what others have written."""
    base = origin.commit({"app.yaml": "1", "other": "a"})
    clone, asked, stream = clone_of(origin.url), [], Commands.stream
    clone.fetch()
    clone.push([bump(base, "2", "앱: 3\n")], atomic=False)
    origin.commit({"other": "b"})
    head = clone.fetch().refs[MAIN]

    def noted(commands, *words, **more):
        asked.extend(words)
        return stream(commands, *words, **more)

    monkeypatch.setattr(Commands, "stream", noted)
    history = clone.history([head], ["app.yaml"], since=EARLY)
    told = [change.new for commit in history.commits.values() for change in commit.changes.values()]
    blobs = clone.blobs({blob for blob in told if blob != history.commits[base].changes["app.yaml"].new})
    assert {*blobs.values()} == {b"2", "앱: 3\n".encode()}
    assert "log" in asked
    assert "cat-file" not in asked
    files = clone.files(head, ["app.yaml", "other"])
    assert {path: file.data.decode() for path, file in files.items()} == {"app.yaml": "앱: 3\n", "other": "b"}


def test_a_host_that_knows_no_atomic_push_gets_the_base_first_and_then_the_record(origin, clone_of, bump):
    """Azure DevOps is one."""
    origin.git("config", "receive.advertiseAtomic", "false")
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    assert clone.push([bump(base, "2"), RefUpdate(RECORD, base, (), None)], atomic=True) == dict.fromkeys(
        (MAIN, RECORD)
    )
    tip = origin.refs()[MAIN]
    assert origin.refs() == {MAIN: tip, RECORD: tip}
    assert origin.read("main", "app.yaml") == "2"


def test_what_comes_after_the_base_there_goes_nowhere_where_the_base_was_not_taken(origin, clone_of, bump):
    origin.git("config", "receive.advertiseAtomic", "false")
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    other = origin.commit({"b": "1"})
    answers = clone.push([bump(base, "2"), RefUpdate(RECORD, base, (), None)], atomic=True)
    assert {ref: type(error) for ref, error in answers.items()} == {MAIN: LostRace, RECORD: LostRace}
    assert origin.refs() == {MAIN: other}


def test_a_record_that_is_refused_there_takes_nothing_back(origin, clone_of, bump):
    origin.git("config", "receive.advertiseAtomic", "false")
    origin.git("config", "receive.hideRefs", "refs/updater")
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    answers = clone.push([bump(base, "2"), RefUpdate(RECORD, base, (), None)], atomic=True)
    assert (answers[MAIN], answers[RECORD].code) == (None, "ref_refused")
    assert origin.read("main", "app.yaml") == "2"


def test_a_push_is_seen_by_the_next_reading_without_a_fetch(origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    clone.history([base], ["app.yaml"], since=EARLY)
    clone.push([bump(base, "2")], atomic=True)
    tip = origin.refs()[MAIN]
    assert clone.files(tip, ["app.yaml"])["app.yaml"].data == b"2"
    assert len(clone.history([tip], ["app.yaml"], since=EARLY).commits) == 2
    assert clone.push([bump(tip, "3")], atomic=True) == {MAIN: None}


@pytest.mark.parametrize(
    "message", ["plain", "subject\n\nbody 🚀 한글\n\n\n", "\n lead", "tab\tand \r\n", ""]
)
def test_a_message_is_kept_byte_for_byte(origin, clone_of, bump, message):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    clone.push([bump(base, "2", message=message)], atomic=True)
    tip = clone.fetch().refs[MAIN]
    assert clone.history([tip], [], since=EARLY).commits[tip].message == message


@pytest.mark.parametrize(
    "path", ['odd "quotes"\\n.yaml', "한글/앱.yaml", " space ", "new/deep/file", "line\nbreak"]
)
def test_a_file_of_any_name_is_written_as_it_is_named(origin, clone_of, bump, path):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    clone.push([bump(base, "2\r\n", path=path)], atomic=True)
    tip = clone.fetch().refs[MAIN]
    assert clone.files(tip, [path, "app.yaml"])[path].data == b"2\r\n"
    assert clone.files(tip, ["app.yaml"])["app.yaml"].data == b"1"


@pytest.mark.parametrize("path", ["folder", "app.yaml/below"])
def test_a_file_that_would_replace_a_folder_or_another_file_is_refused(origin, clone_of, bump, path):
    base = origin.commit({"app.yaml": "1", "folder/a": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    with pytest.raises(Refused, match="no plain file"):
        clone.push([bump(base, "2", path=path)], atomic=True)
    assert origin.refs() == {MAIN: base}


def test_a_push_from_an_old_base_is_a_lost_race_and_moves_nothing(origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    other = origin.commit({"b": "1"})
    record = RefUpdate(RECORD, base, (), None)
    answers = clone.push([bump(base, "2"), record], atomic=True)
    assert {ref: type(error) for ref, error in answers.items()} == {MAIN: LostRace, RECORD: LostRace}
    assert "refs/heads/main" in answers[MAIN].sentence
    assert answers[MAIN].code == "lost_race"
    assert origin.refs() == {MAIN: other}
    assert clone.fetch().refs == {MAIN: other}


def test_a_base_that_was_moved_back_since_is_a_lost_race(origin, clone_of, bump):
    first = origin.commit({"app.yaml": "1"})
    base = origin.commit({"app.yaml": "2"})
    clone = clone_of(origin.url)
    clone.fetch()
    origin.git("update-ref", MAIN, first)
    assert isinstance(clone.push([bump(base, "3")], atomic=True)[MAIN], LostRace)
    assert origin.refs() == {MAIN: first}


def test_a_race_lost_while_the_host_takes_the_push_is_a_lost_race(origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1"})
    other = origin.commit({"app.yaml": "9"}, branch="other")
    origin.hook("pre-receive", f"env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main {other}")
    clone = clone_of(origin.url)
    clone.fetch()
    for atomic in (True, False):
        origin.git("update-ref", MAIN, base)
        assert isinstance(clone.push([bump(base, "2")], atomic=atomic)[MAIN], LostRace)
    assert origin.refs()[MAIN] == other


def test_racing_writers_lose_races_and_no_commits(origin, clone_of, bump):
    origin.commit({"app.yaml": "0"})
    clones = [clone_of(origin.url) for _ in range(3)]

    def land(number):
        clone, lost = clones[number % 3], 0
        while isinstance(
            clone.push([bump(clone.fetch().refs[MAIN], str(number))], atomic=True)[MAIN], LostRace
        ):
            lost += 1
        return lost

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(land, range(6)))
    assert origin.git("rev-list", "--count", "main") == "7"


def test_a_push_that_would_rewind_the_base_is_a_bug_and_is_stopped(origin, clone_of, bump):
    old = origin.commit({"app.yaml": "1"})
    base = origin.commit({"app.yaml": "2"})
    clone = clone_of(origin.url)
    clone.fetch()
    for wrong in (
        bump(old, "3", expected=base),
        RefUpdate(MAIN, old, (), base),
        bump(old, "3", expected=None),
    ):
        with pytest.raises(AssertionError, match="base branch"):
            clone.push([wrong], atomic=True)
    for ref in ("refs/heads/feature", "refs/tags/v1", "refs/heads/updater/../main"):
        with pytest.raises(AssertionError, match="no ref of ours"):
            clone.push([bump(base, "3", ref=ref)], atomic=True)
    assert origin.refs() == {MAIN: base}


def test_branches_stand_or_fall_alone_and_are_rebuilt_with_a_lease(origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    names = [f"refs/heads/updater/app/production--{name}" for name in "abc"]
    assert set(
        clone.push([bump(base, "2", ref=ref, expected=None) for ref in names], atomic=False).values()
    ) == {None}
    refs = clone.fetch().refs
    edited = origin.commit({"app.yaml": "edited"}, branch=names[1].removeprefix("refs/heads/"))
    updates = [bump(base, "3", ref=ref, expected=refs[ref]) for ref in names[:2]]
    answers = clone.push([*updates, bump(base, "3", ref=names[2], expected=None)], atomic=False)
    assert [type(answers[ref]) for ref in names] == [type(None), LostRace, LostRace]
    assert origin.read(names[0], "app.yaml") == "3"
    assert origin.refs()[names[1]] == edited


def test_a_host_that_takes_no_refs_outside_heads_gets_the_base_alone(origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1"})
    origin.git("config", "receive.hideRefs", "refs/updater")
    clone = clone_of(origin.url)
    clone.fetch()
    for text in ("2", "3"):
        base = origin.refs()[MAIN]
        answers = clone.push([bump(base, text), RefUpdate(RECORD, base, (), None)], atomic=True)
        assert answers[MAIN] is None
        assert answers[RECORD].code == "ref_refused"
    assert origin.read("main", "app.yaml") == "3"
    assert RECORD not in origin.refs()


def test_a_hook_that_says_no_is_told_with_its_own_words(origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1"})
    origin.hook("pre-receive", "echo 'commits need a ticket' >&2; exit 1")
    clone = clone_of(origin.url)
    clone.fetch()
    error = clone.push([bump(base, "2"), RefUpdate(RECORD, base, (), None)], atomic=True)[MAIN]
    assert isinstance(error, Refused)
    assert error.code == "push_refused"
    assert "commits need a ticket" in error.sentence
    assert "\n" not in error.sentence
    assert origin.refs() == {MAIN: base}


def test_a_host_that_forbids_rewriting_refuses_and_is_no_race(origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    ref = "refs/heads/updater/app/a--b"
    clone.push([bump(base, "2", ref=ref, expected=None)], atomic=False)
    origin.git("config", "receive.denyNonFastForwards", "true")
    error = clone.push([bump(base, "3", ref=ref, expected=origin.refs()[ref])], atomic=False)[ref]
    assert isinstance(error, Refused)
    assert "allow force pushes" in error.sentence


def test_a_branch_in_the_way_of_ours_is_named_and_is_no_race(origin, clone_of, bump):
    base = origin.commit({"app.yaml": "1"})
    origin.commit({"app.yaml": "1"}, branch="updater")
    clone = clone_of(origin.url)
    clone.fetch()
    ref = "refs/heads/updater/app/a--b"
    error = clone.push([bump(base, "2", ref=ref, expected=None)], atomic=False)[ref]
    assert isinstance(error, Refused)
    assert "in the way" in error.sentence


def test_nothing_of_a_push_stays_behind_in_the_clone_whatever_became_of_it(origin, clone_of, bump, tmp_path):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    clone.push([bump(base, "2")], atomic=True)
    clone.push([bump(base, "3")], atomic=True)
    assert not list((tmp_path / "cache" / "clone-0" / "refs" / "drafts").glob("*"))


def test_a_branch_is_deleted_only_where_it_is_still_as_expected(origin, clone_of):
    base = origin.commit({"app.yaml": "1"})
    ref = "refs/heads/updater/app/a--b"
    sha = origin.commit({"app.yaml": "2"}, branch="updater/app/a--b")
    clone = clone_of(origin.url)
    clone.fetch()
    with pytest.raises(LostRace):
        clone.delete(ref, expected=base)
    clone.delete(ref, expected=sha)
    assert origin.refs() == {MAIN: base}
    clone.delete(ref, expected=sha)
    with pytest.raises(AssertionError, match="never deleted"):
        clone.delete(MAIN, expected=base)


def test_a_hundred_drafts_of_many_files_arrive_in_order(origin, clone_of):
    base = origin.commit({f"apps/{number}.yaml": "0" for number in range(100)})
    clone = clone_of(origin.url)
    clone.fetch()
    drafts = tuple(
        CommitDraft(Placement("staging", f"a{number}"), f"bump {number}", {f"apps/{number}.yaml": b"1"})
        for number in range(100)
    )
    assert clone.push([RefUpdate(MAIN, base, drafts, base)], atomic=True) == {MAIN: None}
    subjects = origin.git("log", "--reverse", "--format=%s", f"{base}..main").splitlines()
    assert subjects == [f"bump {number}" for number in range(100)]
    assert origin.git("log", "--format=", "--name-only", "-1", "main~50") == "apps/49.yaml"


VERDICTS = "refs/updater/verdicts/main"


def note(onto, text, path="production/shop.jsonl"):
    draft = CommitDraft(Placement("production", "shop"), "note", {path: text.encode()})
    return RefUpdate(VERDICTS, onto, (draft,), onto)


def test_a_ref_of_ours_begins_a_line_of_its_own_and_goes_on(origin, clone_of):
    base = origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    assert clone.push([note(None, "1\n")], atomic=False) == {VERDICTS: None}
    first = clone.fetch().refs[VERDICTS]
    assert clone.push([note(first, "1\n2\n")], atomic=False) == {VERDICTS: None}
    assert clone.push([note(clone.fetch().refs[VERDICTS], "3\n", "staging/shop.jsonl")], atomic=False)
    assert origin.git("log", "--format=%s", VERDICTS).split() == ["note"] * 3
    assert origin.git("ls-tree", "-r", "--name-only", VERDICTS).split() == [
        "production/shop.jsonl",
        "staging/shop.jsonl",
    ]
    assert origin.read(VERDICTS, "production/shop.jsonl") == "1\n2"
    assert origin.refs()[MAIN] == base


def test_of_two_that_begin_it_one_loses_and_nothing_is_lost(origin, clone_of):
    origin.commit({"app.yaml": "1"})
    one, other = clone_of(origin.url), clone_of(origin.url)
    one.fetch(), other.fetch()
    assert one.push([note(None, "one")], atomic=False) == {VERDICTS: None}
    assert isinstance(other.push([note(None, "other")], atomic=False)[VERDICTS], LostRace)
    assert origin.read(VERDICTS, "production/shop.jsonl") == "one"


def test_a_ref_is_tried_and_leaves_nothing_behind(origin, clone_of):
    origin.commit({"app.yaml": "1"})
    clone = clone_of(origin.url)
    clone.fetch()
    before = origin.refs()
    clone.try_ref("refs/updater/tried/main")
    assert origin.refs() == before
    origin.git("config", "receive.hideRefs", "refs/updater")
    with pytest.raises(Refused):
        clone.try_ref("refs/updater/tried/main")
    assert origin.refs() == before
