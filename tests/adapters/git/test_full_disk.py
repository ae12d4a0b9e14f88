"""What git says when the cache has no room: the clone is whole, and the host is not at fault."""

import pytest

from updater.adapters.git import errors
from updater.adapters.git.commands import GitFailed
from updater.errors import Unavailable

URL = "https://git.example/acme/deploy.git"
FULL = {
    "fast-import": "fatal: sha1 file '/c/objects/pack/tmp_pack_umb3Xv' write error. Out of diskspace\n",
    "fetch": (
        "error: unable to write file objects/3f/574c: No space left on device\n"
        "fatal: failed to write object\nfatal: unpack-objects failed\n"
    ),
    "rights": (
        "error: insufficient permission for adding an object to repository database objects\n"
        "fatal: failed to write object\nfatal: unpack-objects failed\n"
    ),
}


@pytest.mark.parametrize("said", FULL.values(), ids=FULL)
def test_a_clone_without_room_is_not_thrown_away(said):
    assert not errors.is_damage(GitFailed(said))


@pytest.mark.parametrize("said", FULL.values(), ids=FULL)
def test_a_clone_without_room_is_what_it_says(said):
    failure = GitFailed(said)
    for error in (errors.of_clone(failure, URL), errors.of_remote(failure, URL, "main")):
        assert isinstance(error, Unavailable)
        assert error.code == "clone_unusable"
        assert error.sentence.startswith(f"The local clone of {URL} cannot be written to (")
        assert "/c/" not in error.sentence


def test_the_full_disk_of_the_host_is_the_hosts():
    failure = GitFailed("remote: fatal: write error: No space left on device\nfatal: early EOF\n")
    assert errors.of_remote(failure, URL, "main").code == "repository_unavailable"
