"""What covers a file by standing beside it or above it."""

import posixpath
from time import thread_time

from updater.manifests.seals import Covers, possible_seals, sealed_by

LINES = 20_000


def test_a_list_of_a_whole_repository_is_read_once_for_all_its_files():
    listed = b"".join(b"%064x  apps/%d/values.yaml\n" % (number, number) for number in range(LINES))
    began = thread_time()
    found = [sealed_by(f"apps/{number}/values.yaml", {"SHA256SUMS": listed}) for number in range(LINES + 1)]
    assert found == [*["SHA256SUMS"] * LINES, None]
    assert thread_time() - began < 20


PATHS = ("apps/shop/values.yaml", "apps/shop/values.yml", "values.yaml", "a/b/c/Chart.yaml", "앱/values.yaml")


def test_what_would_cover_some_paths_is_what_would_cover_each_of_them():
    covers = Covers.of(PATHS)
    seals = {seal for path in PATHS for seal in possible_seals(path)}
    assert all(seal in covers for seal in seals)
    beside = {f"{seal}x" for seal in seals} | {f"else/{seal}" for seal in seals}
    beside |= {posixpath.join(path, "SHA256SUMS") for path in PATHS} | {*PATHS, "", ".asc", "apps/x.asc"}
    assert not [path for path in beside - seals if path in covers]


def test_the_folders_above_are_all_that_one_of_them_stands_in():
    assert Covers.of(PATHS).folders == {"", "apps", "apps/shop", "a", "a/b", "a/b/c", "앱"}
