"""To learn the whole sha of a commit that Bitbucket names by its beginning. I/O."""

import re

from updater.adapters.bitbucket.gateway import BitbucketGateway
from updater.adapters.cache import BoundedCache
from updater.errors import Refused
from updater.reasons import failure_reasons

_WHOLE = re.compile("[0-9a-f]{40}")


class CommitIds:
    """A pull request names its head by twelve digits; each is asked once."""

    def __init__(self, gateway: BitbucketGateway, root: str) -> None:
        self._gateway = gateway
        self._root = root
        self._known: BoundedCache[str, str] = BoundedCache()

    def whole(self, sha: str) -> str:
        """As it was given where the commit is not there any more."""
        if not sha or _WHOLE.fullmatch(sha):
            return sha
        return self._known.get(sha, lambda: self._look(sha))

    def note(self, sha: str) -> None:
        """One that is known, so that nobody has to ask."""
        self._known.put(sha[:12], sha)

    def _look(self, sha: str) -> str:
        try:
            found = self._gateway.read(f"{self._root}/commit/{sha}")
        except Refused as refused:
            if refused.reason != failure_reasons.FORGE_NOT_FOUND:
                raise
            return sha
        with self._gateway.sense():
            whole = str(found["hash"])
            if not (_WHOLE.fullmatch(whole) and whole.startswith(sha)):
                raise ValueError("another commit")
            return whole
