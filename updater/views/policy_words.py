"""What holds for an app in an environment, in words. Pure; `effective_config` has every setting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from updater import times
from updater.config import Config, Policy
from updater.views.effective_config import settings_words

PolicyWords: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Headings, and what is said below each, a clause each."""

_AFTER_ROLLBACK = {
    "built_after": "only what was built after that comes by itself",
    "newer": "the next newer tag comes by itself",
    "release": "nothing comes until somebody releases it",
}
_THEN = {
    "tell": "people are told",
    "propose": "a pull request back to the last verified tag is opened",
    "rollback": "it goes back to the last verified tag by itself",
}


def policy_words(policy: Policy, config: Config) -> PolicyWords:
    return (
        ("Which tags", tuple(_tags(policy))),
        ("From where", (_origin(policy),)),
        ("Only if", tuple(_gate(name, policy) for name in policy.gates) or ("nothing more is asked",)),
        ("How it is written", tuple(_delivery(policy, config))),
        ("After a step back", (_AFTER_ROLLBACK[policy.after_rollback],)),
        ("Once it is deployed", (_verified(policy),)),
    )


def _tags(policy: Policy) -> Iterator[str]:
    tags = policy.tags
    yield f"the newest that the scheme {tags.follow} reads"
    if tags.allow:
        yield f"a person may deploy {_listed(tags.allow)}, too"
    if tags.forbid:
        yield f"never {_listed(tags.forbid, ' or ')}"


def _origin(policy: Policy) -> str:
    """Which of them are candidates."""
    if not policy.after:
        return f"the registry: {_listed([str(image) for image in policy.images])}"
    last = " or " if policy.after_any else " and "
    wave = f" (wave {policy.wave.number} of {policy.wave.waves})" if policy.wave else ""
    return f"what {_listed(policy.after, last)} runs, or ran and left for a newer one{wave}"


def _gate(name: str, policy: Policy) -> str:
    gate = policy.gates[name]
    if gate.words is not None:
        return f"{name}: {gate.words}"
    meaning, settings = gate.reason.meaning.rstrip("."), settings_words(gate)
    return f"{name}: {meaning[:1].lower()}{meaning[1:]}{f' ({settings})' if settings else ''}"


def _delivery(policy: Policy, config: Config) -> Iterator[str]:
    branch = f"{config.repositories[policy.repository].branch} of {policy.repository}"
    if policy.deliver == "none":
        yield f"others write to {branch}; it is only read here"
        return
    if policy.deliver == "push":
        yield f"pushed to {branch}, a commit for each app"
        return
    pull = policy.pull_request
    yield f"by a pull request for each {pull.group} to {branch}"
    if pull.reviewers:
        yield f"reviewed by {_listed(pull.reviewers)}"
    yield "merged by itself once all passes" if pull.auto_merge else "merged by a person"


def _verified(policy: Policy) -> str:
    verify = policy.verify
    if verify is None:
        return "nothing is verified"
    checks = _listed(verify.checks)
    return f"{checks} for {times.format_duration(verify.length)}; if that fails, {_THEN[verify.then]}"


def _listed(words: Sequence[str], last: str = " and ") -> str:
    """`a, b and c`."""
    *head, tail = words or [""]
    return f"{', '.join(head)}{last}{tail}" if head else tail
