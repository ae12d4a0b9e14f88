"""To gather the apps that teams declare: each from its file, whatever is wrong with others. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self, TypeAlias

from updater.config.models import Main
from updater.config.policies import Policy
from updater.config.resolution import WrittenApp
from updater.config.shared_pins import PinKey, pin_owners
from updater.config.teams.files import Policies, TeamFile, TeamFileReader
from updater.config.teams.source import LONGEST, AppSource
from updater.errors import UpdaterError
from updater.model import File, HeadFiles, PathPatterns, Placement
from updater.printable import printable
from updater.strict_yaml.reader import SourceLocation
from updater.value_class import value_class

TOLD = 20
"""So many files of which nothing else is known have a sentence each."""
_Where: TypeAlias = tuple[str, str]
"""A repository, and a path in it."""


@value_class
class TeamApps:
    """Remembers what texts said, and what a file that is refused now said when it last counted."""

    main: Main
    main_at: SourceLocation
    _read: dict[_Where, tuple[object, TeamFile]] = field(default_factory=dict)
    _counted: dict[_Where, TeamFile] = field(default_factory=dict)

    def wanted(self, repository: str) -> PathPatterns:
        mine = (source for source in self.main.apps if self._repository(source) == repository)
        return {source.pattern: LONGEST for source in mine}

    def gather(self, written: Policies, found: Mapping[str, HeadFiles]) -> GatheredApps:
        """Beside what the operator has written."""
        gathered, seen = GatheredApps.of(written), set[_Where]()
        for where, told, earlier in self._files(found):
            seen.add(where)
            gathered.add(where, told, self._counted.get(where), asked=earlier)
        self._forget(seen)
        return gathered.bounded()

    def _files(self, found: Mapping[str, HeadFiles]) -> Iterator[tuple[_Where, TeamFile, bool]]:
        """Each file, what it says, and whether it is known what it said before."""
        for source in self.main.apps:
            name = self._repository(source)
            head = found.get(name, HeadFiles(""))
            for path in sorted(head.files):
                if source.app_of(path) is not None:
                    where, earlier = (name, path), head.earlier.get(path)
                    told = self._told(source, where, head.files[path])
                    if told.faults and earlier and where not in self._counted:
                        self._recall(source, where, earlier)
                    yield where, told, earlier is not None

    def _recall(self, source: AppSource, where: _Where, earlier: Sequence[bytes]) -> None:
        """The newest of its texts that counts."""
        told = (self._reader.read(source, where[1], text) for text in earlier)
        whole = next((each for each in told if not each.faults), None)
        if whole is not None:
            self._counted[where] = whole

    @property
    def _reader(self) -> TeamFileReader:
        return TeamFileReader(self.main, self.main_at)

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
            return self._reader.read(source, path, file.data)
        return TeamFile(source.app_of(path) or "", faults=(file.sentence,))

    def _forget(self, seen: set[_Where]) -> None:
        for where in self._read.keys() - seen:
            del self._read[where]
            self._counted.pop(where, None)

    def _repository(self, source: AppSource) -> str:
        """A config with several names one."""
        return source.repository or next(iter(self.main.repositories))


@dataclass(slots=True)
class GatheredApps:
    """The policies so far, and whose what is."""

    policies: dict[Placement, Policy]
    owners: dict[PinKey, Placement]
    apps: dict[str, _Where]
    """Where each is declared."""
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unknown: set[_Where] = field(default_factory=set)
    counted: list[WrittenApp] = field(default_factory=list)
    """As they were written when all of it counted."""

    @classmethod
    def of(cls, policies: Policies) -> Self:
        apps = {placement.config_app: ("", "the operator's config") for placement in policies}
        return cls(dict(policies), dict(pin_owners(policies)), apps)

    def add(self, where: _Where, told: TeamFile, before: TeamFile | None, *, asked: bool) -> None:
        """One file: all of it, or as much as is known of an app whose file does not count."""
        first = self.apps.setdefault(told.app, where)
        if first != where:
            here, there = printable(where[1]), printable(first[1])
            twice = f"{here}: {printable(told.app)} is in {there} already, and that counts: delete one"
            self.notes.append(twice)
            self.faults.append(twice)
            return
        known, faults = (before or told) if told.faults else told, told.faults
        own = known.policies
        self.counted += [known.written] if known.written is not None else []
        mine = pin_owners(own)
        owner = next((self.owners[key] for key in mine if key in self.owners), None)
        if owner is not None:
            faults, mine = faults or (_taken(where[1], told, owner),), {}
            own = {placement: replace(policy, pins=()) for placement, policy in own.items()}
        if faults:
            own = _refused(own, faults)
            self.faults += faults
        if not own:
            self.notes += faults
            self.unknown |= set() if asked else {where}
        self.policies.update(own)
        self.owners.update(mine)

    def bounded(self) -> GatheredApps:
        """With no more notes than people read."""
        more = len(self.notes) - TOLD
        if more > 0:
            self.notes[TOLD:] = [f"{more} more files of apps do not count: updater doctor names them all"]
        return self


def _refused(policies: Policies, faults: Sequence[str]) -> Policies:
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return {name: replace(policy, refused=faults[0] + more) for name, policy in policies.items()}


def _taken(path: str, told: TeamFile, owner: Placement) -> str:
    return (
        f"{printable(path)}: {told.app} would be the same pin as {owner}, which was first: name another "
        "image, or ask the operator for a path of its own"
    )
