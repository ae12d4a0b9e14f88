"""A Kubernetes API for peers that need one: etcd and kube-apiserver, without nodes, a process each.

Both programs are looked for where controllers' tests have them: in the folder that KUBEBUILDER_ASSETS names.
"""

import json
import os
import secrets
import ssl
import subprocess
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError, URLError

from bench.world import free_address

ASSETS = "KUBEBUILDER_ASSETS"
_SECONDS = 120
"""Until it serves: a busy machine needs a minute."""


class Kubernetes:
    """One in this folder, gone when it is closed."""

    def __init__(self, folder):
        self._folder, self._token = folder / "kubernetes", secrets.token_hex()
        self._folder.mkdir()
        self._open, address = ExitStack(), free_address()
        self.url = f"https://{address}"
        self._certificate = self._folder / "apiserver.crt"
        etcd = f"http://{free_address()}"
        peers = f"http://{free_address()}"
        self._run(
            "etcd",
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peers}",
            "--log-level=error",
        )
        self._run("kube-apiserver", f"--etcd-servers={etcd}", *self._flags(address))

    def __enter__(self):
        try:
            self._wait()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_):
        self._open.close()

    def make(self, path, **what):
        self._ask("POST", path, what, "application/json")

    def change(self, path, **what):
        self._ask("PATCH", path, what, "application/merge-patch+json")

    def define(self, group, version, kind, *subresources):
        """A kind of resources of which nothing is checked, as we know of it no more than what we make."""
        plural = f"{kind.lower()}s"
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        told = {
            "name": version,
            "served": True,
            "storage": True,
            "schema": {"openAPIV3Schema": schema},
            "subresources": {each: {} for each in subresources},
        }
        names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
        spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [told]}
        self.make(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            apiVersion="apiextensions.k8s.io/v1",
            kind="CustomResourceDefinition",
            metadata={"name": f"{plural}.{group}"},
            spec=spec,
        )
        self._until(lambda: self._ask("GET", f"/apis/{group}/{version}/{plural}"))

    def kubeconfig(self, namespace):
        """A file for who shall use it, as JSON is YAML."""
        cluster = {"server": self.url, "certificate-authority": str(self._certificate)}
        context = {"cluster": "bench", "user": "bench", "namespace": namespace}
        told = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "bench", "cluster": cluster}],
            "users": [{"name": "bench", "user": {"token": self._token}}],
            "contexts": [{"name": "bench", "context": context}],
            "current-context": "bench",
        }
        file = self._folder / "kubeconfig"
        file.write_text(json.dumps(told))
        return file

    def _flags(self, address):
        key, tokens = self._folder / "key.pem", self._folder / "tokens.csv"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, stderr=subprocess.DEVNULL)
        tokens.write_text(f"{self._token},bench,bench,system:masters\n")
        host, port = address.split(":")
        return (
            f"--bind-address={host}",
            f"--secure-port={port}",
            f"--cert-dir={self._folder}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            "--disable-admission-plugins=ServiceAccount",
            "--service-cluster-ip-range=10.0.0.0/24",
            f"--service-account-issuer={self.url}",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
        )

    def _run(self, name, *flags):
        program = Path(os.environ.get(ASSETS, "")) / name
        if not program.is_file():
            raise SystemExit(f"etcd and kube-apiserver are needed: name their folder in {ASSETS}")
        with (self._folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen([program, *flags], stdout=log, stderr=log)
        self._open.callback(process.wait, 60)
        self._open.callback(process.terminate)

    def _wait(self):
        self._until(lambda: self._ask("GET", "/readyz"))

    def _until(self, works):
        until = time.monotonic() + _SECONDS
        while True:
            try:
                return works()
            except (URLError, OSError):  # also HTTPError: it is not ready
                if time.monotonic() > until:
                    raise SystemExit((self._folder / "kube-apiserver.log").read_text()[-2_000:]) from None
            time.sleep(0.2)

    def _ask(self, method, path, body=None, kind="application/json"):
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - ours
        context = ssl.create_default_context(cafile=self._certificate)
        try:
            with urllib.request.urlopen(asked, context=context) as answer:  # noqa: S310 - ours
                return answer.read()
        except HTTPError as failed:
            failed.add_note(failed.read().decode()[:500])
            raise
