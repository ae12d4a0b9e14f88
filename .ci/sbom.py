"""The bill of materials of the root it runs in, as CycloneDX: `sbom.py PYTHON… > updater.cdx.json`.

Debian's packages as dpkg tells them, and Python's as each interpreter does that is named.
"""

import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

_DPKG = "${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\n"
_PYTHON = """
import importlib.metadata, json
said = [(each.metadata["Name"], each.version) for each in importlib.metadata.distributions()]
print(json.dumps(sorted(set(said))))
"""


def main() -> None:
    found = [_interpreter(), *_debian(), *chain.from_iterable(map(_python, sys.argv[1:]))]
    bom = Bom(components={each.purl: each for each in found}.values())
    bom.metadata.component = Component(name="updater", type=ComponentType.CONTAINER, bom_ref="image")
    sys.stdout.write(JsonV1Dot6(bom).output_as_string(indent=1))


def _interpreter() -> Component:
    version = platform.python_version()
    return _component("python", PackageURL("generic", None, "python", version), ComponentType.PLATFORM)


def _debian() -> Iterator[Component]:
    listed = subprocess.run(
        ["dpkg-query", "--show", f"--showformat={_DPKG}"], check=True, capture_output=True, text=True
    )
    release = platform.freedesktop_os_release()
    for line in listed.stdout.splitlines():
        status, name, version, architecture = line.split("\t")
        if status == "installed":
            about = {"arch": architecture, "distro": f"{release['ID']}-{release['VERSION_ID']}"}
            yield _component(name, PackageURL("deb", release["ID"], name, version, about))


def _python(python: str) -> Iterator[Component]:
    listed = subprocess.run([python, "-B", "-I", "-c", _PYTHON], check=True, capture_output=True, text=True)
    for name, version in json.loads(listed.stdout):
        yield _component(name, PackageURL("pypi", None, name, version))


def _component(name: str, purl: PackageURL, kind: ComponentType = ComponentType.LIBRARY) -> Component:
    """By the name that its own package manager shows; the address has it as scanners compare it."""
    return Component(type=kind, name=name, version=purl.version, purl=purl, bom_ref=str(purl))


main()
