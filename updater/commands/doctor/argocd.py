"""What `doctor` says of Argo CD: it shows the Applications that environments name, and they are theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from updater.commands.doctor.check_result import CheckResult, once, tried
from updater.config import Policy
from updater.model import Application
from updater.wiring import Updater


def of_argocd(updater: Updater) -> Iterator[CheckResult]:
    """Every app in every environment that names its Applications; those that are found together in a line."""
    asked = [policy for policy in updater.config.policies.values() if policy.health is not None]
    shown, done = [], updater.progress("asking Argo CD", len(asked))
    for policy in asked:
        shown.append(tried(f"argocd {policy.placement}", lambda policy=policy: _run_by(updater, policy)))  # type: ignore[misc]
        done()
    yield from once([finding for finding in shown if finding.state != "works"])
    if not asked:
        yield CheckResult("argocd", "optional", _NO_ARGOCD)
    else:
        found = sum(finding.state == "works" for finding in shown)
        said = f"it shows the Applications of {found} of {len(asked)} apps in their environments"
        yield CheckResult("argocd", "works" if found else "broken", said)


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
