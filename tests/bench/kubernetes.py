"""A Kubernetes API for peers that need one: etcd and kube-apiserver, without nodes, a process each.

Both programs are looked for where controllers' tests have them: in the folder that KUBEBUILDER_ASSETS names.
"""

import json
import os
import secrets
import ssl
import subprocess
import time
from contextlib import ExitStack
from functools import cached_property
from http.client import HTTPException, HTTPSConnection
from pathlib import Path

from bench.world import free_address

ASSETS, _ETCD, _API = "KUBEBUILDER_ASSETS", "etcd", "kube-apiserver"
_SECONDS = 120
"""Until it serves: a busy machine needs a minute."""


class Kubernetes:
    """One in a folder that it makes; gone when it is closed."""

    def __init__(self, folder):
        for each in (_ETCD, _API):
            _program(each)
        self._folder, self._token = folder, secrets.token_hex()
        self._folder.mkdir()
        self._open, address = ExitStack(), free_address()
        self.url = f"https://{address}"
        self._certificate = self._folder / "apiserver.crt"
        etcd = f"http://{free_address()}"
        peers = f"http://{free_address()}"
        self._run(
            _ETCD,
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peers}",
            "--log-level=error",
        )
        self._run(_API, f"--etcd-servers={etcd}", *self._flags(address))

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
        plural = plural_of(kind)
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
        with (self._folder / f"{name}.log").open("w") as log:
            process = subprocess.Popen([_program(name), *flags], stdout=log, stderr=log)
        self._open.callback(process.wait, 60)
        self._open.callback(process.terminate)

    def _wait(self):
        self._until(lambda: self._ask("GET", "/readyz"))

    def _until(self, works):
        until = time.monotonic() + _SECONDS
        while True:
            try:
                return works()
            except (OSError, HTTPException) as failed:  # not there yet, or not ready
                if time.monotonic() > until:
                    log = (self._folder / f"{_API}.log").read_text()[-2_000:]
                    raise SystemExit(f"{log}\n{_API} does not serve: {failed}") from None
            time.sleep(0.2)

    def _ask(self, method, path, body=None, kind="application/json"):
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        data = None if body is None else json.dumps(body)
        try:
            status, told = self._answer(method, path, data, headers)
        except ConnectionError:  # it was kept for too long
            self._connection.close()
            status, told = self._answer(method, path, data, headers)
        if status >= 300:
            raise HTTPException(f"{method} {path}: {status} {told.decode()[:500]}")

    def _answer(self, *asked):
        self._connection.request(*asked)
        with self._connection.getresponse() as answer:
            return answer.status, answer.read()

    @cached_property
    def _connection(self):
        """One that is kept, as a hundred orders are to go out in an instant."""
        host, _, port = self.url.removeprefix("https://").partition(":")
        return HTTPSConnection(host, int(port), context=ssl.create_default_context(cafile=self._certificate))


def _program(name):
    found = Path(os.environ.get(ASSETS, "")) / name
    if not found.is_file():
        raise SystemExit(f"{_ETCD} and {_API} are needed: name their folder in {ASSETS}")
    return found


def plural_of(kind):
    """As the API's paths have it."""
    return kind.lower().removesuffix("y") + "ies" if kind.endswith("y") else f"{kind.lower()}s"
