"""Argo CD Image Updater: resident, with a remote of its own, in a cluster where the bench plays Argo CD."""

import json
import os
import subprocess
import threading
import time
import urllib.request
from base64 import b64encode
from pathlib import PurePosixPath

from bench.measure import Largest, Sample, used
from bench.world import SECRET, STAGES, free_address, git, package_hook, path_of

_NAMESPACE = "argocd"
_GROUP = "argocd-image-updater.argoproj.io"
_APPLICATIONS = f"/apis/argoproj.io/v1alpha1/namespaces/{_NAMESPACE}/applications"
_UPDATERS = f"/apis/{_GROUP}/v1alpha1/namespaces/{_NAMESPACE}/imageupdaters"
_BEGINS, _ENDS = "Successfully fetched ImageUpdater", "Processing results:"
_SECONDS = 120


class ImageUpdater:
    """It looks when its resource changes or a hook tells it, and pushes to a copy of the world's remote."""

    def __init__(self, world, program, kubernetes):
        self._world, self._program, self._kubernetes = world, program, kubernetes
        self._bare, self._remote = world.another("argocd")
        git("push", "-q", self._bare, "refs/heads/main", folder=world.bare())
        self._looks, self._hook_address = 0, free_address()
        self._make_cluster()
        self._process, self._log = self._started()

    def __enter__(self):
        try:
            self._log.until(_ENDS, 0)
            self._rest()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    @property
    def name(self):
        told = subprocess.check_output([self._program, "version", "--short"], text=True)
        return f"Argo CD Image Updater {told.strip().removeprefix('v').partition('+')[0]}"

    def look(self):
        """One at every image, from its first line to that with its results; it has to find nothing to do."""
        self._looks += 1
        spec = {"commonUpdateSettings": {"ignoreTags": [f"none-{self._looks}"]}}
        seen = len(self._log)
        sample = self._measured(
            lambda: self._kubernetes.change(f"{_UPDATERS}/bench", spec=spec),
            lambda: self._log.until(_ENDS, seen),
        )
        (began, _), (ended, told) = self._log.until(_BEGINS, seen), self._log.until(_ENDS, seen)
        apps = self._world.load.apps
        assert f"images_considered={apps} images_skipped=0 images_updated=0 errors=0" in told, told
        sample.wall = ended - began
        return sample

    def hook(self, app, tag):
        """From the hook to the commit on the branch; then what is there runs, as Argo CD would say."""
        before = self._head()
        url = f"http://{self._hook_address}/webhook?type=ghcr.io"
        asked = urllib.request.Request(url, *package_hook(app, tag))  # noqa: S310 - ours

        def committed():
            until = time.monotonic() + _SECONDS
            while self._head() == before:
                assert time.monotonic() < until, self._log.last()
                time.sleep(0.002)

        sample = self._measured(lambda: urllib.request.urlopen(asked).close(), committed)  # noqa: S310 - ours
        self._kubernetes.change(f"{_APPLICATIONS}/{app}", status=_status(app, tag))
        return sample

    def _measured(self, act, happened):
        before = used(self._process.pid)
        self._world.requests()
        with Largest(self._process.pid) as largest:
            began = time.perf_counter()
            act()
            happened()
            wall = time.perf_counter() - began
            self._rest()
        own, children, mib = used(self._process.pid)
        requests = self._world.requests()
        return Sample(wall, own - before[0], children - before[1], mib, largest.mib, requests)

    def _head(self):
        return git("rev-parse", "refs/heads/main", folder=self._bare)

    def _rest(self):
        """Until it does nothing."""
        until = time.monotonic() + _SECONDS
        before = used(self._process.pid)[:2]
        while True:
            time.sleep(0.5)
            now = used(self._process.pid)[:2]
            if sum(now) - sum(before) < 0.02:
                return
            assert time.monotonic() < until, "it never rests"
            before = now

    # --- how it is set up ---------------------------------------------------------------------------------

    def _started(self):
        """At its quickest: as many applications at once as it does, no limit of requests, no other work."""
        registries = self._world.folder / "registries.conf"
        registry = {"name": "bench", "prefix": "ghcr.io", "api_url": self._world.registry, "limit": 1_000_000}
        registries.write_text(json.dumps({"registries": [registry]}))
        words = [
            self._program,
            "run",
            "--interval=1h",
            f"--registries-conf-path={registries}",
            "--max-concurrent-apps=100",
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
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | told
        )
        return process, _Log(process.stdout)

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
        tag, apps = self._world.newest(), range(self._world.load.apps)
        for number in apps:
            make(_APPLICATIONS, **self._application(number, tag))
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


class _Log:
    """What a process says, each line with when it came."""

    def __init__(self, lines):
        self._lines, self._said, self._more = lines, [], threading.Condition()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def __len__(self):
        return len(self._said)

    def until(self, words, start):
        """The first line with these words that comes after so many others: when, and the line."""
        with self._more:
            found = self._more.wait_for(lambda: self._find(words, start), _SECONDS)
        assert found, self.last()
        return found

    def last(self):
        return "".join(line for _, line in self._said[-20:])

    def close(self):
        self._thread.join()
        self._lines.close()

    def _read(self):
        for line in self._lines:
            with self._more:
                self._said.append((time.perf_counter(), line))
                self._more.notify_all()

    def _find(self, words, start):
        return next((each for each in self._said[start:] if words in each[1]), None)


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
