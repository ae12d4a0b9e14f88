"""What Argo CD is asked of an app in an environment, and what it answers. Pure values."""

from __future__ import annotations

import posixpath
import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from updater.value_class import value_class

_SCP = re.compile(r"(?:[^@/\s]+@)?(?P<host>[A-Za-z0-9.-]+):(?!//)(?P<path>[^\s:]+)")
_SAME = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}
"""Where these hosts take SSH on the port of HTTPS."""
_PORTS = {"https": 443, "http": 80}


ANYTHING = "*"
"""In place of a name: which ones is not known."""
_OF_AN_IMAGE = re.compile(r"(?:tag|digest|image)$", re.IGNORECASE)
"""How a value is called that may say which image runs."""


@value_class
class Applications:
    """Which Applications run an app in an environment."""

    names: tuple[str, ...] = ()
    """Plain names, or patterns with `*`, `?` or `[…]` in them."""
    selector: str | None = None
    """A label selector, as Kubernetes writes it."""
    namespace: str | None = None
    """Of the Applications; None: Argo CD's own for a plain name, any that the token may see for all else."""
    cluster: str | None = None
    """The one whose own Argo CD is asked; None: the one for all the others."""

    def __str__(self) -> str:
        return self.selector or ", ".join(self.names)


@value_class
class Source:
    """One source of an Application: what is rendered, and where it is."""

    repository: str
    """The address as Argo CD knows it."""
    path: str | None = None
    """The folder that is applied; None: none, as for a chart, or where only others refer to its files."""
    target: str = ""
    """The branch, tag or commit that is followed; empty: the newest of the default branch."""
    files: tuple[str, ...] = ()
    """The files of values it is rendered with or lends to others, from the root of the repository."""
    recurses: bool = False
    """The folders below its own are applied, too."""
    images: tuple[str, ...] = ()
    """The names of images that the Application itself sets to a tag, whatever the repository says; ANYTHING
    where it patches images in a way that is not read."""
    values: tuple[str, ...] = ()
    """The paths of values (`image.tag`) that it sets itself for a chart; ANYTHING where they are not read."""

    def holds(self, file: str) -> bool:
        """A file of the repository is part of what is applied, as far as the Application tells."""
        if file in self.files:
            return True
        folder = posixpath.dirname(file) or "."
        below = self.recurses and (self.path == "." or file.startswith(f"{self.path}/"))
        return self.path == folder or below


class SourceOverride(NamedTuple):
    """Something that an Application sets itself."""

    what: str
    setting: str
    """Of its source."""


@value_class
class Manifests:
    """Where the deploy repository has what runs one app in one environment."""

    repository: str
    """The address, as config or the setting beside the Applications' names has it."""
    branch: str
    files: tuple[str, ...]
    """That may hold its pins."""
    path: str | None = None
    """The folder that its Applications apply, where config says so; None: whichever holds such a file."""
    images: tuple[str, ...] = ()
    """Whose tags the pins are."""
    values: tuple[str, ...] = ()
    """Where they stand in files of values; ANYTHING for a pin that is searched by its image."""

    @property
    def folders(self) -> str:
        """For people."""
        return self.path or ", ".join(dict.fromkeys(posixpath.dirname(file) or "." for file in self.files))

    def are_in(self, source: Source) -> bool:
        """What this source brings is what the pins are part of, and says."""
        stands = self.stand_in(source.repository) and self.are_applied_by(source)
        return stands and self.override(source) is None

    def stand_in(self, repository: str) -> bool:
        """Another spelling of the address is the same repository: Git over SSH, `.git`, capitals."""
        return _address(repository) == _address(self.repository)

    def override(self, source: Source) -> SourceOverride | None:
        """What of the pins the Application sets itself, so that what Git says of it does not run."""
        if (image := next((one for one in self.images if _names(source, one)), None)) is not None:
            return SourceOverride(f"the tag of {image}", "kustomize.images")
        if self.images and ANYTHING in source.images:
            return SourceOverride("images", "kustomize.patches")
        values = (value for value in source.values for path in self.values if _meets(path, value))
        if (value := next(values, None)) is not None:
            return SourceOverride("values" if value == ANYTHING else f"the value {value}", "helm")
        return None

    def are_applied_by(self, source: Source) -> bool:
        if self.path is not None:
            return source.path == self.path
        return any(source.holds(file) for file in self.files)


@value_class
class Revision:
    """One source as of one commit."""

    sha: str
    """Of a chart, its version."""
    source: Source


@value_class
class Deployment:
    """One sync that succeeded and was of the whole Application."""

    revisions: tuple[Revision, ...]
    """One a source."""
    at: datetime
    number: int | None = None
    """Counts from 0 on; None where Argo CD keeps no history, so that this was only seen as its last sync."""


@value_class
class Application:
    """An Application as Argo CD last saw it; the words are Argo CD's own, empty where it has none."""

    name: str
    namespace: str = ""
    sources: tuple[Source, ...] = ()
    """What it is to apply."""
    sync: str = ""
    """Synced, OutOfSync or Unknown: what runs, compared with the newest commit, synced or not."""
    phase: str = ""
    """Of its last sync: Running, Succeeded, Failed, Error or Terminating."""
    finished: datetime | None = None
    """When that sync ended."""
    reconciled: datetime | None = None
    """When Argo CD last looked at it."""
    health: str = ""
    """Healthy, Progressing, Degraded, Missing, Suspended or Unknown."""
    health_since: datetime | None = None
    """Not every version of Argo CD tells."""
    history: tuple[Deployment, ...] = ()
    """Oldest first: what Argo CD shows, which it cuts, and what it was seen to show before."""
    unwell_since: datetime | None = None
    """Since when it was seen Degraded or Missing, and never Healthy in between; None: it is well."""
    url: str | None = None
    """Its page, for people."""
    label: str = ""
    """Its name where sentences speak of it; with the namespace where two have the same."""

    @property
    def last(self) -> Deployment | None:
        """What it synced last, and therefore runs."""
        return self.history[-1] if self.history else None


def _names(source: Source, image: str) -> bool:
    """By its name, or by the short one that a kustomization may have for it."""
    return image in source.images or image.rpartition("/")[2] in source.images


def _meets(path: str, value: str) -> bool:
    """Whether a value that an Application sets may be what stands at the path of a pin, or in it."""
    if ANYTHING in {path, value}:
        return value == ANYTHING or _OF_AN_IMAGE.search(value) is not None
    pin, own = _steps(path), _steps(value)
    return pin[: len(own)] == own or own[: len(pin)] == pin


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    """`images[0].tag`, `images.0.tag`, and with quotes or backslashes, are the same."""
    return tuple(re.sub(r"[\\\"'\]]", "", path).replace("[", ".").strip(".").split("."))


@lru_cache(maxsize=1024)
def _address(url: str) -> str:
    """Of a repository: `host/owner/name` in lower case, whatever way leads there."""
    if ssh := _SCP.fullmatch(url):
        host, path = ssh["host"], ssh["path"]
    else:
        parts = urlsplit(url)
        plain = parts.scheme not in _PORTS or parts.port in {None, _PORTS[parts.scheme]}
        host = (parts.hostname or "") + ("" if plain else f":{parts.port}")
        path = parts.path
    host = host.lower()
    return f"{_SAME.get(host, host)}/{path.strip('/').removesuffix('.git').lower()}"
