"""What nobody may weaken: in the files of apps, and in the environments themselves; each with its line."""

from __future__ import annotations

import pytest

from updater.errors import ConfigError
from updater.model import Placement

ANCHOR = "commit: {email: updater@example.org}"
PRODUCTION = Placement("production", "shop")
SHOP = "  - staging\n  - production\n"
GATES = "    gates:\n      soak: 30m\n    deliver: pull-request\n"


def guarded(load_with, guardrail: str, *, environment: str = "", app: str = "", staging: str = ""):
    """The small config, in which production has these settings and a guardrail, and shop says this of it."""
    theirs = f"  staging: {{{staging}}}\n  production: {{{app}}}\n"
    changes = [(ANCHOR, f"{ANCHOR}\nguardrails: {{production: {{{guardrail}}}}}"), (SHOP, theirs)]
    if environment:
        changes.append((GATES, "".join(f"    {line}\n" for line in environment.split("; "))))
    return load_with(*changes)


def fault(load_with, *args: str, **more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        guarded(load_with, *args, **more)
    return caught.value.faults[0]


WINDOW = '{days: mon-fri, from: "09:00", to: "17:00", zone: Asia/Seoul}'
DELIVER = "deliver: pull-request"

# guardrail, what production says itself, what an app may say, and what it may not with the sentence's end
KINDS = {
    "soak": (
        "gates: {soak: 30m}",
        f"gates: {{soak: 30m}}; {DELIVER}",
        ["gates: {soak: 2h}", "gates: {soak: {for: 30m, counts: running}}", ""],
        [
            ("gates: {soak: 29m}", "gates.soak", "29m is less than 30m"),
            ("gates: {soak: false}", "gates.soak", "soak has to be there"),
        ],
    ),
    "soak that counts while running": (
        "gates: {soak: {for: 30m, counts: running}}",
        f"gates: {{soak: {{for: 30m, counts: running}}}}; {DELIVER}",
        ["gates: {soak: {for: 1h, counts: running}}"],
        [("gates: {soak: 1h}", "gates.soak", "it has to count while it is running")],
    ),
    "age": (
        "gates: {age: {min: 1h, max: 14d}}",
        f"gates: {{age: {{min: 1h, max: 14d}}}}; {DELIVER}",
        ["gates: {age: {min: 2h, max: 7d}}"],
        [
            ("gates: {age: {max: 7d}}", "gates.age", "min has to be at least 1h"),
            ("gates: {age: {min: 1h}}", "gates.age", "max has to be at most 14d"),
            ("gates: {age: {min: 1h, max: 15d}}", "gates.age", "max has to be at most 14d"),
        ],
    ),
    "window": (
        f"gates: {{window: {WINDOW}}}",
        f"gates: {{window: {WINDOW}}}; {DELIVER}",
        [
            'gates: {window: {days: tue, from: "10:00", to: "12:00", zone: Asia/Seoul}}',
            'gates: {window: {days: mon-fri, from: "00:00", to: "08:00", zone: UTC}}',
            'gates: {window: [{days: "mon,wed", from: "09:00", to: "10:00", zone: Asia/Tokyo}]}',
        ],
        [
            (
                'gates: {window: {days: sat, from: "10:00", to: "12:00"}}',
                "gates.window",
                "it is open on Saturday at 10:00 KST, when the guardrail's window is closed",
            ),
            (
                'gates: {window: {days: mon, from: "16:00", to: "18:00"}}',
                "gates.window",
                "it is open on Monday at 17:00 KST, when the guardrail's window is closed",
            ),
            ("gates: {window: false}", "gates.window", "window has to be there"),
        ],
    ),
    "freeze": (
        "gates: {freeze: {from: 2026-12-24, to: 2027-01-01}}",
        f"gates: {{freeze: {{from: 2026-12-24, to: 2027-01-01}}}}; {DELIVER}",
        ["gates: {freeze: [{from: 2026-12-20, to: 2027-01-06}, {from: 2026-07-01, to: 2026-07-02}]}"],
        [
            (
                "gates: {freeze: {from: 2026-12-24, to: 2026-12-31}}",
                "gates.freeze",
                "2027-01-02 00:00:00 KST is missing",
            ),
            ("gates: {freeze: false}", "gates.freeze", "freeze has to be there"),
        ],
    ),
    "platforms": (
        "gates: {platforms: [linux/amd64]}",
        f"gates: {{platforms: [linux/amd64]}}; {DELIVER}",
        ["gates: {platforms: [linux/arm64, linux/amd64]}"],
        [("gates: {platforms: [linux/arm64]}", "gates.platforms", "linux/amd64 is missing")],
    ),
    "source checks": (
        "gates: {source_checks: {required: [test], source: [org/shop]}}",
        f"gates: {{source_checks: {{required: [test], source: [org/shop]}}}}; {DELIVER}",
        ["gates: {source_checks: {required: [lint, test], source: [org/shop]}}"],
        [
            (
                "gates: {source_checks: {required: [lint], source: [org/shop]}}",
                "gates.source_checks",
                "test is missing",
            ),
            ("gates: {source_checks: [test]}", "gates.source_checks", "source has to be as it is there"),
        ],
    ),
    "own build": (
        "gates: {own_build: true}",
        f"gates: {{own_build: true}}; {DELIVER}",
        ["gates: {own_build: true}"],
        [("gates: {own_build: false}", "gates.own_build", "own_build has to be there")],
    ),
    "reversible": (
        "gates: {reversible: true}",
        f"gates: {{reversible: true}}; {DELIVER}",
        ["gates: {reversible: true}"],
        [("gates: {reversible: false}", "gates.reversible", "reversible has to be there")],
    ),
    "digest": (
        "gates: {digest: {required: true}}",
        f"gates: {{digest: {{required: true}}}}; {DELIVER}",
        [""],
        [("gates: {digest: {required: false}}", "gates.digest", "it has to be required")],
    ),
    "deliver": (
        "deliver: pull-request",
        DELIVER,
        ["deliver: none"],
        [("deliver: push", "deliver", "it has to be pull-request")],
    ),
    "after a rollback": (
        "after_rollback: built_after",
        DELIVER,
        ["after_rollback: release", "after_rollback: built_after"],
        [("after_rollback: newer", "after_rollback", "it has to be built_after or stricter")],
    ),
    "reviewers": (
        'pull_request: {reviewers: ["team:platform"]}',
        f'pull_request: {{reviewers: ["team:platform"]}}; {DELIVER}',
        ['pull_request: {reviewers: [ann, "team:platform"]}', "deliver: none, pull_request: {reviewers: []}"],
        [
            (
                "pull_request: {reviewers: [ann]}",
                "pull_request.reviewers",
                "team:platform has to be among them",
            )
        ],
    ),
    "auto-merge": (
        "pull_request: {auto_merge: false}",
        DELIVER,
        ["pull_request: {auto_merge: false}"],
        [("pull_request: {auto_merge: true}", "pull_request.auto_merge", "a person has to merge")],
    ),
    "what was approved": (
        "pull_request: {update: until_approved}",
        DELIVER,
        [""],
        [("pull_request: {update: always}", "pull_request.update", "it has to be until_approved")],
    ),
}
STRICTER = [(kind, said) for kind, (_, _, stricter, _) in KINDS.items() for said in stricter]
WEAKER = [(kind, *said) for kind, (_, _, _, weaker) in KINDS.items() for said in weaker]


@pytest.mark.parametrize(("kind", "said"), STRICTER)
def test_stricter_passes(load_with, kind, said):
    guardrail, environment, _, _ = KINDS[kind]
    assert PRODUCTION in guarded(load_with, guardrail, environment=environment, app=said).policies


@pytest.mark.parametrize(("kind", "said", "at", "why"), WEAKER)
def test_weaker_is_refused_with_both_lines(load_with, kind, said, at, why):
    guardrail, environment, _, _ = KINDS[kind]
    told = fault(load_with, guardrail, environment=environment, app=said)
    where = f"config/apps/shop.yaml:5: environments.production.{at}"
    assert told.startswith(where), told
    assert ": weakens the guardrail in config/updater.yaml:9: " in told
    assert told.endswith(why), told


@pytest.mark.parametrize(("kind", "said", "at", "why"), WEAKER)
def test_an_environment_is_held_to_it_too(load_with, kind, said, at, why):
    guardrail, _, _, _ = KINDS[kind]
    left_out, delivers = why.endswith("has to be there"), said.startswith("deliver")
    own = DELIVER if left_out else said if delivers else f"{said}; {DELIVER}"
    told = fault(load_with, guardrail, environment=own)
    assert told.startswith("config/updater.yaml:"), told
    assert told.endswith(why), told


def test_what_it_forbids_is_forbidden_beside_what_anybody_forbids(load_with):
    config = guarded(load_with, 'tags: {forbid: ["dev-*"]}', app="tags: {forbid: [nightly], allow: [dev-1]}")
    tags = config.policies[PRODUCTION].tags
    assert tags.forbidden("dev-1") == "dev-*"
    assert tags.forbidden("nightly")
    assert tags.forbidden("latest"), "that of production stays"
    assert not config.policies[Placement("staging", "shop")].tags.forbidden("dev-1")


@pytest.mark.parametrize(
    ("guardrails", "says"),
    [
        (
            "{prodution: {deliver: none}}",
            "guardrails.prodution: unknown environment 'prodution': did you mean",
        ),
        (
            "{staging: {gates: {soak: 1h}}}",
            "guardrails.staging.gates.soak: is asked of staging, which comes after",
        ),
        ("{'*': {gates: {health: true}}}", "guardrails.*.gates.health: is asked of staging"),
        ("{production: {gates: {soak: false}}}", "a guardrail asks for something: false asks for nothing"),
        ("{production: {gates: {age: {min: 2d, max: 1d}}}}", "min is not below max, so no tag can pass"),
        ("{production: {deliver: [none, push]}}", "guardrails.production.deliver: "),
        ("{production: {deliver: push}}", "guardrails.production.deliver: unknown value 'push'"),
        (
            "{production: {deliver: none, pull_request: {auto_merge: false}}}",
            "asks something of pull requests, and deliver: none lets nobody open one: keep one",
        ),
        ("{production: {gates: {soak: 31m}}}", "environments.production.gates.soak: weakens the guardrail"),
        (
            "{production: {tags: {forbid: ['*']}}}",
            "guardrails.production.tags.forbid[0]: * forbids every tag",
        ),
        ("{production: {pull_request: {auto_merge: true}}}", "auto_merge: only false can be written here"),
        ("{production: {pull_request: {auto_merge: 'yes'}}}", "auto_merge: only false can be written here"),
        ("{production: {soak: 1h}}", "guardrails.production.soak: unknown key 'soak'"),
    ],
)
def test_one_that_cannot_be_kept_is_a_fault_at_its_line(load_with, guardrails, says):
    with pytest.raises(ConfigError) as caught:
        load_with((ANCHOR, f"{ANCHOR}\nguardrails: {guardrails}"))
    assert any(fault.startswith("config/updater.yaml:") and says in fault for fault in caught.value.faults)


MON = '{days: mon, from: "10:00", to: "12:00"}'
TUE = '{days: tue, from: "10:00", to: "12:00"}'


@pytest.mark.parametrize(
    ("gate", "of_production", "of_all", "why"),
    [
        ("window", MON, TUE, "they are never open at the same time"),
        ("age", "{min: 2d}", "{max: 2d}", "the min of one is not below the max of the other"),
        ("age", "{max: 2d}", "{min: 2d}", "the min of one is not below the max of the other"),
        (
            "source_checks",
            "{required: [a], source: [org/a]}",
            "{required: [a], source: [org/b]}",
            "sources differ",
        ),
        ("signature", "{keys: [a.pub]}", "{keys: [b.pub]}", "each asks for the same as it says"),
        ("window", MON, '{days: mon, from: "11:59", to: "13:00"}', None),
        ("age", "{min: 1d}", "{max: 2d}", None),
        ("platforms", "[linux/amd64]", "[linux/arm64]", None),
        ("source_checks", "{required: [a], source: [org/a]}", "{required: [b]}", None),
    ],
)
def test_two_that_no_environment_can_keep_are_said_to_contradict(load_with, gate, of_production, of_all, why):
    both = (
        f"{{production: {{gates: {{{gate}: {of_production}}}}}, '*': {{gates: {{{gate}: {of_all}}}}}}}"
    ).replace(", '*'", ",\n  '*'")
    with pytest.raises(ConfigError) as caught:
        load_with((ANCHOR, f"{ANCHOR}\nguardrails: {both}"))
    said = [fault for fault in caught.value.faults if "contradicts" in fault]
    if why is None:
        assert said == []
        return
    (told,) = said
    assert told.startswith(
        f"config/updater.yaml:10: guardrails.*.gates.{gate}: contradicts the guardrail in "
        "config/updater.yaml:9, which holds for production, too: "
    )
    assert why in told


def test_a_pattern_guards_every_environment_of_that_form(load_with):
    cluster = (
        GATES + "  cluster-a/production:\n    repository: deploy\n    path: a/{app}\n    deliver: push\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_with((ANCHOR, f"{ANCHOR}\nguardrails: {{'*production': {{deliver: none}}}}"), (GATES, cluster))
    assert len(caught.value.faults) == 2
