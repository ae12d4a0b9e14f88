"""To ask GitHub as one of several Apps, each of which it counts by itself. I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass

from updater.adapters.api_connection import ApiConnection
from updater.adapters.github.errors import ApiTarget
from updater.adapters.github.gateway import GitHubGateway, is_write
from updater.adapters.limits import RateLimits
from updater.errors import Unavailable, UpdaterError
from updater.reasons import failure_reasons
from updater.value_class import value_class

_PASSED_OVER = frozenset(
    {
        failure_reasons.APP_KEY.code,
        failure_reasons.CONFIG.code,
        failure_reasons.FORGE_FORBIDDEN.code,
        failure_reasons.FORGE_NOT_FOUND.code,
        failure_reasons.FORGE_UNAUTHORIZED.code,
        failure_reasons.RATE_LIMITED.code,
    }
)
"""What stops one App need not stop the next; nothing was done then."""


@value_class
class Actor:
    """As whom GitHub is asked: a token, and the limits of whom it stands for."""

    token: Callable[[], str]
    limits: RateLimits
    login: Callable[[], str | None]


class ActorsGateway(GitHubGateway):
    """One door for several Apps: each write goes out as the one that may still write most.

    What is only read is read as the first, since GitHub's ETags are of whom they were told. Whom a limit
    stops, or GitHub turns away, is passed over for the next: nothing was done then. `warn` is told once.
    """

    def __init__(
        self,
        place: ApiTarget,
        api: str,
        actors: Sequence[Actor],
        *,
        connection: ApiConnection,
        warn: Callable[[str], None],
    ) -> None:
        how = partial(GitHubGateway, place, api, connection=connection)
        super().__init__(place, api, actors[0].token, limits=actors[0].limits, connection=connection)
        self._actors = tuple(actors)
        self._gateways = tuple(how(each.token, limits=each.limits) for each in actors)
        self._warn = warn
        self._told: set[tuple[int, str]] = set()

    def requestJson(  # noqa: N802, PLR0917  name and parameters are PyGithub's
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        input: Any | None = None,  # noqa: A002, ANN401  as PyGithub has it
        cnx: HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass | None = None,  # noqa: ARG002  ours is used
        follow_302_redirect: bool = False,  # noqa: ARG002  none is followed
    ) -> tuple[int, dict[str, Any], str]:
        """Raise Unavailable where all are limited, until the first of them is free again; else Refused."""
        writes = is_write(verb, input)
        failed: dict[int, UpdaterError] = {}
        for number in self._in_order(writes=writes):
            try:
                answer = self._gateways[number].requestJson(verb, url, parameters, headers, input)
            except UpdaterError as error:
                if error.code not in _PASSED_OVER:
                    raise
                failed[number] = error
                continue
            self._tell(failed)
            return answer
        raise self._last_word(failed, writes=writes)

    def by(self, login: str | None) -> GitHubGateway:
        """Where nobody is called so, whoever may. Who cannot tell its name is not called so."""
        known = zip(self._gateways, self._actors, strict=True)
        named = (gateway for gateway, actor in known if _is_called(actor, login))
        return self._gateways[0] if login is None else next(named, self)

    def close(self) -> None:
        for gateway in self._gateways:
            gateway.close()
        super().close()

    def _in_order(self, *, writes: bool) -> Iterable[int]:
        numbers = range(len(self._actors))
        if not writes:
            return numbers
        return sorted(numbers, key=lambda number: -self._actors[number].limits.writes_left())

    def _tell(self, failed: Mapping[int, UpdaterError]) -> None:
        """What is nobody's fault passes by itself; what somebody has to mend is said."""
        for number, error in failed.items():
            if not isinstance(error, Unavailable) and (number, error.code) not in self._told:
                self._told.add((number, error.code))
                self._warn(f"{error.sentence}; another App of `apps` did it: `updater doctor` tries each")

    def _last_word(self, failed: Mapping[int, UpdaterError], *, writes: bool) -> UpdaterError:
        limited = [number for number, error in failed.items() if isinstance(error, Unavailable)]
        if limited:
            return failed[min(limited, key=lambda number: self._actors[number].limits.free(writes=writes))]
        return failed[min(failed)]


def _is_called(actor: Actor, login: str | None) -> bool:
    try:
        return actor.login() == login
    except UpdaterError:
        return False


def gateway_of(
    place: ApiTarget,
    api: str,
    actors: Sequence[Actor],
    *,
    connection: ApiConnection,
    warn: Callable[[str], None] = lambda _sentence: None,
) -> GitHubGateway:
    """By which a repository is asked as the only one of them, or as any."""
    if len(actors) > 1:
        return ActorsGateway(place, api, actors, connection=connection, warn=warn)
    (only,) = actors
    return GitHubGateway(place, api, only.token, limits=only.limits, connection=connection)
