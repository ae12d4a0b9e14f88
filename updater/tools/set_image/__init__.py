"""`updater set-image`: set tags in one file by hand or in CI, and change not one byte more."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

from updater.config.models import manifest_size
from updater.errors import ConfigError, Unavailable
from updater.manifests import (
    KINDS,
    LIMIT,
    Edit,
    PinRefused,
    Selector,
    Value,
    entries,
    file_names,
    path,
    read,
    write,
)
from updater.manifests.composer import compose
from updater.manifests.deeper import places_of_images
from updater.reasons import pin_reasons
from updater.runner import Exit
from updater.settings import size
from updater.strict_yaml.faults import unknown_word
from updater.terminal import warn
from updater.tools.set_image.arguments import ImageArgument, nearest_images, parse_argument
from updater.tools.set_image.file_replacement import Target, target_of
from updater.value_class import value_class

_OPTIONS = {
    "`at:`": "--path",
    ", or give the app a pin with that path, too": "",  # one call has one path
    "set `create: true`": "say --create",
    "`limits.manifest_size`": "--max-size",
}
_AT = re.compile(r"`at: ([^`]+)`")
_VALUES = re.compile(r"(?:.+[._-])?values(?:[._-].*)?\.ya?ml|values.*\.ya?ml")
_ENV = re.compile(r".+\.env|\.env(?:\..+)?")


@value_class
class SetImageOptions:
    """What stands on the command line."""

    file: str
    images: Sequence[str]
    kind: str | None = None
    at: str | None = None
    create: bool = False
    check: bool = False
    diff: bool = False
    max_size: str | None = None


def set_image(call: SetImageOptions) -> Exit:
    """Raises ConfigError where the call is wrong, UpdaterError where the file cannot be read or written."""
    asked = [parse_argument(text) for text in call.images]
    _check_call(call)
    limit = _limit(call.max_size)
    target = target_of(call.file, chart=_names_charts(call))
    like = Selector(_kind(call, target.path), "", call.at, create=call.create, limit=limit)
    before = target.read(limit)
    try:
        target.refuse_sealed(like.kind)
        after = write(before, [_edit(before, one, like) for one in asked])
    except PinRefused as refused:
        warn(_refusal(refused, target.shown))
        return Exit.FAILED
    return _hand_over(call, target, before, after)


def kind_of(name: str) -> str | None:
    """What a file's name says about its kind."""
    if name in file_names("kustomization"):
        return "kustomization"
    if _ENV.fullmatch(name):
        return "env-file"
    return "helm-values" if _VALUES.fullmatch(name) else None


def _hand_over(call: SetImageOptions, target: Target, before: bytes, after: bytes) -> Exit:
    if call.diff:
        _print("".join(_difference(before, after, target.shown)).encode(errors="surrogateescape"))
    if call.check:
        return Exit.DIFFERS if after != before else Exit.FINE
    if target.path is None:
        _print(after)
    elif after != before:
        target.replace(before, after)
    return Exit.FINE


# --- what is asked for ----------------------------------------------------------------------------------


def _check_call(call: SetImageOptions) -> None:
    if call.kind is not None and call.kind not in KINDS:
        raise ConfigError(f"--kind: {unknown_word('kind', call.kind, KINDS)}")
    if call.at is not None:
        _check_path(call.at, call.images)
    if call.file == "-" and call.diff and not call.check:
        raise ConfigError("with - the file itself goes to standard output: leave --diff out, or add --check")


def _check_path(at: str, images: Sequence[str]) -> None:
    if len(images) > 1:
        raise ConfigError("--path leads to one image: set the others in another call")
    try:
        path.parse(at)
    except PinRefused as refused:
        raise ConfigError(f"--path: {refused.sentence}") from refused


def _limit(text: str | None) -> int:
    if text is None:
        return LIMIT
    try:
        return manifest_size(size(text))
    except ValueError as error:
        raise ConfigError(f"--max-size: {error}") from error


def _names_charts(call: SetImageOptions) -> bool:
    return call.kind in {None, "chart"} and all("://" in text for text in call.images)


def _kind(call: SetImageOptions, path: Path | None) -> str:
    charts = "chart" if _names_charts(call) else None
    kind = call.kind or charts or (kind_of(path.name) if path else None)
    if kind is None:
        what = f"{path}: its name does not say" if path else "standard input does not say"
        raise ConfigError(f"{what} what kind of file it is: add --kind, one of {', '.join(KINDS)}")
    if call.at is not None and kind == "kustomization":
        raise ConfigError(
            f"{path or 'standard input'}: a kustomization is searched by the image: leave --path out"
        )
    return kind


# --- what becomes of the file ---------------------------------------------------------------------------


def _edit(data: bytes, wanted: ImageArgument, like: Selector) -> Edit:
    """Raises PinRefused."""
    selector = _selector(data, wanted, like)
    try:
        value = read(data, selector)
    except PinRefused as refused:
        raise _with_names(refused, data, selector) from refused
    _check_name(wanted, value, selector)
    _check_told(data, value, selector)
    return Edit(selector, wanted.tag or "", wanted.digest)


def _with_names(refused: PinRefused, data: bytes, selector: Selector) -> PinRefused:
    """Of an image that the file does not name: what it does name."""
    if refused.reason != pin_reasons.PIN_MISSING or selector.kind != "kustomization":
        return refused
    try:
        names = [one.image for one in entries(data, selector.kind, limit=selector.limit)]
    except PinRefused:
        return refused
    if not names or selector.image in names:
        return refused
    sentence = f"{refused.sentence} (it names {nearest_images(selector.image, names)})"
    return PinRefused(refused.reason, sentence, refused.line)


def _selector(data: bytes, wanted: ImageArgument, like: Selector) -> Selector:
    """What the file carries is what is set; only --create adds to it."""
    possible = [replace(like, image=wanted.image, pin=pin) for pin in wanted.pins]
    carried = (one for one in possible if _reads(data, replace(one, create=False)))
    return next(carried, possible[0])


def _reads(data: bytes, selector: Selector) -> bool:
    try:
        read(data, selector)
    except PinRefused:
        return False
    return True


def _check_name(wanted: ImageArgument, value: Value, selector: Selector) -> None:
    """A path leads anywhere: what stands there has to be the image that was named."""
    by_name = selector.kind == "kustomization"
    if not by_name and wanted.image not in {value.image, f"docker.io/{value.image}", value.alias}:
        raise PinRefused(
            pin_reasons.OTHER_IMAGE,
            f"{selector.at} is of {value.image} and not of {wanted.image}; name that image, or another path",
            value.line,
        )
    if wanted.runs is not None and wanted.runs != value.image:
        raise PinRefused(
            pin_reasons.RENAMED,
            f"{wanted.image} runs as {value.image} and not as {wanted.runs}; this command sets tags only, so "
            "change the name by hand",
            value.line,
        )


def _check_told(data: bytes, value: Value, selector: Selector) -> None:
    """Without a path only a repository in the values says of which image a tag is."""
    if selector.kind != "helm-values" or selector.at is not None or value.tag is None:
        return
    told = {one.image for one in entries(data, selector.kind, limit=selector.limit)}
    told |= places_of_images(compose(data)).keys()
    if not told & {selector.image, selector.image.removeprefix("docker.io/")}:
        raise PinRefused(
            pin_reasons.UNNAMED_IMAGE,
            f"no repository stands beside this tag, so it may be another image's than {selector.image}; "
            "if it is that one's, say --path image.tag",
            value.line,
        )


def _refusal(refused: PinRefused, shown: str) -> str:
    """In the words of this command: the sentence may name settings of the config."""
    sentence = _AT.sub(r"`--path \1`", refused.sentence)
    for setting, option in _OPTIONS.items():
        sentence = sentence.replace(setting, option)
    if refused.reason == pin_reasons.DIGEST_WINS:
        sentence = f"{sentence.partition(';')[0]}; give the new digest as well, IMAGE=TAG@sha256:…"
    line = "" if refused.line is None else f":{refused.line}"
    return f"{shown}{line}: {sentence}"


def _difference(before: bytes, after: bytes, shown: str) -> Iterator[str]:
    import difflib  # noqa: PLC0415 - only where it is asked for

    name = shown.removeprefix("/")
    old, new = (StringIO(data.decode(), newline="\n").readlines() for data in (before, after))
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _print(data: bytes) -> None:
    """Raises Unavailable where nobody takes it."""
    if sys.stdout is None:
        raise Unavailable("standard output cannot be written (it is closed)")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unavailable(f"standard output cannot be written ({error.strerror})") from None
