"""Clients nobody here wrote, as they push to a registry on loopback: ORAS, crane, cosign, Helm's library."""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from helm_python.chart import Chart, package
from helm_python.registry import RegistryClient, repo_index_generate

PATH = os.pathsep.join([os.environ.get("PATH", ""), str(Path.home() / "go" / "bin")])


class Program:
    """One that is on the path or in ~/go/bin; skips where it is missing."""

    def __init__(self, name, folder):
        self._found = shutil.which(name, path=PATH)
        if self._found is None:
            pytest.skip(f"{name} is not installed")
        self._folder = folder
        # It finds no settings, no logins and no caches but its own.
        self._environment = {"PATH": PATH, "HOME": str(folder), "TMPDIR": str(folder)}

    def run(self, *words, **environment):
        """What it prints."""
        call = subprocess.run(
            [self._found, *words],
            cwd=self._folder,
            env=self._environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert call.returncode == 0, call.stderr
        return call.stdout

    def write(self, name, content):
        (self._folder / name).write_text(content)
        return name


class Oras(Program):
    """`go install oras.land/oras/cmd/oras@v1.3.6`: 36 seconds of one core."""

    def __init__(self, folder, registry):
        super().__init__("oras", folder)
        self._host = registry.url.removeprefix("http://")

    def push(self, name, tag, *options, file="notes.txt"):
        """An artifact. Answers its digest."""
        self.write(file.partition(":")[0], "{}")
        return self._digest("push", *options, f"{self._host}/{name}:{tag}", file)

    def attach(self, name, tag, kind, file):
        """An artifact that is about another."""
        self.write(file.partition(":")[0], '{"about": "it"}')
        return self._digest("attach", "--artifact-type", kind, f"{self._host}/{name}:{tag}", file)

    def index(self, name, tag, *of):
        """An index of what stands under other tags."""
        self.run("manifest", "index", "create", "--plain-http", f"{self._host}/{name}:{tag}", *of)

    def tag(self, name, of, tag):
        """What stands under one tag, under another, too."""
        self.run("tag", "--plain-http", f"{self._host}/{name}:{of}", tag)

    def _digest(self, verb, *words):
        said = self.run(verb, "--plain-http", "--format", "json", *words)
        return json.loads(said)["digest"]


class Cosign(Program):
    """`go install github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3`: four and a half minutes of one core."""

    def __init__(self, folder, registry):
        super().__init__("cosign", folder)
        self._host = registry.url.removeprefix("http://")
        self._environment |= {"COSIGN_PASSWORD": ""}

    def key(self, name):
        """A new pair. Answers the file of the public one."""
        self.run("generate-key-pair", "--output-key-prefix", name)
        return self._folder / f"{name}.pub"

    def sign(self, name, digest, key, *options, **environment):
        """With the key of that name, and nobody asked on the way."""
        self._push("sign", name, digest, key, *options, **environment)

    def attest(self, name, digest, key, kind):
        """Something of a kind: `slsaprovenance1`, `spdxjson`."""
        predicate = self.write("predicate.json", "{}")
        self._push("attest", name, digest, key, "--type", kind, "--predicate", predicate)

    def verifies(self, name, digest, key):
        """What cosign itself says."""
        known = "--key", f"{key}.pub", "--insecure-ignore-tlog", "--allow-http-registry"
        return digest in self.run("verify", *known, f"{self._host}/{name}@{digest}")

    def _push(self, verb, name, digest, key, *options, **environment):
        alone = "--use-signing-config=false", "--tlog-upload=false", "--allow-http-registry", "--yes"
        image = f"{self._host}/{name}@{digest}"
        self.run(verb, "--key", f"{key}.key", *alone, *options, image, **environment)


class HelmProgram(Program):
    """`go install helm.sh/helm/v4/cmd/helm@v4.3.2`: four and a half minutes of one core."""

    def __init__(self, folder, registry):
        super().__init__("helm", folder)
        self._host = registry.url.removeprefix("http://")

    def push(self, name, file):
        """A packaged chart, below the name of its folder."""
        self.run("push", "--plain-http", str(file), f"oci://{self._host}/{name.rpartition('/')[0]}")


class Crane(Program):
    """go-containerregistry's, which writes Docker's own media types unless it is told otherwise."""

    def __init__(self, folder, registry):
        super().__init__("crane", folder)
        self._host = registry.url.removeprefix("http://")
        with tarfile.open(folder / "layer.tar", "w") as layer:
            layer.add(folder / self.write("file", "it"), "file")

    def push(self, name, tag, platform, *options, label="a=b"):
        """An image. Answers its digest."""
        to = f"{self._host}/{name}:{tag}"
        self.run("append", "--insecure", *options, "-f", "layer.tar", "-t", to)
        said = self.run("mutate", "--insecure", "--set-platform", platform, "--label", label, "-t", to, to)
        return said.strip().rpartition("@")[2]

    def index(self, name, tag, *of, options=()):
        """An index of what stands under other tags. Answers its digest."""
        of = [word for one in of for word in ("-m", f"{self._host}/{name}:{one}")]
        said = self.run("index", "append", "--insecure", *options, *of, "-t", f"{self._host}/{name}:{tag}")
        return said.strip().rpartition("@")[2]


class Helm:
    """By Helm's own library (the wheel helm-python-sdk): what `helm push` does."""

    def __init__(self, folder, registry):
        self._folder, self._host = folder, registry.url.removeprefix("http://")

    def package(self, chart, version, app_version="2026.1"):
        """The file of a chart."""
        if not (self._folder / chart).exists():
            with Chart.create(chart, self._folder):
                pass
        where = self._folder / "packages"
        package(self._folder / chart, destination=where, version=version, app_version=app_version)
        return where / f"{chart}-{version}.tgz"

    def push(self, name, version):
        """A chart; its last name is the chart's own."""
        parent, _, chart = name.rpartition("/")
        file, to = self.package(chart, version), f"oci://{self._host}/{parent}"
        with RegistryClient(plain_http=True, credentials_file=self._folder / "logins.json") as client:
            client.push(file, to, plain_http=True)

    def index(self):
        """What `helm repo index` writes of all that was packaged."""
        repo_index_generate(self._folder / "packages")
        return (self._folder / "packages" / "index.yaml").read_bytes()

    def digest(self, name, tag):
        """As Helm reads it."""
        with RegistryClient(plain_http=True, credentials_file=self._folder / "logins.json") as client:
            return client.resolve(f"oci://{self._host}/{name}:{tag}")["digest"]
