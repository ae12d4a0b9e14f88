"""`updater scaffold app`: one more app in a scaffolded repository; what is there stays, to the byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from shlex import quote

from pydantic import TypeAdapter
from ruamel.yaml import YAML

from updater.errors import ConfigError, Refused
from updater.manifests import PinRefused
from updater.manifests.lists import list_items, with_items
from updater.runner import Exit
from updater.terminal import say
from updater.tools.scaffold.calls import checked
from updater.tools.scaffold.choices import AppName, Choices
from updater.tools.scaffold.record import apps_of, read_choices
from updater.tools.scaffold.rendering import RenderedFile, render
from updater.tools.scaffold.repository import check_hosts, rendered
from updater.tools.scaffold.writing import added, check_added
from updater.tools.set_image.file_replacement import Target
from updater.value_class import value_class


@value_class
class AppOptions:
    """As it was typed."""

    name: str
    folder: str = "."


@value_class
class _LongerList:
    """A file that names the apps, and what it is to name besides."""

    path: str
    key: str
    items: tuple[str, ...]


@value_class
class _ChangedFile:
    target: Target
    before: bytes
    after: bytes


def add_app(call: AppOptions) -> Exit:
    """Raises ConfigError where something typed or found cannot be, Refused where nothing can be written."""
    root = Path(call.folder)
    choices = read_choices(root)
    name = checked("NAME", TypeAdapter(AppName), call.name)
    others = tuple(app for app in apps_of(root) if app != name)
    check_hosts(name, others, choices)
    own = [file for file in rendered(choices, [*others, name]) if file.app == name]
    files = check_added(root, own)
    changed = [one for path in _longer_lists(choices, others, name) if (one := _changed(root, path))]
    if not files and not changed:
        raise ConfigError(f"{root}: has an app {name} already: nothing was written")
    with added(root, files):  # first: what names an app is right only once the app is there
        _replace_all(changed)
    say(*_summary(root, name, files, changed))
    return Exit.FINE


def _replace_all(changed: Sequence[_ChangedFile]) -> None:
    """All of them, or none. Raises Refused."""
    done: list[_ChangedFile] = []
    try:
        for one in changed:
            one.target.replace(one.before, one.after)
            done.append(one)
    except BaseException:
        for one in done:
            with suppress(Refused):
                one.target.replace(one.after, one.before)
        raise


def _longer_lists(choices: Choices, others: Sequence[str], name: str) -> Iterator[_LongerList]:
    """What all apps are named in, by what would stand there with one more."""
    before = {file.path: file for file in render(choices, others) if file.app is None}
    for file in render(choices, [*others, name]):
        if file.app is None and file.text != before[file.path].text:
            yield from _longer(file, before[file.path])


def _longer(after: RenderedFile, before: RenderedFile) -> Iterator[_LongerList]:
    old, new = (YAML(typ="safe").load(file.text) for file in (before, after))
    for key, items in new.items():
        if items != old[key]:
            assert items[: len(old[key])] == old[key], f"{after.path}: {key} does not just grow"
            yield _LongerList(after.path, key, tuple(items[len(old[key]) :]))


def _changed(root: Path, wanted: _LongerList) -> _ChangedFile | None:
    """None where the file says it already. Raises ConfigError where it cannot be said without a doubt."""
    target = Target(root / wanted.path)
    if not (root / wanted.path).is_file() or (root / wanted.path).is_symlink():
        raise ConfigError(
            f"{target.shown}: is gone, and had to name the app: put it back, or write it by hand"
        )
    before = (root / wanted.path).read_bytes()
    try:
        known = list_items(before, wanted.key)
        items = tuple(item for item in wanted.items if item not in known)
        after = with_items(before, wanted.key, items)
    except PinRefused as refused:
        raise ConfigError(f"{target.shown}: {refused}: nothing was written") from None
    return _ChangedFile(target, before, after) if items else None


def _summary(
    root: Path, name: str, files: Sequence[RenderedFile], changed: Sequence[_ChangedFile]
) -> Iterator[str]:
    yield f"added {name}: {len(files)} files"
    yield from (f"  {root / file.path}" for file in files)
    yield from (f"  {one.target.shown} (one line more)" for one in changed)
    yield "next:"
    yield from ([] if root.samefile(Path.cwd()) else [f"  cd {quote(str(root))}"])
    yield "  updater check --config updater"
    yield "  updater audit --config updater"
    yield f"  git add . && git commit -m 'Add {name}'"
