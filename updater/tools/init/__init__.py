"""`updater init`: a first config, from what a deploy repository holds."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from updater.config import Config, load
from updater.config.names import Variable
from updater.errors import ConfigError, Refused
from updater.progress import Progress, in_progress, no_progress
from updater.reasons import failure_reasons
from updater.runner import Exit
from updater.terminal import say
from updater.tools.init.app_guesses import without_unreadable
from updater.tools.init.apps import apps_of
from updater.tools.init.clone_address import CloneAddress, clone_address
from updater.tools.init.config_draft import draft
from updater.tools.init.environment_assignment import assign_environments, owner_of
from updater.tools.init.pins import LeftOut
from updater.tools.init.rendering import files_of
from updater.tools.init.scan import scan
from updater.tools.init.summary import left_out_by_reason, summary, where_left_out
from updater.tools.init.vocabulary import name_of
from updater.value_class import value_class
from updater.wiring import inspected_repository


@value_class
class InitOptions:
    place: str
    output: Path
    token_env: str | None


def init(call: InitOptions, progress: Progress = no_progress) -> Exit:
    """Raises ConfigError where the output is taken, Refused or Unavailable without anything to go on."""
    if not call.place:
        raise ConfigError("no repository is named: write its folder or its URL")
    check_token(call.token_env)
    check_free(call.output)
    with (
        in_progress(progress, "reading the repository"),
        inspected_repository(call.place, call.token_env) as repository,
    ):
        if not repository.files:
            raise Refused(
                f"{call.place}: has no file in its head: commit your manifests first",
                reason=failure_reasons.NO_PINS,
            )
        address = clone_address(repository.origin, repository.branch)
        finds = scan(repository)
    placed, others = assign_environments(finds.pins, address.owner or owner_of(finds.pins))
    apps, unread = without_unreadable(apps_of(placed, finds.together))
    left_out = [*finds.left_out, *others, *unread]
    if not apps:
        raise Refused("\n".join(_nothing(call.place, left_out)), reason=failure_reasons.NO_PINS)
    drafts = draft(apps, forge=address.forge is not None)
    token = call.token_env or address.kind.token_env
    texts = files_of(drafts, address, left_out, instance=instance_of(address), token=token)
    config = write(texts, call.output)
    say(*summary(config, drafts, address, left_out, call.output))
    return Exit.FINE


def check_token(name: str | None) -> None:
    try:
        TypeAdapter(Variable | None).validate_python(name)
    except ValidationError as error:
        raise ConfigError("--token-env: name an environment variable (A-Z, 0-9, _), not the token") from error


def _nothing(place: str, left_out: Sequence[LeftOut]) -> list[str]:
    kinds = "in no kustomization, Helm values, workload or .env of its head"
    first = f"holds no pin to follow, {kinds}: nothing is written"
    return [f"{place}: {first}", *left_out_by_reason(left_out), *where_left_out(left_out)]


def instance_of(address: CloneAddress) -> str:
    return name_of(address.owner) if address.owner else "updater"


def check_free(folder: Path) -> None:
    """Raises ConfigError where something would be overwritten, or mix with what is there."""
    for path in (folder / "updater.yaml", folder / "apps"):
        if os.path.lexists(path):
            raise ConfigError(f"{path}: is there already, and is not overwritten: name another --output")
    if os.path.lexists(folder) and not folder.is_dir():
        raise ConfigError(f"{folder}: is no folder: name another --output")


def write(files: Mapping[str, str], folder: Path) -> Config:
    """The config as its loader reads it. Raises ConfigError or Refused."""
    try:
        with _staged(files, folder) as staged:
            config = load(staged)
            check_free(folder)
            folder.mkdir(exist_ok=True)
            for path in sorted(staged.iterdir()):
                path.rename(folder / path.name)
    except OSError as error:
        raise Refused(
            f"{folder}: cannot be written ({error.strerror})", reason=failure_reasons.OUTPUT
        ) from error
    return config


@contextmanager
def _staged(files: Mapping[str, str], folder: Path) -> Iterator[Path]:
    """In a folder beside, so that moving it is one step."""
    parent = folder.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=".updater-init-", dir=parent))
    try:
        (staged / "apps").mkdir()
        for name, text in files.items():
            (staged / name).write_text(text, encoding="utf-8")
        yield staged
    finally:
        shutil.rmtree(staged)
