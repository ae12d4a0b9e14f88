"""What `make docs` writes into the page of a kind of manifest: its settings, and what a bump changes there.

The page shows its files; the bump is made in them by the pins of its own config. Doubts are the same files
with something changed: why the pin is left alone is what the code says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import NamedTuple

from gate_scenes import OLD, TAG
from page_parts import PRODUCTION, blocks_in, config_in, files_in, filled, table, text_of
from page_settings import keys_of_section

from updater import messages
from updater.config import Config, Pin
from updater.manifests import KINDS, Edit, PinRefused, Selector, read, write
from updater.messages import Bump
from updater.model import Chart, Version

KIND_NAMES = tuple(KINDS)
NAMES = (
    "helm-values",
    "two-images",
    "kustomization",
    "yaml-path",
    "argocd-application",
    "argocd-applicationset",
    "flux-helmrelease",
    "chart",
    "env-file",
)
"""The kinds of the table, and what people look for by another name; the first examples first."""
HEADINGS = ("What it finds", "Settings", "Example", "What the reviewer sees", "Edge cases", "Related pages")
BLOCKS = ("at a glance", "settings", "sentences")
_VERSION, _DIGEST = "1.3.0", f"sha256:{'5904a84e' * 8}"
_KEYS = ("path", "kind", "at", "pin", "create")


class Doubt(NamedTuple):
    """A file of the page with something otherwise."""

    when: str
    old: str
    new: str


def page(name: str) -> str:
    """With its blocks as they are now."""
    text = text_of(f"manifests/{name}.md")
    assert blocks_in(text) == BLOCKS, f"manifests/{name}.md has the blocks {blocks_in(text)}"
    made = {
        "at a glance": lambda: table(("", ""), list(_glance(text))),
        "settings": lambda: _settings(text),
        "sentences": lambda: "\n\n".join([_changed(text), *_doubted(name, text)]),
    }
    return filled(text, lambda block: made[block]())


def index() -> str:
    text = text_of("manifests/index.md")
    return filled(text, lambda _: table(("page", "kind", "changes"), list(map(_row, NAMES))))


def _row(name: str) -> tuple[str, ...]:
    text = text_of(f"manifests/{name}.md")
    title = text.partition("\n")[0].removeprefix("# ")
    removed = next(line for line in _diff(text).splitlines() if line.startswith("-") and line[1:2] != "-")
    return (
        f"[{title}]({name}.md)",
        ", ".join(f"`{one}`" for one in kinds_in(text)),
        f"`{removed[1:].strip()}`",
    )


def kinds_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pin.selector.kind for pin in _pins(config_in(text))))


# --- at a glance, and settings ----------------------------------------------------------------------------


def _glance(text: str) -> Iterator[tuple[str, str]]:
    for name in kinds_in(text):
        kind = KINDS[name]
        yield (
            "kind",
            f"`{name}`" + (", which is what counts where nothing is said" if name == _usual() else ""),
        )
        names = ", ".join(f"`{one}`" for one in kind.file_names)
        yield "`path` names", f"a folder, in which it is {names}; or the file" if names else "the file"
        adds = "adds what is missing" if _adds(name) else "adds nothing: write the pin yourself"
        yield "`create: true`", adds


def _usual() -> str:
    return "kustomization"


def _adds(kind: str) -> bool:
    """Whether there is a file to which it would add the image."""
    selector = Selector(kind, "ghcr.io/org/shop", create=True)
    for text in (b"resources: []\n", b"image:\n  repository: ghcr.io/org/shop\n", b"A=1\n"):
        try:
            write(text, [Edit(selector, _VERSION)])
        except PinRefused:
            continue
        return True
    return False


def _settings(text: str) -> str:
    charts = any(isinstance(pin.image, Chart) for pin in _pins(config_in(text)))
    return keys_of_section("environments.NAME.chart" if charts else "environments.NAME", _KEYS)


# --- what the reviewer sees -------------------------------------------------------------------------------


def _pins(config: Config) -> list[Pin]:
    return [
        pin
        for placement, policy in config.policies.items()
        if placement.environment == PRODUCTION.environment
        for pin in policy.pins
    ]


def _edits(text: str) -> Mapping[str, list[Edit]]:
    """By the file of the page that the pin is in."""
    shown, found = files_in(text), dict[str, list[Edit]]()
    for pin in _pins(config_in(text)):
        path = next(path for path in pin.files if path in shown)
        tag = _VERSION if isinstance(pin.image, Chart) else TAG
        digest = _DIGEST if pin.selector.takes_digest else None
        found.setdefault(path, []).append(Edit(pin.selector, tag, digest))
    return found


def _diff(text: str) -> str:
    shown, lines = files_in(text), list[str]()
    for path, edits in _edits(text).items():
        after = write(shown[path].encode(), edits).decode()
        before_lines, after_lines = shown[path].splitlines(), after.splitlines()
        lines += unified_diff(before_lines, after_lines, path, path, n=1, lineterm="")
    return "\n".join(line.rstrip() for line in lines)


def _changed(text: str) -> str:
    return (
        f"One commit, `{_subject(text)}`, and a pull request that shows it. Not one byte more than this:\n\n"
        f"```diff\n{_diff(text)}\n```"
    )


def _subject(text: str) -> str:
    placement, policy = next(
        (each, policy)
        for each, policy in config_in(text).policies.items()
        if each.environment == "production"
    )
    charts = any(isinstance(image, Chart) for image in policy.images)
    new = Version((1,), _VERSION if charts else TAG)
    bump = Bump(placement, OLD, new, {}, policy.tags.scheme.zone)
    return messages.commit_message(bump).partition("\n")[0]


def _doubted(name: str, text: str) -> Iterator[str]:
    if DOUBTS.get(name):
        yield "Where there is a doubt, the pin is left alone, and the page and `updater explain` say why:"
        yield "\n".join(f"* **{doubt.when}**: {_refusal(doubt, text)}" for doubt in DOUBTS[name])


def _refusal(doubt: Doubt, text: str) -> str:
    for path, edits in _edits(text).items():
        written = files_in(text)[path]
        if doubt.old in written:
            return _why(path, written.replace(doubt.old, doubt.new, 1), edits, doubt)
    raise AssertionError(f"{doubt.old!r} stands in no file of the page")


def _why(path: str, written: str, edits: list[Edit], doubt: Doubt) -> str:
    for edit in edits:
        try:
            read(written.encode(), edit.selector)
        except PinRefused as why:
            line = f":{why.line}" if why.line else ""
            return f"{path}{line}: {why.sentence} (`{why.reason.code}`)"
    raise AssertionError(f"{doubt.when} is no doubt")


DOUBTS: Mapping[str, tuple[Doubt, ...]] = {
    "helm-values": (
        Doubt("the key is not there", "  tag: 20260201-090000\n", ""),
        Doubt("it is of another image", "ghcr.io/org/shop\n", "ghcr.io/org/shop-worker\n"),
        Doubt("it is written by a template", "tag: 20260201-090000", "tag: {{ .Values.tag }}"),
        Doubt(
            "a digest stands beside it",
            "  tag: 20260201-090000\n",
            f"  tag: 20260201-090000\n  digest: sha256:{'c1d07b33' * 8}\n",
        ),
    ),
    "two-images": (
        Doubt(
            "one of them is not there",
            "  - name: ghcr.io/org/shop-worker\n    newTag: 20260201-090000\n",
            "",
        ),
        Doubt("one stands there twice", "ghcr.io/org/shop-worker", "ghcr.io/org/shop"),
    ),
    "kustomization": (
        Doubt("there is no entry", "  - name: ghcr.io/org/shop\n    newTag: 20260201-090000\n", "  []\n"),
        Doubt("it has a suffix and no tag", "newTag: 20260201-090000", "tagSuffix: -alpine"),
        Doubt(
            "a digest stands beside it",
            "    newTag: 20260201-090000\n",
            f"    newTag: 20260201-090000\n    digest: sha256:{'c1d07b33' * 8}\n",
        ),
        Doubt("it is a YAML alias", "newTag: 20260201-090000", "newTag: *tag"),
    ),
    "yaml-path": (
        Doubt("the image is not there", "ghcr.io/org/shop:20260201-090000", "ghcr.io/org/other:1.0"),
        Doubt(
            "it stands there twice",
            "        - name: proxy\n          image: docker.io/library/nginx:1.29\n",
            "        - name: proxy\n          image: ghcr.io/org/shop:20260131-120000\n",
        ),
        Doubt("it is put together by a template", ":20260201-090000", ":${TAG}"),
    ),
    "argocd-application": (
        Doubt("the block is folded", "values: |", "values: >"),
        Doubt("the block has no such key", "            tag: 20260201-090000\n", ""),
    ),
    "argocd-applicationset": (
        Doubt("the element is called otherwise", "environment: production", "environment: prod"),
    ),
    "flux-helmrelease": (Doubt("the values come from elsewhere", "      tag: 20260201-090000\n", ""),),
    "chart": (
        Doubt("it is a range", "targetRevision: 1.2.0", "targetRevision: 1.2.*"),
        Doubt("no version is written", "    targetRevision: 1.2.0\n", ""),
        Doubt("it is another chart", "chart: shop", "chart: blog"),
    ),
    "env-file": (
        Doubt("no variable holds the image", "ghcr.io/org/shop:", "ghcr.io/org/blog:"),
        Doubt("its tag is that of another variable", ":20260201-090000", ":${TAG}"),
        Doubt("the key stands twice", "LOG_LEVEL=info", "SHOP_IMAGE=ghcr.io/org/shop:1.0"),
    ),
}
"""By page; each is found in one of its files."""
