"""To complete a config by what stands at the head of a base branch: the files of the apps' teams. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from updater.config.app_source import LONGEST, AppSource
from updater.config.models import Main
from updater.config.policies import Config
from updater.config.resolve import Owners, in_order, pin_owners
from updater.config.team_files import Policies, TeamFile, TeamFileReader
from updater.errors import UpdaterError
from updater.model import File, HeadFiles, PathPatterns, Placement
from updater.strict_yaml.reader import SourceLocation

_Where: TypeAlias = tuple[str, str]
"""A repository, and a path in it."""


@dataclass(slots=True)
class HeadCompletion:
    """Remembers what texts said, and what a file that is refused now said when it last counted."""

    main: Main
    main_at: SourceLocation
    written: Config
    """What the operator wrote, as far as it is whole."""
    _read: dict[_Where, tuple[object, TeamFile]] = field(default_factory=dict)
    _counted: dict[_Where, Policies] = field(default_factory=dict)

    def wanted(self, repository: str) -> PathPatterns:
        return {source.pattern: LONGEST for source in self._sources(repository)}

    def complete(self, found: Mapping[str, HeadFiles]) -> Config:
        """By what was read of each repository; what was not is as if there were nothing."""
        policies, notes = dict(self.written.policies), list[str]()
        apps = {placement.app: "the operator's config" for placement in policies}
        owners = dict(pin_owners(policies))
        seen = list(self._files(found))
        self._forget({where for where, _ in seen})
        for where, told in seen:
            if told.app in apps:
                first = apps[told.app]
                notes.append(f"{where[1]}: {told.app} is in {first} already, and that counts: delete one")
                continue
            apps[told.app] = where[1]
            own, faults = self._own(where, told, owners)
            notes += [] if own else faults
            policies.update(own)
            for key, placement in pin_owners(own).items():
                owners.setdefault(key, placement)
        return replace(self.written, policies=in_order(self.main, policies), notes=tuple(notes))

    def _own(self, where: _Where, told: TeamFile, owners: Owners) -> tuple[Policies, Sequence[str]]:
        """What holds for its app, and what is wrong with its file."""
        own, faults = told.policies, told.faults
        if faults:
            own = self._counted.get(where) or own
        owner = next((owners[key] for key in pin_owners(own) if key in owners), None)
        if owner is not None:
            faults = faults or (_taken(where[1], told, owner),)
            own = {placement: replace(policy, pins=()) for placement, policy in own.items()}
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            own = {name: replace(policy, refused=faults[0] + more) for name, policy in own.items()}
        return own, faults

    def _files(self, found: Mapping[str, HeadFiles]) -> Iterator[tuple[_Where, TeamFile]]:
        for source in self.main.apps:
            name = self._repository(source)
            files = found[name].files if name in found else {}
            for path in sorted(files):
                if source.app_of(path) is not None:
                    yield (name, path), self._told(source, (name, path), files[path])

    def _told(self, source: AppSource, where: _Where, file: File | UpdaterError) -> TeamFile:
        what = file.blob if isinstance(file, File) else file.sentence
        known = self._read.get(where)
        if known is None or known[0] != what:
            known = self._read[where] = (what, self._parsed(source, where[1], file))
        told = known[1]
        if not told.faults:
            self._counted[where] = told.policies
        return told

    def _parsed(self, source: AppSource, path: str, file: File | UpdaterError) -> TeamFile:
        if isinstance(file, File):
            return TeamFileReader(self.main, self.main_at).read(source, path, file.data)
        return TeamFile(source.app_of(path) or "", faults=(file.sentence,))

    def _forget(self, seen: set[_Where]) -> None:
        for where in self._read.keys() - seen:
            del self._read[where]
            self._counted.pop(where, None)

    def _sources(self, repository: str) -> Iterator[AppSource]:
        yield from (source for source in self.main.apps if self._repository(source) == repository)

    def _repository(self, source: AppSource) -> str:
        """A config with several names one."""
        return source.repository or next(iter(self.main.repositories))


def _taken(path: str, told: TeamFile, owner: Placement) -> str:
    return (
        f"{path}: {told.app} would be the same pin as {owner}, which was first: name another image, or "
        "ask the operator for a path of its own"
    )


def completable(main: Main, main_at: SourceLocation, written: Config) -> Config:
    """A config that has only to be completed where it says so."""
    if not main.apps:
        return written
    completion = HeadCompletion(main, main_at, written)
    completion.written = replace(written, completion=completion)
    return completion.written
