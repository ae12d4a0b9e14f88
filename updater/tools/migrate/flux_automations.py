"""Which ImageUpdateAutomation of Flux changes a file, and how that gets into the branch. Pure.

Source: https://fluxcd.io/flux/components/image/imageupdateautomations/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from updater.printable import printable
from updater.tools.migrate.addresses import address_of
from updater.tools.migrate.checkout import Checkout
from updater.tools.migrate.documents import Said
from updater.tools.migrate.found import Delivery, NotCarriedOver
from updater.tools.migrate.selectors import selects


@dataclass(slots=True)
class FluxObjects:
    """Those of Flux in the repository, as they stand there."""

    repositories: list[Said] = field(default_factory=list)
    policies: list[Said] = field(default_factory=list)
    automations: list[Said] = field(default_factory=list)
    sources: list[Said] = field(default_factory=list)


def automation_of(checkout: Checkout, objects: FluxObjects, policy: Said, file: str) -> Said:
    """What changes that file by that policy. Raises NotCarriedOver."""
    if not objects.automations:
        raise NotCarriedOver("no ImageUpdateAutomation is in this repository: nothing says how it is written")
    why = []
    for one in objects.automations:
        objection = _objection(checkout, objects, one, policy, file)
        if objection is None:
            return one
        why.append(f"{one.where} {objection}")
    raise NotCarriedOver(f"no ImageUpdateAutomation changes this file: {'; '.join(why[:3])}")


def _objection(checkout: Checkout, objects: FluxObjects, one: Said, policy: Said, file: str) -> str | None:
    spec = one.get("spec")
    if one.namespace and policy.namespace and one.namespace != policy.namespace:
        return f"takes policies of the namespace {printable(one.namespace)} only"
    if spec.get("suspend").is_true:
        return "is suspended"
    if not selects(spec.get("policySelector"), policy.labels):
        return "selects other policies, by their labels"
    if not _is_below(file, spec.get("update", "path").text):
        return f"looks below {printable(spec.get('update', 'path').text)} only"
    return _elsewhere(checkout, _source(objects, one), spec)


def _elsewhere(checkout: Checkout, sources: Sequence[Said], spec: Said) -> str | None:
    """Why it does not write into this branch of this repository."""
    for source in sources:
        url = source.get("spec", "url").text
        if checkout.address and url and "${" not in url and address_of(url) not in {None, checkout.address}:
            return f"writes into another repository, {printable(url.rpartition('@')[2])[:100]}"
    branches = {spec.get("git", "checkout", "ref", "branch").text} - {""}
    branches = branches or {source.get("spec", "ref", "branch").text for source in sources} - {""}
    if checkout.branch and branches and checkout.branch not in branches:
        return f"writes the branch {printable(min(branches))}, and {checkout.branch} is what was read"
    return None


def _source(objects: FluxObjects, automation: Said) -> list[Said]:
    wanted = automation.get("spec", "sourceRef")
    namespace = wanted.get("namespace").text or automation.namespace
    return [
        one
        for one in objects.sources
        if one.name == wanted.get("name").text
        and (not one.namespace or not namespace or one.namespace == namespace)
    ]


def _is_below(file: str, folder: str) -> bool:
    plain = "/".join(word for word in folder.split("/") if word not in {"", "."})
    return not plain or file == plain or file.startswith(f"{plain}/")


def delivery_of(automation: Said) -> Delivery:
    """By pull request, where it pushes to another branch than it has checked out."""
    git = automation.get("spec", "git")
    base, pushed = git.get("checkout", "ref", "branch").text, git.get("push", "branch").text
    refspec = git.get("push", "refspec").text
    return "pull-request" if refspec or (pushed and pushed != base) else "push"
