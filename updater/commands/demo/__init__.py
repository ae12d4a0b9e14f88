"""`updater demo`: the whole story on this machine, each step verified in the Git repository itself."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from updater.commands.demo.company import ALERT, ARGOCD_TOKEN, TOKEN, Company, write_config
from updater.commands.demo.story import Story
from updater.config import load
from updater.sandbox.github.pages.rendering import HomeLink
from updater.sandbox.world import FIRST_TAG, OWNER
from updater.terminal import say
from updater.wiring import Updater

ORG = OWNER
APPS = ("shop", "blog")


def demo(port: int, files: Mapping[str, str], keep_going: Callable[[Updater], int] | None) -> int:
    """Exit status 0 only if every step was verified. `keep_going` serves on when the story is told.

    `files`: a deploy repository of `ORG` with `APPS`, as `updater scaffold` makes it.
    """
    running = {
        path: text.replace("newTag: placeholder", f"newTag: {FIRST_TAG}") for path, text in files.items()
    }
    with TemporaryDirectory(prefix="updater-demo-") as folder, Company(APPS, running) as company:
        os.environ[TOKEN], os.environ[ARGOCD_TOKEN] = company.world.github.bot_token, company.argocd.token
        config = load(write_config(company, Path(folder) / "config", port or _free_port()))
        with Updater(config, Path(folder) / "cache", clock=company.world.clock) as updater:
            story = Story(company, updater)
            story.tell()
            if keep_going is not None:
                page = HomeLink("The page of updater", f"http://{config.service.listen}/")
                company.world.github.show_pages(page)
                company.world.clock.catch_up()  # who runs other commands against it has no clock of its own
                _say_where(story, Path(folder) / "config")
                keep_going(updater)
            return 0 if story.verified else 1


def _say_where(story: Story, config_at: Path) -> None:
    world, config = story.company.world, story.updater.config
    say(f"\nIt goes on until you press Ctrl-C, with a pass every {config.poll.every.seconds} seconds:")
    say(f"   the page http://{config.service.listen}/ shows what runs where and why; leave it open")
    say(f"   git clone {world.url}    (any user, password {world.github.human_token})")
    say(f"   GitHub's API {world.github.api}, the registry {world.registry.url}")
    say(f"   the deploy repository {world.url.removesuffix('.git')}: its history, its pull requests,")
    say("      and buttons: merge, close, reopen, revert")
    say(f"   http://{config.service.listen}/api/status and /metrics say the same to programs")
    say("   the other commands, in another terminal:")
    say(f"      export {TOKEN}={world.github.bot_token} {ARGOCD_TOKEN}={story.company.argocd.token}")
    say("      export UPDATER_CACHE_DIR=$(mktemp -d)")
    say(f"      export UPDATER_CONFIG={config_at}")
    say(f"      {Path(sys.argv[0]).absolute()} status")
    say("   token and password are of this sandbox only, whose clock is yours from here on")
    say("   press Enter, and CI pushes a new image of shop (or type another app, then Enter)")
    say("   type `alert`, then Enter, and an alert of shop fires in production (or stops)")
    Thread(target=_play, args=[story.company], daemon=True).start()


def _play(company: Company) -> None:
    world, burns = company.world, False
    for line in sys.stdin:
        app = line.strip() or world.apps[0]
        if app == "alert":
            burns = not burns
            company.burn("shop") if burns else company.quench("shop")
            say(f"   {ALERT} {'fires' if burns else 'no longer fires'}")
        elif app in world.apps:
            say(f"   CI pushed {app}:{world.build(app)}")
        else:
            say(f"   there is no app {app}, only {', '.join(world.apps)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
