"""The files of a repository, and where in them a tag stands that a tool keeps up to date. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from updater.config.paths import normalise_path
from updater.manifests import PinRefused, Selector, Value, entries, file_names, read, read_all
from updater.manifests.composer import compose
from updater.manifests.image_value import Leaf, leaves
from updater.manifests.reference import parse, repository
from updater.model import Image
from updater.printable import printable
from updater.tools.init.pins import FoundPin
from updater.tools.init.workload_pins import workload_selectors
from updater.tools.migrate.found import NotCarriedOver
from updater.tools.set_image import kind_of
from updater.value_class import value_class

_PINNED = ("tag", "tag+digest", "digest")
_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


def image_of(name: str) -> Image:
    """In full, as docker pulls it: `web` is docker.io/library/web. Raises NotCarriedOver."""
    text = repository(name)
    first, slash, rest = text.partition("/")
    if first in _HUB[1:]:
        text = f"docker.io/{rest}"
    elif not slash:
        text = f"docker.io/library/{text}"
    elif not ("." in first or ":" in first or first == "localhost"):
        text = f"docker.io/{text}"
    try:
        return Image.parse(text)
    except ValueError:
        raise NotCarriedOver(f"{printable(name)[:100]} is no name of an image as it stands there") from None


def names_of(image: Image) -> tuple[str, ...]:
    """As people write it: of Docker Hub also without its host."""
    return tuple(dict.fromkeys((_short(image), str(image).replace("/library/", "/"), str(image))))


def is_same_image(one: str, other: Image) -> bool:
    try:
        return bool(one) and _short(image_of(one)) == _short(other)
    except NotCarriedOver:
        return False


def _short(image: Image) -> str:
    return str(image).removeprefix("docker.io/library/").removeprefix("docker.io/")


@value_class
class Checkout:
    """What the head of a repository holds. `branch` and `address` are None where nobody knows them."""

    files: Mapping[str, bytes]
    branch: str | None = None
    address: str | None = None
    """`host/owner/name` of where it is fetched from."""

    def inside(self, path: str, base: str = "") -> str:
        """From its root, where a leading slash leads, too. Raises NotCarriedOver outside of it."""
        whole = posixpath.normpath(path.lstrip("/") or ".")
        if not path.startswith("/"):
            whole = posixpath.normpath(posixpath.join(base, path) or ".")
        if whole.startswith(".."):
            raise NotCarriedOver(f"{printable(path)} leads out of the repository")
        return whole

    def kustomization(self, folder: str) -> str | None:
        paths = (posixpath.join(folder, name).removeprefix("./") for name in file_names("kustomization"))
        return next((path for path in paths if path in self.files), None)

    def pin_of_image(self, file: str, image: Image, name: str = "") -> FoundPin:
        """The entry of a kustomization, by its `name` there or another. Raises NotCarriedOver."""
        with _reading(file):
            found = [
                one
                for one in self.entries_of(file)
                if (repository(one.image) == name if name else self._is_of(file, one, image))
            ]
            if not found:
                raise NotCarriedOver(
                    f"{printable(file)} has no entry for {printable(name) or image} under `images`: "
                    "write one, with the tag that runs"
                )
            return self._pin(file, found[0], image)

    def entries_of(self, file: str) -> tuple[Selector, ...]:
        return entries(self.files[file], "kustomization")

    def _is_of(self, file: str, one: Selector, image: Image) -> bool:
        """By its name, or by the new one it gives."""
        if is_same_image(one.image, image):
            return True
        with suppress(PinRefused):
            return is_same_image(read(self.files[file], one).image, image)
        return False

    def pin_at(self, file: str, at: str, image: Image) -> FoundPin:
        """By a path to its value. Raises NotCarriedOver."""
        kind = "helm-values" if kind_of(file.rpartition("/")[2]) == "helm-values" else "yaml-path"
        with _reading(file):
            return self._pin(file, Selector(kind, str(image), at), image)

    def pins_of(self, file: str, selectors: Iterable[Selector]) -> Iterator[FoundPin | NotCarriedOver]:
        """Of each of these, with the image that stands there; or why not."""
        for one in selectors:
            try:
                with _reading(file):
                    yield self._pin(file, one, image_of(self._image(file, one)))
            except NotCarriedOver as why:
                yield why

    def _image(self, file: str, selector: Selector) -> str:
        """What stands there, however it is pinned. Raises PinRefused."""
        said = read_all(self.files[file], [replace(selector, pin=pinned) for pinned in _PINNED])
        found = next((value.image for value in said if isinstance(value, Value)), "")
        return found or selector.image

    def pin_in_line(self, file: str, line: int, image: Image) -> FoundPin:
        """Of the tag of the image that stands in that line. Raises NotCarriedOver."""
        with _reading(file):
            refused = None
            for selector in self._selectors(file, line, image):
                try:
                    pin = self._pin(file, selector, image)
                except PinRefused as refusal:
                    refused = refused or refusal
                    continue
                if pin.line == line:
                    return pin
            raise refused or NotCarriedOver(
                f"{printable(file)}:{line} holds no tag that could be changed alone"
            )

    def _selectors(self, file: str, line: int, image: Image) -> Iterator[Selector]:
        data = self.files[file]
        if kind_of(file.rpartition("/")[2]) == "kustomization":
            yield from (one for one in entries(data, "kustomization") if self._is_of(file, one, image))
        else:
            yield from (one for one in workload_selectors(data) if is_same_image(one.image, image))
        for leaf in _leaves_in(data, line):
            yield Selector("yaml-path", str(image), leaf.at)

    def _pin(self, file: str, selector: Selector, image: Image) -> FoundPin:
        """As config will name it. Raises PinRefused or NotCarriedOver."""
        _check_path(file)
        name, value = self._read(file, selector, image)
        in_folder = name.kind == "kustomization" and self._is_alone(file)
        path = (file.rpartition("/")[0] or ".") if in_folder else file
        if name.at is not None and not name.at.isprintable():
            raise NotCarriedOver("such a path cannot be written in config: rename its keys")
        return FoundPin(file, path, image, name.kind, name.at, name.pin, value.line, value.tag)

    def _read(self, file: str, selector: Selector, image: Image) -> tuple[Selector, Value]:
        """By the words that config will have for it, which names the image in full."""
        data, refused = self.files[file], list[PinRefused]()
        for one in _as_config_has_it(file, selector, image):
            for pinned in _PINNED:
                tried = Selector(one.kind, one.image, one.at, pinned)
                try:
                    value = read(data, tried)
                except PinRefused as refusal:
                    refused.append(refusal)
                    continue
                if value.image and not is_same_image(value.image, image):
                    raise NotCarriedOver(f"{printable(value.image)[:100]} stands there, and not {image}")
                return tried, value
        raise refused[0]

    def _is_alone(self, file: str) -> bool:
        folder = file.rpartition("/")[0]
        names = [posixpath.join(folder, name) for name in file_names("kustomization")]
        last = folder.rpartition("/")[2]
        return (
            sum(name in self.files for name in names) == 1
            and not last.endswith((".yaml", ".yml"))
            and last not in file_names("kustomization")
        )


def _as_config_has_it(file: str, selector: Selector, image: Image) -> Iterator[Selector]:
    """A kustomization is searched by the name that stands there: where config needs another, by its place."""
    if selector.kind == "kustomization":
        if parse(selector.image).repository == str(image) or file.endswith((".yaml", ".yml")):
            yield Selector("kustomization", str(image))
        if file.endswith((".yaml", ".yml")):
            yield Selector("yaml-path", str(image), f"images[name={selector.image}].newTag")
        else:
            yield Selector("kustomization", str(image))
    else:
        yield Selector(selector.kind, str(image), selector.at)


def _leaves_in(data: bytes, line: int) -> Iterator[Leaf]:
    for document in compose(data).documents:
        for leaf in leaves(document.root):
            if leaf.node.line == line:
                yield leaf


def _check_path(file: str) -> None:
    """Raises NotCarriedOver."""
    try:
        sound = normalise_path(file) == file
    except ValueError:
        sound = False
    if not sound or "{" in file or "}" in file:
        raise NotCarriedOver(f"{printable(file)}: such a path cannot be written in config: rename it")


class _reading:  # noqa: N801 - it is used as a statement
    """What is refused of a file becomes the sentence that tells where."""

    def __init__(self, file: str) -> None:
        self._file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PinRefused):
            line = "" if error.line is None else f":{error.line}"
            raise NotCarriedOver(f"{printable(self._file)}{line}: {error.sentence}") from None
