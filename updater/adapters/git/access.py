"""To reach one repository: with a token over HTTP, with a key over ssh. I/O."""

import os
import stat
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from updater.adapters.child_environment import kept
from updater.adapters.git import environment
from updater.adapters.git.address import credential_scope, is_ssh
from updater.adapters.git.commands import CommandOutput, Commands, GitFailed
from updater.errors import Refused
from updater.reasons import failure_reasons
from updater.value_class import value_class

_SECONDS = 20


@value_class
class Access:
    """What a repository's host is shown. A token is asked for each time: it may be a short-lived one."""

    token: Callable[[], str | None] = lambda: None
    user: str = environment.USER
    """Whom the token belongs to; most hosts look at the token only."""
    key_file: Path | None = None
    """None: the keys, the agent and the settings of the user we run as."""
    known_hosts: Path | None = None
    """None: those of the user and of the machine."""
    ca_file: str | None = None
    """All who are believed over https; None: that is for git and its surroundings to say."""

    def run(self, commands: Commands, url: str, *arguments: str, seconds: float) -> CommandOutput:
        """A git command that speaks with that host. Raises Refused, or GitFailed without the token in it."""
        scope = credential_scope(url)
        token = self.token() if scope else None
        try:
            settings = self._settings(url, scope, token)
            needs = environment.needs(ssh=is_ssh(url), ca_file=self.ca_file)
            return commands.run(*arguments, seconds=seconds, settings=settings, needs=needs)
        except GitFailed as failure:
            told = self._redacted(failure, token)
            told.without_token = scope is not None and token is None
            raise told from None

    def _settings(self, url: str, scope: str | None, token: str | None) -> Mapping[str, str]:
        if is_ssh(url):
            return {"core.sshCommand": self._ssh()}
        shown = environment.authorization(scope, self.user, token) if scope and token else {}
        return {**shown, **environment.trust(self.ca_file)}

    def _ssh(self) -> str:
        key_file, known_hosts = self.key_file, self.known_hosts
        if key_file is not None:
            assert_usable(key_file, "ssh_key_file")
        if known_hosts is not None and not os.access(known_hosts, os.R_OK):
            raise Refused(
                f"The file {known_hosts} of known hosts cannot be read: name another by known_hosts_file.",
                reason=failure_reasons.KNOWN_HOSTS,
            )
        return environment.ssh_command(_text(key_file), _text(known_hosts))

    def _redacted(self, failure: GitFailed, token: str | None) -> GitFailed:
        said, output = failure.said, failure.output
        for secret in (token, environment.encoded(self.user, token)) if token else ():
            said, output = said.replace(secret, "***"), output.replace(secret, "***")
        return GitFailed(said, output=output, timed_out=failure.timed_out, status=failure.status)


def assert_usable(key_file: Path, setting: str) -> None:
    """What ssh would only hint at. Raises Refused."""
    why = _unusable(key_file)
    if why is not None:
        raise Refused(f"The key {key_file} ({setting}) {why}.", reason=failure_reasons.KEY_UNUSABLE)


def _unusable(key_file: Path) -> str | None:
    try:
        found = key_file.stat()
        if not stat.S_ISREG(found.st_mode) or not key_file.read_bytes().strip():
            return "holds no key: name the file of the private key"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == os.geteuid() and mode & 0o077:
        return f"may be read by others (mode {mode:04o}), which ssh does not accept: chmod 600 it"
    return _locked(key_file)


def _locked(key_file: Path) -> str | None:
    """A passphrase, and everything else that keeps a key from being used by nobody but a program."""
    try:
        done = subprocess.run(  # noqa: S603 - a list of words, and the path is one of them
            ["ssh-keygen", "-y", "-P", "", "-f", str(key_file)],  # noqa: S607 - where the user has it
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            start_new_session=True,
            env={**kept(os.environ), "LC_ALL": "C"},
        )
    except FileNotFoundError:
        return "cannot be used: ssh is not installed (openssh-client)"
    except subprocess.TimeoutExpired:
        return "cannot be used: ssh-keygen does not come to an end"
    if done.returncode == 0:
        return None
    if b"incorrect passphrase" in done.stderr:
        return "has a passphrase, and nobody is there to type it: give the updater a key without one"
    return "is no private key that ssh-keygen can read"


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())
