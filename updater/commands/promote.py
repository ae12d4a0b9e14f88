"""`updater promote` and `updater rollback`: what a person orders by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from updater.config.not_known import not_known
from updater.errors import ConfigError
from updater.messages import in_markdown
from updater.model import (
    Hold,
    OpenPullRequest,
    Placement,
    Promote,
    Report,
    Request,
    Ruling,
    UpdatePullRequest,
)
from updater.near_names import near_name
from updater.runner import Exit, Output, print_reports, read_before, warn_if_observing
from updater.terminal import say, warn
from updater.value_class import value_class
from updater.views.pass_report import of_an_order
from updater.views.reason_codes import overridable_codes
from updater.wiring import Updater


@value_class
class OutputOptions:
    """How an order is carried out and told."""

    dry_run: bool
    output: Output


def carry_out(updater: Updater, request: Request, how: OutputOptions) -> Exit:
    """Exit 1 where it is refused or cannot be done."""
    repository = repository_of(updater, request.placement)
    act = updater.config.mode == "act" and not how.dry_run
    read_before(updater, repository)
    report = updater.run(repository, act=act, request=request)
    if how.output == "text":
        say(*_told(report, request))
    print_reports([of_an_order(report)], how.output, done=act)
    if act:
        warn(*_not_yet(report, request))
    if not how.dry_run:
        warn_if_observing(updater.config)
    return _exit(report)


def _not_yet(report: Report, request: Request) -> Iterator[str]:
    """Where a pull request brings it, nothing has changed: who reads "done" at night would believe it had."""
    placement, decisions = request.placement, report.decisions
    moves = next((each for each in decisions if isinstance(each, Promote) and each.request), None)
    if moves is None or _exit(report) != Exit.FINE:
        return
    opened = next((each for each in report.outcomes if isinstance(each.step, OpenPullRequest)), None)
    asked = (
        one.pull_request.url for one in report.proposals.get(placement, ()) if one.marker.kind == "asked"
    )
    url = opened.url if opened is not None else next(asked, None)
    if url is None:
        return
    back = request.kind == "rollback"
    what = "nothing has gone back yet" if back else "nothing is deployed yet"
    still = f"{placement} still runs {moves.current or 'nothing'}"
    if not _takes_why(report, request):
        yield f"--why is not taken: {url} stays as it was written; say it there in a comment"
    yield f"{what}: {still}; it counts once {url} is merged, and not before"
    if back:
        yield "to go back at once: `git revert` what brought it and push; the updater lets that stand"


def _takes_why(report: Report, request: Request) -> bool:
    """Opened or worded anew with it, or it says so already."""
    if not request.why or any(isinstance(each, OpenPullRequest | UpdatePullRequest) for each in report.steps):
        return True
    bodies = (each.pull_request.body for each in report.proposals.get(request.placement, ()))
    return any(in_markdown(request.why) in body for body in bodies)


def repository_of(updater: Updater, placement: Placement) -> str:
    """The deploy repository of an app in an environment. Raises ConfigError."""
    policy = updater.config.policies.get(placement)
    if policy is None:
        raise ConfigError(not_known(placement.app, placement.environment, updater.config.policies))
    return policy.repository


def parse_overrides(
    codes: list[str], why: str | None, kind: Literal["promote", "rollback"] = "promote"
) -> Mapping[str, str]:
    """Raises ConfigError where nobody says why."""
    known = overridable_codes(kind)
    unknown = next((code for code in codes if code not in known), None)
    if unknown is not None and (near := near_name(unknown, known)):
        raise ConfigError(f"--override {unknown}: that can never be passed over; did you mean {near}?")
    if unknown is not None:
        raise ConfigError(f"--override {unknown}: only these can be passed over: {', '.join(sorted(known))}")
    if codes and not why:
        over = "a gate" if kind == "promote" else "a rollback floor"
        raise ConfigError(f"--override passes over {over}: say --why, it is written into the commit")
    return dict.fromkeys((known[code] for code in codes), why or "")


def _told(report: Report, request: Request) -> list[str]:
    """Every gate, also those passed over."""
    lines = []
    for decision in report.decisions:
        rulings = decision.rulings if isinstance(decision, Promote) else decision.reasons
        lines += [f"  {_says(r)} {r.code}: {r.sentence}" for r in rulings]
        if isinstance(decision, Hold):
            lines.append(f"{request.kind} refused{_way(decision, request)}")
    return lines


def _says(ruling: Ruling) -> str:
    return "passes" if ruling.passes else "warns" if ruling.proposable else "REFUSES"


def _way(hold: Hold, request: Request) -> str:
    """What would get past all that is in the way; nothing where something always is."""
    reasons = dict.fromkeys(ruling.reason for ruling in hold.reasons)
    names = [reason for reason in reasons if reason.lifted_by_name and request.tag is None]
    gates = [reason.passed_by for reason in reasons if reason.overridable]
    if not reasons or len(names) + len(gates) < len(reasons):
        return ""
    words = [f"--tag {hold.candidate or 'TAG'}"] if names else []
    words += [*(f"--override {code}" for code in gates), "--why …"]
    past = " and ".join(filter(None, ["asks for it by name" * bool(names), _passed(gates, request)]))
    return f"; `{' '.join(words)}` {past}"


def _passed(gates: list[str], request: Request) -> str:
    what = "that floor" if request.kind == "rollback" else "that gate" if len(gates) == 1 else "those gates"
    return f"passes over {what}" if gates else ""


def _exit(report: Report) -> Exit:
    failed = bool(report.unreadable) or any(outcome.failed for outcome in report.outcomes)
    held = any(isinstance(decision, Hold) for decision in report.decisions)
    return Exit.FAILED if failed or held else Exit.FINE
