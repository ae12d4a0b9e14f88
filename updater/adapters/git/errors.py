"""To say in one sentence what a failed git command means. Pure."""

import re
from collections.abc import Sequence

from updater.adapters.git.address import is_ssh
from updater.adapters.git.commands import GitFailed
from updater.adapters.no_answer import UNTRUSTED
from updater.errors import Refused, Unavailable, UpdaterError
from updater.reasons import Reason, failure_reasons

_LONGEST = 400
_NO_BRANCH = re.compile(r"couldn't find remote ref refs/heads/", re.IGNORECASE)
_NO_GIT = re.compile(
    r"not valid: is this a git repository|bad line length character"
    r"|invalid (?:server response|.*content-type)",
    re.IGNORECASE,
)
_OTHER_OBJECTS = re.compile(
    r"mismatched algorithms|does not support this repository's hash algorithm", re.IGNORECASE
)
_MOVED = re.compile(r"unable to update url base from redirection|returned error: 30\d", re.IGNORECASE)
_UNKNOWN_HOST = re.compile(r"host key is known for .* strict checking", re.IGNORECASE)
_OTHER_HOST = re.compile(r"identification has changed|host key for .* has changed", re.IGNORECASE)
_NO_HOST = re.compile(r"host key verification failed", re.IGNORECASE)
_NO_SSH = re.compile(r"cannot run ssh|ssh: (?:command )?not found", re.IGNORECASE)
_NO = re.compile(
    r"authentication failed|could not read (?:username|password)|returned error: 40[134]"
    r"|repository .*not found|does(?: not|n't) (?:appear to be a git repository|exist)"
    r"|permission denied|permission to .* denied|access denied|too many authentication failures"
    r"|write access to repository not granted|does not have write access|read[ -]only(?! file)"
    r"|you were looking for could not be found|unauthorized|dubious ownership|not allowed",
    re.IGNORECASE,
)
_ASKED = re.compile(r"could not read (?:username|password)|authentication failed", re.IGNORECASE)
_ARCHIVED = re.compile(r"was archived so|archived project|project is archived", re.IGNORECASE)
_NETWORK = re.compile(
    r"could not resolve|failed to connect|connection (?:refused|reset|timed out|closed)|timed out"
    r"|returned error: (?:429|5\d\d)|early eof|unexpected disconnect|rpc failed|hung up|operation too slow"
    r"|couldn't connect|unable to access|ssl|certificate|empty reply"
    r"|network is unreachable|no route to host|could not read from remote|no answer within",
    re.IGNORECASE,
)
_CERTIFICATE = re.compile(
    r"ssl certificate problem|certificate verification failed|ssl: no alternative certificate"
    r"|certificate subject name|certificate signer",
    re.IGNORECASE,
)
_OUR_DISK = re.compile(
    r"no space left|out of diskspace|disk quota|read-only file system|insufficient permission for adding",
    re.IGNORECASE,
)
_SECRETS = re.compile(
    r"(?<=://)[^/@\s]+@|\b(?:gh[a-z]|github_pat|glpat)[_-][A-Za-z0-9._-]{16,}|(?i:basic|bearer) [\w+/=.-]{8,}"
)
_NOISE = re.compile(
    r"^(?:hint:|warning:|\s*$|To |error: failed to push some refs|Done$|fatal: could not read from remote"
    r"|please make sure you have the correct access|and the repository exists|remote: *$|@+|offending )",
    re.IGNORECASE,
)


def is_remote(failure: GitFailed) -> bool:
    """The other side or the way there is at fault, not our clone."""
    known = (_NO_BRANCH, _NO_GIT, _OTHER_OBJECTS, _MOVED, _NO_HOST, _NO_SSH, _NO, _NETWORK)
    return any(word.search(failure.said) for word in known)


def finds_no_branch(failure: GitFailed) -> bool:
    return _NO_BRANCH.search(failure.said) is not None


def lists_nothing(url: str, branch: str) -> Refused:
    return Refused(
        f"{url} lists no branch at all, so there is no branch {branch}: push a first commit if the "
        "repository is empty; otherwise a page answers there in place of it: look for a login page (is the "
        "token valid?) or a proxy in between.",
        reason=failure_reasons.BRANCH_MISSING,
    )


def is_damage(failure: GitFailed) -> bool:
    """A fault of the clone itself that making it anew would mend."""
    return not failure.timed_out and not _of_our_disk(failure)


def _of_our_disk(failure: GitFailed) -> str | None:
    """In the words of git; what the other side says of a disk is said of its own."""
    lines = (line for line in failure.said.splitlines() if not line.startswith("remote:"))
    found = next(filter(None, map(_OUR_DISK.search, lines)), None)
    return found and found[0].lower()


def of_remote(failure: GitFailed, url: str, branch: str) -> UpdaterError:
    why = _of_our_disk(failure)
    return _of_host(failure, url, branch) if why is None else _unwritable(url, why)


def _of_host(failure: GitFailed, url: str, branch: str) -> UpdaterError:
    for words, reason, sentence in _PLAIN:
        if words.search(failure.said):
            return Refused(sentence.format(url=url, branch=branch), reason=reason)
    if _NO_HOST.search(failure.said):
        return _of_host_key(failure.said, url)
    if _ARCHIVED.search(failure.said):
        return Refused(
            f"{url} is archived, so nothing can be written there: unarchive it at its host, or take it out "
            "of the config.",
            reason=failure_reasons.REPOSITORY_ARCHIVED,
        )
    if _NO.search(failure.said):
        return _of_access(failure, url)
    if _CERTIFICATE.search(failure.said):
        return Unavailable(
            f"{url} {UNTRUSTED} ({last_line(failure.said)}): name who vouches for it by "
            "`tls: {ca_file: …}`, unless it has run out or is for another name.",
            reason=failure_reasons.REPOSITORY_UNAVAILABLE,
        )
    what = "does not answer" if _NETWORK.search(failure.said) else "cannot be fetched from or pushed to now"
    return Unavailable(
        f"{url} {what}: {last_line(failure.said)}.", reason=failure_reasons.REPOSITORY_UNAVAILABLE
    )


def _of_host_key(said: str, url: str) -> Refused:
    """Nothing was sent: ssh asks for the host's key before it shows anything of ours."""
    if _OTHER_HOST.search(said):
        why = (
            "shows another host key than the one in known hosts, so nothing was sent: if the host has "
            "announced a new key, put that one there; otherwise somebody stands in between"
        )
    elif _UNKNOWN_HOST.search(said):
        why = (
            "shows a host key that known hosts does not have, so nothing was sent: compare what "
            "`ssh-keyscan` says with what the host publishes, and put it into known_hosts_file "
            "(or ~/.ssh/known_hosts)"
        )
    else:
        why = f"could not prove its host key ({last_line(said)}), so nothing was sent: check known_hosts_file"
    return Refused(f"{url} {why}.", reason=failure_reasons.HOST_KEY)


def _of_access(failure: GitFailed, url: str) -> Refused:
    said = failure.said
    if url.startswith("file:"):
        return Refused(
            f"{url} does not exist or is no git repository to read and write here ({last_line(said)}): "
            "check `url`, and the rights of that folder.",
            reason=failure_reasons.REPOSITORY_REFUSED,
        )
    if failure.without_token:
        return Refused(
            f"{url} does not exist, or wants a token and none is configured ({last_line(said)}): check "
            "`url`, and name a token under `forges`.",
            reason=failure_reasons.REPOSITORY_REFUSED,
        )
    if _ASKED.search(said):  # git asks a person once the host has refused what it was shown
        return Refused(
            f"{url} refuses the token: it is wrong or has run out, or there is no such repository that it "
            "may read: check `url`, and set a valid token where `forges` in config points to.",
            reason=failure_reasons.REPOSITORY_REFUSED,
        )
    what = "ssh key" if is_ssh(url) else "token"
    check = (
        "and that ssh_key_file is the key the host knows, with access to this repository"
        if is_ssh(url)
        else "and that the token is valid, covers this repository and may write there"
    )
    return Refused(
        f"{url} does not exist or gives this {what} no access ({last_line(said)}): check `url`, {check}.",
        reason=failure_reasons.REPOSITORY_REFUSED,
    )


def _unwritable(url: str, why: str) -> Unavailable:
    return Unavailable(
        f"The local clone of {url} cannot be written to ({why}): nothing changes until the cache has room, "
        "and takes what the updater writes.",
        reason=failure_reasons.CLONE_UNUSABLE,
    )


def of_clone(failure: GitFailed, url: str) -> UpdaterError:
    if (why := _of_our_disk(failure)) is not None:
        return _unwritable(url, why)
    return Unavailable(
        f"The local clone of {url} cannot be read ({last_line(failure.said)}); the next pass makes it anew.",
        reason=failure_reasons.CLONE_DAMAGED,
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


_PLAIN: Sequence[tuple[re.Pattern[str], Reason, str]] = (
    (
        _NO_BRANCH,
        failure_reasons.BRANCH_MISSING,
        (
            "{url} has no branch {branch}: create it or correct `branch`; if it is there, `url` is not what "
            "git clones from."
        ),
    ),
    (
        _NO_GIT,
        failure_reasons.REPOSITORY_REFUSED,
        (
            "{url} answers with a page and not as a git server does: set `url` to what git clones from, and "
            "look for a login page or a proxy in between."
        ),
    ),
    (
        _OTHER_OBJECTS,
        failure_reasons.OBJECT_FORMAT,
        (
            "{url} names its objects by SHA-256, and the updater works with SHA-1 only: use one made "
            "with `git init --object-format=sha1`, as every host does unless it is told otherwise."
        ),
    ),
    (
        _MOVED,
        failure_reasons.REPOSITORY_REFUSED,
        "{url} answers with a redirect, which no token follows: set `url` to where it is now.",
    ),
    (_NO_SSH, failure_reasons.SSH_MISSING, "{url} needs ssh: install the OpenSSH client."),
)
"""What git says, and what it means whatever else it says; the first that fits."""
