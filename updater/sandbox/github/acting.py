"""To name what every verb of the embedded GitHub needs. Pure."""

from threading import RLock

from updater.sandbox.github.state import Forge, Repository, User

BOT, HUMAN = "updater-bot", "alice"


class Acting:
    """Verbs act as `alice`, an administrator, and pass by every protection."""

    forge: Forge
    lock: RLock

    @property
    def human(self) -> User:
        return self.forge.user(HUMAN)

    def find(self, repo: str) -> Repository:
        """By "owner/name"; raise KeyError where there is none."""
        repository = self.forge.find(repo)
        if repository is None:
            raise KeyError(repo)
        return repository
