"""To write the drafts as the YAML a human would write. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from updater.forges import DEFAULT, kind_of_host
from updater.manifests.scalars import quote
from updater.printable import printable
from updater.tools.init.clone_address import CloneAddress
from updater.tools.init.config_draft import Drafted, DraftedApp, Drafts
from updater.tools.init.pins import LeftOut

_WIDTH = 100
_LOOK = "Look it through, most of all where it says `unsure`."
_LISTED = 100
"""How many pins that were left out are named one by one."""


def files_of(
    drafts: Drafts,
    address: CloneAddress,
    left_out: Sequence[LeftOut],
    *,
    instance: str,
    token: str,
    heading: str = "Written by `updater init`.",
) -> Mapping[str, str]:
    """The text of each file, by its path in the config folder; `heading` says who wrote them."""
    main = "\n".join((*_comment(f"{heading} {_LOOK}"), *_main(drafts, address, left_out, instance, token)))
    apps = {f"apps/{app.name}.yaml": "\n".join(_app(app)) for app in drafts.apps}
    return {path: f"{text}\n" for path, text in {"updater.yaml": main, **apps}.items()}


def _main(
    drafts: Drafts, address: CloneAddress, left_out: Sequence[LeftOut], instance: str, token: str
) -> Iterator[str]:
    yield from (
        "",
        "# Tells this updater's pull requests from another's.",
        f"instance: {quote(instance)}",
        "",
    )
    yield "# observe: decides and shows, and writes nothing. act: when `updater plan` shows what you want."
    yield "mode: observe"
    yield from ("", "repositories:", "  deploy:")
    yield from (line for doubt in address.doubts for line in _comment(f"unsure: {doubt}", 4))
    yield from (f"    url: {quote(address.url)}", f"    branch: {quote(address.branch)}", "")
    yield from _hosts(drafts, address, token)
    yield "# Whose name the commits bear."
    yield "commit: {name: updater, email: updater@example.org}"
    yield from ("", "environments:")
    for environment in drafts.environments:
        yield from _environment(environment)
    yield from _listed(left_out)


def _hosts(drafts: Drafts, address: CloneAddress, token: str) -> Iterator[str]:
    if address.forge is not None:
        yield "# Who hosts the repository, and the environment variable with the token for it."
        known = kind_of_host(address.forge)
        if known is None:
            yield f"# Write what {address.forge} is, if it is not of this kind; `updater doctor` asks it."
        kind = "" if known is not None and known.name == DEFAULT else f"kind: {address.kind.name}, "
        yield from ("forges:", f"  {_word(address.forge)}: {{{kind}token_env: {token}}}", "")
    registries = {image.partition("/")[0] for app in drafts.apps for image in app.images}
    yield "# Registries that want credentials; public images need none."
    yield "# registries:"
    for registry in sorted(registries):
        variable = "GHCR" if registry == "ghcr.io" else "REGISTRY"
        password = f"password_env: {variable}_TOKEN"
        yield f"#   {_word(registry)}: {{username_env: {variable}_USERNAME, {password}}}"
    yield ""


def _environment(environment: Drafted) -> Iterator[str]:
    yield from ("", f"  {quote(environment.name)}:")
    yield from (line for doubt in environment.doubts for line in _comment(f"unsure: {doubt}", 4))
    yield from (f"    {name}: {_value(value)}" for name, value in environment.settings.items())


def _listed(left_out: Sequence[LeftOut]) -> Iterator[str]:
    if not left_out:
        return
    yield from ("", "# Found, and left out:")
    by_reason: dict[str, list[LeftOut]] = {}
    for one in left_out[:_LISTED]:
        by_reason.setdefault(one.why, []).append(one)
    for why, places in by_reason.items():
        yield from ("#", *_comment(f"{why}:"))
        yield from (f"#   {printable(f'{one.where}  {one.what}').rstrip()}" for one in places)
    if len(left_out) > _LISTED:
        yield from ("#", f"# and {len(left_out) - _LISTED} more")


# --- an app ---------------------------------------------------------------------------------------------


def _app(app: DraftedApp) -> Iterator[str]:
    for doubt, environments in _by_doubt(app.environments.values()).items():
        everywhere = len(environments) == len(app.environments)
        where = "" if everywhere else f"in {', '.join(environments)}: "
        yield from _comment(f"unsure: {where}{doubt}")
    yield f"app: {quote(app.name)}"
    yield from _images(app.images)
    yield from _environments(app)


def _by_doubt(drafted: Iterable[Drafted]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in drafted:
        for doubt in one.doubts:
            found.setdefault(doubt, []).append(one.name)
    return found


def _images(images: Sequence[str]) -> Iterator[str]:
    line = f"images: {_value(list(images))}"
    if len(line) <= _WIDTH:
        yield line
    else:
        yield "images:"
        yield from (f"  - {quote(image)}" for image in images)


def _environments(app: DraftedApp) -> Iterator[str]:
    line = f"environments: {_value(list(app.environments))}"
    if not any(one.settings for one in app.environments.values()) and len(line) <= _WIDTH:
        yield line
        return
    yield "environments:"
    for name, one in app.environments.items():
        yield from _placement(name, one.settings)


def _placement(name: str, settings: Mapping[str, Any]) -> Iterator[str]:
    line = f"  {quote(name)}: {_value(settings)}"
    if not settings or ("pins" not in settings and len(line) <= _WIDTH):
        yield line if settings else f"  {quote(name)}:"
        return
    yield f"  {quote(name)}:"
    for key, value in settings.items():
        if key == "pins":
            yield "    pins:"
            yield from (f"      - {_value(pin)}" for pin in value)
        else:
            yield f"    {key}: {_value(value)}"


# --- values ---------------------------------------------------------------------------------------------


def _value(value: Any) -> str:  # noqa: ANN401 - what the settings of a config may be
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_inner(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inner(inner) for inner in value) + "]"
    return str(value).lower() if isinstance(value, bool) else quote(value)


def _inner(value: Any) -> str:  # noqa: ANN401 - as above
    return _word(value) if isinstance(value, str) else _value(value)


def _word(text: str) -> str:
    """Inside [] and {} a colon wants quotes."""
    return quote(text, '"') if ":" in text else quote(text)


def _comment(text: str, indent: int = 0) -> list[str]:
    """On as many lines as it takes; nothing in it ends the comment."""
    start = " " * indent + "# "
    return wrap(
        printable(text),
        _WIDTH + 10,
        initial_indent=start,
        subsequent_indent=f"{start}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
