"""What Argo CD Image Updater updates: annotations on Applications, and ImageUpdater resources. Pure.

Sources: https://argocd-image-updater.readthedocs.io/en/stable/configuration/applications/,
https://argocd-image-updater.readthedocs.io/en/stable/configuration/migration/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from updater.manifests import PinRefused
from updater.printable import printable
from updater.tools.migrate.argocd_places import DeclaredApplication, WrittenTag
from updater.tools.migrate.argocd_sets import applications_of
from updater.tools.migrate.argocd_settings import ImageSettings, annotated, by_resources, other_notes
from updater.tools.migrate.checkout import Checkout
from updater.tools.migrate.documents import Said, documents, refused_at
from updater.tools.migrate.found import NotCarriedOver, ToolFinds, TrackedImage

_TOKEN = b"argocd-image-updater.argoproj.io"
_APPLICATION = b"kind: Application"
_PLATFORM = re.compile(r"[a-z]+/(?:amd64|arm64|arm/v[67]|386|s390x|ppc64le|riscv64)")


def read_argocd_image_updater(checkout: Checkout) -> ToolFinds:
    finds = ToolFinds("Argo CD Image Updater")
    applications, resources = _objects(checkout, finds)
    for resource in resources:
        finds.seen += 1
        taken = False
        for application, told in by_resources(resource, applications):
            taken = True
            _take(checkout, application, told, finds)
        if not taken:
            finds.leave_out(resource.where, resource.name, "no Application in this repository is one of its")
    seen = set[str]()
    for application in applications:
        told = annotated(application.said)
        finds.seen += len(told)
        if not told and (notes := other_notes(application.said)) is not None and notes.where not in seen:
            seen.add(notes.where)
            finds.leave_out(notes.where, application.said.name, "annotations of the tool, and no image-list")
        _take(checkout, application, told, finds)
    return finds


def _objects(checkout: Checkout, finds: ToolFinds) -> tuple[list[DeclaredApplication], list[Said]]:
    applications, resources = list[DeclaredApplication](), list[Said]()
    for file, data in checkout.files.items():
        if _TOKEN not in data and _APPLICATION not in data:
            continue
        try:
            for one in documents(file, data):
                if one.kind == "Application" and one.group == "argoproj.io":
                    applications.append(DeclaredApplication(one))
                elif one.kind == "ImageUpdater" and one.group == _TOKEN.decode():
                    resources.append(one)
                elif one.kind == "ApplicationSet":
                    applications += _of_set(one, checkout, finds, told=_TOKEN in data)
        except PinRefused as refused:
            if _TOKEN in data:
                finds.seen += 1
                finds.leave_out(refused_at(file, refused), "", refused.sentence)
    return applications, resources


def _of_set(one: Said, checkout: Checkout, finds: ToolFinds, *, told: bool) -> list[DeclaredApplication]:
    """`told`: the tool is named in its file."""
    finds.seen += told
    try:
        return [DeclaredApplication(each, of_set=True) for each in applications_of(one, checkout)]
    except NotCarriedOver as why:
        if told:
            finds.leave_out(one.where, one.name, str(why))
        return []


def _take(
    checkout: Checkout, application: DeclaredApplication, told: tuple[ImageSettings, ...], finds: ToolFinds
) -> None:
    for settings in told:
        try:
            finds.tracked.append(_tracked(checkout, application, settings, alone=len(told) == 1))
        except NotCarriedOver as why:
            what = f"{application.said.name} {settings.image}"
            finds.leave_out(settings.where, printable(what)[:200], str(why))


def _tracked(
    checkout: Checkout, application: DeclaredApplication, settings: ImageSettings, *, alone: bool
) -> TrackedImage:
    """Raises NotCarriedOver."""
    rule = settings.rule()
    delivery = application.delivery(checkout, settings)
    pin = WrittenTag(checkout, application, settings).pin()
    name = application.said.name
    app = name if alone else f"{name}-{settings.alias}" if settings.alias else ""
    return TrackedImage(settings.where, app, pin, rule, delivery, tuple(_doubts(settings)), _gates(settings))


def _doubts(settings: ImageSettings) -> Iterator[str]:
    if settings.method == "argocd":
        yield (
            "the tool sets this tag in the cluster and not in Git (write-back-method argocd): Git may be "
            "behind, and what it set in the Application has to go before Git counts"
        )


def _gates(settings: ImageSettings) -> dict[str, object]:
    """The tool looks at platforms where it reads manifests, and ours always."""
    known = [one for one in settings.platforms if _PLATFORM.fullmatch(one)]
    return {"gates": {"platforms": known}} if known and len(known) == len(settings.platforms) else {}
