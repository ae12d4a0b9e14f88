"""Commits that GitHub makes and signs, through the real PyGithub, and that git then pushes as every other."""

import base64
from dataclasses import replace

import pytest

from updater.adapters.git import Clone, CommitIdentity
from updater.adapters.git.access import Access
from updater.adapters.github import GitHubForge, RateLimits
from updater.errors import LostRace, Refused, Unavailable
from updater.model import CommitDraft, Placement, RefUpdate
from updater.sandbox import GitHub

MAIN = "refs/heads/main"
BRANCH = "refs/heads/updater/app/production--shop"
REPOSITORY = "acme/deploy"


class World:
    def __init__(self, hub, folder):
        self.hub, self.folder = hub, folder
        hub.create_repository("acme", "deploy", {"app.yaml": "1", "other.yaml": "x"})
        self.mail = hub.forge.tokens[hub.bot_token].person.email
        self._made = []
        self.clone = self.another_clone()

    def another_clone(self, mail=None, **limits):
        limits = RateLimits(self.hub.host, self.hub.clock, **limits)
        forge = GitHubForge(REPOSITORY, api=self.hub.api, token=lambda: self.hub.bot_token, limits=limits)
        clone = Clone(
            self.hub.clone_url(REPOSITORY),
            "main",
            self.folder / f"clone-{len(self._made)}",
            identity=CommitIdentity("updater", mail or self.mail),
            access=Access(lambda: self.hub.bot_token),
            clock=self.hub.clock,
            maker=forge,
        )
        self._made += [forge.disconnect, clone.close]
        return clone

    def close(self):
        for close in self._made:
            close()

    @property
    def refs(self):
        return self.hub.refs(REPOSITORY)

    def log(self, ref="main"):
        return self.hub.log(REPOSITORY, ref)

    def verified(self, sha):
        return sha in self.hub.find(REPOSITORY).verified


@pytest.fixture
def world(tmp_path):
    with GitHub() as hub:
        world = World(hub, tmp_path)
        yield world
        world.close()


def drafts(*contents, path="app.yaml"):
    placement = Placement("staging", "shop")
    return tuple(
        CommitDraft(placement, f"bump to {text}\n\nWhy.\n\nUpdater-Pin: x", {path: text.encode()})
        for text in contents
    )


def test_each_commit_of_a_pass_is_made_by_github_and_all_arrive_in_one_push(world):
    base = world.clone.fetch().refs[MAIN]
    updates = [RefUpdate(MAIN, base, drafts("2", "3"), base), RefUpdate("refs/updater/main", base, (), None)]
    assert world.clone.push(updates, atomic=True) == {MAIN: None, "refs/updater/main": None}
    newest, older, first = world.log()
    assert first.sha == base
    for commit, text in ((older, "2"), (newest, "3")):
        assert world.verified(commit.sha)
        assert (commit.author.email, commit.committer.email) == (world.mail, "noreply@github.com")
        assert commit.message == f"bump to {text}\n\nWhy.\n\nUpdater-Pin: x"
        assert world.hub.read(REPOSITORY, commit.sha, "app.yaml") == text.encode()
        assert world.hub.read(REPOSITORY, commit.sha, "other.yaml") == b"x"
    assert world.refs == {MAIN: newest.sha, "refs/updater/main": newest.sha}
    assert world.clone.fetch().refs == world.refs


def test_a_branch_is_made_and_made_anew_without_its_pull_request_being_closed(world):
    base = world.clone.fetch().refs[MAIN]
    world.clone.push([RefUpdate(BRANCH, base, drafts("2"), None)], atomic=False)
    number = world.hub.open(REPOSITORY, BRANCH.removeprefix("refs/heads/"))
    moved = world.hub.commit(REPOSITORY, "main", {"other.yaml": "y"}, "Move on")
    head = world.clone.fetch().refs[BRANCH]
    assert world.clone.push([RefUpdate(BRANCH, moved, drafts("3"), head)], atomic=False) == {BRANCH: None}
    pull = world.hub.pull(REPOSITORY, number)
    assert (pull.state, pull.head_sha) == ("open", world.refs[BRANCH])
    assert world.verified(pull.head_sha)
    assert [commit.sha for commit in world.log(BRANCH)][1] == moved
    assert not [ref for ref in world.refs if "signing" in ref]


def test_a_base_that_moved_meanwhile_is_a_lost_race_and_nothing_is_pushed(world):
    base = world.clone.fetch().refs[MAIN]
    moved = world.hub.commit(REPOSITORY, "main", {"other.yaml": "y"}, "First")
    answers = world.clone.push([RefUpdate(MAIN, base, drafts("2"), base)], atomic=True)
    assert isinstance(answers[MAIN], LostRace)
    assert world.refs == {MAIN: moved}


def test_a_branch_somebody_else_moved_is_a_lost_race_in_githubs_words(world):
    base = world.clone.fetch().refs[MAIN]
    forge = world.clone._writer.maker
    world.hub.create_branch(REPOSITORY, "updater/signing/0")
    forge.commit("updater/signing/0", base, drafts("2")[0])
    with pytest.raises(LostRace, match=f'Expected branch to point to "{base}" but it did not'):
        forge.commit("updater/signing/0", base, drafts("3")[0])


def test_another_updater_at_the_same_work_is_a_lost_race(world):
    base = world.clone.fetch().refs[MAIN]
    world.hub.commit(REPOSITORY, "updater/signing/0", {"app.yaml": "9"}, "Another's")
    with pytest.raises(LostRace):
        world.clone.push([RefUpdate(MAIN, base, drafts("2"), base)], atomic=True)
    assert world.refs[MAIN] == base


def test_what_a_killed_process_left_is_written_over_and_taken_away(world):
    base = world.clone.fetch().refs[MAIN]
    world.hub.commit(REPOSITORY, "updater/signing/0", {"app.yaml": "9"}, "Left behind")
    world.clone.fetch()
    assert world.clone.push([RefUpdate(MAIN, base, drafts("2"), base)], atomic=True) == {MAIN: None}
    assert list(world.refs) == [MAIN]
    assert len(world.log()) == 2


@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("after", [0, 1])
def test_an_answer_of_github_that_is_lost_pushes_nothing_and_the_next_try_does(world, carried_out, after):
    base = world.clone.fetch().refs[MAIN]
    world.hub.fail_next(matching="POST /api/graphql", cut="whole", carried_out=carried_out, after=after)
    update = RefUpdate(MAIN, base, drafts("2", "3"), base)
    with pytest.raises(Unavailable):
        world.clone.push([update], atomic=True)
    assert world.refs[MAIN] == base
    world.clone.fetch()
    assert world.clone.push([update], atomic=True) == {MAIN: None}
    assert [commit.subject for commit in world.log()] == ["bump to 3", "bump to 2", "Start"]
    assert list(world.refs) == [MAIN]


def test_a_limit_in_the_middle_pushes_nothing(world):
    clone = world.another_clone(writes_a_minute=1)
    base = clone.fetch().refs[MAIN]
    with pytest.raises(Unavailable) as raised:
        clone.push([RefUpdate(MAIN, base, drafts("2", "3"), base)], atomic=True)
    assert raised.value.code == "rate_limited"
    assert world.refs == {MAIN: base}


def test_an_author_that_would_not_be_known_again_is_named_with_what_to_write(world):
    clone = world.another_clone(mail="updater@acme.example")
    base = clone.fetch().refs[MAIN]
    with pytest.raises(Refused) as raised:
        clone.push([RefUpdate(MAIN, base, drafts("2"), base)], atomic=True)
    assert raised.value.code == "author_differs"
    assert f"set `commit: {{email: {world.mail}}}`" in raised.value.sentence
    assert world.refs == {MAIN: base}


@pytest.fixture
def executable(world):
    """The base, where app.yaml has become executable and other.yaml has not."""
    git = world.hub.find(REPOSITORY).git
    app, other = (git.text("rev-parse", f"main:{name}") for name in ("app.yaml", "other.yaml"))
    listed = f"100755 blob {app}\tapp.yaml\n100644 blob {other}\tother.yaml\n"
    tree = git.text("mktree", given=listed.encode())
    who = world.hub.forge.signature(world.hub.human)
    base = git.commit_tree(tree, [world.refs[MAIN]], "Make it run", who)
    git.update_refs({MAIN: base})
    world.clone.fetch()
    return base


def test_a_file_mode_that_github_cannot_keep_is_named_and_nothing_is_pushed(world, executable):
    with pytest.raises(Refused, match=r"^app\.yaml is executable") as raised:
        world.clone.push([RefUpdate(MAIN, executable, drafts("2"), executable)], atomic=True)
    assert raised.value.code == "remade_otherwise"
    assert world.refs == {MAIN: executable}


def test_what_github_made_otherwise_than_planned_is_not_pushed(world):
    base, answer = world.clone.fetch().refs[MAIN], world.hub.answer
    planned, made = (base64.b64encode(text) for text in (b"2\n", b"3\n"))
    world.hub.answer = lambda request: answer(replace(request, body=request.body.replace(planned, made)))
    with pytest.raises(Refused, match="is not what was planned") as raised:
        world.clone.push([RefUpdate(MAIN, base, drafts("2\n"), base)], atomic=True)
    assert raised.value.code == "remade_otherwise"
    assert world.refs == {MAIN: base}


def test_a_branch_that_cannot_be_made_keeps_no_other_from_being_pushed(world, executable):
    other = "refs/heads/updater/app/production--blog"
    updates = [
        RefUpdate(BRANCH, executable, drafts("2"), None),
        RefUpdate(other, executable, drafts("2", path="other.yaml"), None),
    ]
    answers = world.clone.push(updates, atomic=False)
    assert isinstance(answers[BRANCH], Refused)
    assert answers[other] is None
    assert set(world.refs) == {MAIN, other}


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        ({"type": "FORBIDDEN", "message": "Resource not accessible"}, Refused, "forge_forbidden"),
        ({"type": "NOT_FOUND", "message": "No such branch"}, Refused, "forge_not_found"),
        ({"type": "UNPROCESSABLE", "message": "A path was malformed"}, Refused, "forge_rejected"),
        ({"message": "Something went wrong while executing your query."}, Unavailable, "forge_unavailable"),
    ],
)
def test_what_graphql_says_with_a_status_of_200_is_told_apart(world, error, kind, code):
    import json

    base = world.clone.fetch().refs[MAIN]
    body = json.dumps({"data": {"createCommitOnBranch": None}, "errors": [error]})
    world.hub.fault("POST /api/graphql", 200, body=body)
    with pytest.raises(kind) as raised:
        world.clone.push([RefUpdate(MAIN, base, drafts("2"), base)], atomic=True)
    assert raised.value.code == code
    assert world.refs == {MAIN: base}


def test_what_no_branch_holds_is_pushed_as_it_is(world):
    world.clone.fetch()
    draft, ref = (
        CommitDraft(Placement("production", "shop"), "note", {"a": b"1"}),
        "refs/updater/verdicts/main",
    )
    assert world.clone.push([RefUpdate(ref, None, (draft,), None)], atomic=False) == {ref: None}
    assert ref in world.refs
    assert not world.verified(world.refs[ref])
