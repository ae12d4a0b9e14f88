"""Renovate beside our `once`: its local lookup in a checkout of the same tree, at the same registry."""

import json
import os
import subprocess
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from bench.measure import run
from bench.world import STAGES, path_of, stamp

_VERSIONING = r"regex:^(?<major>\d{4})(?<minor>\d{2})(?<patch>\d{2})-(?<build>\d{6})$"
"""Its default for images takes the time of day for a platform, and finds nothing newer of another time."""


class Renovate:
    """An installed Renovate and a checkout of its own, in this world. Its cache is kept between its runs."""

    def __init__(self, world, program):
        self._world, self._program = world, Path(program).absolute()
        self._tree, self._report = world.folder / "renovate", world.folder / "renovate.report.json"
        self._config = world.folder / "renovate.config.json"
        self._config.write_text(json.dumps(self._configured()))
        subprocess.run(["git", "clone", "-q", world.remote(), self._tree], check=True)

    @cached_property
    def name(self):
        told = subprocess.check_output([self._program, "--version"], env=self._env, text=True)
        return f"Renovate {told.strip()}"

    def look(self):
        """One lookup as a process, which writes nothing."""
        self._world.requests()
        return replace(run([self._program], self._env, self._tree), requests=self._world.requests())

    def prove(self):
        """That it is set up right, as who finds nothing is quick: of an old tag it has to say the newest."""
        overlay, newest = self._tree / path_of(0, STAGES[0]), self._world.newest()
        text = overlay.read_text()
        overlay.write_text(text.replace(newest, stamp(0)))
        self.look()
        overlay.write_text(text)
        files = json.loads(self._report.read_text())["repositories"]["local"]["packageFiles"]["kustomize"]
        found = [update["newValue"] for each in files for dep in each["deps"] for update in dep["updates"]]
        assert found == [newest], f"of one old image among {len(files)} files it says {found}"

    @cached_property
    def _env(self):
        """Node may be installed beside the program."""
        path = f"{self._program.parent}{os.pathsep}{os.environ['PATH']}"
        told = {"RENOVATE_CONFIG_FILE": str(self._config), "LOG_LEVEL": "error"}
        return os.environ | told | {"PATH": path, "RENOVATE_X_SQLITE_PACKAGE_CACHE": "true"}

    def _configured(self):
        """Nothing but what is looked for, so that it does no more than it must."""
        host = self._world.registry.removeprefix("http://")
        return {
            "platform": "local",
            "dryRun": "lookup",
            "onboarding": False,
            "requireConfig": "ignored",
            "enabledManagers": ["kustomize"],
            "cacheDir": str(self._world.folder / "renovate.cache"),
            "registryAliases": {"ghcr.io": host},
            "hostRules": [{"matchHost": f"https://{host}", "insecureRegistry": True}],
            "packageRules": [{"matchDatasources": ["docker"], "versioning": _VERSIONING}],
            "reportType": "file",
            "reportPath": str(self._report),
        }
