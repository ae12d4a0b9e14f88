"""To build the clones of deploy repositories."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from updater.adapters.git import Access, Clone, CommitIdentity, GpgSigner, Signer, SshSigner
from updater.adapters.git.inspect import InspectedRepository, inspect_repository
from updater.adapters.trust import Bundles
from updater.clear_text import sends_in_the_clear
from updater.config import Config, Signing, host_of
from updater.errors import ConfigError
from updater.forges import FORGES, kind_of_host
from updater.ports import Clock
from updater.wiring.secrets import read_secret

if TYPE_CHECKING:
    pass


from updater.wiring.forges import Forges


class Clones:
    """One clone for each deploy repository, kept between passes."""

    def __init__(self, config: Config, cache: Path, forges: Forges, bundles: Bundles, clock: Clock) -> None:
        self.config = config
        self._cache, self._forges, self._clock = cache, forges, clock
        self._bundles = bundles
        self._clones: dict[str, Clone] = {}

    def close(self) -> None:
        for clone in self._clones.values():
            clone.close()

    def of(self, name: str) -> Clone:
        if name not in self._clones:
            repository, commit = self.config.repositories[name], self.config.commit_of(name)
            self._clones[name] = Clone(
                repository.url,
                repository.branch,
                self._cache / "clones" / _folder(name, repository.url),
                identity=CommitIdentity(commit.name, commit.email),
                access=self._access(name),
                signer=_signer(commit.signing),
                maker=self._forges.maker(name),
                clock=self._clock,
            )
        return self._clones[name]

    def try_sign(self) -> None:
        """Sign a few bytes as commits are signed, where it is a key that signs them. Raises Refused."""
        signings = {self.config.commit_of(name).signing for name in self.config.repositories}
        for signer in filter(None, map(_signer, signings)):
            with signer.ready() as sign:
                sign(b"tried by updater doctor")

    def _access(self, name: str) -> Access:
        credential = self.config.credential(name)
        access = Access(
            self._forges.token(name),
            key_file=_path(credential.ssh_key_file),
            known_hosts=_path(credential.known_hosts_file),
            ca_file=self._bundles.of(self.config.ca_file(self.config.forge(name))),
        )
        forge = self.config.forge(name)
        user = forge.capabilities.git_user_for(credential.user) if forge else credential.user
        return access if user is None else replace(access, user=user)


def _signer(signing: Signing | None) -> Signer | None:
    match signing:
        case Signing(format="ssh", key_file=str(key_file)):
            return SshSigner(Path(key_file))
        case Signing(format="gpg"):
            return GpgSigner(signing.key_id, _path(signing.key_file))
    return None


def _path(file: str | None) -> Path | None:
    return None if file is None else Path(file).absolute()


def _folder(name: str, url: str) -> str:
    return f"{name}-{hashlib.sha256(url.encode()).hexdigest()[:10]}.git"


@contextmanager
def inspected_repository(place: str, token_env: str | None) -> Iterator[InspectedRepository]:
    """A look through the repository of a folder, or of a URL. Raises ConfigError, Refused or Unavailable."""
    if token_env and sends_in_the_clear(place):
        raise ConfigError("this address would send the token in the clear: use https")
    access = Access(lambda: read_secret(token_env or _usual(place), None))
    kind = kind_of_host(host_of(place) or "")
    if kind is not None and kind.git_user is not None:
        access = replace(access, user=kind.git_user)
    with TemporaryDirectory(prefix="updater-init-") as folder:
        yield inspect_repository(place, Path(folder) / "clone.git", access)


def _usual(place: str) -> str | None:
    """Which variable has whose token: it goes there and nowhere else."""
    hosts = ((host, kind.token_env) for kind in FORGES.values() for host in kind.apis)
    named = (name for host, name in hosts if place.startswith(f"https://{host}/"))
    return next((name for name in named if os.environ.get(name)), None)
