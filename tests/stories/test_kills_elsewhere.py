"""I6 on the other forges, and where GitHub makes the commits: whatever call is cut, the end is the same.

CI cuts every third call; the soak cuts each.
"""

import pytest
from world.calls import struck
from world.scene import TOKEN, Scene, well

from updater.sandbox import Azure, Bitbucket, Gitea, GitHub, GitLab
from updater.sandbox.world import PRODUCTION, STAGING

APIS = "/api/v[14]|/2.0/|/_apis/"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Makes scenes on a forge of one's choice."""
    scenes = []

    def make(forge):
        scenes.append(Scene(tmp_path, forge=forge))
        monkeypatch.setenv(TOKEN, scenes[-1].hub.bot_token)
        return scenes[-1]

    yield make
    for scene in scenes:
        scene.close()


def on_each(**calls):
    """So many calls are cut on each forge, one after the other."""
    forges = {"gitlab": GitLab, "gitea": Gitea, "bitbucket": Bitbucket, "azure": Azure}
    return [
        pytest.param(forges[name], *cut.values, marks=cut.marks, id=f"{name}-{cut.values[0]}")
        for name, count in calls.items()
        for cut in struck(count)
    ]


@pytest.fixture
def elsewhere(made, request):
    scene = made(request.param)
    for name in ("bob", "kim"):
        scene.hub.forge.user(name)
    scene.hub.create_milestone(scene.repository, "Spring")
    scene.settings(labels=["promotion"], reviewers=["bob"], assignees=["kim"], milestone="Spring")
    return scene


@pytest.fixture
def signing(made):
    scene = made(GitHub)
    mail = scene.hub.forge.tokens[scene.hub.bot_token].person.email
    scene.config["commit"] = {"email": mail, "signing": {"format": "github"}}
    return scene


def settle(scene):
    """Passes until nothing is left to do; then one more, which does nothing."""
    scene.hub.lift()
    scene.world.clock.forward(hours=1)
    for _ in range(3):
        scene.run()
    before, asked = scene.everything(), len(scene.hub.requests)
    well(scene.run("another"))
    assert scene.everything() == before
    assert not scene.writes(asked)


def stands_as_proposed(scene, tag):
    (pull,) = scene.pulls("all")
    assert (pull.state, pull.title) == ("open", f"production: shop {tag}")
    assert scene.pinned("shop", PRODUCTION, pull.head) == tag
    assert scene.pinned("shop", STAGING) == tag
    assert scene.hub.statuses(scene.repository, scene.branch_head(pull))[0].state == "success"
    assert scene.branches() == {pull.head}
    return pull


def cut(scene, call, matching, *, carried_out):
    scene.hub.fail_next(1, 502, matching=matching, after=call, carried_out=carried_out)


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("elsewhere", "call"), on_each(gitlab=11, gitea=17, bitbucket=17, azure=19), indirect=["elsewhere"]
)
def test_opening_elsewhere(elsewhere, call, carried_out):
    tag = elsewhere.proven()
    cut(elsewhere, call, APIS, carried_out=carried_out)
    elsewhere.run()
    settle(elsewhere)
    names = {Bitbucket: ["bob"], Azure: ["promotion", "bob"]}
    worn = names.get(type(elsewhere.hub), ["promotion", "bob", "kim", "Spring"])
    assert elsewhere.worn(stands_as_proposed(elsewhere, tag)) == worn


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("elsewhere", "call"), on_each(gitlab=9, gitea=9, bitbucket=12, azure=10), indirect=["elsewhere"]
)
def test_closing_what_is_obsolete_elsewhere(elsewhere, call, carried_out):
    tag, pull = elsewhere.proposed()
    elsewhere.set(PRODUCTION, "shop", tag)
    cut(elsewhere, call, APIS, carried_out=carried_out)
    elsewhere.run()
    settle(elsewhere)
    assert pull.state == "closed"
    assert "Closed: production already runs" in pull.body
    assert not elsewhere.branches()


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", struck(9))
def test_pushing_where_github_signs(signing, call, carried_out):
    tag = signing.build()
    cut(signing, call, r"\.git/|/graphql", carried_out=carried_out)
    signing.run()
    settle(signing)
    assert signing.pinned("shop", STAGING) == tag
    assert signing.log()[0].sha in signing.hub.find(signing.repository).verified
    assert len(signing.log()) == 2
    assert not signing.branches()


@pytest.mark.parametrize("carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", struck(9))
def test_putting_a_newer_one_into_a_proposal_where_github_signs(signing, call, carried_out):
    signing.proposed()
    tag = signing.proven()
    cut(signing, call, r"\.git/|/graphql", carried_out=carried_out)
    signing.run()
    settle(signing)
    pull = stands_as_proposed(signing, tag)
    assert signing.branch_head(pull) in signing.hub.find(signing.repository).verified
