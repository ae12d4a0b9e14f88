"""What `make docs` writes into the page of a scheme: its settings, how it reads tags, what reviewers read."""

from __future__ import annotations

from collections.abc import Iterator

from page_parts import PRODUCTION, blocks_in, config_in, filled, quoted, table, text_of
from page_settings import settings_of
from scheme_scenes import LISTED, newest_two, objections, scheme_in

from updater import messages
from updater.config import Config
from updater.messages import Bump
from updater.schemes import SCHEMES, reads_only_dated
from updater.views.tag_reading import parts_in_words, time_of

NAMES = tuple(SCHEMES)
HEADINGS = ("What it reads", "Settings", "Example", "What the reviewer sees", "Edge cases", "Related pages")
BLOCKS = ("at a glance", "settings", "sentences")


def page(name: str) -> str:
    """With its blocks as they are now."""
    text = text_of(f"schemes/{name}.md")
    assert blocks_in(text) == BLOCKS, f"schemes/{name}.md has the blocks {blocks_in(text)}"
    made = {
        "at a glance": lambda: table(("", ""), list(_glance(name, config_in(text)))),
        "settings": lambda: settings_of(f"environments.NAME.tags.follow.{name}"),
        "sentences": lambda: _seen(name, config_in(text)),
    }
    return filled(text, lambda block: made[block]())


def index() -> str:
    text = text_of("schemes/index.md")
    return filled(text, lambda _: table(("scheme", "such as", "ordered by"), list(map(_row, NAMES))))


def _row(name: str) -> tuple[str, ...]:
    config = config_in(text_of(f"schemes/{name}.md"))
    _, new = newest_two(config, name)
    return (f"[`{name}`]({name}.md)", f"`{messages.short(new.tag)}`", _ordered_by(name, config))


def _ordered_by(name: str, config: Config) -> str:
    _, new = newest_two(config, name)
    if reads_only_dated(SCHEMES[name]):
        return "when its image was created"
    return "the time in the tag" if new.stamp is not None else "the numbers in the tag"


def _glance(name: str, config: Config) -> Iterator[tuple[str, str]]:
    kind = SCHEMES[name]
    alone = not any(field.is_required() for field in kind.model_fields.values())
    yield "by its name alone", f"`follow: {name}`" if alone else "not possible"
    yield "ordered by", _ordered_by(name, config)
    dated = reads_only_dated(kind)
    yield "asks the registry", "for the list, and once for each image" if dated else "for the list of tags"
    ahead = scheme_in(config, name).ahead
    yield "a stamp that lies ahead of its image", "holds (`stamp_ahead`)" if ahead else "is not asked"


# --- what the reviewer sees -------------------------------------------------------------------------------


def _seen(name: str, config: Config) -> str:
    rows = [(f"`{messages.short(tag)}`", _read_as(name, tag, config)) for tag in LISTED[name].listed]
    told = [
        "How the example reads what a registry holds. Of what is read, the newest stands first:",
        table(("tag", "read as"), rows),
    ]
    return "\n\n".join([*told, *_proposed(name, config), *_doubted(name, config)])


def _read_as(name: str, tag: str, config: Config) -> str:
    scheme = scheme_in(config, name)
    version = scheme.read(tag)
    if version is None:
        return f"not read: it {scheme.why_not(tag)}"
    words = parts_in_words(scheme.parts(tag))
    said = " ".join(word for word in (name, time_of(version, scheme)) if word)
    return f"{said} ({words})" if words else said


def _proposed(name: str, config: Config) -> Iterator[str]:
    """The head of the pull request that goes from one to the next."""
    old, new = newest_two(config, name)
    policy = config.policies[PRODUCTION]
    digest = new.digest or f"sha256:{'5904a84e' * 8}"
    bump = Bump(PRODUCTION, old.tag, new, dict.fromkeys(policy.images, digest), policy.tags.scheme.zone)
    head = messages.body([bump], config.instance).partition("\n\n### ")[0]
    yield "The pull request begins with:"
    yield quoted(f"**{messages.title([bump])}**\n\n{head}")


def _doubted(name: str, config: Config) -> Iterator[str]:
    for tag, why in LISTED[name].doubts.items():
        yield f"`{tag}`: {why}. It is not promoted, and the page and `updater explain` say:"
        yield "\n>\n".join(f"> {each.sentence} (`{each.code}`)" for each in objections(config, name, tag))
