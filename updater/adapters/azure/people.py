"""To find whom a reviewer's name means: people and teams are asked by the number of their identity. I/O."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from updater.adapters.azure.gateway import AzureGateway
from updater.adapters.azure.shapes import TEAM
from updater.azure_address import AzureAddress
from updater.errors import Refused
from updater.reasons import failure_reasons

_IDENTITY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_UNREAD = {
    failure_reasons.FORGE_FORBIDDEN,
    failure_reasons.FORGE_UNAUTHORIZED,
    failure_reasons.FORGE_NOT_FOUND,
}


class AzurePeople:
    """The teams of the project, and who is in them. Read once, and again for a name that was not there."""

    def __init__(self, gateway: AzureGateway, address: AzureAddress) -> None:
        self._gateway = gateway
        self._teams = f"{address.base}/_apis/projects/{quote(address.project, safe='')}/teams"
        self._known: dict[str, str] = {}

    def identity(self, name: str) -> str:
        """Of a mail address, of `team:` and a name, or of what is one already. Raises Refused."""
        if _IDENTITY.fullmatch(name):
            return name
        if name.lower() not in self._known:
            self._known = dict(self._read())
        if name.lower() not in self._known:
            raise Refused(
                f"no team of the project is called or has {name}", reason=failure_reasons.FORGE_REJECTED
            )
        return self._known[name.lower()]

    def _read(self) -> Iterator[tuple[str, str]]:
        try:
            with self._gateway.sense():
                for team in [*self._gateway.pages(self._teams, {})]:
                    yield f"{TEAM}{team['name']}".lower(), str(team["id"])
                    yield from self._members(team)
        except Refused as refused:
            if refused.reason not in _UNREAD:
                raise
            raise Refused(
                "the token may not read who is in the project's teams: give it the scope Project and Team "
                "(Read), or write the number of the identity in place of the name",
                reason=refused.reason,
            ) from refused

    def _members(self, team: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for member in self._gateway.pages(f"{self._teams}/{quote(str(team['id']), safe='')}/members", {}):
            identity = member["identity"]
            yield str(identity["uniqueName"]).lower(), str(identity["id"])
