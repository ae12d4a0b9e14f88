"""To complete a config by what stands at the head of a base branch: patterns and teams. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from updater.config.found.expansion import PatternMemory, expand, has_patterns, is_wild, wanted
from updater.config.found.policies import ResolvedApps
from updater.config.models import App, Main
from updater.config.policies import Config
from updater.config.resolution import WrittenApp
from updater.config.resolve import in_order
from updater.config.teams.apps import TOLD, TeamApps
from updater.config.teams.files import Policies
from updater.config.wildcards import IMAGE, STAR, has_star
from updater.model import MOST_FILES, HeadFiles, PathPatterns, Placement
from updater.strict_yaml.reader import SourceLocation
from updater.value_class import value_class


@value_class
class HeadCompletion:
    """The files of teams are read first: patterns are of their apps, too."""

    main: Main
    main_at: SourceLocation
    apps: tuple[WrittenApp, ...]
    written: Config
    """What the operator wrote, as far as it is whole."""
    _teams: TeamApps
    _memory: PatternMemory = field(default_factory=PatternMemory)
    _resolved: ResolvedApps = field(default_factory=ResolvedApps)

    def wanted(self, repository: str) -> PathPatterns:
        return {**self._teams.wanted(repository), **wanted(self.main, self.main_at, self.apps, repository)}

    def complete(self, found: Mapping[str, HeadFiles]) -> Config:
        """By what was read of each repository; what was not is as if there were nothing."""
        teams = self._teams.gather(self.written.policies, found)
        expanded = expand(self.main, self.main_at, (*self.apps, *teams.counted), found, self._memory)
        there = self._resolved.policies(expanded, teams.policies)
        policies = {**teams.policies, **_refused(there.policies, teams.policies)}
        cut = sorted({pattern for head in found.values() for pattern in head.cut})
        return replace(
            self.written,
            completion=self,
            policies=in_order(expanded.main, policies),
            environments=frozenset(expanded.main.environments).union(expanded.standing),
            environment_patterns=()
            if cut
            else self.written.environment_patterns,  # what is unread may be there
            notes=(*map(_cut, cut), *teams.notes, *_few((*expanded.notes, *there.notes))),
            faults=tuple(teams.faults),
            unknown=frozenset(teams.unknown).union(expanded.unread),
        )


def completable(main: Main, main_at: SourceLocation, apps: Sequence[WrittenApp], written: Config) -> Config:
    """A config that has only to be completed where it says so."""
    patterned = tuple(app for app in apps if has_patterns(app.app))
    if not main.apps and not patterned and not any(map(has_star, main.environments)):
        return replace(written, appless=tuple(_appless(main, main_at, written)))
    stand_ins = {placement for app in patterned for placement in _stand_ins(app.app)}
    whole = {name: policy for name, policy in written.policies.items() if name not in stand_ins}
    patterns = tuple(filter(has_star, main.environments))
    known = replace(
        written,
        policies=whole,
        environment_patterns=patterns,
        environments=frozenset(main.environments.keys() - patterns),
    )
    completion = HeadCompletion(main, main_at, tuple(apps), known, TeamApps(main, main_at))
    return replace(known, completion=completion)


def _appless(main: Main, main_at: SourceLocation, written: Config) -> Iterator[str]:
    used = {placement.environment for placement in written.policies}
    for name in main.environments:
        if name not in used:
            place = main_at.child("environments", name)
            yield place.fault(
                "no app is in it, so nothing is done there: name it in the `environments` of one"
            )


def _few(notes: Sequence[str]) -> Sequence[str]:
    """No more than people read; what is wrong in one file may be wrong in thousands."""
    more = len(notes) - TOLD
    return notes if more <= 0 else (*notes[:TOLD], f"{more} more of what patterns find is left alone")


def _cut(pattern: str) -> str:
    return f"more than {MOST_FILES} files are called {pattern}: only the first of them by name count"


def _refused(found: Policies, named: Policies) -> Policies:
    """A file that does not count holds its app in the environments of a pattern, too."""
    why = {placement.config_app: policy.refused for placement, policy in named.items() if policy.refused}
    return {
        placement: replace(policy, refused=why.get(placement.config_app))
        for placement, policy in found.items()
    }


def _stand_ins(app: App) -> Iterator[Placement]:
    """What was only resolved to check it: it is nowhere by that name."""
    name = app.app.replace(IMAGE, STAR)
    for environment in app.environments:
        if is_wild(app) or has_star(environment):
            yield Placement(environment, name)
