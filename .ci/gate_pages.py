"""What `make docs` writes into the page of a gate: what it is, its settings, and what reviewers read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gate_scenes import CAME, OLD, SCENES, TAG, Scene, ruling_of
from page_parts import PRODUCTION, blocks_in, config_in, filled, table, text_of
from page_settings import keys_of_section, settings_of

from updater import messages, times
from updater.config import Config
from updater.gates import GATES
from updater.messages import Bump
from updater.model import Ruling
from updater.plan.commit_status import judged_status
from updater.reasons import Reason, hold_reasons

NAMES = ("after", *GATES)
HEADINGS = ("What it asks", "Settings", "Example", "What the reviewer sees", "Edge cases", "Related pages")
_AFTER = "The environments before this one have to run the tag, or to have left it for a newer one."
BLOCKS = ("at a glance", "settings", "sentences")


def page(name: str) -> str:
    """With its blocks as they are now."""
    text = text_of(f"gates/{name}.md")
    assert blocks_in(text) == BLOCKS, f"gates/{name}.md has the blocks {blocks_in(text)}"
    made = {"at a glance": _glance, "settings": _settings, "sentences": lambda one: _sentences(one, text)}
    return filled(text, lambda block: made[block](name))


def index() -> str:
    text = text_of("gates/index.md")
    head = ("gate", "such as", "class", "what it asks")
    return filled(text, lambda _: table(head, [_row(name) for name in NAMES]))


def _row(name: str) -> tuple[str, ...]:
    reason = _reason(name)
    asks = _AFTER if name == "after" else reason.meaning
    return (f"[`{name}`]({name}.md)", f"`{_written(name)}`", reason.about, asks)


def _written(name: str) -> str:
    """As the gate says of itself how it is written."""
    found = re.search("`(.+?)`", GATES[name].__doc__ or "") if name in GATES else None
    return found[1] if found else "after: staging"


def _reason(name: str) -> Reason:
    return hold_reasons.AFTER if name == "after" else GATES[name].reason


# --- at a glance ------------------------------------------------------------------------------------------


def _glance(name: str) -> str:
    return table(("", ""), [*_of_reason(_reason(name)), *_of_gate(name)])


def _of_reason(reason: Reason) -> Iterator[tuple[str, str]]:
    about = "may pass by waiting" if reason.about == "time" else "does not pass by waiting alone"
    yield "code", f"[`{reason.code}`](../reason-codes.md)"
    yield "class", f"{reason.about}: {about}"
    passed = f'`updater promote shop production --override {reason.passed_by} --why "…"`'
    yield "passed over by", passed if reason.overridable else "nobody"
    yield "of a way back", "asked" if reason.asked_of_rollback else "not asked"


def _of_gate(name: str) -> Iterator[tuple[str, str]]:
    if name not in GATES:
        return
    gate = GATES[name]
    yield "in a team's file", "may stand there" if gate.by_teams else "may not: it is the operator's"
    yield "of a Helm chart", f"not asked: {gate.needs_image}" if gate.needs_image else "asked"
    yield "without `after:`", f"refused: {gate.without_predecessor}" if gate.without_predecessor else "fine"


def _settings(name: str) -> str:
    if name == "after":
        return keys_of_section("environments.NAME", ("after",))
    return settings_of(f"environments.NAME.gates.{name}")


# --- what the reviewer sees -------------------------------------------------------------------------------


def _sentences(name: str, text: str) -> str:
    config = config_in(text)
    return "\n\n".join([_before(config), *(_told(name, text, scene) for scene in SCENES[name])])


def _before(config: Config) -> str:
    came = times.format_time(CAME, config.policies[PRODUCTION].tags.scheme.zone)
    there = f"`production` runs `{OLD}`; `staging` got `{TAG}` at {came}"
    return f"{there}. By the example above; what else there is to say of the tag stands beside it:"


def _told(name: str, text: str, scene: Scene) -> str:
    ruling, config = ruling_of(name, text, scene), config_in(text)
    assert ruling.passes or scene.kind != "passes", f"{name}, {scene.when}: {ruling.sentence}"
    assert not ruling.passes or scene.kind == "passes", f"{name}, {scene.when}: {ruling.sentence}"
    word = {"passes": "It passes", "holds": "It holds", "unknown": "Nobody knows"}[scene.kind]
    told = _of_body if ruling.passes or ruling.left_to_people else _of_status
    return f"**{word}**: {scene.when}. {told(ruling, config, stays=scene.keeps_status or ruling.unread)}"


def _of_body(ruling: Ruling, config: Config, *, stays: bool) -> str:  # noqa: ARG001 - as the other
    """The line of the pull request."""
    scheme = config.policies[PRODUCTION].tags.scheme
    new = scheme.read(TAG)
    assert new is not None
    bump = Bump(PRODUCTION, OLD, new, {}, scheme.zone, rulings=(ruling,))
    evidence = messages.body([bump], config.instance).partition("### Why it is safe\n\n")[2]
    return f"The pull request says, under *Why it is safe*:\n\n> {evidence.partition(chr(10))[0]}"


def _of_status(ruling: Ruling, config: Config, *, stays: bool) -> str:  # noqa: ARG001 - as the other
    """What is said of a tag that is not proposed, or is no longer right."""
    status, code = judged_status([ruling], sound=True), f"(`{ruling.code}`)"
    if stays:
        where = "Nothing is opened, and what is open keeps its text and its status. `updater explain` says:"
        return f"{where}\n\n> {status.description} {code}"
    says = "and one comment say" if not ruling.waits and ruling.reason.commented else "says"
    where = f"Nothing is opened. Where a pull request is open, its status `updater/gates` {says}:"
    return f"{where}\n\n> **{status.state}**: {status.description} {code}"
