"""From an empty folder to a validated deploy repository: how long, and by how many commands.

`python tests/benchmarks/scaffold.py` times the commands that one types, each as a process of its own, and
pushes the repository to the sandbox's GitHub. Not timed is what nobody types at a real one: to start the
sandbox, and to put its addresses in the place of github.com and ghcr.io.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from updater.sandbox.world import World
from updater.terminal import say

COMMANDS = [
    "updater scaffold repository deploy-repo --org acme --app shop --app blog",
    "git init --quiet --initial-branch main deploy-repo",
    "updater check --config deploy-repo/updater",
    "updater audit deploy-repo --config deploy-repo/updater",
    "git -C deploy-repo add .",
    "git -C deploy-repo commit --quiet --message Begin",
    "git -C deploy-repo push --quiet {url} main",
    "updater plan --config deploy-repo/updater",
]


def main():
    with World() as world, tempfile.TemporaryDirectory() as folder:
        world.github.create_repository("acme", "deploy-repo")
        url = world.github.clone_url("acme/deploy-repo")
        total = 0.0
        for number, command in enumerate(COMMANDS):
            seconds = timed(command.format(url=with_token(url, world)), folder, world)
            total += seconds
            say(f"{seconds:6.2f} s  {command.format(url='https://github.com/acme/deploy-repo.git')}")
            if number == 0:
                in_sandbox(Path(folder) / "deploy-repo/updater/updater.yaml", url, world)
        files = sum(
            path.is_file() and ".git" not in path.parts for path in Path(folder, "deploy-repo").rglob("*")
        )
        say(f"{total:6.2f} s  by {len(COMMANDS)} commands: {files} files")


def timed(command, folder, world):
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GITHUB_TOKEN": world.github.bot_token,
        "GHCR_USERNAME": "",
        "GHCR_TOKEN": "",
        "UPDATER_CACHE_DIR": f"{folder}/cache",
        **{
            f"GIT_{who}_{what}": "x@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    began = time.perf_counter()
    subprocess.run(shlex.split(command), cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def with_token(url, world):
    return url.replace("://", f"://x:{world.github.human_token}@")


def in_sandbox(config, url, world):
    text = config.read_text()
    for pattern, instead in (
        (r"url: .*", f'url: "{url}"'),
        (r"  github\.com: \{", f'  "{world.github.host}": {{kind: github, api: "{world.github.api}", '),
        (r"  ghcr\.io: .*", f'  ghcr.io: {{endpoint: "{world.registry.url}"}}'),
    ):
        text, number = re.subn(pattern, lambda _, instead=instead: instead, text)
        assert number == 1, pattern
    config.write_text(text)


if __name__ == "__main__":
    main()
