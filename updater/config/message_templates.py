"""What people are told, event by event, and how a user may word it otherwise. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from updater.config.templates import line_of, text_of
from updater.settings import Settings
from updater.value_class import value_class

Event: TypeAlias = Literal[
    "promoted",
    "proposed",
    "merged",
    "degraded",
    "verified",
    "unverified",
    "way_back",
    "many_failed",
    "held_long",
    "rolled_back",
    "failed",
    "fires_now",
    "behind_a_rollback",
    "violation",
    "moved",
    "gone",
    "ended",
    "failing",
    "another_updater",
    "line_stopped",
    "line_released",
]


@value_class
class Form:
    """A message: its templates, and the names they know."""

    title: str
    body: str
    names: tuple[str, ...]


_WHERE = ("instance", "repository")
_WHAT = (*_WHERE, "app", "environment")

FORMS: Mapping[Event, Form] = {
    "promoted": Form("{subject}", "{app} was promoted in {environment}", (*_WHAT, "tag", "old", "subject")),
    "proposed": Form(
        "{subject}", "a pull request awaits a merge: {url}", (*_WHAT, "tag", "old", "subject", "url")
    ),
    "merged": Form(
        "{environment} runs {app} {tag}",
        "commit {commit} brought it at {since}",
        (*_WHAT, "tag", "commit", "since"),
    ),
    "degraded": Form(
        "{app} is not well in {environment} since the merge of {tag}",
        "{why}. Nothing is rolled back by itself: {command}\n{url}",
        (*_WHAT, "tag", "why", "command", "url"),
    ),
    "verified": Form(
        "{environment}: {app} {tag} is verified",
        "all was well from {since} to {until}",
        (*_WHAT, "tag", "since", "until", "why"),
    ),
    "unverified": Form(
        "{environment}: {app} {tag} is not verified, as nobody could watch it",
        "{why}",
        (*_WHAT, "tag", "since", "until", "why"),
    ),
    "way_back": Form(
        "{environment}: {app} {tag} failed its verification",
        "{why}. By hand: {command}",
        (*_WHAT, "tag", "target", "by", "why", "command"),
    ),
    "many_failed": Form(
        "{repository}: {count} apps failed their verification at once",
        "{apps}: {why}\n{commands}",
        (*_WHERE, "count", "apps", "why", "commands"),
    ),
    "held_long": Form(
        "{environment}: {app} is held for longer than {longer}",
        "{why}",
        (*_WHAT, "tag", "code", "why", "longer"),
    ),
    "rolled_back": Form(
        "{environment}: {app} {how}",
        "commit {commit} did it; none of them comes back by itself",
        (*_WHAT, "tags", "commit", "how"),
    ),
    "failed": Form(
        "{environment} runs {app} {tag}, which failed its verification",
        "{why}. What helps: {command}",
        (*_WHAT, "tag", "in", "what", "why", "command"),
    ),
    "fires_now": Form(
        "{environment}: {alert} fires for {app} {tag}",
        "{why}: {command}",
        (*_WHAT, "tag", "alert", "why", "command"),
    ),
    "behind_a_rollback": Form(
        "{environment} runs {app} {tag}, which {before} {how}",
        "commit {commit} did that; to follow: {command}",
        (*_WHAT, "tag", "before", "commit", "how", "why", "command"),
    ),
    "violation": Form(
        "{environment}: {app} runs {tag}, which is forbidden there",
        "the policy forbids tags like {pattern}; commit {commit} brought it",
        (*_WHAT, "tag", "pattern", "commit", "why", "command"),
    ),
    "moved": Form(
        "{environment}: {app} runs {tag}, which was moved to another image",
        "{why}: {command}",
        (*_WHAT, "tag", "why", "command"),
    ),
    "gone": Form(
        "{environment}: {app} runs {tag}, which is gone from the registry",
        "{why}: {command}",
        (*_WHAT, "tag", "why", "command"),
    ),
    "ended": Form(
        "{environment}: {app} is no longer {condition}",
        "it was said of {tag}: {why}",
        (*_WHAT, "tag", "condition", "why"),
    ),
    "failing": Form(
        "{repository}: {passes} passes in a row have failed", "{errors}", (*_WHERE, "passes", "errors")
    ),
    "another_updater": Form(
        "{repository}: two updaters named {instance} are at work", "{why}", (*_WHERE, "commit", "why")
    ),
    "line_stopped": Form("{repository}: nothing goes forward", "{why}", (*_WHERE, "why", "apps", "until")),
    "line_released": Form("{repository}: the line goes on", "it had been said: {why}", (*_WHERE, "why")),
}
"""What is said unless somebody words it otherwise."""


class Wording(Settings):
    """A message, worded otherwise: both, or one of the two."""

    title: str | None = Field(default=None, description="one line")
    body: str | None = Field(default=None, description="as many lines as you like")


def _knowing(event: Event) -> AfterValidator:
    """Says of a Wording which names its templates know; a fault has the line it stands in."""
    names = FORMS[event].names
    checks = {"title": line_of(*names), "body": text_of(*names)}

    def checked(wording: Wording) -> Wording:
        faults = [fault for name, check in checks.items() for fault in _faults(wording, name, check)]
        if faults:
            raise ValidationError.from_exception_data("Wording", faults)
        return wording

    return AfterValidator(checked)


def _faults(wording: Wording, name: str, check: Callable[[str], str]) -> Iterator[InitErrorDetails]:
    text = getattr(wording, name)
    try:
        if text is not None:
            check(text)
    except ValueError as error:
        kind = PydanticCustomError("value_error", "{error}", {"error": error})
        yield InitErrorDetails(type=kind, loc=(name,), input=text)


def _worded(event: Event, when: str) -> Any:  # noqa: ANN401 - as pydantic's own
    names = ", ".join(f"{{{name}}}" for name in FORMS[event].names)
    return Field(default=None, description=f"when {when}; {names} are filled in")


class Wordings(Settings):
    """`templates:` under `notifications:`."""

    promoted: Annotated[Wording, _knowing("promoted")] | None = _worded(
        "promoted", "a tag was pushed to an environment"
    )
    proposed: Annotated[Wording, _knowing("proposed")] | None = _worded(
        "proposed", "a pull request waits for a person"
    )
    merged: Annotated[Wording, _knowing("merged")] | None = _worded(
        "merged", "an environment runs a tag since a merge"
    )
    degraded: Annotated[Wording, _knowing("degraded")] | None = _worded(
        "degraded", "Argo CD calls it Degraded soon after a merge"
    )
    verified: Annotated[Wording, _knowing("verified")] | None = _worded(
        "verified", "all was well for the time that verify: asks"
    )
    unverified: Annotated[Wording, _knowing("unverified")] | None = _worded(
        "unverified", "nobody could watch, so nothing is known of a deployment"
    )
    way_back: Annotated[Wording, _knowing("way_back")] | None = _worded(
        "way_back", "a deployment failed its verification, and what follows"
    )
    many_failed: Annotated[Wording, _knowing("many_failed")] | None = _worded(
        "many_failed", "several apps failed their verification at once"
    )
    held_long: Annotated[Wording, _knowing("held_long")] | None = _worded(
        "held_long", "something is held for longer than held_longer"
    )
    rolled_back: Annotated[Wording, _knowing("rolled_back")] | None = _worded(
        "rolled_back", "somebody went back to an older tag"
    )
    failed: Annotated[Wording, _knowing("failed")] | None = _worded(
        "failed", "what runs has failed its verification"
    )
    fires_now: Annotated[Wording, _knowing("fires_now")] | None = _worded(
        "fires_now", "an alert fires for what runs"
    )
    behind_a_rollback: Annotated[Wording, _knowing("behind_a_rollback")] | None = _worded(
        "behind_a_rollback", "what runs was left backwards in an environment before"
    )
    violation: Annotated[Wording, _knowing("violation")] | None = _worded(
        "violation", "what runs is forbidden there"
    )
    moved: Annotated[Wording, _knowing("moved")] | None = _worded(
        "moved", "the tag that runs points to another image now"
    )
    gone: Annotated[Wording, _knowing("gone")] | None = _worded(
        "gone", "the tag that runs is gone from the registry"
    )
    ended: Annotated[Wording, _knowing("ended")] | None = _worded(
        "ended", "what was said of what runs is true no longer"
    )
    failing: Annotated[Wording, _knowing("failing")] | None = _worded(
        "failing", "so many passes in a row have failed as failing_passes says"
    )
    another_updater: Annotated[Wording, _knowing("another_updater")] | None = _worded(
        "another_updater", "two updaters of one name are at work"
    )
    line_stopped: Annotated[Wording, _knowing("line_stopped")] | None = _worded(
        "line_stopped", "so many apps went back that nothing goes forward"
    )
    line_released: Annotated[Wording, _knowing("line_released")] | None = _worded(
        "line_released", "a stopped line goes on"
    )

    def of(self, event: Event) -> Form:
        """What is said of it in the end."""
        form, worded = FORMS[event], getattr(self, event)
        if worded is None:
            return form
        return Form(worded.title or form.title, worded.body or form.body, form.names)

    @property
    def worded(self) -> tuple[Event, ...]:
        """Those that somebody words otherwise."""
        return tuple(event for event in FORMS if getattr(self, event) is not None)
