"""What Argo CD Image Updater is told of each image, by annotations or by an ImageUpdater resource. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from updater.printable import printable
from updater.tools.migrate.argocd_places import DeclaredApplication
from updater.tools.migrate.documents import Said
from updater.tools.migrate.found import NotCarriedOver
from updater.tools.migrate.selectors import selects
from updater.tools.migrate.tag_choice import Order, TagChoice
from updater.value_class import value_class

_PREFIX = "argocd-image-updater.argoproj.io/"
_STRATEGIES: dict[str, Order] = {
    "semver": "semver",
    "latest": "newest-build",
    "newest-build": "newest-build",
    "name": "alphabetical",
    "alphabetical": "alphabetical",
    "digest": "digest",
}


@value_class
class ImageSettings:
    """One image of one Application."""

    where: str
    alias: str
    image: str
    """Without its constraint."""
    constraint: str
    strategy: str
    allow: str
    ignore: tuple[str, ...]
    platforms: tuple[str, ...]
    kustomize_name: str
    helm_name: str
    helm_tag: str
    helm_spec: str
    plugin: bool
    method: str
    """`argocd` or `git`."""
    target: str
    branch: str
    repository: str
    pull_request: bool

    def rule(self) -> TagChoice:
        """Raises NotCarriedOver."""
        strategy = _STRATEGIES.get(self.strategy.lower(), "semver")  # what is unknown is semver there, too
        return TagChoice(
            strategy,
            range=self.constraint if strategy == "semver" else "",
            allowed=_expression(self.allow),
            ignored=tuple(glob for glob in self.ignore if glob),
            tag=self.constraint if strategy == "digest" else "",
            takes_two_numbers=True,
        )


def _expression(allow: str) -> str:
    """What is not understood lets no tag through. Raises NotCarriedOver."""
    if not allow or allow.lower() == "any":
        return ""
    kind, colon, text = allow.partition(":")
    if not colon or kind.lower() != "regexp":
        raise NotCarriedOver(
            f"allow-tags is {printable(allow)[:80]}, by which the tool takes no tag at all: it wants regexp:…"
        )
    return text


def split_constraint(text: str) -> tuple[str, str]:
    """The image, and what stands behind its colon."""
    head, colon, tag = text.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (text, "")


# --- annotations ----------------------------------------------------------------------------------------


def annotated(application: Said) -> tuple[ImageSettings, ...]:
    """By the annotations of an Application; none where it has none."""
    notes = application.get("metadata", "annotations")
    listed = notes.get(f"{_PREFIX}image-list")
    found = (one.strip() for one in listed.text.split(","))
    return tuple(_of_annotations(notes, listed, one) for one in found if one)


def other_notes(application: Said) -> Said | None:
    """Where it has annotations of the tool, the first."""
    notes = application.get("metadata", "annotations").pairs()
    return next((value for name, value in notes if name.startswith(_PREFIX)), None)


def _of_annotations(notes: Said, listed: Said, text: str) -> ImageSettings:
    alias, equals, image = text.partition("=")
    alias, image = (alias.strip(), image.strip()) if equals else ("", text)
    name, constraint = split_constraint(image)

    def note(suffix: str) -> str:
        return notes.get(f"{_PREFIX}{suffix}").text

    def own(suffix: str) -> str:
        """Of the image, or of all of them."""
        return (note(f"{alias}.{suffix}") if alias else "") or note(suffix)

    def part(suffix: str) -> str:
        return note(f"{alias}.{suffix}") if alias else ""

    method = note("write-back-method")
    return ImageSettings(
        where=listed.where,
        alias=alias,
        image=name,
        constraint=constraint,
        strategy=own("update-strategy") or "semver",
        allow=own("allow-tags"),
        ignore=tuple(one.strip() for one in own("ignore-tags").split(",")),
        platforms=tuple(one for each in own("platforms").split(",") if (one := each.strip())),
        kustomize_name=part("kustomize.image-name"),
        helm_name=part("helm.image-name"),
        helm_tag=part("helm.image-tag"),
        helm_spec=part("helm.image-spec"),
        plugin=False,
        method="git" if method.partition(":")[0] == "git" else "argocd",
        target=note("write-back-target"),
        branch=note("git-branch"),
        repository=note("git-repository"),
        pull_request=False,
    )


# --- resources ------------------------------------------------------------------------------------------


def by_resources(
    resource: Said, applications: Iterable[DeclaredApplication]
) -> Iterator[tuple[DeclaredApplication, tuple[ImageSettings, ...]]]:
    """Each Application that an ImageUpdater takes, by the most special of its references."""
    references = sorted(resource.get("spec", "applicationRefs").items(), key=_speciality, reverse=True)
    for application in applications:
        chosen = next((one for one in references if _takes(resource, one, application.said)), None)
        if chosen is not None and not chosen.get("useAnnotations").is_true:
            yield application, tuple(_of_resource(resource, chosen))
        elif chosen is not None:
            yield application, ()


def _takes(resource: Said, reference: Said, application: Said) -> bool:
    namespace = resource.get("spec", "namespace").text or resource.namespace
    near = not namespace or not application.namespace or namespace == application.namespace
    named = fnmatchcase(application.name, reference.get("namePattern").text)
    return near and named and selects(reference.get("labelSelectors"), application.labels)


def _speciality(reference: Said) -> int:
    """As the tool counts it: a name, then selectors, then letters."""
    pattern, selectors = reference.get("namePattern").text, reference.get("labelSelectors")
    literal = sum(letter not in "*?[]" for letter in pattern)
    whole = 0 if any(letter in pattern for letter in "*?[]") else 1_000_000
    said = sum(1 for _ in selectors.get("matchLabels").pairs())
    said += sum(1 for _ in selectors.get("matchExpressions").items())
    return whole + literal + (10_000 + 100 * said if selectors.is_there else 0)


def _of_resource(resource: Said, reference: Said) -> Iterator[ImageSettings]:
    levels = (resource.get("spec"), reference)
    for image in reference.get("images").items():
        yield _of_image((*levels, image), image)


def _of_image(levels: tuple[Said, Said, Said], image: Said) -> ImageSettings:
    def nearest(*keys: str) -> Said:
        found = [one.get(*keys) for one in reversed(levels)]
        return next((one for one in found if one.is_there), found[0])

    name, constraint = split_constraint(image.get("imageName").text)
    targets, git = image.get("manifestTargets"), ("writeBackConfig", "gitConfig")
    return ImageSettings(
        where=image.where,
        alias=image.get("alias").text,
        image=name,
        constraint=constraint,
        strategy=nearest("commonUpdateSettings", "updateStrategy").text or "semver",
        allow=nearest("commonUpdateSettings", "allowTags").text,
        ignore=nearest("commonUpdateSettings", "ignoreTags").texts,
        platforms=nearest("commonUpdateSettings", "platforms").texts,
        kustomize_name=targets.get("kustomize", "name").text,
        helm_name=targets.get("helm", "name").text,
        helm_tag=targets.get("helm", "tag").text,
        helm_spec=targets.get("helm", "spec").text,
        plugin=targets.get("plugin").is_there,
        method="git" if nearest("writeBackConfig", "method").text.partition(":")[0] == "git" else "argocd",
        target=nearest(*git, "writeBackTarget").text,
        branch=nearest(*git, "branch").text,
        repository=nearest(*git, "repository").text,
        pull_request=nearest(*git, "pullRequest").is_there,
    )
