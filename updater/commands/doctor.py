"""`updater doctor`: tries all the config names, and says in a line each what works and what is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from updater import messages, times
from updater.commands.check_result import CheckResult, State, tried
from updater.commands.doctor_apps import of_apps
from updater.commands.doctor_engine import of_engine
from updater.commands.doctor_monitoring import of_prometheus
from updater.commands.doctor_verdicts import of_verdicts
from updater.commands.doctor_watched import watched_findings
from updater.config import Config, Policy, host_of, unset_secrets
from updater.config.hosts import OF_OTHERS
from updater.decide.too_quick import outrun
from updater.errors import UpdaterError
from updater.forges import FORGES, ForgeKind
from updater.model import Application, BranchRules, Image, Placement
from updater.progress import in_progress
from updater.runner import Exit, Output
from updater.schemes.suggestions import suggested
from updater.situation import PlacementState
from updater.terminal import say, say_json
from updater.times import SKEW
from updater.wiring import Updater, why_unverifiable

_LOOKED_AT = 5
"""Images of a registry whose newest tag is looked at."""
SOON = timedelta(days=14)
"""A token that ends earlier is worth a word."""
_SIGNS = {"works": "ok", "optional": "--", "look": "!!", "broken": "no"}


def doctor(updater: Updater, output: Output) -> Exit:
    """Exit status 1 if anything is broken; what is only worth a look, or optional, is fine."""
    findings = []
    for finding in _findings(updater):
        findings.append(finding)
        if output == "text":
            said = "optional: " if finding.state == "optional" else ""
            say(f"{_SIGNS[finding.state]}  {finding.what}: {said}{finding.sentence}")
    if output == "json":
        say_json({"version": 1, "findings": [asdict(each) for each in findings]})
    return Exit.FAILED if any(each.state == "broken" for each in findings) else Exit.FINE


def _findings(updater: Updater) -> Iterator[CheckResult]:
    yield from _of_teams(updater)
    config = updater.config
    yield from (CheckResult("secrets", "broken", sentence) for sentence in unset_secrets(config, os.environ))
    yield from (CheckResult("signatures", "broken", said) for said in dict.fromkeys(why_unverifiable(config)))
    signings = [config.commit_of(name).signing for name in config.repositories]
    if any(signing is not None and signing.format != "github" for signing in signings):
        yield tried("signing", lambda: _signed(updater))
    for registry in dict.fromkeys(image.registry for image in _images(config)):
        yield from _of_registry(updater, registry)
    for name in config.repositories:
        yield from _of_repository(updater, name)
    yield from of_apps(updater)
    yield from _of_argocd(updater)
    yield from of_prometheus(updater)
    yield from watched_findings(config, updater.ask_monitoring, updater.now())
    yield from _of_service(config)
    yield from of_engine(config)


def _images(config: Config) -> dict[Image, None]:
    return dict.fromkeys(image for policy in config.policies.values() for image in policy.images)


def _signed(updater: Updater) -> CheckResult:
    updater.try_sign()
    return CheckResult("signing", "works", "the key signs")


def _of_teams(updater: Updater) -> Iterator[CheckResult]:
    """What a deploy repository declares, or patterns find there; each is somebody's to mend."""
    if not updater.config.completion:
        return
    found = ", and environments," if updater.config.environment_patterns else ""
    what = f"apps{found} in the repository"
    try:
        updater.complete()
    except UpdaterError as error:
        yield CheckResult(what, "broken", error.sentence)
        return
    said = dict.fromkeys((*updater.config.faults, *updater.config.notes))
    yield from (CheckResult(what, "look", sentence) for sentence in said)
    if not said:
        yield CheckResult(what, "works", "what is written of them there counts")


# --- registries -----------------------------------------------------------------------------------------


def _of_registry(updater: Updater, registry: str) -> Iterator[CheckResult]:
    """Every image by itself: one that is private or misspelt hides behind its siblings otherwise."""
    mine = [image for image in _images(updater.config) if image.registry == registry]
    found, done = [], updater.progress(f"listing images of {registry}", len(mine))
    for image in mine:
        found.append(tried(str(image), lambda image=image: _listed(updater, image)))  # type: ignore[misc]
        done()
    read = sum(finding.state == "works" for finding in found)
    yield from (finding for finding in found if finding.state != "works" or len(mine) == 1)
    if len(mine) > 1:
        state: State = "works" if read else "broken"
        yield CheckResult(f"registry {registry}", state, f"{read} of {len(mine)} images can be listed")
    if read:
        yield _clock(registry, updater.clock_offset(registry))
        yield from _zones(updater, mine)


def _zones(updater: Updater, images: Sequence[Image]) -> Iterator[CheckResult]:
    """Of the newest tag of a few: whoever stamps in UTC mostly does so everywhere."""
    firsts = {policy.images[0]: policy for policy in updater.config.policies.values()}
    for image in [image for image in images if image in firsts][:_LOOKED_AT]:
        said = updater.looks_like_utc(firsts[image], most=1)
        if said is not None:
            yield CheckResult(f"{image}, tags", "look", said)
            return


def _listed(updater: Updater, image: Image) -> CheckResult:
    count = len(updater.listing(image))
    if not count:
        return CheckResult(str(image), "look", "it has no tags yet")
    return CheckResult(str(image), "works", f"{count} tags")


def _clock(registry: str, offset: float | None) -> CheckResult:
    what = f"clock against {registry}"
    if offset is None:
        return CheckResult(what, "look", "it does not tell its time")
    if abs(offset) > SKEW:
        way = "behind" if offset > 0 else "ahead"
        said = (
            f"this machine is {times.format_duration(timedelta(seconds=abs(offset)))} {way}: time gates hold"
        )
        return CheckResult(what, "broken", f"{said}; let it follow a time server")
    return CheckResult(what, "works", f"{abs(offset):.0f} s apart")


# --- Argo CD --------------------------------------------------------------------------------------------


def _of_argocd(updater: Updater) -> Iterator[CheckResult]:
    """Every app in every environment that names its Applications; those that are found together in a line."""
    asked = [policy for policy in updater.config.policies.values() if policy.health is not None]
    shown, done = [], updater.progress("asking Argo CD", len(asked))
    for policy in asked:
        shown.append(tried(f"argocd {policy.placement}", lambda policy=policy: _run_by(updater, policy)))  # type: ignore[misc]
        done()
    yield from _once([finding for finding in shown if finding.state != "works"])
    if not asked:
        yield CheckResult("argocd", "optional", _NO_ARGOCD)
    else:
        found = sum(finding.state == "works" for finding in shown)
        said = f"it shows the Applications of {found} of {len(asked)} apps in their environments"
        yield CheckResult("argocd", "works" if found else "broken", said)


def _once(found: Sequence[CheckResult]) -> Iterator[CheckResult]:
    """What is said of many alike, such as that the server is away, once."""
    for sentence in dict.fromkeys(finding.sentence for finding in found):
        first, *others = [finding for finding in found if finding.sentence == sentence]
        more = f" and {len(others)} more" if others else ""
        yield replace(first, what=f"{first.what}{more}")


def _run_by(updater: Updater, policy: Policy) -> CheckResult:
    assert policy.health is not None, "asked above"
    what, wanted = f"argocd {policy.placement}", policy.health.applications
    if not (found := updater.applications(wanted)):
        return CheckResult(
            what, "broken", f"there is no Application {wanted}: check `argocd` of the environment"
        )
    if (said := _not_its(found, policy)) is not None:
        return CheckResult(what, "broken", said)
    updater.try_refresh(wanted)
    return CheckResult(what, "works", ", ".join(one.label for one in found))


def _not_its(found: Sequence[Application], policy: Policy) -> str | None:
    """Why what one of them applies is not what this environment stands in; only that is evidence."""
    assert policy.manifests is not None, "whoever names Applications knows what they have to apply"
    wanted, environment = policy.manifests, policy.placement.environment
    for one in found:
        own = [source for source in one.sources if wanted.stand_in(source.repository)]
        if not own:
            known = ", ".join(source.repository for source in one.sources) or "no repository"
            return f"{one.label} applies {known}, and {environment} stands in {wanted.repository}" + _CURE
        applying = [source for source in own if wanted.are_applied_by(source)]
        if not applying:
            paths = ", ".join(source.path or "no folder" for source in own)
            return f"{one.label} applies {paths}, and {environment} stands in {wanted.folders}" + _CURE
        if override := next(filter(None, map(wanted.override, applying)), None):
            return f"{one.label} sets {override.what} itself by `{override.setting}`: take that out of it"
        targets = [source.target for source in applying]
        if not {wanted.branch, "", "HEAD"} & {each.removeprefix("refs/heads/") for each in targets}:
            followed = ", ".join(targets)
            return f"{one.label} follows {followed}, and the updater writes to {wanted.branch}" + _CURE
    return None


_NO_ARGOCD = "no environment names its Applications, so soak counts from Git's time, without health"
_CURE = (
    ": nothing it syncs says anything of it; name another Application, or its `path` or `repository` there"
)


# --- deploy repositories --------------------------------------------------------------------------------


def _of_repository(updater: Updater, name: str) -> Iterator[CheckResult]:
    policies, repository = updater.config.of(name), updater.config.repositories[name]
    what = f"repository {name}"
    with in_progress(updater.progress, f"fetching {name}"):
        read = tried(what, lambda: _fetched(updater, name))
    yield read
    if read.state == "broken":
        return
    yield from _of_history(updater, name)
    delivers = {policy.deliver for policy in policies}
    if delivers & {"push", "pull-request"}:
        yield tried(f"{what}, writing", lambda: _pushed(updater, name))
    yield from of_verdicts(updater, name)
    if updater.config.forge(name) is not None:
        yield from _of_forge(updater, name, f"forge {host_of(repository.url)}", policies)


def _fetched(updater: Updater, name: str) -> CheckResult:
    branch = updater.config.repositories[name].branch
    head = updater.heads(name).refs.get(f"refs/heads/{branch}")
    if head is None:
        return CheckResult(
            f"repository {name}", "broken", f"it has no branch {branch}: name another by branch:"
        )
    return CheckResult(f"repository {name}", "works", f"{branch} is at {head[:10]}")


def _of_history(updater: Updater, name: str) -> Iterator[CheckResult]:
    """What runs and no scheme reads, so that nothing would ever be newer; what leaves before it is verified.

    Whose tags are alike share a line.
    """
    try:
        states = updater.states(name)
    except UpdaterError:
        return  # that it cannot be read is told where it is tried
    found = [
        CheckResult(f"{placement}, tags", "look", said)
        for placement, state in states.items()
        if (said := _why_unread(state)) is not None
    ]
    yield from _once([*found, *_outrun(states)])


def _outrun(states: Mapping[Placement, PlacementState]) -> Iterator[CheckResult]:
    """Where builds come faster than they are verified."""
    for placement, state in states.items():
        verify = state.policy.verify
        said = outrun(state.timeline, verify.length) if verify and not state.trouble else None
        if said is not None:
            yield CheckResult(f"{placement}, verify", "look", said)


def _why_unread(state: PlacementState) -> str | None:
    tags, current = state.policy.tags, state.current
    if state.trouble or current is None or current in tags.placeholders or tags.scheme.read(current):
        return None
    found = suggested(current)
    way = f"`follow: {found.follow}` reads it" if found else "`updater tags IMAGE --scheme` tries another"
    return f"it runs {current}, which {tags.scheme.why_not(current)}: {way}"


def _pushed(updater: Updater, name: str) -> CheckResult:
    updater.try_push(name)
    sentence = (
        "the host takes our credential for a push; its hooks and the rules of its branches have not been "
        "asked, since only a push does"
    )
    return CheckResult(f"repository {name}, writing", "works", sentence)


def _of_forge(updater: Updater, name: str, what: str, policies: tuple[Policy, ...]) -> Iterator[CheckResult]:
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
    if rules.expires is not None and rules.expires - updater.now() < SOON:
        yield CheckResult(what, "look", f"the token ends at {times.to_iso(rules.expires)}: make a new one")
    yield from _of_protection(rules, what, policies)


def _of_kind(kind: ForgeKind, what: str, policies: tuple[Policy, ...]) -> Iterator[CheckResult]:
    """What people must do without, who know the others."""
    if kind.lacks and any(policy.deliver == "pull-request" for policy in policies):
        new = " is new here: nobody has run the updater against it yet. There" if kind.experimental else ":"
        yield CheckResult(what, "works", f"{kind.title}{new} {'; '.join(kind.lacks)}")


def _until(expires: datetime | None) -> str:
    return f" until {times.to_iso(expires)}" if expires else ""


def _of_protection(rules: BranchRules, what: str, policies: tuple[Policy, ...]) -> Iterator[CheckResult]:
    pushes = [policy.placement.environment for policy in policies if policy.deliver == "push"]
    proposes = [policy for policy in policies if policy.deliver == "pull-request"]
    binding = rules.checks if rules.checks_pushes else ()
    if pushes and (rules.pull_request_required or rules.merge_queue or binding):
        yield CheckResult(what, "look", _protected(rules, pushes[0]))
    if proposes and messages.STATUS in rules.checks:
        others = "pull requests that are not ours wait for it for ever, unless the updater answers them"
        yield CheckResult(what, "look", f"{messages.STATUS} is required on the base branch: {others}")
    if rules.reviews and any(policy.pull_request.auto_merge for policy in proposes):
        asked = f"{rules.reviews} approval" + ("s" if rules.reviews > 1 else "")
        yield CheckResult(what, "look", f"auto_merge waits for the {asked} that the base branch asks for")


def _protected(rules: BranchRules, environment: str) -> str:
    demands = ["a pull request"] if rules.pull_request_required else []
    demands += ["its merge queue"] if rules.merge_queue else []
    demands += [f"the check {check}" for check in rules.checks]
    return (
        f"the base branch asks for {', '.join(demands)}, and {environment} is pushed: let the updater bypass "
        "that rule, or use deliver: pull-request with pull_request: {auto_merge: true}"
    )


# --- the service ----------------------------------------------------------------------------------------


def _of_service(config: Config) -> Iterator[CheckResult]:
    service = config.service
    if service.webhook_secret_env or service.webhook_secret_file:
        yield CheckResult(
            "webhooks", "works", "a secret is configured; updater_webhooks_total counts what is heard"
        )
    else:
        every = times.format_duration(config.poll.every)
        sentence = f"no secret is configured, so a new image is seen within {every}, and not at once"
        yield CheckResult("webhooks", "optional", sentence)
    if config.notifications.routes:
        count = len(config.notifications.routes)
        yield CheckResult(
            "notifications", "works", f"{count} configured; updater notify --test sends to them"
        )
    else:
        sentence = "no route is configured, so the news is on the page and in the logs only"
        yield CheckResult("notifications", "optional", sentence)
