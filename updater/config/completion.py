"""To complete a config by what stands at the head of a base branch: patterns and teams. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from updater.config.app_source import LONGEST, AppSource
from updater.config.expansion import expand, has_patterns, is_wild, wanted
from updater.config.found_images import KnownImages
from updater.config.found_policies import found_policies
from updater.config.models import App, Main
from updater.config.policies import Config, Policy
from updater.config.resolve import Owners, WrittenApp, in_order, pin_owners
from updater.config.team_files import Policies, TeamFile, TeamFileReader
from updater.config.wildcards import IMAGE, STAR, has_star
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
    apps: tuple[WrittenApp, ...]
    written: Config
    """What the operator wrote, as far as it is whole."""
    _read: dict[_Where, tuple[object, TeamFile]] = field(default_factory=dict)
    _counted: dict[_Where, TeamFile] = field(default_factory=dict)
    _images: KnownImages = field(default_factory=KnownImages)

    def wanted(self, repository: str) -> PathPatterns:
        files = {source.pattern: LONGEST for source in self._sources(repository)}
        return {**files, **wanted(self.main, self.main_at, self.apps, repository)}

    def complete(self, found: Mapping[str, HeadFiles]) -> Config:
        """By what was read of each repository; what was not is as if there were nothing."""
        policies, notes = dict(self.written.policies), list[str]()
        teams = self._add_teams(policies, notes, found)
        expanded = expand(self.main, self.main_at, (*self.apps, *teams), found, self._images)
        there = found_policies(expanded, policies)
        policies.update(_refused(there.policies, policies))
        notes += (*expanded.notes, *there.notes)
        return replace(
            self.written,
            policies=in_order(expanded.main, policies),
            environments=frozenset(expanded.main.environments),
            notes=tuple(notes),
        )

    def _add_teams(
        self, policies: dict[Placement, Policy], notes: list[str], found: Mapping[str, HeadFiles]
    ) -> Sequence[WrittenApp]:
        """What their files say; answers the apps that may be in environments of patterns, too."""
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
        counted = [
            self._counted[where]
            for where, told in seen
            if where in self._counted and apps[told.app] == where[1]
        ]
        return [told.written for told in counted if told.written is not None]

    def _own(self, where: _Where, told: TeamFile, owners: Owners) -> tuple[Policies, Sequence[str]]:
        """What holds for its app, and what is wrong with its file."""
        own, faults = told.policies, told.faults
        if faults:
            own = self._counted[where].policies if where in self._counted else own
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
            self._counted[where] = told
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


def completable(main: Main, main_at: SourceLocation, apps: Sequence[WrittenApp], written: Config) -> Config:
    """A config that has only to be completed where it says so."""
    patterned = tuple(app for app in apps if has_patterns(app.app))
    if not main.apps and not patterned and not any(map(has_star, main.environments)):
        return written
    completion = HeadCompletion(main, main_at, tuple(apps), written)
    stand_ins = {placement for app in patterned for placement in _stand_ins(app.app)}
    whole = {name: policy for name, policy in written.policies.items() if name not in stand_ins}
    patterns = tuple(filter(has_star, main.environments))
    completion.written = replace(
        written,
        policies=whole,
        completion=completion,
        environment_patterns=patterns,
        environments=frozenset(main.environments.keys() - patterns),
    )
    return completion.written


def _refused(found: Policies, named: Policies) -> Policies:
    """A file that does not count holds its app in the environments of a pattern, too."""
    why = {placement.app: policy.refused for placement, policy in named.items() if policy.refused}
    return {placement: replace(policy, refused=why.get(placement.app)) for placement, policy in found.items()}


def _stand_ins(app: App) -> Iterator[Placement]:
    """What was only resolved to check it: it is nowhere by that name."""
    name = app.app.replace(IMAGE, STAR)
    for environment in app.environments:
        if is_wild(app) or has_star(environment):
            yield Placement(environment, name)
