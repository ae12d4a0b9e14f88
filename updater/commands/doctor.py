"""`updater doctor`: tries all the config names, and says in a line each what works and what is missing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from updater import messages, times
from updater.config import Config, Policy, host_of, unset
from updater.errors import UpdaterError
from updater.interpret.clock_skew import SKEW
from updater.model import Image, Terms
from updater.progress import under_way
from updater.runner import Exit, Output
from updater.wiring import Wired, unverifiable

State: TypeAlias = Literal["works", "look", "broken"]

SOON = timedelta(days=14)
"""A token that ends earlier is worth a word."""
_SIGNS = {"works": "ok", "look": "!!", "broken": "no"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    what: str
    state: State
    sentence: str


def doctor(wired: Wired, output: Output) -> Exit:
    """Exit status 1 if anything is broken; what is only worth a look is fine."""
    findings = []
    for finding in _findings(wired):
        findings.append(finding)
        if output == "text":
            sys.stdout.write(f"{_SIGNS[finding.state]}  {finding.what}: {finding.sentence}\n")
    if output == "json":
        json.dump({"version": 1, "findings": [asdict(each) for each in findings]}, sys.stdout, indent=2)
        sys.stdout.write("\n")
    return Exit.FAILED if any(each.state == "broken" for each in findings) else Exit.FINE


def _findings(wired: Wired) -> Iterator[Finding]:
    config = wired.config
    yield from (Finding("secrets", "broken", sentence) for sentence in unset(config, os.environ))
    yield from (Finding("signatures", "broken", said) for said in dict.fromkeys(unverifiable(config)))
    if config.commit.signing is not None and config.commit.signing.format != "github":
        yield _tried("signing", lambda: _signed(wired))
    for registry in dict.fromkeys(image.registry for image in _images(config)):
        yield from _of_registry(wired, registry)
    for name in config.repositories:
        yield from _of_repository(wired, name)
    yield from _of_argocd(wired)
    yield from _of_service(config)


def _images(config: Config) -> dict[Image, None]:
    return dict.fromkeys(image for policy in config.policies.values() for image in policy.images)


def _signed(wired: Wired) -> Finding:
    wired.try_sign()
    return Finding("signing", "works", "the key signs")


# --- registries -----------------------------------------------------------------------------------------


def _of_registry(wired: Wired, registry: str) -> Iterator[Finding]:
    """Every image by itself: one that is private or misspelt hides behind its siblings otherwise."""
    mine = [image for image in _images(wired.config) if image.registry == registry]
    found, done = [], wired.progress(f"listing images of {registry}", len(mine))
    for image in mine:
        found.append(_tried(str(image), lambda image=image: _listed(wired, image)))  # type: ignore[misc]
        done()
    read = sum(finding.state == "works" for finding in found)
    yield from (finding for finding in found if finding.state != "works" or len(mine) == 1)
    if len(mine) > 1:
        state: State = "works" if read else "broken"
        yield Finding(f"registry {registry}", state, f"{read} of {len(mine)} images can be listed")
    if read:
        yield _clock(registry, wired.clock_offset(registry))


def _listed(wired: Wired, image: Image) -> Finding:
    count = len(wired.tags(image))
    if not count:
        return Finding(str(image), "look", "it has no tags yet")
    return Finding(str(image), "works", f"{count} tags")


def _clock(registry: str, offset: float | None) -> Finding:
    what = f"clock against {registry}"
    if offset is None:
        return Finding(what, "look", "it does not tell its time")
    if abs(offset) > SKEW:
        way = "behind" if offset > 0 else "ahead"
        said = f"this machine is {times.spoken(timedelta(seconds=abs(offset)))} {way}: time gates hold"
        return Finding(what, "broken", f"{said}; let it follow a time server")
    return Finding(what, "works", f"{abs(offset):.0f} s apart")


# --- Argo CD --------------------------------------------------------------------------------------------


def _of_argocd(wired: Wired) -> Iterator[Finding]:
    """Every app in every environment that names its Applications; those that are found together in a line."""
    asked = [policy for policy in wired.config.policies.values() if policy.health is not None]
    tried, done = [], wired.progress("asking Argo CD", len(asked))
    for policy in asked:
        tried.append(_tried(f"argocd {policy.placement}", lambda policy=policy: _run_by(wired, policy)))  # type: ignore[misc]
        done()
    yield from _once([finding for finding in tried if finding.state != "works"])
    if asked:
        found = sum(finding.state == "works" for finding in tried)
        said = f"it shows the Applications of {found} of {len(asked)} apps in their environments"
        yield Finding("argocd", "works" if found else "broken", said)


def _once(found: Sequence[Finding]) -> Iterator[Finding]:
    """What is said of many alike, such as that the server is away, once."""
    for sentence in dict.fromkeys(finding.sentence for finding in found):
        first, *others = [finding for finding in found if finding.sentence == sentence]
        more = f" and {len(others)} more" if others else ""
        yield replace(first, what=f"{first.what}{more}")


def _run_by(wired: Wired, policy: Policy) -> Finding:
    assert policy.health is not None, "asked above"
    what, wanted = f"argocd {policy.placement}", policy.health.applications
    if not (found := wired.applications(wanted)):
        return Finding(what, "broken", f"there is no Application {wanted}: check `argocd` of the environment")
    return Finding(what, "works", ", ".join(one.name for one in found))


# --- deploy repositories --------------------------------------------------------------------------------


def _of_repository(wired: Wired, name: str) -> Iterator[Finding]:
    policies, repository = wired.config.of(name), wired.config.repositories[name]
    what = f"repository {name}"
    with under_way(wired.progress, f"fetching {name}"):
        read = _tried(what, lambda: _fetched(wired, name))
    yield read
    if read.state == "broken":
        return
    delivers = {policy.deliver for policy in policies}
    if delivers & {"push", "pull-request"}:
        yield _tried(f"{what}, writing", lambda: _pushed(wired, name))
    if wired.config.forge(name) is not None:
        yield from _of_forge(wired, name, f"forge {host_of(repository.url)}", policies)


def _fetched(wired: Wired, name: str) -> Finding:
    branch = wired.config.repositories[name].branch
    head = wired.heads(name).refs.get(f"refs/heads/{branch}")
    if head is None:
        return Finding(f"repository {name}", "broken", f"it has no branch {branch}: name another by branch:")
    return Finding(f"repository {name}", "works", f"{branch} is at {head[:10]}")


def _pushed(wired: Wired, name: str) -> Finding:
    wired.try_push(name)
    return Finding(f"repository {name}, writing", "works", "the host lets us push")


def _of_forge(wired: Wired, name: str, what: str, policies: tuple[Policy, ...]) -> Iterator[Finding]:
    try:
        terms = wired.terms(name)
    except UpdaterError as error:
        yield Finding(what, "broken", error.sentence)
        return
    if terms is not None:
        yield from _of_access(terms, what, policies, wired)


def _of_access(terms: Terms, what: str, policies: tuple[Policy, ...], wired: Wired) -> Iterator[Finding]:
    if terms.may_push is False:
        sentence = (
            "the token may not write there: give it contents:write, pull_requests:write and statuses:write"
        )
        yield Finding(what, "broken", sentence)
    else:
        yield Finding(what, "works", "the token is taken" + _until(terms.expires))
    if terms.expires is not None and terms.expires - wired.now() < SOON:
        yield Finding(what, "look", f"the token ends{_until(terms.expires)}: make a new one")
    yield from _of_protection(terms, what, policies)


def _until(expires: datetime | None) -> str:
    return f" until {times.machine(expires)}" if expires else ""


def _of_protection(terms: Terms, what: str, policies: tuple[Policy, ...]) -> Iterator[Finding]:
    pushes = [policy.placement.environment for policy in policies if policy.deliver == "push"]
    proposes = [policy for policy in policies if policy.deliver == "pull-request"]
    if pushes and (terms.pull_request_required or terms.checks):
        yield Finding(what, "look", _protected(terms, pushes[0]))
    if proposes and messages.STATUS in terms.checks:
        others = "pull requests that are not ours wait for it for ever, unless the updater answers them"
        yield Finding(what, "look", f"{messages.STATUS} is required on the base branch: {others}")
    if terms.reviews and any(policy.pull_request.auto_merge for policy in proposes):
        asked = f"{terms.reviews} approval" + ("s" if terms.reviews > 1 else "")
        yield Finding(what, "look", f"auto_merge waits for the {asked} that the base branch asks for")


def _protected(terms: Terms, environment: str) -> str:
    rules = ["a pull request"] if terms.pull_request_required else []
    rules += [f"the check {check}" for check in terms.checks]
    return (
        f"the base branch asks for {', '.join(rules)}, and {environment} is pushed: let the updater bypass "
        "that rule, or use deliver: pull-request with pull_request: {auto_merge: true}"
    )


# --- the service ----------------------------------------------------------------------------------------


def _of_service(config: Config) -> Iterator[Finding]:
    service = config.service
    if service.webhook_secret_env or service.webhook_secret_file:
        yield Finding("webhooks", "works", "a secret is configured; the page shows when one was heard last")
    else:
        every = times.spoken(config.poll.every)
        yield Finding("webhooks", "look", f"no secret is configured: a new image is seen within {every}")
    if config.notifications.routes:
        count = len(config.notifications.routes)
        yield Finding("notifications", "works", f"{count} configured; updater notify --test sends to them")


def _tried(what: str, attempt: Callable[[], Finding]) -> Finding:
    try:
        return attempt()
    except UpdaterError as error:
        return Finding(what, "broken", error.sentence)
