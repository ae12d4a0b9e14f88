"""`updater set-image`: set tags in one file by hand or in CI, and change not one byte more."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from updater.commands.passing import Exit
from updater.commands.replacing import Target, target_of
from updater.config.faults import unknown
from updater.errors import ConfigError, Unavailable
from updater.manifests import KINDS, Edit, PinRefused, Selector, file_names, read, write
from updater.manifests.reference import Reference, parse, parse_tag
from updater.manifests.wording import is_tag

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_VALUES = re.compile(r"(?:.+[._-])?values(?:[._-].*)?\.ya?ml|values.*\.ya?ml")
_EXAMPLE = "ghcr.io/org/shop=20260202-143512"


@dataclass(frozen=True, slots=True)
class Call:
    """What stands on the command line."""

    file: str
    images: Sequence[str]
    kind: str | None = None
    at: str | None = None
    create: bool = False
    check: bool = False
    diff: bool = False


class Wanted(NamedTuple):
    """One IMAGE=TAG[@DIGEST]; `runs` is what kustomize's IMAGE=NEWIMAGE:TAG names besides."""

    image: str
    tag: str
    digest: str | None
    runs: str | None


def set_image(call: Call) -> Exit:
    """Raises ConfigError where the call is wrong, UpdaterError where the file cannot be read or written."""
    wanted = [_wanted(text) for text in call.images]
    _check_call(call)
    target = target_of(call.file)
    kind = _kind(call.kind, target.path)
    before = target.read()
    try:
        after = write(before, list(_edits(before, wanted, kind, call, target.shown)))
    except PinRefused as refused:
        sys.stderr.write(_refusal(refused, target.shown))
        return Exit.FAILED
    return _hand_over(call, target, before, after)


def kind_of(name: str) -> str | None:
    """What a file's name says about its kind."""
    if name in file_names("kustomization"):
        return "kustomization"
    return "helm-values" if _VALUES.fullmatch(name) else None


def _hand_over(call: Call, target: Target, before: bytes, after: bytes) -> Exit:
    if call.diff:
        _print("".join(_difference(before, after, target.shown)).encode())
    if call.check:
        return Exit.DIFFERS if after != before else Exit.FINE
    if target.path is None:
        _print(after)
    elif after != before:
        target.replace(after)
    return Exit.FINE


# --- what is asked for ----------------------------------------------------------------------------------


def _wanted(text: str) -> Wanted:
    image, _, value = text.partition("=")
    reference = _reference(value)
    if not image or not value or reference.tag is None:
        raise ConfigError(f"{text!r} has no image and tag: write it like {_EXAMPLE}")
    if not is_tag(reference.tag):
        raise ConfigError(f"{text!r}: {reference.tag!r} is no tag: use letters, digits, dots, dashes and _")
    if reference.digest is not None and not _DIGEST.fullmatch(reference.digest):
        raise ConfigError(f"{text!r}: {reference.digest!r} is no digest: write it like sha256:5904…")
    return Wanted(image, reference.tag, reference.digest, reference.before or None)


def _reference(value: str) -> Reference:
    """`TAG[@DIGEST]`, or `NEWIMAGE:TAG[@DIGEST]` as kustomize has it."""
    return parse(value) if re.search("[:/]", value.partition("@")[0]) else parse_tag(value)


def _check_call(call: Call) -> None:
    if call.kind is not None and call.kind not in KINDS:
        raise ConfigError(f"--kind: {unknown('kind', call.kind, KINDS)}")
    if call.at is not None and len(call.images) > 1:
        raise ConfigError("--path leads to one image: set the others in another call")
    if call.file == "-" and call.diff and not call.check:
        raise ConfigError("with - the file itself goes to standard output: leave --diff out, or add --check")


def _kind(given: str | None, path: Path | None) -> str:
    kind = given or (kind_of(path.name) if path else None)
    if kind is None:
        what = f"{path}: its name does not say" if path else "standard input does not say"
        raise ConfigError(f"{what} what kind of file it is: add --kind, one of {', '.join(KINDS)}")
    return kind


# --- what becomes of the file ---------------------------------------------------------------------------


def _edits(data: bytes, wanted: Iterable[Wanted], kind: str, call: Call, shown: str) -> Iterator[Edit]:
    """Raises PinRefused."""
    if call.at is not None and kind == "kustomization":
        raise ConfigError(f"{shown}: a kustomization is searched by the image: leave --path out")
    for one in wanted:
        selector = _selector(data, one, kind, call)
        _check_runs(data, one, selector)
        yield Edit(selector, one.tag, one.digest)


def _selector(data: bytes, wanted: Wanted, kind: str, call: Call) -> Selector:
    """What the file carries is what is set; only --create adds to it."""
    pins = ["tag"] if wanted.digest is None else ["tag+digest", "digest"]
    for pin in pins:
        selector = Selector(kind, wanted.image, call.at, pin)
        if _reads(data, selector):
            return selector
    return Selector(kind, wanted.image, call.at, pins[0], call.create)


def _reads(data: bytes, selector: Selector) -> bool:
    try:
        read(data, selector)
    except PinRefused:
        return False
    return True


def _check_runs(data: bytes, wanted: Wanted, selector: Selector) -> None:
    value = read(data, selector)
    if wanted.runs is not None and wanted.runs != value.image:
        raise PinRefused(
            "renamed",
            f"{wanted.image} runs as {value.image} and not as {wanted.runs}; this command sets tags only, so "
            "change the name by hand",
            value.line,
        )


def _refusal(refused: PinRefused, shown: str) -> str:
    """In the words of this command: the sentence may name settings of the config."""
    sentence = refused.sentence.replace("`at:`", "--path").replace("set `create: true`", "say --create")
    if refused.code == "digest_wins":
        sentence = f"{sentence.partition(';')[0]}; give the new digest as well, IMAGE=TAG@sha256:…"
    line = "" if refused.line is None else f":{refused.line}"
    return f"{shown}{line}: {sentence}\n"


def _difference(before: bytes, after: bytes, shown: str) -> Iterator[str]:
    import difflib  # noqa: PLC0415 - only where it is asked for

    name = shown.removeprefix("/")
    old, new = (StringIO(data.decode(), newline="\n").readlines() for data in (before, after))
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _print(data: bytes) -> None:
    """Raises Unavailable where nobody takes it."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unavailable(f"standard output cannot be written ({error.strerror})") from None
