"""Flux's image controllers: both resident, with a remote of their own, where each tag names its policy."""

import subprocess
from pathlib import Path

from bench.controllers import Controller, await_change, await_that, measured, rest
from bench.kubernetes import plural_of
from bench.world import STAGES, free_address, git, path_of

_GROUP, _SOURCE = "image.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"
_KINDS = "ImageRepository", "ImagePolicy", "ImageUpdateAutomation"
_AT_ONCE = 20
_SCANNED, _UNCHANGED = "successful scan", "tags did not change"


class Flux:
    """The reflector scans what an annotation asks for, and the automation pushes what that changes."""

    name = "Flux"

    def __init__(self, world, program, kubernetes):
        """`program`: the reflector; the automation is beside it."""
        self._world, self._kubernetes = world, kubernetes
        self._bare, self._remote = world.another("flux")
        self._mark()
        self._make_cluster()
        self._orders = 0
        beside = Path(program).with_name("image-automation-controller")
        self._reflector = self._started(program, f"--storage-path={world.folder / 'flux'}")
        self._controllers = [self._reflector, self._started(beside)]

    def __enter__(self):
        try:
            self._reflector.until(_SCANNED, 0, self._world.load.apps)
            rest(self._controllers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for each in self._controllers:
            each.__exit__()

    def look(self):
        """One at every image, from the first order to the last answer; nothing may be new."""
        apps, seen, before = range(self._world.load.apps), self._reflector.lines, self._head()
        sample = measured(
            self._world,
            self._controllers,
            lambda: [self._order(f"app-{number}") for number in apps],
            lambda: self._reflector.until(_UNCHANGED, seen, len(apps)),
        )
        assert self._head() == before, "a quiet look wrote"
        return sample

    def bump(self, _):
        """New images of all apps, from the first order to the last commit."""
        apps = [f"app-{number}" for number in range(self._world.load.apps)]
        return measured(
            self._world, self._controllers, lambda: [self._order(app) for app in apps], self._all_newest
        )

    def hook(self, app, _):
        """From the order to the commit on the branch: what hears hooks and gives orders is not there."""
        return measured(self._world, self._controllers, lambda: self._order(app), await_change(self._head))

    def _order(self, app):
        self._orders += 1
        told = {"annotations": {"reconcile.fluxcd.io/requestedAt": str(self._orders)}}
        self._kubernetes.change(f"{_path(_GROUP, 'ImageRepository')}/{app}", metadata=told)

    def _all_newest(self):
        await_that(lambda: self._world.running(self._world.newest(), self._bare) == self._world.load.apps)

    def _head(self):
        return git("rev-parse", "refs/heads/main", folder=self._bare)

    # --- how it is set up ---------------------------------------------------------------------------------

    def _started(self, program, *flags):
        """At its quickest: much at once, and the API is asked as often as it likes."""
        words = [
            program,
            f"--concurrent={_AT_ONCE}",
            "--kube-api-qps=10000",
            "--kube-api-burst=10000",
            *flags,
        ]
        words += [
            "--enable-leader-election=false",
            *(f"--{each}-addr={free_address()}" for each in ("metrics", "health")),
        ]
        told = {"KUBECONFIG": str(self._kubernetes.kubeconfig("default")), "TMPDIR": str(self._world.folder)}
        return Controller(words, told)

    def _mark(self):
        """What runs, with a comment at each tag, which is the last word of its file."""
        tree = self._world.folder / "flux-tree"
        subprocess.run(["git", "clone", "-q", self._world.remote(), tree], check=True)
        for app in range(self._world.load.apps):
            file = tree / path_of(app, STAGES[0])
            setter = f'{{"$imagepolicy": "default:app-{app}:tag"}}'
            file.write_text(f"{file.read_text().rstrip()} # {setter}\n")
        who = ["-c", "user.name=A Human", "-c", "user.email=human@example.org"]
        git(*who, "commit", "-qam", "Say which policy sets what", folder=tree)
        git("push", "-q", self._bare, "HEAD:refs/heads/main", folder=tree)

    def _make_cluster(self):
        for kind in _KINDS:
            self._kubernetes.define(_GROUP, "v1", kind, "status")
        self._kubernetes.define(_SOURCE, "v1", "GitRepository", "status")
        self._make(
            _SOURCE, "GitRepository", "deploy", url=self._remote, interval="1h", ref={"branch": "main"}
        )
        for app in range(self._world.load.apps):
            self._make_app(f"app-{app}")
        self._make(_GROUP, "ImageUpdateAutomation", "deploy", **_AUTOMATION)

    def _make_app(self, app):
        host = self._world.registry.removeprefix("http://")
        where = {"image": f"{host}/org/{app}", "insecure": True, "provider": "generic"}
        self._make(_GROUP, "ImageRepository", app, **where, interval="1h", exclusionList=[r"^.*\.sig$"])
        tags = {"pattern": r"^\d{8}-\d{6}$", "extract": ""}
        policy = {"alphabetical": {"order": "asc"}}
        source = {"imageRepositoryRef": {"name": app}, "digestReflectionPolicy": "Never"}
        self._make(_GROUP, "ImagePolicy", app, **source, filterTags=tags, policy=policy)

    def _make(self, group, kind, name, **spec):
        metadata = {"name": name}
        self._kubernetes.make(
            _path(group, kind), apiVersion=f"{group}/v1", kind=kind, metadata=metadata, spec=spec
        )


_AUTHOR = {"name": "flux", "email": "flux@example.org"}
_AUTOMATION = {
    "interval": "1h",
    "sourceRef": {"kind": "GitRepository", "name": "deploy"},
    "update": {"strategy": "Setters", "path": "./apps"},
    "git": {
        "checkout": {"ref": {"branch": "main"}},
        "commit": {"author": _AUTHOR, "messageTemplate": "Update images"},
        "push": {"branch": "main"},
    },
}


def _path(group, kind):
    return f"/apis/{group}/v1/namespaces/default/{plural_of(kind)}"
