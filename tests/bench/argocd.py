"""Argo CD Image Updater: resident, with a remote of its own, in a cluster where the bench plays Argo CD."""

import json
import subprocess
import urllib.request
from base64 import b64encode
from dataclasses import replace
from pathlib import PurePosixPath

from bench.controllers import Controller, await_change, measured, rest
from bench.world import SECRET, STAGES, free_address, git, package_hook, path_of

_NAMESPACE = "argocd"
_GROUP = "argocd-image-updater.argoproj.io"
_APPLICATIONS = f"/apis/argoproj.io/v1alpha1/namespaces/{_NAMESPACE}/applications"
_UPDATERS = f"/apis/{_GROUP}/v1alpha1/namespaces/{_NAMESPACE}/imageupdaters"
_BEGINS, _ENDS = "Successfully fetched ImageUpdater", "Processing results:"


class ImageUpdater:
    """It looks when its resource changes or a hook tells it, and pushes to a copy of the world's remote."""

    def __init__(self, world, program, kubernetes):
        self._world, self._program, self._kubernetes = world, program, kubernetes
        self._bare, self._remote = world.another("argocd")
        git("push", "-q", self._bare, "refs/heads/main", folder=world.bare())
        self._looks, self._hook_address = 0, free_address()
        self._make_cluster()
        self._controller = self._started()

    def __enter__(self):
        try:
            self._controller.until(_ENDS, 0)
            rest([self._controller])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._controller.__exit__()

    @property
    def name(self):
        told = subprocess.check_output([self._program, "version", "--short"], text=True)
        return f"Argo CD Image Updater {told.strip().removeprefix('v').partition('+')[0]}"

    def look(self):
        """One at every image, from its first line to that with its results; it has to find nothing to do."""
        return self._look(0)

    def bump(self, tag):
        """The same, while every image is new; then all of them run."""
        apps = range(self._world.load.apps)
        sample = self._look(len(apps))
        for number in apps:
            self._runs(f"app-{number}", tag)
        return sample

    def _look(self, updated):
        self._looks += 1
        seen, spec = self._controller.lines, {"commonUpdateSettings": {"ignoreTags": [f"none-{self._looks}"]}}
        sample = self._measured(
            lambda: self._kubernetes.change(f"{_UPDATERS}/bench", spec=spec),
            lambda: self._controller.until(_ENDS, seen),
        )
        [(began, _)], [(ended, told)] = (self._controller.until(each, seen) for each in (_BEGINS, _ENDS))
        apps = self._world.load.apps
        expected = f"images_considered={apps} images_skipped=0 images_updated={updated} errors=0"
        assert expected in told, told
        return replace(sample, wall=ended - began)

    def hook(self, app, tag):
        """From the hook to the commit on the branch; then what is there runs, as Argo CD would say."""
        url = f"http://{self._hook_address}/webhook?type=ghcr.io"
        asked = urllib.request.Request(url, *package_hook(app, tag))  # noqa: S310 - ours
        sample = self._measured(
            lambda: urllib.request.urlopen(asked).close(),  # noqa: S310 - ours
            await_change(self._head),
        )
        self._runs(app, tag)
        return sample

    def _runs(self, app, tag):
        self._kubernetes.change(f"{_APPLICATIONS}/{app}", status=_status(app, tag))

    def _measured(self, act, happened):
        return measured(self._world, [self._controller], act, happened)

    def _head(self):
        return git("rev-parse", "refs/heads/main", folder=self._bare)

    # --- how it is set up ---------------------------------------------------------------------------------

    def _started(self):
        """At its quickest: ten applications at once, as by default, no limit of requests, no other work."""
        registries = self._world.folder / "registries.conf"
        registry = {"name": "bench", "prefix": "ghcr.io", "api_url": self._world.registry, "limit": 1_000_000}
        registries.write_text(json.dumps({"registries": [registry]}))
        words = [
            self._program,
            "run",
            "--interval=1h",
            f"--registries-conf-path={registries}",
            "--warmup-cache=false",
            "--leader-election=false",
            "--disable-kube-events",
            "--health-probe-bind-address=0",
            "--enable-webhook",
            "--disable-tls",
            f"--webhook-port={self._hook_address.rpartition(':')[2]}",
        ]
        told = {
            "ARGOCD_NAMESPACE": _NAMESPACE,
            "GHCR_WEBHOOK_SECRET": SECRET,
            "KUBECONFIG": str(self._kubernetes.kubeconfig(_NAMESPACE)),
            "ARGOCD_ASK_PASS_SOCK": str(self._world.folder / "askpass"),
            "TMPDIR": str(self._world.folder),
        }
        return Controller(words, told)

    def _make_cluster(self):
        make = self._kubernetes.make
        self._kubernetes.define("argoproj.io", "v1alpha1", "Application")
        self._kubernetes.define("argoproj.io", "v1alpha1", "AppProject")
        self._kubernetes.define(_GROUP, "v1alpha1", "ImageUpdater", "status")
        make("/api/v1/namespaces", metadata={"name": _NAMESPACE})
        core = f"/api/v1/namespaces/{_NAMESPACE}"
        make(f"{core}/configmaps", metadata=_of_argo_cd("argocd-cm"))
        make(
            f"{core}/secrets",
            metadata=_of_argo_cd("argocd-secret"),
            data=_encoded(**{"server.secretkey": "of the bench"}),
        )
        kind = {"argocd.argoproj.io/secret-type": "repository"}
        access = _encoded(type="git", url=self._remote, username="bench", password="bench")
        make(f"{core}/secrets", metadata={"name": "deploy", "labels": kind}, data=access)
        pinned, apps = self._world.pinned(), range(self._world.load.apps)
        for number in apps:
            make(_APPLICATIONS, **self._application(number, pinned[path_of(number, STAGES[0])]))
        make(_UPDATERS, **_image_updater(apps))

    def _application(self, number, tag):
        name = f"app-{number}"
        source = {"repoURL": self._remote, "targetRevision": "main"}
        source["path"] = str(PurePosixPath(path_of(number, STAGES[0])).parent)
        return {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": name},
            "spec": {"project": "default", "source": source, "destination": {"namespace": "default"}},
            "status": _status(name, tag),
        }


def _status(app, tag):
    return {"sourceType": "Kustomize", "summary": {"images": [f"ghcr.io/org/{app}:{tag}"]}}


def _image_updater(apps):
    images = [
        {
            "namePattern": f"app-{number}",
            "images": [{"alias": "app", "imageName": f"ghcr.io/org/app-{number}"}],
        }
        for number in apps
    ]
    return {
        "apiVersion": f"{_GROUP}/v1alpha1",
        "kind": "ImageUpdater",
        "metadata": {"name": "bench"},
        "spec": {
            "commonUpdateSettings": {"updateStrategy": "alphabetical", "allowTags": r"regexp:^\d{8}-\d{6}$"},
            "writeBackConfig": {
                "method": "git",
                "gitConfig": {"branch": "main", "writeBackTarget": "kustomization"},
            },
            "applicationRefs": images,
        },
    }


def _of_argo_cd(name):
    return {"name": name, "labels": {"app.kubernetes.io/part-of": "argocd"}}


def _encoded(**texts):
    return {name: b64encode(text.encode()).decode() for name, text in texts.items()}
