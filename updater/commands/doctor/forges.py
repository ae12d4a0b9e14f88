"""What `doctor` says of a repository's forge: it is what it is taken for, and its token may do it all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from updater import times
from updater.commands.doctor.check_result import CheckResult
from updater.commands.doctor.protection import of_protection
from updater.config import Policy, host_of
from updater.config.forges import OF_OTHERS
from updater.errors import UpdaterError
from updater.forges import FORGES, ForgeKind
from updater.model import BranchRules
from updater.wiring import Updater

_SOON = timedelta(days=14)
"""A token that ends earlier is worth a word."""


def of_forge(updater: Updater, name: str, what: str, policies: tuple[Policy, ...]) -> Iterator[CheckResult]:
    if (mistaken := _taken_for_another(updater, name)) is not None:
        yield CheckResult(what, "broken", mistaken)
        return
    try:
        rules = updater.branch_rules(name)
    except UpdaterError as error:
        yield CheckResult(what, "broken", error.sentence)
        return
    forge = updater.config.forge(name)
    if rules is not None:
        rights = forge.capabilities.rights if forge is not None else "the right to write"
        yield from _of_access(rules, what, policies, updater, rights)
    if forge is not None and forge.capabilities.experimental:
        yield from _of_kind(forge.capabilities, what, policies)


def _taken_for_another(updater: Updater, name: str) -> str | None:
    """Where the host says that it is something else than the config does."""
    forge, host = updater.config.forge(name), host_of(updater.config.repositories[name].url) or ""
    if forge is None or host in forge.capabilities.apis:
        return None
    sign = updater.forge_sign(name)
    if sign is None or sign == forge.capabilities.sign:
        return None
    said = f"it answers as {sign.title}, and is taken for {forge.capabilities.title}"
    right = next((kind for kind in FORGES.values() if kind.sign == sign), None)
    if right is not None:
        return f"{said}: write `kind: {right.name}` for {host} under `forges`"
    return f"{said}: {OF_OTHERS}; leave it out of `forges` then"


def _of_access(
    rules: BranchRules, what: str, policies: tuple[Policy, ...], updater: Updater, rights: str
) -> Iterator[CheckResult]:
    if rules.archived:
        sentence = "the repository is archived: unarchive it, or take it out of the config"
        yield CheckResult(what, "broken", sentence)
    elif rules.may_push is False:
        yield CheckResult(what, "broken", f"the token may not write there: give it {rights}")
    elif rules.lacks and any(policy.deliver == "pull-request" for policy in policies):
        yield CheckResult(what, "broken", f"the token lacks {', '.join(rules.lacks)}: give it {rights}")
    else:
        yield CheckResult(what, "works", "the token is taken" + _until(rules.expires))
    if rules.expires is not None and rules.expires - updater.now() < _SOON:
        yield CheckResult(what, "look", f"the token ends at {times.to_iso(rules.expires)}: make a new one")
    yield from of_protection(rules, what, policies)


def _of_kind(kind: ForgeKind, what: str, policies: tuple[Policy, ...]) -> Iterator[CheckResult]:
    """What people must do without, who know the others."""
    if kind.lacks and any(policy.deliver == "pull-request" for policy in policies):
        new = " is new here: nobody has run the updater against it yet. There" if kind.experimental else ":"
        yield CheckResult(what, "works", f"{kind.title}{new} {'; '.join(kind.lacks)}")


def _until(expires: datetime | None) -> str:
    return f" until {times.to_iso(expires)}" if expires else ""
