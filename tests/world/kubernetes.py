"""A real kube-apiserver on loopback, which says of manifests what a cluster would: no node, no controller.

    with Kubernetes(folder) as cluster:
        cluster.install(*custom_resources("prometheus-operator"))
        assert cluster.dry_run(manifests) == []

The first time it is built from its Go modules, which takes long; what was built is kept in
`~/.cache/updater-tests`, or in the folder that KUBERNETES_PROGRAMS names.
"""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

from ruamel.yaml import YAML
from world.authority import Authority

GO = shutil.which("go", path=f"{os.environ['PATH']}:/usr/local/go/bin")
VERSION = "1.37.2"
"""Of Kubernetes. Its own parts are modules of version 0.37.2 each, in place of folders beside it."""
MODULE = f"k8s.io/kubernetes@v{VERSION}"
TOKEN = "token-of-the-tests"
CUSTOM_RESOURCES = {
    "argo-cd": ("github.com/argoproj/argo-cd/v3@v3.5.7", "manifests/crds/*-crd.yaml"),
    "gateway-api": ("sigs.k8s.io/gateway-api@v1.6.3", "config/crd/standard/gateway.networking.*.yaml"),
    "prometheus-operator": (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd/*.yaml",
    ),
    "sealed-secrets": ("github.com/bitnami-labs/sealed-secrets@v0.40.0", "helm/sealed-secrets/crds/*.yaml"),
}
"""By name: the Go module that has the definitions of a project's kinds, and the files there."""
ETCD = """package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
"""


class Kubernetes:
    """An API server and its store; all of it is in the folder, and ends with the block."""

    def __init__(self, folder):
        self._folder, self._open = folder, ExitStack()
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self):
        with self._open:
            programs = built()
            authority = Authority(self._folder / "authority")
            self._start_etcd(programs / "etcd")
            self._start_api(programs / "kube-apiserver", authority)
            self._wait()
            self._open = self._open.pop_all()
        return self

    def __exit__(self, *_):
        self._open.close()

    def install(self, *definitions):
        """Make kinds known; answers when the server serves them."""
        for file in definitions:
            self._done("apply", "--server-side", "--force-conflicts", f"--filename={file}")
        self._done("wait", "--for=condition=Established", "--all", "--timeout=60s", "crd")

    def dry_run(self, manifests):
        """What the server says against them, warnings included: a line each. Whatever is in them is not kept.

        `manifests`: text of YAML documents, or the objects. The namespaces they stand in are made first.
        """
        objects = [each for each in _objects(manifests) if each]
        if not objects:
            return []  # kubectl would call it an error
        for name in sorted({each["metadata"].get("namespace", "default") for each in objects} - {"default"}):
            self.kubectl("create", "namespace", name)
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        words = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-"]
        done = self.kubectl(*words, given=text)
        assert done.returncode or len(done.stdout.splitlines()) == len(objects), done.stdout
        return [line for line in done.stderr.splitlines() if line]

    # --- its parts --------------------------------------------------------------------------------------

    def _start_etcd(self, program):
        self._store, peers = _free_url(), _free_url()
        self._start(
            program,
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={self._store}",
            f"--advertise-client-urls={self._store}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--unsafe-no-fsync",
        )

    def _start_api(self, program, authority):
        certificate, tokens = authority.certify(), self._folder / "tokens.csv"
        tokens.write_text(f'{TOKEN},tester,1,"system:masters"\n')
        self.url = _free_url().replace("http:", "https:")
        self._ca = authority.ca_file
        self._start(
            program,
            f"--etcd-servers={self._store}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.url.rpartition(':')[2]}",
            f"--cert-dir={self._folder}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={certificate}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            f"--service-account-key-file={certificate}",
            f"--service-account-signing-key-file={certificate}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--endpoint-reconciler-type=none",
            # Nobody here makes the accounts that it would ask for.
            "--disable-admission-plugins=ServiceAccount",
        )

    def _start(self, program, *words):
        log = self._open.enter_context((self._folder / f"{program.name}.log").open("w"))
        process = subprocess.Popen([program, *words], stdout=log, stderr=log)
        self._open.callback(_end, process)
        self._processes = [*getattr(self, "_processes", []), process]

    def _wait(self):
        end = time.monotonic() + 120
        while self.kubectl("get", "--raw=/readyz").returncode:
            ended = [each.args[0].name for each in self._processes if each.poll() is not None]
            log = (self._folder / f"{ended[0] if ended else 'kube-apiserver'}.log").read_text()
            assert not ended, f"{ended[0]} has ended: {log[-3000:]}"
            assert time.monotonic() < end, f"not ready: {log[-3000:]}"
            time.sleep(0.5)

    def _done(self, *words):
        done = self.kubectl(*words)
        assert done.returncode == 0, done.stderr

    def kubectl(self, *words, given=None):
        where = [f"--server={self.url}", f"--certificate-authority={self._ca}", f"--token={TOKEN}"]
        return subprocess.run(
            [Path(sys.executable).with_name("kubectl"), *where, *words],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env={"HOME": str(self._folder), "PATH": os.environ["PATH"]},
        )


def custom_resources(*names):
    """Files with the definitions of these projects' kinds, as the Go module proxy has them."""
    return [file for name in names for file in _files_of(*CUSTOM_RESOURCES[name])]


def _files_of(module, pattern):
    files = sorted((_downloaded(module)).glob(pattern))
    assert files, f"{module} has no {pattern}"
    return files


def _downloaded(module):
    """The folder of a module, and none of what it requires."""
    return Path(json.loads(_go("mod", "download", "-json", module))["Dir"])


def built():
    """The folder with `kube-apiserver` and `etcd`."""
    kept = Path(os.environ.get("KUBERNETES_PROGRAMS") or Path.home() / ".cache/updater-tests")
    folder = kept / f"kubernetes-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "bin").is_dir():
            _build(folder / "source")
            (folder / "source/bin").rename(folder / "bin")
            shutil.rmtree(folder / "source")
    return folder / "bin"


def _build(source):
    """`go install` refuses a module that replaces others, so one of our own replaces the same."""
    shutil.rmtree(source, ignore_errors=True)
    (source / "etcd").mkdir(parents=True)
    (source / "etcd/main.go").write_text(ETCD)
    (source / "go.mod").write_text(_go_mod())
    packages = ("k8s.io/kubernetes/cmd/kube-apiserver", "./etcd")
    _go("build", "-mod=mod", "-ldflags=-s -w", "-o", "bin/", *packages, cwd=source)


def _go_mod():
    theirs = json.loads(_go("mod", "edit", "-json", _mod_file()))
    beside = [each for each in theirs["Replace"] if each["New"]["Path"].startswith("./staging/")]
    part_version = f"v0{VERSION.removeprefix('1')}"
    lines = ["module tests", f"go {theirs['Go']}", f"require {MODULE.replace('@', ' ')}"]
    lines += ["replace {0} => {0} {1}".format(each["Old"]["Path"], part_version) for each in beside]
    return "\n".join(lines) + "\n"


def _mod_file():
    return json.loads(_go("mod", "download", "-json", MODULE))["GoMod"]


def _go(*words, cwd=None):
    done = subprocess.run([GO, *words], capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def _objects(manifests):
    if isinstance(manifests, str):
        return YAML(typ="safe").load_all(manifests)
    return manifests


def _free_url():
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def _end(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
