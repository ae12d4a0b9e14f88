import os
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import github
import pytest

from updater.sandbox import GitHub

Git = Callable[..., subprocess.CompletedProcess[str]]
FILES = {"apps/shop.yaml": "tag: 1\n", "README.md": "deploy\n"}


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with GitHub() as hub:
        hub.create_repository("org", "deploy", FILES)
        yield hub


@pytest.fixture
def connect() -> Iterator[Callable[[str, str], github.Github]]:
    """PyGithub with a base url and a token, without waits and retries."""
    opened: list[github.Github] = []

    def connect(api: str, token: str) -> github.Github:
        options = {"retry": None, "seconds_between_requests": None, "seconds_between_writes": None}
        opened.append(github.Github(base_url=api, auth=github.Auth.Token(token), **options))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


@pytest.fixture
def forge(hub: GitHub, connect: Callable[[str, str], github.Github]) -> github.Github:
    return connect(hub.api, hub.bot_token)


@pytest.fixture
def git(hub: GitHub, tmp_path: Path) -> Git:
    """Git in an empty folder, with the bot's credentials."""

    def run(*arguments: str, token: str = hub.bot_token) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *arguments],
            cwd=tmp_path,
            env=_environment(token),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def clone(git: Git, hub: GitHub) -> Git:
    assert git("clone", "--quiet", hub.clone_url("org/deploy"), ".").returncode == 0
    return git


def _environment(token: str) -> dict[str, str]:
    basic = b64encode(f"x-access-token:{token}".encode()).decode()
    people = {f"GIT_{role}_{what}": "bot" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        **people,
    }
