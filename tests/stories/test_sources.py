"""What changed in the source, in the pull request that deploys it."""

import pytest
from world.scene import well

from updater.sandbox.world import PRODUCTION, STAGING


@pytest.fixture(autouse=True)
def shop(scene):
    scene.hub.create_repository("acme", "shop", {"a": "0"})


def built(scene, message="Work"):
    """A commit in the shop's repository, and the image CI builds of it; answers tag and sha."""
    scene.world.clock.forward(seconds=1)
    sha = scene.hub.commit("acme/shop", "main", {"a": message}, message)
    source = f"{scene.hub.url}/acme/shop"
    labels = {"org.opencontainers.image.revision": sha, "org.opencontainers.image.source": source}
    return scene.world.build("shop", labels=labels), sha


def deployed(scene):
    """Staging and production both run a build with labels; answers its sha."""
    tag, sha = built(scene)
    for environment in (STAGING, PRODUCTION):
        scene.set(environment, "shop", tag)
    scene.run()
    return sha


@pytest.mark.parametrize("group", ["app", "environment"])
def test_the_commits_between_the_two_images_are_listed_and_linked(scene, group):
    scene.settings(group=group)
    base = deployed(scene)
    built(scene, "Fixes #7, says @kim")
    tag, head = built(scene, "Add a `till`")
    scene.run()
    scene.soak()
    well(scene.run())
    body = scene.pull().body
    assert f"/acme/shop/compare/{base}...{head}) (2 commits)" in body
    assert f"* `{head[:10]}` `` Add a `till` ``" in body
    assert "`Fixes #7, says @kim`" in body
    before = scene.everything()
    for name in ("first", "second"):
        asked = len(scene.hub.requests)
        well(scene.run(name))
        assert scene.everything() == before
        assert not [request for request in scene.hub.requests[asked:] if "compare" in request.path]
    assert tag


def test_a_source_that_the_token_may_not_read_is_only_linked(scene):
    base = deployed(scene)
    _, head = built(scene)
    scene.hub.fault("/repos/acme/shop/compare", 404)
    scene.run()
    scene.soak()
    well(scene.run())
    assert f"/acme/shop/compare/{base}...{head})\n" in scene.pull().body


def test_labels_that_lie_about_where_they_are_from_are_asked_of_nobody(scene):
    deployed(scene)
    sha = scene.hub.commit("acme/shop", "main", {"a": "x"}, "x")
    labels = {
        "org.opencontainers.image.revision": sha,
        "org.opencontainers.image.source": "http://evil.example/acme/shop",
    }
    scene.world.build("shop", labels=labels)
    scene.run()
    scene.soak()
    well(scene.run())
    assert "What changed in the source" not in scene.pull().body
