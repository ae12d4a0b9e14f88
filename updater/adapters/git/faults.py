"""To say in one sentence what a failed git command means. Pure."""

import re
from collections.abc import Sequence

from updater.adapters.git.commands import GitFailed
from updater.errors import Refused, Unavailable, UpdaterError

_LONGEST = 400
_NO_BRANCH = re.compile(r"couldn't find remote ref refs/heads/", re.IGNORECASE)
_MOVED = re.compile(r"unable to update url base from redirection|returned error: 30\d", re.IGNORECASE)
_NO = re.compile(
    r"authentication failed|could not read (?:username|password)|returned error: 40[134]"
    r"|repository .*not found|does(?: not|n't) (?:appear to be a git repository|exist)"
    r"|permission denied|permission to .* denied|access denied|host key verification failed"
    r"|write access to repository not granted|dubious ownership|not allowed",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"could not resolve|failed to connect|connection (?:refused|reset|timed out|closed)|timed out"
    r"|returned error: (?:429|5\d\d)|early eof|unexpected disconnect|rpc failed|hung up|operation too slow"
    r"|couldn't connect|unable to access|ssl|certificate|empty reply"
    r"|network is unreachable|no route to host|could not read from remote|no answer within",
    re.IGNORECASE,
)
_OUR_DISK = re.compile(r"no space left|disk quota|read-only file system", re.IGNORECASE)
_SECRETS = re.compile(
    r"(?<=://)[^/@\s]+@|\b(?:gh[a-z]|github_pat|glpat)[_-][A-Za-z0-9._-]{16,}|(?i:basic|bearer) [\w+/=.-]{8,}"
)
_NOISE = re.compile(r"^(?:hint:|warning:|\s*$|To |error: failed to push some refs|Done$)")


def is_remote(failure: GitFailed) -> bool:
    """The other side or the way there is at fault, not our clone."""
    return any(known.search(failure.said) for known in (_NO_BRANCH, _MOVED, _NO, _NETWORK))


def is_damage(failure: GitFailed) -> bool:
    """A fault of the clone itself that making it anew would mend."""
    return not failure.timed_out and not _OUR_DISK.search(failure.said)


def of_remote(failure: GitFailed, url: str, branch: str) -> UpdaterError:
    if _NO_BRANCH.search(failure.said):
        return Refused(f"{url} has no branch {branch}: create it or correct `branch`.", code="branch_missing")
    if _MOVED.search(failure.said):
        return Refused(
            f"{url} answers with a redirect, which no token follows: set `url` to where it is now.",
            code="repository_refused",
        )
    if _NO.search(failure.said):
        return Refused(
            f"{url} does not exist or gives this token no access ({last_line(failure.said)}): check `url`, "
            "and that the token is valid and covers this repository.",
            code="repository_refused",
        )
    what = "does not answer" if _NETWORK.search(failure.said) else "cannot be fetched from or pushed to now"
    return Unavailable(f"{url} {what}: {last_line(failure.said)}.", code="repository_unavailable")


def of_clone(failure: GitFailed, url: str) -> UpdaterError:
    return Unavailable(
        f"The local clone of {url} cannot be read ({last_line(failure.said)}); "
        "unless its disk is full, the next pass makes it anew.",
        code="clone_damaged",
    )


def last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if not _NOISE.match(line)]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return shortened(re.sub(r"^(?:fatal|error|remote): *", "", (fatal or lines or ["no reason given"])[-1]))


def remote_lines(said: str) -> str:
    """What the host said, as one line."""
    told = [line.removeprefix("remote:").strip() for line in said.splitlines() if line.startswith("remote:")]
    words = [re.sub(r"^(?:error:|-) *", "", line).rstrip(".") for line in told]
    return shortened(". ".join(_without_rules(words)))


def shortened(text: str) -> str:
    plain = _SECRETS.sub("***", text).strip().rstrip(".")
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"


def _without_rules(words: Sequence[str]) -> list[str]:
    """Without the empty lines and those drawn of equal signs."""
    return [word for word in words if word.strip("= ")]
