"""To find the numbers that GitLab knows people and milestones by. I/O."""

from collections.abc import Callable, Sequence

from updater.adapters.cache import BoundedCache
from updater.adapters.gitlab.gateway import GitLabGateway
from updater.errors import UpdaterError

_TEAM = "team:"


class People:
    """Whoever is missing is said, and keeps no merge request from being opened."""

    def __init__(self, gateway: GitLabGateway, root: str, warn: Callable[[str], None]) -> None:
        self._gateway = gateway
        self._root = root
        self._warn = warn
        self._known: BoundedCache[str, int | None] = BoundedCache()

    def ids(self, names: Sequence[str]) -> list[int]:
        return [number for name in names if (number := self._id(name)) is not None]

    def milestone(self, title: str | None) -> int | None:
        if title is None:
            return None
        number = self._found(title, lambda: self._milestone(title))
        if number is None:
            self._warn(f"The milestone {title} could not be set: GitLab knows no active one of that name")
        return number

    def _id(self, name: str) -> int | None:
        if name.startswith(_TEAM):
            self._warn(
                f"{name} cannot be asked to review: on GitLab only people can, groups by approval rules"
            )
            return None
        number = self._found(name, lambda: self._known.get(name, lambda: self._person(name)))
        if number is None:
            self._warn(f"{name} could not be asked or assigned: GitLab knows nobody of that name")
        return number

    def _found(self, name: str, look: Callable[[], int | None]) -> int | None:
        try:
            return look()
        except UpdaterError as error:
            self._warn(f"GitLab could not be asked about {name}: {error.sentence}")
            return None

    def _person(self, name: str) -> int | None:
        with self._gateway.sense():
            found = self._gateway.page("/users", {"username": name})
            known = (each for each in found if str(each["username"]).lower() == name.lower())
            return next((int(each["id"]) for each in known), None)

    def _milestone(self, title: str) -> int | None:
        """Of the project, or of a group above it."""
        query = {"state": "active", "title": title, "include_ancestors": "true"}
        with self._gateway.sense():
            found = self._gateway.page(f"{self._root}/milestones", query)
            known = (each for each in found if str(each["title"]).lower() == title.lower())
            return next((int(each["id"]) for each in known), None)
