"""What Kargo promotes: recognised, and told what would correspond. Nothing of it becomes a config. Pure.

A Stage is a program of steps, and Freight is what several Stages have run: which file holds the tag of which
image is for a person to say. Source: https://docs.kargo.io/user-guide/reference-docs/
"""

from __future__ import annotations

from collections.abc import Iterator

from updater.manifests import PinRefused
from updater.printable import printable
from updater.tools.init.vocabulary import name_of
from updater.tools.migrate.checkout import Checkout
from updater.tools.migrate.documents import Said, documents, refused_at
from updater.tools.migrate.found import NotCarriedOver, ToolFinds
from updater.tools.migrate.tag_choice import Order, TagChoice

_GROUP = "kargo.akuity.io"
_STRATEGIES: dict[str, Order] = {
    "": "semver",
    "semver": "semver",
    "lexical": "alphabetical",
    "newestbuild": "newest-build",
    "digest": "digest",
}
_ADVICE = "updater init writes a config of the manifests; these lines say what Warehouses and Stages would be"


def read_kargo(checkout: Checkout) -> ToolFinds:
    finds = ToolFinds("Kargo")
    for file, data in checkout.files.items():
        if _GROUP.encode() not in data:
            continue
        try:
            for one in documents(file, data):
                _tell(one, finds)
        except PinRefused as refused:
            if b"kind: Warehouse" in data or b"kind: Stage" in data:
                finds.seen += 1
                finds.leave_out(refused_at(file, refused), "", refused.sentence)
    if finds.seen:
        finds.remarks.append(_ADVICE)
    return finds


def _tell(one: Said, finds: ToolFinds) -> None:
    if one.group != _GROUP or one.kind not in {"Warehouse", "Stage"}:
        return
    finds.seen += 1
    told = _warehouse(one) if one.kind == "Warehouse" else _stage(one)
    for where, why in told:
        finds.leave_out(where, f"{one.kind} {printable(one.name)}", why)


def _warehouse(one: Said) -> Iterator[tuple[str, str]]:
    for subscription in one.get("spec", "subscriptions").items():
        image = subscription.get("image")
        if image.is_there:
            yield (
                image.where,
                f"would be an app with `images: [{_shown(image, 'repoURL')}]`, {_followed(image)}",
            )
        elif subscription.get("chart").is_there:
            chart = subscription.get("chart")
            yield chart.where, f"would be an app with `charts: [{_shown(chart, 'repoURL')}]`"
        elif subscription.get("git").is_there:
            yield subscription.where, "promotes commits: nothing here does"


def _shown(said: Said, key: str) -> str:
    return printable(said.get(key).text)[:100]


def _followed(image: Said) -> str:
    """What its environments would follow, as far as that can be said without a tag."""
    constraint = image.get("constraint").text or image.get("semverConstraint").text
    strategy = _STRATEGIES.get(image.get("imageSelectionStrategy").text.lower())
    filters = (*image.get("allowTagsRegexes").texts, image.get("allowTags").text)
    if strategy == "digest":
        return f"and `follow: {{digest: {printable(constraint)[:60] or 'latest'}}}`"
    if strategy == "newest-build":
        return "and `follow: {created: …}` with a pattern of its tags"
    if strategy != "semver" or any(filters):
        return "and `follow:` with a pattern of its tags, see docs/reference/tags.md"
    try:
        follow = TagChoice("semver", range=constraint).followed("").follow.setting
    except NotCarriedOver as why:
        return f"and nothing follows the same: {why}"
    return f"and `follow: {follow}`".replace("'", '"')


def _stage(one: Said) -> Iterator[tuple[str, str]]:
    after = list[str]()
    soak = ""
    for freight in one.get("spec", "requestedFreight").items():
        sources = freight.get("sources")
        after += (name_of(name) for name in sources.get("stages").texts)
        soak = soak or sources.get("requiredSoakTime").text
    after = list(dict.fromkeys(after))
    said = [f"after: {after[0]}" if len(after) == 1 else f"after: [{', '.join(after)}]"] if after else []
    said += [f"gates: {{soak: {printable(soak)[:20]}}}"] if soak else []
    said.append(f"deliver: {'pull-request' if _opens(one) else 'push'}")
    paths = ", ".join(_paths(one))
    where = f", with `path:` from {paths}" if paths else ""
    yield one.where, f"would be an environment {name_of(one.name)}: `{{{', '.join(said)}}}`{where}"


def _steps(one: Said) -> Iterator[Said]:
    yield from one.get("spec", "promotionTemplate", "spec", "steps").items()


def _opens(one: Said) -> bool:
    """A pull request, by one of its steps or by what it hands to a task."""
    variables = (v for step in _steps(one) for v in step.get("vars").items())
    asked = any("pr" in v.get("name").text.lower() and v.get("value").is_true for v in variables)
    return asked or any(step.get("uses").text == "git-open-pr" for step in _steps(one))


def _paths(one: Said) -> Iterator[str]:
    for step in _steps(one):
        if step.get("uses").text in {"kustomize-set-image", "yaml-update", "helm-update-image"}:
            yield printable(step.get("config", "path").text)[:100]
