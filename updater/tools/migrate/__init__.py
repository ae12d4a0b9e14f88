"""`updater migrate`: a first config, from what another tool was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from updater.errors import ConfigError, Refused
from updater.manifests import LIMIT
from updater.progress import Progress, in_progress, no_progress
from updater.reasons import failure_reasons
from updater.runner import Exit
from updater.terminal import say
from updater.tools.init import check_free, check_token, instance_of, write
from updater.tools.init.clone_address import clone_address
from updater.tools.init.rendering import files_of
from updater.tools.init.scan import ScannedRepository
from updater.tools.migrate.addresses import address_of
from updater.tools.migrate.argocd_image_updater import read_argocd_image_updater
from updater.tools.migrate.checkout import Checkout
from updater.tools.migrate.drafting import drafts_of
from updater.tools.migrate.flux import read_flux
from updater.tools.migrate.found import ToolFinds
from updater.tools.migrate.kargo import read_kargo
from updater.tools.migrate.renovate import is_renovates, read_renovate
from updater.tools.migrate.summary import Migrated, not_carried_over, summary
from updater.value_class import value_class
from updater.wiring import inspected_repository

_READERS = (read_argocd_image_updater, read_flux, read_renovate, read_kargo)


@value_class
class MigrateOptions:
    place: str
    output: Path
    token_env: str | None


def migrate(call: MigrateOptions, progress: Progress = no_progress) -> Exit:
    """Raises ConfigError where the output is taken, Refused or Unavailable without anything to go on."""
    if not call.place:
        raise ConfigError("no repository is named: write its folder or its URL")
    check_token(call.token_env)
    check_free(call.output)
    with (
        in_progress(progress, "reading the repository"),
        inspected_repository(call.place, call.token_env) as repository,
    ):
        address = clone_address(repository.origin, repository.branch)
        origin = address_of(repository.origin) if repository.origin else None
        checkout = Checkout(_texts(repository), repository.branch, origin)
    tools = [finds for read in _READERS if (finds := read(checkout)).seen]
    if not tools:
        raise Refused(_nothing(call.place), reason=failure_reasons.NO_PINS)
    tracked = [one for tool in tools for one in tool.tracked]
    drafts, untold = drafts_of(tracked, forge=address.forge is not None)
    left_out = [*(one for tool in tools for one in tool.left_out), *untold]
    if not drafts.apps:
        said = "\n".join(not_carried_over(tools, left_out))
        raise Refused(
            f"{call.place}: nothing of {_names(tools)} could be carried over, so nothing is written\n{said}",
            reason=failure_reasons.NO_PINS,
        )
    token = call.token_env or address.kind.token_env
    texts = files_of(
        drafts,
        address,
        left_out,
        instance=instance_of(address),
        token=token,
        heading=f"Written by `updater migrate`, from {_names(tools)}.",
    )
    config = write(texts, call.output)
    migrated = Migrated(tuple(tools), tuple(left_out), drafts, address, token)
    say(*summary(config, migrated, call.output))
    return Exit.FINE


def _texts(repository: ScannedRepository) -> Mapping[str, bytes]:
    """Of the head: symbolic links, and what is larger than a manifest may be, are passed over."""
    listed = [
        one for one in repository.files if one.kind == "file" and one.size <= LIMIT and _may_tell(one.path)
    ]
    blobs = repository.blobs({one.blob for one in listed})
    return {one.path: data for one in listed if (data := blobs.get(one.blob)) is not None}


def _may_tell(path: str) -> bool:
    return path.endswith((".yaml", ".yml", "Kustomization")) or is_renovates(path)


def _nothing(place: str) -> str:
    return (
        f"{place}: its head holds nothing of Argo CD Image Updater, Flux's image automation, Renovate or "
        "Kargo: nothing is written; updater init makes a config of the manifests alone"
    )


def _names(tools: Sequence[ToolFinds]) -> str:
    return " and ".join(tool.tool for tool in tools)
