"""Repositories that another tool keeps up to date, and the config that is made of them."""

from textwrap import dedent

from commands.calling import call
from commands.repositories import bare

from updater.config import load

ORIGIN = "https://github.com/acme/deploy.git"


def text(words):
    return dedent(words).lstrip("\n")


def migrated(folder, files, **more):
    """The config, what was said, and the files by name; `check` likes the config."""
    status, out, err = call("migrate", bare(folder / "r", files, **more), "--out", folder / "config")
    assert (status, err) == (0, ""), (out, err)
    assert call("check", "--config", folder / "config")[0] == 0
    written = {
        path.relative_to(folder / "config").as_posix(): path.read_text()
        for path in (folder / "config").rglob("*.yaml")
    }
    return load(folder / "config"), out, written


def refused(folder, files, **more):
    """What is said where nothing is carried over, and nothing is written."""
    status, out, err = call("migrate", bare(folder / "r", files, **more), "--out", folder / "config")
    assert (status, out) == (1, "")
    assert not (folder / "config").exists()
    return err


def environments(written):
    """From the main file, what it says of each, without what was left out."""
    return written["updater.yaml"].partition("environments:\n")[2].partition("\n# Found")[0]
