"""A company of any size: its config, and reports as passes over it might tell them, without the passes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from updater.config import load
from updater.gates.soak import Soak
from updater.gates.window import Window
from updater.model import (
    CommitDraft,
    DeploymentVerdict,
    Hold,
    Marker,
    Outcome,
    Placement,
    Promote,
    Proposal,
    PullRequest,
    PushBase,
    RefUpdate,
    Report,
    Ruling,
    Stay,
    Timeline,
    Unreadable,
    Verdict,
)
from updater.reasons import Reason, hold_reasons
from updater.web.report_store import ReportStore

NOW = datetime(2026, 2, 2, 5, tzinfo=UTC)
ENVIRONMENTS = ("staging", "cluster-a/production", "cluster-b/production")
FORGE = "https://github.com/acme/deploy"
DOWN = Unreadable(
    "the registry at ghcr.io answered 503 for acme/app-0006",
    transient=True,
    reason=Reason("registry_down", "reading", ""),
)


def config(folder, apps, *, url=f"{FORGE}.git", deliver="pull-request", argocd=None, run_by=None, **more):
    """Of so many apps, or of those; `more`: further keys of updater.yaml."""
    names = [f"app-{number:04}" for number in range(apps)] if isinstance(apps, int) else apps
    production = {
        "repository": "deploy",
        "path": "apps/{app}/overlays/{environment}",
        "after": "staging",
        "gates": {"soak": "30m", "window": [{"days": "mon-fri", "from": "10:00", "to": "17:00"}]},
        "deliver": deliver,
    }
    main = {
        "instance": "acme",
        "repositories": {"deploy": {"url": url}},
        "forges": {"github.com": {"token_env": "GITHUB_TOKEN"}},
        "commit": {"email": "updater@example.org"},
        "environments": {
            "staging": {"repository": "deploy", "path": "apps/{app}/overlays/staging", "deliver": "push"},
            "cluster-a/production": production,
            "cluster-b/production": production | {"after": "cluster-a/production"},
        },
    }
    main |= more
    if argocd:
        main["argocd"] = {"server": argocd, "token_env": "ARGOCD_TOKEN"}
        for environment in main["environments"].values():
            environment["argocd"] = run_by or {"application": "{app}-{environment}"}
    written = [
        {"app": name, "images": [f"ghcr.io/acme/{name}"], "environments": ENVIRONMENTS} for name in names
    ]
    (folder / "apps").mkdir(parents=True, exist_ok=True)
    (folder / "updater.yaml").write_text(json.dumps(main))
    (folder / "apps" / "all.yaml").write_text(json.dumps(written))
    return load(folder)


def store(config, *, now: Callable[[], datetime] = lambda: NOW):
    return ReportStore(config, now, lambda _repository, placement, tag: _verdicts(placement, tag))


def report(config, *, calm=False, changed=(), finished=NOW):
    """A pass over it all. `calm`: nothing is going on; `changed`: apps whose staging got a newer tag."""
    placements = list(config.policies)
    decisions = [_decision(place, calm=calm, changed=_has(place, changed)) for place in placements]
    steps = [_push(place) for place, decision in zip(placements, decisions, strict=True) if _moves(decision)]
    return Report(
        repository="deploy",
        started=finished - timedelta(seconds=2),
        finished=finished,
        base="b" * 40,
        decisions=decisions,
        steps=steps,
        outcomes=[Outcome(step) for step in steps],
        unreadable=[] if calm else [DOWN],
        timelines={placement: _timeline(placement, _has(placement, changed)) for placement in placements},
        proposals={p: _proposal(p) for p in placements if not calm and _number(p) % 9 == 1 and _at(p) == 1},
    )


def verdict(placement, stay, result="verified", *, seen=()):
    """What was found within the first quarter of an hour of a stay."""
    until = stay.since + timedelta(minutes=15)
    return DeploymentVerdict(placement, stay.tag, stay.by, result, stay.since, until, until, seen)


def tag(hours):
    return f"{NOW - timedelta(hours=hours) + timedelta(hours=9):%Y%m%d-%H%M%S}"


def _number(placement):
    return int(placement.app[-4:]) if placement.app[-4:].isdigit() else sum(map(ord, placement.app)) % 97


def _at(placement):
    return ENVIRONMENTS.index(placement.environment)


def _has(placement, changed):
    return placement.app in changed and placement.environment == "staging"


def _runs(placement, changed=False):
    return tag(0.2 if changed else 20 + _number(placement) % 300 + _at(placement) * 24)


def _timeline(placement, changed=False):
    hours = [400 + _at(placement) * 24, 300, 200, 20 + _number(placement) % 100]
    tags = [tag(hour) for hour in hours[:3]] + [_runs(placement, changed)]
    since = [NOW - timedelta(hours=hour - 0.2) for hour in hours[:3]] + [NOW - timedelta(hours=hours[3])]
    ends = ["newer", "backwards" if _number(placement) % 5 == 0 else "newer", "newer", "still"]
    shas = [f"{_number(placement):04x}{_at(placement)}{index}".ljust(40, "a") for index in range(4)]
    stays = tuple(
        Stay(
            tags[i],
            since[i],
            shas[i],
            i != 2,
            since[i + 1] if i < 3 else None,
            ends[i],
            shas[i + 1] if i < 3 else None,
        )
        for i in range(4)
    )
    return Timeline(
        stays, frozenset(tags), {tags[1]: shas[2]} if ends[1] == "backwards" else {}, None, None, None
    )


def _moves(decision):
    return isinstance(decision, Promote) and decision.placement.environment == "staging"


def _push(placement):
    draft = CommitDraft(placement, f"chore({placement.app}): bump", {"a": b"x" * 1000})
    return PushBase("deploy", RefUpdate("refs/heads/main", "b" * 40, (draft,), "b" * 40), None)


def _decision(placement, *, calm, changed):
    current, number, at = _runs(placement, changed), _number(placement) + _at(placement) * 3, _at(placement)
    hold = _holds(placement, current).get(number % 40) if not calm else None
    if hold is not None:
        return Hold(placement, current, (hold,), tag(1))
    if not calm and (number % 33 == 3 or (at == 1 and _number(placement) % 9 == 1)):
        return Promote(placement, current, tag(1), {}, (), 0)
    return Hold(
        placement,
        current,
        (Ruling(hold_reasons.UP_TO_DATE, False, f"it runs {current}, the newest there is"),),
    )


def _holds(placement, current):
    soaks, opens = NOW + timedelta(minutes=12), NOW + timedelta(hours=20)
    return {
        6: Ruling(DOWN.reason, False, DOWN.why, waits=True),
        8: Ruling(
            Soak.reason, False, "it soaks until 2026-02-02 14:12:00 KST (30m asked)", soaks, waits=True
        ),
        11: Ruling(
            hold_reasons.ROLLED_BACK, False, f"{tag(1)} was rolled back in staging by commit eb95da4ba1"
        ),
        14: Ruling(
            hold_reasons.HELD,
            False,
            "by order of kim: audit <b>until</b> Friday",
            command=f"updater release {placement.app} {placement.environment}",
        ),
        17: Ruling(
            hold_reasons.SPLIT,
            False,
            f"its pins disagree: {current} in a.yaml:3, v1 in b.yaml:7; set them to one tag",
        ),
        21: Ruling(
            Window.reason, False, "the window for promotions opens at 2026-02-03 10:00 KST", opens, waits=True
        ),
    }


def _proposal(placement):
    number = 100 + _number(placement)
    marker = Marker("acme", "candidate", placement.environment, placement.app, tag(1))
    pull = PullRequest(
        number,
        f"{FORGE}/pull/{number}",
        "a title",
        "",
        "open",
        "updater/app/x",
        "c" * 40,
        "main",
        "bot",
        True,
        created=NOW - timedelta(hours=3, minutes=4),
    )
    return (Proposal(pull, marker),)


def _verdicts(placement, asked):
    soak = Ruling(
        Soak.reason, False, "it soaks until 2026-02-02 14:12:00 KST", NOW + timedelta(minutes=12), waits=True
    )
    after = Ruling(
        hold_reasons.AFTER, True, "staging has had it since 2026-02-02 13:42:00 KST (commit eb95da4ba1)"
    )
    return tuple(Verdict(each, (after, soak)) for each in ([asked] if asked else [tag(1), tag(2)]))


__all__ = ["ENVIRONMENTS", "NOW", "Placement", "config", "report", "store", "tag", "verdict"]
