"""To find every pin of a repository, and to say why some cannot be used. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from types import MappingProxyType

from updater.config.paths import normalise_path
from updater.manifests import PinRefused, Selector, Value, entries, file_names, read, read_all
from updater.manifests.reference import repository
from updater.manifests.seals import sealed_by, sealed_sentence
from updater.model import Image
from updater.printable import printable
from updater.reasons import pin_reasons
from updater.tools.init.kustomizations import Kustomizations, kustomizations
from updater.tools.init.workload_pins import images_together, may_hold_images, workload_selectors
from updater.tools.set_image import kind_of
from updater.value_class import value_class

_KUSTOMIZATION = "kustomization"
_NOTHING: Mapping[str, bytes] = MappingProxyType({})


@value_class
class FoundPin:
    """A pin that config can name."""

    file: str
    path: str
    """As config has it: the folder of a kustomization, if it is the only one there."""
    image: Image
    kind: str
    at: str | None
    pin: str
    line: int
    tag: str | None
    tags: frozenset[str] = frozenset()
    """All it has held, as far as was looked."""
    called: str = ""
    """As the resources name the image, which a kustomization may give another name."""
    listed_by: tuple[str, ...] = ()
    """Of a component: the overlays that take it in, which say whose environment it is."""
    of_workload: bool = False
    """It stands in a Deployment, or the like: there, everybody's images stand side by side."""


@value_class
class LeftOut:
    """`code` puts those of one reason together."""

    code: str
    where: str
    what: str
    why: str


@dataclass(slots=True)
class Finds:
    pins: list[FoundPin] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    together: set[frozenset[str]] = field(default_factory=set)
    """What the images of one workload are called, where there are several."""


def is_manifest(path: str) -> bool:
    """One that may hold pins; nothing in hidden folders is deployed."""
    *folders, name = path.split("/")
    named = kind_of(name) is not None or name.endswith((".yaml", ".yml"))
    return named and not any(folder.startswith(".") for folder in folders)


def is_workload(path: str) -> bool:
    """Its name does not say what it holds: whatever is applied as it stands."""
    return kind_of(path.rpartition("/")[2]) is None


def find(files: Mapping[str, bytes], seals: Mapping[str, bytes] = _NOTHING) -> Finds:
    """`seals`: the signatures and lists of checksums of the repository, by path."""
    finds, set_above, known = Finds(), set[str](), kustomizations(files)
    paths = _paths(files)
    for file, data in files.items():
        if is_workload(file):
            continue
        if (why := _unusable(file)) is not None:
            finds.left_out.append(LeftOut("path", printable(file), "the file", why))
            continue
        if (seal := sealed_by(file, seals)) is not None:
            code = pin_reasons.SEALED.code
            finds.left_out.append(
                LeftOut(code, printable(file), "the file", sealed_sentence(printable(seal)))
            )
            continue
        if _kind(file) == "env-file" and not _names_images(data):
            continue
        try:
            for selector in entries(data, _kind(file)):
                set_above.add(repository(selector.image))
                if known.names(file, selector.image):
                    _take(finds, file, paths[file], selector, files)
                else:
                    finds.left_out.append(_unmatched(file, selector))
        except PinRefused as refused:
            finds.left_out.append(LeftOut(refused.code, _where(file, refused.line), "", refused.sentence))
    finds.pins = [replace(pin, listed_by=known.listed_by.get(pin.file, ())) for pin in finds.pins]
    workloads = {file: data for file, data in files.items() if _is_applied(file, data, known)}
    found = _of_workloads(workloads, {*set_above, *(str(pin.image) for pin in finds.pins)}, seals)
    finds.pins += found.pins
    finds.together = found.together
    return finds


def _names_images(data: bytes) -> bool:
    """Most files of variables are of other things."""
    try:
        return any(selector.image for selector in entries(data, "env-file"))
    except PinRefused:
        return False


def _unmatched(file: str, selector: Selector) -> LeftOut:
    why = "no resource of that kustomization names this image, so the entry changes nothing"
    return LeftOut("unmatched", printable(file), selector.image, why)


def _is_applied(file: str, data: bytes, known: Kustomizations) -> bool:
    """An Application may be called `web-values.yaml`."""
    applied = is_workload(file) or (_kind(file) == "helm-values" and b"kind: Application" in data)
    return applied and _unusable(file) is None and not known.leaves_out(file)


def _of_workloads(
    files: Mapping[str, bytes], set_above: Collection[str], seals: Mapping[str, bytes]
) -> Finds:
    """What no kustomization sets. Of the rest nothing is told: it is not a pin, but part of a manifest."""
    finds = Finds()
    for file, data in files.items():
        if not may_hold_images(data) or sealed_by(file, seals) is not None:
            continue
        with suppress(PinRefused):
            finds.together |= set(images_together(data))
            for selector in workload_selectors(data):
                if selector.image not in set_above:
                    _take(finds, file, file, selector, files)
    return Finds([replace(pin, of_workload=True) for pin in finds.pins], [], finds.together)


def with_past(pins: Sequence[FoundPin], earlier: Iterable[bytes]) -> list[FoundPin]:
    """Those of one file, with the tags they held in its earlier versions, each of which is parsed once."""
    selectors = [_selector(pin) for pin in pins]
    said = [read_all(data, selectors) for data in earlier]
    return [replace(pin, tags=_tags(pin, values)) for pin, *values in zip(pins, *said, strict=True)]


def _tags(pin: FoundPin, earlier: Iterable[Value | PinRefused]) -> frozenset[str]:
    found = (pin.tag, *(value.tag for value in earlier if isinstance(value, Value)))
    return frozenset(tag for tag in found if tag)


def _selector(pin: FoundPin) -> Selector:
    return Selector(pin.kind, str(pin.image), pin.at, pin.pin)


def _take(finds: Finds, file: str, path: str, selector: Selector, files: Mapping[str, bytes]) -> None:
    """Only what the updater will read later by the very words that config has for it."""
    data = files[file]
    where = printable(file)
    try:
        value = read(data, selector)
        where = _where(file, value.line)
        pin = _pin(file, path, _named(file, selector, value.image or _beside(file, selector, files)), value)
        again = _again(data, pin)
    except PinRefused as refused:
        where = where if refused.line is None else _where(file, refused.line)
        what = selector.image or selector.at or ""
        finds.left_out.append(LeftOut(refused.code, where, what, refused.sentence))
        return
    called = repository(selector.image or str(pin.image))
    finds.pins.append(replace(pin, tag=again.tag, called=called))


def _pin(file: str, path: str, selector: Selector, value: Value) -> FoundPin:
    """Raises PinRefused."""
    at = selector.at
    if at is not None and not at.isprintable():
        raise PinRefused(
            pin_reasons.PATH, "such a path cannot be written in config: rename its keys", value.line
        )
    image = Image.parse(selector.image)
    where = path if selector.kind == _KUSTOMIZATION else file
    return FoundPin(file, where, image, selector.kind, at, selector.pin, value.line, value.tag)


def _again(data: bytes, pin: FoundPin) -> Value:
    """Raises PinRefused."""
    again = read(data, _selector(pin))
    if again.line != pin.line:
        raise PinRefused(
            pin_reasons.AMBIGUOUS, f"line {again.line} is found by that name as well; keep one", pin.line
        )
    return again


# --- the image ------------------------------------------------------------------------------------------


def _named(file: str, selector: Selector, name: str) -> Selector:
    """With the image in full. What has no registry in its name is on Docker Hub. Raises PinRefused."""
    for text in (name, f"docker.io/{name}"):
        if _is_image(text) and "/" in name:
            return replace(_found_by(file, selector, whole=text == name), image=text)
    raise PinRefused(pin_reasons.IMAGE, _no_image(name))


def _found_by(file: str, selector: Selector, *, whole: bool) -> Selector:
    """A kustomization is searched by the name that stands there; where config needs another, by its place."""
    if whole or selector.kind != _KUSTOMIZATION:
        return selector
    if not file.endswith((".yaml", ".yml")):  # config would take it for a folder
        raise PinRefused(pin_reasons.IMAGE, _no_image(selector.image))
    at = f"images[name={selector.image}].{'digest' if selector.pin == 'digest' else 'newTag'}"
    return replace(selector, kind="yaml-path", at=at)


def _is_image(text: str) -> bool:
    try:
        Image.parse(text)
    except ValueError:
        return False
    return True


def _no_image(name: str) -> str:
    if not name:
        return "no repository stands beside the tag: write it there, or an app by hand"
    return "the name has no registry in front: write it in full, such as ghcr.io/org/shop"


def _beside(file: str, selector: Selector, files: Mapping[str, bytes]) -> str:
    """The chart's own values say the repository; those of an environment only the tag."""
    folder = file.rpartition("/")[0]
    for other in (f"{folder}/{name}".lstrip("/") for name in ("values.yaml", "values.yml")):
        if other in files and other != file:
            found = [one.image for one in _entries(files[other]) if one.at == selector.at]
            return next(filter(None, found), "")
    return ""


def _entries(data: bytes) -> tuple[Selector, ...]:
    try:
        return entries(data, "helm-values")
    except PinRefused:
        return ()


# --- the path -------------------------------------------------------------------------------------------


def _kind(file: str) -> str:
    kind = kind_of(file.rpartition("/")[2])
    assert kind is not None, "only manifests are looked at"
    return kind


def _paths(files: Iterable[str]) -> Mapping[str, str]:
    """What config calls each file: a folder, where that says it all."""
    names = file_names("kustomization")
    paths = {}
    by_folder = groupby(sorted(files, key=_folder), key=_folder)
    for folder, inside in by_folder:
        listed = list(inside)
        alone = sum(file.rpartition("/")[2] in names for file in listed) == 1 and not _is_like_a_file(folder)
        for file in listed:
            paths[file] = folder if alone and file.rpartition("/")[2] in names else file
    return paths


def _is_like_a_file(folder: str) -> bool:
    """Config would take such a path for a file."""
    last = folder.rpartition("/")[2]
    return last.endswith((".yaml", ".yml")) or last in file_names("kustomization")


def _folder(file: str) -> str:
    return file.rpartition("/")[0] or "."


def _unusable(file: str) -> str | None:
    if "{" in file or "}" in file:
        return "a path with braces is a template in config: rename it"
    try:
        sound = all(normalise_path(path) == path for path in (file, _folder(file)))
    except ValueError:
        sound = False
    return None if sound else "such a path cannot be written in config: rename it"


def _where(file: str, line: int | None) -> str:
    return printable(file) if line is None else f"{printable(file)}:{line}"
