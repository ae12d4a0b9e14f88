"""What Flux updates: ImagePolicies, and the markers of theirs in files below an ImageUpdateAutomation. Pure.

Sources: https://fluxcd.io/flux/components/image/imagepolicies/,
https://fluxcd.io/flux/components/image/imageupdateautomations/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from updater.manifests import PinRefused
from updater.printable import printable
from updater.tools.migrate.checkout import Checkout, image_of
from updater.tools.migrate.documents import Said, documents, refused_at
from updater.tools.migrate.flux_automations import FluxObjects, automation_of, delivery_of
from updater.tools.migrate.found import NotCarriedOver, ToolFinds, TrackedImage
from updater.tools.migrate.tag_choice import Order, TagChoice

_GROUP = "image.toolkit.fluxcd.io"
_MARKER = re.compile(r"#[ \t]*\{[ \t]*\"\$imagepolicy\"[ \t]*:[ \t]*\"(?P<policy>[^\"]*)\"")
_TOKEN = b'"$imagepolicy"'
_KINDS = frozenset({"ImageRepository", "ImagePolicy", "ImageUpdateAutomation"})
_ORDERS: tuple[tuple[str, Order], ...] = (
    ("semver", "semver"),
    ("numerical", "numerical"),
    ("alphabetical", "alphabetical"),
)
_SIGNATURES = r"^.*\.sig$"


def read_flux(checkout: Checkout) -> ToolFinds:
    finds = ToolFinds("Flux")
    objects = _objects(checkout, finds)
    marked = set[str]()
    for file, line, name in _markers(checkout):
        finds.seen += 1
        marked.add(name.rpartition(":")[0] if name.count(":") > 1 else name)
        if name.endswith(":name"):
            continue
        where = f"{printable(file)}:{line}"
        try:
            finds.tracked.append(_tracked(checkout, objects, file, line, name))
        except NotCarriedOver as why:
            finds.leave_out(where, printable(name)[:200], str(why))
    for policy in objects.policies:
        if not any(_is_named(policy, name) for name in marked):
            finds.leave_out(policy.where, policy.name, "no marker in a file names this ImagePolicy")
    return finds


def _objects(checkout: Checkout, finds: ToolFinds) -> FluxObjects:
    found = FluxObjects()
    for file, data in checkout.files.items():
        if _GROUP.encode() not in data and b"GitRepository" not in data:
            continue
        try:
            for one in documents(file, data):
                _sort_in(one, found)
        except PinRefused as refused:
            if _GROUP.encode() in data and any(f"kind: {kind}".encode() in data for kind in _KINDS):
                finds.leave_out(refused_at(file, refused), "", refused.sentence)
    finds.seen += len(found.policies) + len(found.automations) + len(found.repositories)
    return found


def _sort_in(one: Said, found: FluxObjects) -> None:
    if one.group == _GROUP and one.kind in _KINDS:
        kinds = {"ImageRepository": found.repositories, "ImagePolicy": found.policies}
        kinds.get(one.kind, found.automations).append(one)
    elif one.kind == "GitRepository":
        found.sources.append(one)


def _markers(checkout: Checkout) -> Iterator[tuple[str, int, str]]:
    """File, line and what the marker names."""
    for file, data in checkout.files.items():
        if _TOKEN in data:
            for number, line in enumerate(data.decode(errors="replace").split("\n"), 1):
                for match in _MARKER.finditer(line):
                    yield file, number, match["policy"]


# --- one marker -----------------------------------------------------------------------------------------


def _tracked(checkout: Checkout, objects: FluxObjects, file: str, line: int, name: str) -> TrackedImage:
    """Raises NotCarriedOver."""
    policy = _policy(objects, name)
    source = _repository(objects, policy)
    automation = automation_of(checkout, objects, policy, file)
    image = image_of(_unsubstituted(source.get("spec", "image")))
    pin = checkout.pin_in_line(file, line, image)
    if name.endswith(":digest") and pin.pin == "tag":
        raise NotCarriedOver("its marker asks for the digest alone; that of the tag beside it counts")
    return TrackedImage(
        f"{printable(file)}:{line}",
        policy.name,
        pin,
        _rule(policy, source),
        delivery_of(automation),
        tuple(_doubts(policy, pin.pin)),
    )


def _policy(objects: FluxObjects, name: str) -> Said:
    """Where clusters have policies of one name, they must say the same. Raises NotCarriedOver."""
    found = [policy for policy in objects.policies if _is_named(policy, name)]
    if not found:
        raise NotCarriedOver("its ImagePolicy is not in this repository")
    choices = {_meaning(policy, objects) for policy in found}
    if len(choices) > 1:
        also = " and ".join(policy.where for policy in found[:2])
        raise NotCarriedOver(f"ImagePolicies of that name say several things, {also}")
    return found[0]


def _is_named(policy: Said, name: str) -> bool:
    namespace, _, rest = name.partition(":")
    own = not policy.namespace or policy.namespace == namespace
    return own and policy.name == rest.partition(":")[0]


def _meaning(policy: Said, objects: FluxObjects) -> object:
    try:
        source = _repository(objects, policy)
        return _rule(policy, source), source.get("spec", "image").text
    except NotCarriedOver as why:
        return str(why)


def _repository(objects: FluxObjects, policy: Said) -> Said:
    """Raises NotCarriedOver."""
    wanted = policy.get("spec", "imageRepositoryRef")
    name, namespace = wanted.get("name").text, wanted.get("namespace").text or policy.namespace
    found = [
        one
        for one in objects.repositories
        if one.name == name and (not one.namespace or not namespace or one.namespace == namespace)
    ]
    images = {one.get("spec", "image").text for one in found}
    if not found:
        raise NotCarriedOver(f"the ImageRepository of {policy.where}, {printable(name)}, is not here")
    if len(images) > 1:
        raise NotCarriedOver(f"ImageRepositories of the name {printable(name)} name several images")
    if all(one.get("spec", "suspend").is_true for one in found):
        raise NotCarriedOver(f"the ImageRepository in {found[0].where} is suspended, so nothing follows it")
    return found[0]


def _unsubstituted(image: Said) -> str:
    if "${" in image.text or "{{" in image.text:
        raise NotCarriedOver(f"the image in {image.where} is filled in by a variable: write it out")
    return image.text


def _rule(policy: Said, source: Said) -> TagChoice:
    """Raises NotCarriedOver."""
    spec = policy.get("spec")
    if spec.get("suspend").is_true:
        raise NotCarriedOver(f"the ImagePolicy in {policy.where} is suspended")
    if spec.get("digestReflectionPolicy").text == "Always":
        raise NotCarriedOver("it follows the digest of its tag (digestReflectionPolicy: Always)")
    chosen = next(((key, order) for key, order in _ORDERS if spec.get("policy", key).is_there), None)
    if chosen is None:
        raise NotCarriedOver(f"{policy.where} has no policy of semver, numerical or alphabetical")
    own = spec.get("policy", chosen[0])
    filters = spec.get("filterTags")
    return TagChoice(
        chosen[1],
        range=_unsubstituted(own.get("range")),
        allowed=_unsubstituted_pattern(filters.get("pattern")),
        extract=filters.get("extract").text,
        refused=tuple(text for text in source.get("spec", "exclusionList").texts if text != _SIGNATURES),
        descending=own.get("order").text.lower() == "desc",
    )


def _unsubstituted_pattern(pattern: Said) -> str:
    """`$` stands at the end of patterns, too; `$${` is one that is left as it is."""
    if re.search(r"\$\{[A-Za-z_]", pattern.text):
        raise NotCarriedOver(f"the pattern in {pattern.where} is filled in by a variable: write it out")
    return pattern.text


def _doubts(policy: Said, pinned: str) -> Iterator[str]:
    if policy.get("spec", "digestReflectionPolicy").text == "IfNotPresent" and pinned == "tag":
        yield "Flux would write the digest, too (digestReflectionPolicy); a tag alone stands there now"
