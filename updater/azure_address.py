"""To know organization, project and repository by the address of a repository in Azure Repos. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, unquote, urlsplit

from updater.value_class import value_class

SERVICES, OF_SSH, OLD = "dev.azure.com", "ssh.dev.azure.com", ".visualstudio.com"
"""Of old each organization had a host of its own, `acme.visualstudio.com`; it still has."""
_GIT, _SSH = "_git", "v3"
_KINDS_OF_CLONE = ("_full", "_optimized")
_COLLECTION = "DefaultCollection"
_PARTS_OF_SSH = 4


@value_class
class AzureAddress:
    """Names as people write them: `Platform Team`, where an address has `Platform%20Team`."""

    organization: tuple[str, ...]
    """What stands before the project: the organization, on a Server its folder and collection."""
    project: str
    repository: str

    @classmethod
    def of(cls, path: str, host: str) -> AzureAddress | None:
        """Of `ORG/PROJECT/_git/REPO`, and of what ssh has instead; None where it is neither."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts[0] == _SSH and len(parts) == _PARTS_OF_SSH:
            return cls((parts[1],), parts[2], parts[3]) if _are_names(parts) else None
        if _GIT not in parts or not _are_names(parts):
            return None
        at = parts.index(_GIT)
        before, after = parts[:at], [part for part in parts[at + 1 :] if part not in _KINDS_OF_CLONE]
        if len(after) != 1:
            return None
        if len(before) < _least(before, host):
            return None
        if len(before) == _least(before, host):  # a project's first repository bears its name
            return cls(tuple(before), after[0], after[0])
        return cls(tuple(before[:-1]), before[-1], after[0])

    @property
    def base(self) -> str:
        """Where the calls of the organization begin, such as `/acme`."""
        return "".join(f"/{quote(part, safe='')}" for part in self.organization)

    def server_of(self, api: str) -> str:
        """The address of an API without the organization, with which the calls begin anyway."""
        path = urlsplit(api).path
        doubled = f"{self.base}/".lower().startswith(f"{path}/".lower())
        return api.removesuffix(path) if path and doubled else api

    @property
    def root(self) -> str:
        """Where those of the project begin."""
        return f"{self.base}/{quote(self.project, safe='')}"

    @property
    def calls(self) -> str:
        """Where those of the repository begin."""
        return f"{self.root}/_apis/git/repositories/{quote(self.repository, safe='')}"

    @property
    def page(self) -> str:
        return f"{self.root}/{_GIT}/{quote(self.repository, safe='')}"

    def __str__(self) -> str:
        return "/".join((*self.organization, self.project, _GIT, self.repository))


def same(path: str, host: str) -> Iterator[str]:
    """Every address that means this repository, as `host/path` in lower case; its own at least."""
    yield f"{host}/{quote(unquote(path.strip('/')), safe='/')}".lower()
    address = AzureAddress.of(path, host)
    owner = _organization(address, host) if address else None
    if address is None or owner is None:
        return
    project, repository = (quote(name, safe="") for name in (address.project, address.repository))
    short = (f"/{_GIT}/{repository}",) if project == repository else ()
    ends = (f"/{project}/{_GIT}/{repository}", *short)
    starts = (
        f"{SERVICES}/{owner}",
        f"{owner}{OLD}",
        f"{owner}{OLD}/{_COLLECTION}",
    )
    yield from (f"{start}{end}".lower() for start in starts for end in ends)
    yield f"{OF_SSH}/{_SSH}/{owner}/{project}/{repository}".lower()


def organization(path: str, host: str) -> str | None:
    """Whose a repository is at the Services; None elsewhere."""
    address = AzureAddress.of(path, host)
    return _organization(address, host) if address else None


def _organization(address: AzureAddress, host: str) -> str | None:
    """None on a Server."""
    if host.endswith(OLD) and not host.startswith("vs-ssh."):
        return host.removesuffix(OLD)
    named = host in (SERVICES, OF_SSH) or host.endswith(OLD)
    return quote(address.organization[0], safe="") if named and address.organization else None


def _are_names(parts: list[str]) -> bool:
    """What has one of the others would be the address of something else."""
    return {"", ".", ".."}.isdisjoint(parts)


def _least(before: list[str], host: str) -> int:
    """How many parts are the organization at least."""
    if host.partition(":")[0].endswith(OLD):
        return int(bool(before) and before[0].lower() == _COLLECTION.lower())
    return 1
