"""Where Argo CD Image Updater writes a tag, and how that gets into the branch. Pure.

Source: https://argocd-image-updater.readthedocs.io/en/stable/basics/update-methods/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from updater.manifests.reference import repository
from updater.model import Image
from updater.printable import printable
from updater.tools.init.pins import FoundPin
from updater.tools.migrate.addresses import address_of
from updater.tools.migrate.checkout import Checkout, image_of, is_same_image
from updater.tools.migrate.documents import Said, first_document
from updater.tools.migrate.found import Delivery, NotCarriedOver
from updater.value_class import value_class

if TYPE_CHECKING:
    from updater.tools.migrate.argocd_settings import ImageSettings

_TAG = "image.tag"
"""The parameter of a chart, where nothing names another."""


@value_class
class DeclaredApplication:
    """An Application of Argo CD, as it stands in a file."""

    said: Said
    of_set: bool = False
    """It is one of an ApplicationSet: what stands in the template is every one's."""

    @property
    def sources(self) -> list[Said]:
        spec = self.said.get("spec")
        single = spec.get("source")
        return [single] if single.is_there else list(spec.get("sources").items())

    def source(self, settings: ImageSettings) -> Said:
        """The one that is written to: of several, that of the repository that is named, or with a path."""
        sources = self.sources
        if not sources:
            raise NotCarriedOver("the Application names no source")
        named = [one for one in sources if _is_of(one, settings.repository)]
        pathed = [one for one in sources if one.get("path").is_there]
        return (named or pathed or sources)[0]

    def at_of_source(self, source: Said) -> str:
        """The path to it in the Application."""
        for number, one in enumerate(self.said.get("spec", "sources").items()):
            if one == source:
                return f"spec.sources[{number}]"
        return "spec.source"

    def delivery(self, checkout: Checkout, settings: ImageSettings) -> Delivery:
        """Raises NotCarriedOver where it writes into another repository or another branch than was read."""
        source = self.source(settings)
        url = (settings.repository if settings.method == "git" else "") or source.get("repoURL").text
        for text in (url, self.said.name, source.get("path").text, settings.image, settings.target):
            _refuse_variable(text, source)
        if checkout.address and url and address_of(url) not in {None, checkout.address}:
            raise NotCarriedOver(
                f"it is deployed from another repository, {printable(url.rpartition('@')[2])[:100]}: "
                "run updater migrate there, with this Application beside it"
            )
        base, _, written = settings.branch.partition(":") if settings.method == "git" else ("", "", "")
        branch = base or source.get("targetRevision").text
        _refuse_variable(branch, source)
        if checkout.branch and branch not in {"", "HEAD", checkout.branch}:
            raise NotCarriedOver(
                f"it is deployed from {printable(branch)[:60]}, and {checkout.branch} is what was read: "
                "check that branch out and run updater migrate again"
            )
        return "pull-request" if written or settings.pull_request else "push"


def _is_of(source: Said, url: str) -> bool:
    return bool(url) and address_of(source.get("repoURL").text) == address_of(url)


def _refuse_variable(text: str, source: Said) -> None:
    if "{{" in text or "${" in text:
        raise NotCarriedOver(f"{source.where} is filled in by a template in a way that is not followed here")


@value_class
class WrittenTag:
    """The tag of one image of an Application: to find where it is written."""

    checkout: Checkout
    application: DeclaredApplication
    settings: ImageSettings

    @property
    def image(self) -> Image:
        return image_of(self.settings.image)

    @property
    def source(self) -> Said:
        return self.application.source(self.settings)

    @property
    def folder(self) -> str:
        return self.checkout.inside(self.source.get("path").text or ".")

    @property
    def parameter(self) -> str:
        """What sets it in a chart: without an alias always the usual name."""
        settings = self.settings
        return (settings.helm_spec or settings.helm_tag or _TAG) if settings.alias else _TAG

    def pin(self) -> FoundPin:
        """Raises NotCarriedOver where no file of the repository holds the tag."""
        kind, _, target = self.settings.target.partition(":")
        if self.settings.plugin:
            raise NotCarriedOver(
                "it sets variables of a plugin of Argo CD: name the place with `at:` by hand"
            )
        if self.settings.method == "argocd":
            return self._in_git_though()
        if kind == "kustomization":
            return self._of_kustomization(self.checkout.inside(target or ".", self.folder))
        if kind == "helmvalues":
            return self._of_values(self.checkout.inside(target or "values.yaml", self.folder))
        return self._of_overrides()

    def _of_kustomization(self, folder: str) -> FoundPin:
        file = self.checkout.kustomization(folder)
        if file is None:
            raise NotCarriedOver(f"no kustomization is in {printable(folder)} of this branch")
        return self.checkout.pin_of_image(file, self.image, self.settings.kustomize_name)

    def _of_values(self, file: str) -> FoundPin:
        if file not in self.checkout.files:
            raise NotCarriedOver(f"{printable(file)}, which it writes, is not in this branch")
        return self.checkout.pin_at(file, self.parameter, self.image)

    def _of_overrides(self) -> FoundPin:
        """The file beside the manifests that Argo CD lays over the Application."""
        said, folder = self.application.said, self.folder
        names = (f".argocd-source-{said.name}.yaml", f".argocd-source-{said.namespace}_{said.name}.yaml")
        for file in (name if folder == "." else f"{folder}/{name}" for name in names):
            if file in self.checkout.files:
                return self._of_source(file, first_document(file, self.checkout.files[file]), "")
        raise NotCarriedOver(
            f"it writes {printable(names[0])} in {printable(folder)}, which is not in this branch: write the "
            "tag into a kustomization or values, and a pin for it by hand"
        )

    def _of_source(self, file: str, source: Said, at: str) -> FoundPin:
        """What a source of an Application says of its images. Raises NotCarriedOver."""
        for place in self._places(source, at):
            return self.checkout.pin_at(file, place, self.image)
        raise NotCarriedOver(f"{printable(file)} says nothing of {self.image}")

    def _places(self, source: Said, at: str) -> Iterator[str]:
        before = f"{at}." if at else ""
        for number, one in enumerate(source.get("kustomize", "images").items()):
            if is_same_image(repository(one.text), self.image):
                yield f"{before}kustomize.images[{number}]"
        for one in source.get("helm", "parameters").items():
            if one.get("name").text == self.parameter:
                yield f"{before}helm.parameters[name={self.parameter}].value"
        if source.get("helm", "valuesObject", *self.parameter.split(".")).is_there:
            yield f"{before}helm.valuesObject.{self.parameter}"

    def _in_git_though(self) -> FoundPin:
        """What the tool sets in the cluster alone has to stand somewhere: in the Application, or below it."""
        said, source, folder = self.application.said, self.source, self.folder
        if not self.application.of_set and any(self._places(source, "")):
            return self._of_source(said.file, source, self.application.at_of_source(source))
        if self.checkout.kustomization(folder) is not None:
            return self._of_kustomization(folder)
        values = (*reversed(source.get("helm", "valueFiles").texts), "values.yaml")
        for path in (self.checkout.inside(name, folder) for name in values if not name.startswith("$")):
            if path in self.checkout.files:
                return self._of_values(path)
        raise NotCarriedOver(
            "its tag is kept in the cluster only (write-back-method argocd), and in Git nothing holds it: "
            "write it into a kustomization or values first"
        )
