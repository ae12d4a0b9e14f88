"""What becomes of a deployment, and when nothing goes back by itself: situations as sentences.

Passes are whole ones. Unless a row says otherwise staging and production deliver by push, production comes
after staging, and what fires within 15 minutes of a sync there goes back by itself.
"""

import json
from dataclasses import replace

import pytest
from deployed import VERIFY, Deployed, Given, given

USUAL = given()
DEPLOYED = "a is verified. b is deployed. "
FIRES = "AppDown fires in production. 1 minute. "
WENT = "production runs a. one commit went back by verify:alerts. "
BACK_ONCE = "one commit went back by verify:alerts. "
STAYED = "production runs b. no commit went back by verify:alerts. "
BY_PULL = given(production={"deliver": "pull-request", "verify": {**VERIFY, "deliver": "push"}})
ASKED = given(production={"deliver": "pull-request"})
TELLS = given(production={"verify": {**VERIFY, "then": "tell"}})
BY_GIT = given(production={"arrived": None, "verify": {**VERIFY, "then": "tell"}})
PROPOSES = given(production={"verify": {**VERIFY, "then": "propose"}})
MEASURED = given(production={"verify": {**VERIFY, "with": ["alerts", "metrics"]}})
STAGING_TOO = given(staging={"verify": {**VERIFY, "then": "tell"}})
STAGING_SOAKS = given(staging={"verify": {**VERIFY, "then": "tell"}}, production={"gates": {"soak": "20m"}})
TEN = given(apps=10)
BREAKER = {"breaker": {"rolled_back": 2, "within": "1h", "for": "4h"}}
PREVIEWS = given(others={"pr-*": {"after": "staging", "verify": VERIFY}})
EUROPE = given(
    others={"europe": {"after": "staging", "gates": {"soak": "30m"}, "verify": {**VERIFY, "then": "tell"}}}
)


WATCHED_HERE = {"verify": VERIFY, "after": "staging"}
CLUSTERS = given(
    production=None,
    others={"one/production": WATCHED_HERE, "two/production": WATCHED_HERE},
    top={
        "clusters": {name: {"prometheus": {"server": f"http://{name}.test:9090"}} for name in ("one", "two")}
    },
)
WAVES = given(
    production=None,
    others={
        name: {"after": "staging", "verify": VERIFY}
        for name in ("one/production", "beside/production", "two/production")
    }
    | {"beside/production": {"after": "staging", "verify": VERIFY, "gates": {"soak": "30m"}}},
    top={
        "waves": {"production": [["one/production", "beside/production"], ["two/production"]], "bake": "30m"}
    },
)
WAVED = (
    "a is built. 95 minutes. two/production runs a. b is built. 2 minutes. one/production runs b. "
    "AppDown fires in one/production. 1 minute. one/production runs a. alerts stop in one/production. "
)
MERGED_BY = (
    "a is verified. b is built. 2 minutes. one is open for b. kim merges it by {}. 1 minute. " + FIRES + WENT
)


def row(name: str, text: str, how: Given = USUAL):
    return pytest.param(how, text, id=name)


GOES = [
    row(
        "what fails goes back to what was verified there",
        DEPLOYED
        + FIRES
        + WENT
        + "it is told: goes: it goes back to. production recorded first cut, a verified, b failed.",
    ),
    row(
        "and stays away",
        DEPLOYED + FIRES + "40 minutes. production runs a. production holds: rolled_back.",
    ),
    row(
        "while staging keeps it",
        DEPLOYED + FIRES + "10 minutes. staging runs b.",
    ),
    row(
        "and the next build goes on",
        DEPLOYED + FIRES + "c is built. 3 minutes. production runs c.",
    ),
    row(
        "requests that fail are a failure, too",
        DEPLOYED + "20 % of requests fail in production. 2 minutes. production runs a. one commit went back "
        "by verify:metrics.",
        MEASURED,
    ),
    row(
        "errors inside the limit are none",
        DEPLOYED + "4 % of requests fail in production. 20 minutes. production runs b.",
        MEASURED,
    ),
    row(
        "what fired and stopped between two passes is a failure",
        DEPLOYED + "AppDown fires in production. nobody passes for 2 minutes. alerts stop in production. "
        "nobody passes for 3 minutes. 1 minute. " + WENT,
    ),
    row(
        "an updater that starts anew sees the same",
        DEPLOYED + "AppDown fires in production. nobody passes for 3 minutes. the updater starts anew. 1 "
        "minute. " + WENT,
    ),
    row(
        "by squash merge it is ours",
        "a is verified. b is built. 2 minutes. one is open for b. kim merges it by squash. 1 "
        "minute. " + FIRES + WENT,
        BY_PULL,
    ),
    row(
        "by rebase, too",
        MERGED_BY.format("rebase"),
        BY_PULL,
    ),
    row(
        "and by merge",
        MERGED_BY.format("merge"),
        BY_PULL,
    ),
    row(
        "and by a squash that has lost its words",
        "a is verified. b is built. 2 minutes. one is open for b. kim merges it by a squash without its "
        "words. 1 minute. " + FIRES + WENT,
        BY_PULL,
    ),
    row(
        "a preview, too",
        "pr-7 is opened. a is built. 20 minutes. pr-7 recorded first cut, a verified. b is built. 2 minutes. "
        "pr-7 runs b. AppDown fires in pr-7. 1 minute. pr-7 runs a. production runs b. " + BACK_ONCE,
        PREVIEWS,
    ),
    row(
        "it counts with its app for the breaker",
        "pr-7 is opened. pr-8 is opened. a is built. 20 minutes. b is built. 2 minutes. AppDown fires in "
        "pr-7. AppDown fires in pr-8. AppDown fires in production. 1 minute. pr-7 runs a. pr-8 runs a. "
        "production runs a. three commits went back by verify:alerts.",
        replace(PREVIEWS, repository=json.dumps(BREAKER)),
    ),
    row(
        "where a person merges, the way back is a pull request",
        DEPLOYED
        + FIRES
        + "production runs b. one is open for a. it is told: proposes. kim merges it. 1 minute. "
        + WENT,
        ASKED,
    ),
    row(
        "which waits, and is opened once",
        DEPLOYED + FIRES + "5 minutes. one is open for a. it is told: waits. production runs b.",
        ASKED,
    ),
    row(
        "one that was closed is not opened again",
        DEPLOYED
        + FIRES
        + "one is open for a. kim closes it. 10 minutes. nothing is open. production runs b. it is "
        "told: and was closed.",
        ASKED,
    ),
    row(
        "propose proposes, where pushes deliver",
        DEPLOYED
        + FIRES
        + "production runs b. one is open for a. kim merges it. 1 minute. production runs a.",
        PROPOSES,
    ),
    row(
        "tell tells",
        DEPLOYED
        + FIRES
        + STAYED
        + "nothing is open. it is told: told: it does not go back by itself: config says.",
        TELLS,
    ),
    row(
        "others at work in other files hinder nothing",
        DEPLOYED + "kim changes docs/readme.md. kim sets app1 in production to a. " + FIRES + WENT,
        given(apps=2),
    ),
    row(
        "a comment in its file hinders nothing",
        DEPLOYED + "kim writes a comment into the file of shop in production. " + FIRES + WENT,
    ),
    row(
        "a hold in staging hinders nothing in production",
        "a is verified. b is deployed. " + FIRES + WENT,
        STAGING_TOO,
    ),
    row(
        "the last minute of the span counts",
        DEPLOYED + "10 minutes. " + FIRES + WENT,
    ),
]

TARGETS = [
    row(
        "the newest that was verified",
        "a is verified. b is verified. c is deployed. AppDown fires in production. 1 minute. "
        "production runs b.",
    ),
    row(
        "one that came by a squash that has lost its words",
        "a is built. 2 minutes. kim merges it by a squash without its words. 17 minutes. production recorded "
        "first cut, a verified. b is deployed. " + FIRES + WENT,
        BY_PULL,
    ),
    row(
        "not where that points elsewhere, though no commit says where it did",
        "a is built. 2 minutes. kim merges it by a squash without its words. 17 minutes. production recorded "
        "first cut, a verified. b is deployed. somebody pushes a again. "
        + FIRES
        + STAYED
        + "it is told: nothing_verified.",
        BY_PULL,
    ),
    row(
        "not one whose verification was cut",
        "a is verified. b is deployed. 3 minutes. c is deployed. production recorded first cut, "
        "a verified, b cut. AppDown fires in production. 1 minute. production runs a.",
    ),
    row(
        "none where one is gone and nobody can say what floor it left",
        "a is verified. b is verified. c is deployed. the registry loses b. AppDown fires in "
        "production. 1 minute. production runs c. it is told: whether there is a rollback floor "
        "above",
    ),
    row(
        "not one that points elsewhere",
        "a is verified. b is verified. c is deployed. somebody pushes b again. AppDown fires in "
        "production. 1 minute. production runs a.",
    ),
    row(
        "not one that is forbidden since",
        "a is verified. b is verified. c is deployed. config forbids b. AppDown fires in "
        "production. 1 minute. production runs a.",
    ),
    row(
        "not one that staging went back from",
        "a is verified. b is verified. kim sets shop in staging to a. c is deployed. AppDown "
        "fires in production. 1 minute. production runs a.",
    ),
    row(
        "not one that failed in staging later",
        "a is verified. b is deployed. 17 minutes. AppDown fires in staging. 1 minute. alerts "
        "stop in staging. c is deployed. AppDown fires in production. 1 minute. production runs "
        "a.",
        given(staging={"verify": {"for": "60m", "with": ["alerts"], "then": "tell"}}),
    ),
    row(
        "none: nothing is written",
        "b is deployed. " + FIRES + STAYED + "it is told: nothing_verified.",
    ),
    row(
        "not one below a floor that was recorded",
        "a is verified. kim records a floor at b. b is deployed. "
        + FIRES
        + STAYED
        + "it is told: nothing_verified.",
    ),
    row(
        "to a floor, not below it",
        "a is verified. kim records a floor at b. b is verified. c is deployed. AppDown fires in "
        "production. 1 minute. production runs b.",
    ),
    row(
        "not below a floor of what ran",
        "a is verified. b is built with a floor at b. b is deployed. "
        + FIRES
        + STAYED
        + "it is told: nothing_verified.",
    ),
]

NEVER = [
    row(
        "a second time for the same tag",
        DEPLOYED
        + FIRES
        + "alerts stop in production. kim releases b in production. 3 minutes. production runs b. "
        "kim removes what steers us. 1 minute. AppDown fires in production. 1 minute. production "
        "runs b. one commit went back by verify:alerts.",
    ),
    row(
        "back from a way back",
        DEPLOYED
        + FIRES
        + WENT
        + "alerts stop in production. 1 minute. AppDown fires in production. 2 minutes. production "
        "runs a. it is told: was itself gone back to.",
    ),
    row(
        "what a hand has brought",
        "a is verified. b is built. kim holds shop in production. 2 minutes. kim lifts the hold "
        "on shop. kim sets shop in production to b. 1 minute. " + FIRES + STAYED + "it is told: not ours.",
    ),
    row(
        "what the repository began with",
        FIRES + "production runs first. it is told: not ours.",
    ),
    row(
        "what a person has asked for",
        "a is verified. b is built. kim promotes shop in staging to b. kim promotes shop in "
        "production to b. 1 minute. " + FIRES + STAYED + "it is told: by name.",
    ),
    row(
        "what a revert has brought",
        "a is verified. b is verified. c is deployed. kim reverts the last commit. production "
        "runs b. 1 minute. AppDown fires in production. 1 minute. production runs b. no commit "
        "went back by verify:alerts.",
    ),
    row(
        "a proposal that was edited",
        "a is verified. b is built. 2 minutes. one is open for b. kim writes a comment into it. "
        "1 minute. kim merges it. 1 minute. " + FIRES + STAYED + "it is told: not ours.",
        BY_PULL,
    ),
    row(
        "an edited one by squash",
        "a is verified. b is built. 2 minutes. one is open for b. kim writes a comment into it. "
        "1 minute. kim merges it by squash. 1 minute. " + FIRES + STAYED + "it is told: not ours.",
        BY_PULL,
    ),
    row(
        "an edited one by rebase, which sets one commit behind the other",
        "a is verified. b is built. 2 minutes. one is open for b. kim writes a comment into it. "
        "1 minute. kim merges it by rebase. 1 minute. " + FIRES + STAYED + "it is told: not ours.",
        BY_PULL,
    ),
    row(
        "an order's by a squash that has lost its words",
        "a is verified. kim holds shop in production. b is built. 1 minute. kim promotes shop in "
        "production to b over held. kim lifts the hold on shop. kim merges it by a squash without its "
        "words. 1 minute. " + FIRES + STAYED + "it is told: by name.",
        BY_PULL,
    ),
    row(
        "an order's pull request",
        "a is verified. b is built. 1 minute. kim holds shop in production. kim promotes shop in "
        "production to b over held. kim merges the newest one. kim lifts the hold on shop. 1 "
        "minute. " + FIRES + STAYED + "it is told: by name.",
        BY_PULL,
    ),
    row(
        "after a commit that changed its pin",
        DEPLOYED
        + "kim sets shop in production to latest. kim sets shop in production to b. 1 minute. "
        + FIRES
        + STAYED,
    ),
    row(
        "after a commit in .updater/",
        DEPLOYED
        + "kim changes .updater/notes.md. "
        + FIRES
        + STAYED
        + "it is told: a commit has changed .updater/notes.md since.",
    ),
    row(
        "after a hold that was lifted",
        DEPLOYED
        + "kim holds shop in production. kim lifts the hold on shop. "
        + FIRES
        + STAYED
        + "it is told: has changed .updater/holds.yaml since.",
    ),
    row(
        "over a person's hold",
        DEPLOYED + "kim holds shop in production. " + FIRES + STAYED + "it is told: a person holds it.",
    ),
    row(
        "over a hold of everything",
        DEPLOYED + "kim holds all. " + FIRES + STAYED + "it is told: a person holds it.",
    ),
    row(
        "over a holds file that nobody can read",
        DEPLOYED + "kim breaks the holds file. " + FIRES + STAYED + "it is told: a person holds it.",
    ),
    row(
        "over a label on its pull request",
        "a is verified. b is deployed. c is built. 1 minute. one is open for c. kim labels it "
        "updater:stop. " + FIRES + STAYED + "it is told: bears the label updater:stop.",
        BY_PULL,
    ),
    row(
        "over a person's order that is open",
        "a is verified. b is deployed. kim rolls shop back in production. one is open for a. "
        + FIRES
        + STAYED
        + "it is told: asks for.",
        BY_PULL,
    ),
    row(
        "later than twenty minutes after the span",
        DEPLOYED + "AppDown fires in production. nobody passes for 3 minutes. nobody passes for 33 minutes. "
        "1 minute. "
        + STAYED
        + "it is told: it is later than. production recorded first cut, a verified, b failed.",
    ),
    row(
        "while the registry cannot be read, but then",
        DEPLOYED
        + "tags cannot be read. "
        + FIRES
        + STAYED
        + "it is told: could not be read. all can be read again. 1 minute. "
        + WENT,
    ),
    row(
        "while the digest of the target cannot be read, but then",
        DEPLOYED
        + "digest cannot be read. "
        + FIRES
        + STAYED
        + "it is told: nobody can say whether. all can be read again. 1 minute. "
        + WENT,
    ),
    row(
        "while history cannot be read, but then",
        DEPLOYED + "history cannot be read. " + FIRES + STAYED + "all can be read again. 1 minute. " + WENT,
    ),
    row(
        "while Git cannot be fetched, but then",
        DEPLOYED + "fetch cannot be read. " + FIRES + STAYED + "all can be read again. 1 minute. " + WENT,
    ),
    row(
        "by a clock that is wrong",
        DEPLOYED
        + "the clock of the registry is 5 minutes ahead. "
        + FIRES
        + STAYED
        + "the clock of the registry is right. 1 minute. "
        + WENT,
    ),
    row(
        "where mode says to observe",
        "b is built. 2 minutes. AppDown fires in production. 1 minute. production runs first. "
        "production recorded nothing.",
        given(top={"mode": "observe"}),
    ),
    row(
        "ten apps that fail at once",
        DEPLOYED + "AppDown fires in production for all. 2 minutes. everything in production runs b. it is "
        "told: many_failed: it does not go back by itself: 10 apps fail at once. no commit went "
        "back by verify:alerts.",
        TEN,
    ),
    row(
        "of which there is one message",
        DEPLOYED + "AppDown fires in production for all. 10 minutes. one message was sent of many_failed. "
        "no messages were sent of failed. no messages were sent of fires_now. no messages were sent of "
        "way_back.",
        TEN,
    ),
    row(
        "three that do go where nobody says how many",
        DEPLOYED + "AppDown fires in production for all. 1 minute. everything in production runs a.",
        given(apps=3),
    ),
    row(
        "more than the breaker allows",
        DEPLOYED + "AppDown fires in production for all. 1 minute. everything in production runs b. it is "
        "told: many_failed.",
        given(apps=3, repository={"breaker": {"rolled_back": 2, "within": "1h", "for": "4h"}}),
    ),
    row(
        "with those that went back lately",
        DEPLOYED + "AppDown fires in production. AppDown fires in production for app1. 1 minute. production "
        "runs a. production runs a of app1. AppDown fires in production for app2. 1 minute. "
        "production runs b of app2.",
        given(apps=3, repository={"breaker": {"rolled_back": 2, "within": "1h", "for": "4h"}}),
    ),
    row(
        "where the host refuses the ref of verdicts",
        "the host refuses the ref of verdicts. b is deployed. AppDown fires in production. 3 "
        "minutes. " + STAYED + "production recorded nothing.",
    ),
    row(
        "where it refuses it from then on",
        DEPLOYED
        + "the host refuses the ref of verdicts. "
        + FIRES
        + STAYED
        + "production recorded first cut, a verified.",
    ),
]

WATCHED = [
    row(
        "by a wrong clock nothing is found, but then",
        DEPLOYED + "the clock of the registry is 5 minutes ahead. 18 minutes. "
        "production recorded first cut, a verified. the clock of the registry is right. 1 minute. "
        "production recorded first cut, a verified, b verified.",
    ),
    *(
        row(
            f"where {reading} cannot be read nothing is found, but then",
            DEPLOYED + f"{reading} cannot be read. 18 minutes. production recorded first cut, a verified. "
            "all can be read again. 1 minute. production recorded first cut, a verified, b verified.",
        )
        for reading in ("blobs", "history", "files")
    ),
    row(
        "alerts that nobody could read have not been quiet, though nothing tells of a gap",
        DEPLOYED + "prometheus does not answer. 60 minutes. "
        "production recorded first verified, a verified, b unknown.",
        given(
            production={"arrived": None, "heartbeat": None, "verify": {**VERIFY, "then": "tell"}},
        ),
    ),
    row(
        "away at the end, where Git says when it came: it is asked again for a while",
        DEPLOYED + "prometheus does not answer. 18 minutes. production recorded first verified, a verified. "
        "prometheus answers again. 1 minute. production recorded first verified, a verified, b verified.",
        BY_GIT,
    ),
    row(
        "and then nobody knows",
        DEPLOYED + "prometheus does not answer. 60 minutes. "
        "production recorded first verified, a verified, b unknown. "
        "prometheus answers again. 5 minutes. production recorded first verified, a verified, b unknown.",
        BY_GIT,
    ),
    row(
        "all was well",
        DEPLOYED + "17 minutes. production recorded first cut, a verified, b verified. b is verified there.",
    ),
    row(
        "a verdict is written once",
        DEPLOYED + "60 minutes. the updater starts anew. 60 minutes. production recorded first cut, a "
        "verified, b verified.",
    ),
    row(
        "a failure, too",
        DEPLOYED
        + "kim holds shop in production. "
        + FIRES
        + "30 minutes. the updater starts anew. 30 minutes. production recorded first cut, a "
        "verified, b failed.",
    ),
    row(
        "what fires after its time is another matter",
        DEPLOYED + "17 minutes. AppDown fires in production. 20 minutes. production runs b. production "
        "recorded first cut, a verified, b verified.",
    ),
    row(
        "what burned before it came counts nothing",
        "a is verified. AppDown fires in production. 2 minutes. b is deployed. 17 minutes. "
        "production runs b.",
    ),
    row(
        "nor what began between its commit and the sync",
        "a is verified. production syncs nothing. b is built. 3 minutes. AppDown fires in "
        "production. 2 minutes. production syncs again. 3 minutes. production runs b. no commit "
        "went back by verify:alerts.",
    ),
    row(
        "but what fires anew after the sync",
        "a is verified. AppDown fires in production. 2 minutes. b is deployed. AppSlow fires in "
        "production. 1 minute. " + WENT,
    ),
    row(
        "nothing is judged before it is synced",
        "a is verified. production syncs nothing. b is built. 30 minutes. AppDown fires in "
        "production. 2 minutes. production runs b. b is waiting there.",
    ),
    row(
        "it counts from the sync, not from the commit",
        "a is verified. production syncs nothing. b is built. 30 minutes. production syncs "
        "again. 10 minutes. b is verifying there. AppDown fires in production. 1 minute. " + WENT,
    ),
    row(
        "a newer promotion cuts it",
        DEPLOYED + "3 minutes. c is deployed. production recorded first cut, a verified, b cut.",
    ),
    row(
        "a person's hand cuts it, too",
        DEPLOYED + "3 minutes. kim sets shop in production to a. 3 minutes. production recorded first cut, "
        "a verified, b cut.",
    ),
    row(
        "what failed while it was there is a failure also when it left",
        DEPLOYED + "AppDown fires in production. nobody passes for 2 minutes. kim sets shop in production "
        "to a. 1 minute. production recorded first cut, a verified, b failed. production runs a. "
        "no commit went back by verify:alerts.",
    ),
    row(
        "while prometheus is away nothing is said",
        DEPLOYED
        + "prometheus does not answer. AppDown fires in production. 10 minutes. "
        + STAYED
        + "production recorded first cut, a verified.",
    ),
    row(
        "it tells afterwards",
        DEPLOYED + "prometheus does not answer. AppDown fires in production. 5 minutes. alerts stop in "
        "production. 5 minutes. prometheus answers again. 1 minute. " + WENT,
    ),
    row(
        "away to the end, and all was well",
        DEPLOYED + "prometheus does not answer. 20 minutes. prometheus answers again. 1 minute. production "
        "recorded first cut, a verified, b verified.",
    ),
    row(
        "away for an hour: what it has seen meanwhile counts",
        DEPLOYED + "prometheus does not answer. 60 minutes. production recorded first cut, a verified. "
        "prometheus answers again. 1 minute. production recorded first cut, a verified, b "
        "verified.",
    ),
    row(
        "a short gap is none",
        DEPLOYED + "nobody watches. 4 minutes. somebody watches again. 15 minutes. production recorded "
        "first cut, a verified, b verified.",
    ),
    row(
        "with a gap nobody knows",
        DEPLOYED + "nobody watches. 7 minutes. somebody watches again. 45 minutes. production recorded "
        "first cut, a verified, b unknown. " + STAYED,
    ),
    row(
        "what fires after a gap is a failure",
        DEPLOYED + "nobody watches. 7 minutes. somebody watches again. " + FIRES + WENT,
    ),
    row(
        "what fired in a gap nobody has seen",
        DEPLOYED + "nobody watches. AppDown fires in production. 7 minutes. alerts stop in production. "
        "somebody watches again. 45 minutes. " + STAYED,
    ),
    row(
        "monitoring that is away holds nobody up who does not ask it",
        "prometheus does not answer. b is built. 3 minutes. staging runs b. production runs b.",
    ),
    row(
        "of a preview that is gone nothing is told",
        "pr-7 is opened. a is built. 20 minutes. b is built. 2 minutes. pr-7 runs b. AppDown fires in pr-7. "
        "pr-7 is closed. 30 minutes. nothing is told. no commit went back by verify:alerts. pr-7 recorded "
        "first cut, a verified.",
        PREVIEWS,
    ),
    row(
        "two clusters: only the one where it failed",
        "a is verified. b is deployed. AppDown fires in one/production. 1 minute. one/production "
        "runs a. two/production runs b.",
        CLUSTERS,
    ),
    row(
        "two clusters: the monitoring of one is away",
        "a is verified. b is deployed. the prometheus of one does not answer. AppDown fires in "
        "one/production. AppDown fires in two/production. 2 minutes. one/production runs b. "
        "two/production runs a.",
        CLUSTERS,
    ),
]

FORWARD = [
    row(
        "what nobody could watch in staging has not failed",
        "b is built. 1 minute. nobody watches. 7 minutes. somebody watches again. 70 minutes. "
        "production runs b.",
        given(
            staging={"verify": {**VERIFY, "then": "tell"}},
            production={"gates": {"soak": "60m"}, "verify": None},
        ),
    ),
    row(
        "nor what a newer one has cut off",
        "b is built. 3 minutes. c is built. 3 minutes. last runs c.",
        given(production={"verify": {**VERIFY, "then": "tell"}}, others={"last": {"after": "production"}}),
    ),
    row(
        "what failed in staging comes to nobody",
        "b is built. 1 minute. AppDown fires in staging. 30 minutes. production runs first. "
        "staging runs b. production holds: failed.",
        STAGING_SOAKS,
    ),
    row(
        "and the next build does",
        "b is built. 1 minute. AppDown fires in staging. 5 minutes. alerts stop in staging. c is "
        "built. 30 minutes. production runs c.",
        STAGING_SOAKS,
    ),
    row(
        "what failed before it came is withdrawn",
        "b is built. 25 minutes. one is open for b. AppDown fires in staging. 1 minute. "
        "production holds: failed. it is not green.",
        given(
            staging={"verify": {"for": "60m", "with": ["alerts"], "then": "tell"}},
            production={"deliver": "pull-request", "verify": None},
        ),
    ),
    row(
        "beside where it failed it waits for a person",
        DEPLOYED + FIRES + WENT + "40 minutes. europe runs a. europe holds: failed_beside.",
        EUROPE,
    ),
    row(
        "who may pass over that",
        DEPLOYED
        + FIRES
        + WENT
        + "40 minutes. kim promotes shop in europe to b over failed_beside. europe runs b.",
        EUROPE,
    ),
    row(
        "and has to say so",
        DEPLOYED
        + FIRES
        + WENT
        + "40 minutes. kim promotes shop in europe to b. the order is refused: failed_beside. "
        "europe runs a.",
        EUROPE,
    ),
    row(
        "who runs it beside keeps it",
        "a is verified. b is deployed. 5 minutes. europe runs b. "
        + FIRES
        + "10 minutes. production runs a. europe runs b.",
        given(others={"europe": {"after": "staging"}}),
    ),
    row(
        "a failed tag stays where it is told only, and goes no further",
        DEPLOYED + FIRES + STAYED + "40 minutes. last runs a. last holds: failed.",
        given(
            production={"verify": {**VERIFY, "then": "tell"}},
            others={"last": {"after": "production", "gates": {"soak": "30m"}}},
        ),
    ),
    row(
        "a person promotes it by name",
        DEPLOYED
        + FIRES
        + WENT
        + "alerts stop in production. kim promotes shop in production to b. production runs b.",
    ),
    row(
        "and a release brings it once",
        DEPLOYED
        + FIRES
        + WENT
        + "alerts stop in production. kim releases b in production. 3 minutes. production runs b.",
    ),
    row(
        "what was built before the way back waits, too",
        DEPLOYED + "production syncs nothing. c is built. nobody passes for 1 minute. production runs b.",
    ),
    row(
        "the condition says that it failed",
        DEPLOYED + FIRES + STAYED + "it is true of production: failed.",
        TELLS,
    ),
    row(
        "and that it fires now",
        DEPLOYED + "17 minutes. AppDown fires in production. 6 minutes. it is true of production: fires_now.",
    ),
    row(
        "it ends with what runs",
        DEPLOYED + FIRES + WENT + "alerts stop in production. 2 minutes. nothing is true of production.",
    ),
    row(
        "a shared pull request: only what fails goes back",
        "a is verified. b is deployed. AppDown fires in production for app1. 1 minute. "
        "production runs a of app1. production runs b.",
        given(
            apps=3,
            production={
                "deliver": "pull-request",
                "pull_request": {"group": "environment"},
                "verify": {**VERIFY, "deliver": "push"},
            },
        ),
    ),
    row(
        "a shared one by squash, too",
        "a is verified. b is built. 2 minutes. kim merges it by squash. 1 minute. AppDown fires "
        "in production for app1. 1 minute. production runs a of app1. production runs b.",
        given(
            apps=3,
            production={
                "deliver": "pull-request",
                "pull_request": {"group": "environment"},
                "verify": {**VERIFY, "deliver": "push"},
            },
        ),
    ),
    row(
        "two images go back together",
        DEPLOYED + FIRES + WENT,
        given(images=2),
    ),
    row(
        "a failed member holds the later waves",
        WAVED + "60 minutes. one/production runs a. two/production runs a. two/production holds: failed.",
        WAVES,
    ),
    row(
        "a failed member holds its siblings",
        WAVED + "60 minutes. beside/production runs a. beside/production holds: failed_beside.",
        WAVES,
    ),
    row(
        "the next build goes through all waves",
        WAVED + "c is built. 90 minutes. one/production runs c. beside/production runs c. two/production "
        "runs c.",
        WAVES,
    ),
]

CLOSED = {"window": [{"days": "mon-fri", "from": "01:00", "to": "01:01", "zone": "Asia/Seoul"}]}
BACK = "kim rolls shop back in production. production runs a. one commit went back by human."
PEOPLE = [
    row(
        "not forward, to what never ran there: that is a promotion",
        "c is built. 3 minutes. kim rolls shop back in production to c. the order is refused: no_way_back. "
        "production runs first.",
        given(production={"gates": {"soak": "5h"}}),
    ),
    row(
        "over a hold",
        DEPLOYED + "kim holds shop in production. " + BACK,
    ),
    row(
        "over a hold of everything",
        DEPLOYED + "kim holds all. " + BACK,
    ),
    row(
        "over a holds file that nobody can read",
        DEPLOYED + "kim breaks the holds file. " + BACK,
    ),
    row(
        "by a wrong clock",
        DEPLOYED + "the clock of the registry is 5 minutes ahead. " + BACK,
    ),
    row(
        "while prometheus is away",
        DEPLOYED + "prometheus does not answer. " + BACK,
    ),
    row(
        "while the registry lists nothing",
        DEPLOYED + "tags cannot be read. " + BACK,
    ),
    row(
        "past a window that is closed",
        "a is verified. b is deployed. kim rolls shop back in production. production runs a.",
        given(staging={"gates": {}}),
    ),
    row(
        "from what was verified",
        DEPLOYED + "17 minutes. " + BACK,
    ),
    row(
        "from what has failed and is told",
        DEPLOYED + FIRES + BACK,
        TELLS,
    ),
    row(
        "to what failed there, by name",
        DEPLOYED
        + FIRES
        + WENT
        + "alerts stop in production. c is built. 3 minutes. production runs c. kim rolls shop "
        "back in production to b. production runs b.",
    ),
    row(
        "not by itself to what failed there",
        DEPLOYED
        + FIRES
        + "alerts stop in production. c is built. 3 minutes. production runs c. kim rolls shop "
        "back in production. production runs a.",
        TELLS,
    ),
    row(
        "nothing goes back from a person's way back",
        DEPLOYED + BACK + " 1 minute. AppDown fires in production. 2 minutes. production runs a.",
    ),
    row(
        "not to what is gone",
        DEPLOYED + "the registry loses a. kim rolls shop back in production to a. the order is refused: "
        "not_there_yet. production runs b.",
    ),
    row(
        "not to what is forbidden",
        DEPLOYED + "config forbids a. kim rolls shop back in production to a. the order is refused: "
        "forbidden. production runs b.",
    ),
    row(
        "not below a floor",
        "a is verified. kim records a floor at b. b is deployed. kim rolls shop back in "
        "production. the order is refused: rollback_floor. production runs b.",
    ),
    row(
        "below a floor by saying so",
        "a is verified. kim records a floor at b. b is deployed. kim rolls shop back in "
        "production over floor. production runs a.",
    ),
    row(
        "not beside an order that is open",
        DEPLOYED + "kim rolls shop back in production. one is open for a. kim rolls shop back in production "
        "to first. the order is refused: asked.",
        ASKED,
    ),
    row(
        "the breaker stops what goes forward",
        "a is verified. b is deployed. kim sets shop in production to a. kim sets app1 in "
        "production to a. c is built. 5 minutes. production runs a. production holds: "
        "line_stopped. production holds: line_stopped of app2.",
        given(apps=3, repository=BREAKER),
    ),
    row(
        "and nobody who goes back",
        "a is verified. b is deployed. kim sets app1 in production to a. kim sets app2 in "
        "production to a. 1 minute. " + BACK,
        given(apps=3, repository=BREAKER),
    ),
    row(
        "until its end",
        "a is verified. b is deployed. kim sets shop in production to a. kim sets app1 in "
        "production to a. c is built. 245 minutes. production runs c. production runs c of app2.",
        given(apps=3, repository=BREAKER),
    ),
    row(
        "or a release of all",
        "a is verified. b is deployed. kim sets shop in production to a. kim sets app1 in "
        "production to a. c is built. 5 minutes. kim releases all. 3 minutes. production runs c. "
        "production runs c of app2.",
        given(apps=3, repository=BREAKER),
    ),
    row(
        "a stopped line keeps the updater from going back",
        "a is verified. b is deployed. kim sets app1 in production to a. kim sets app2 in "
        "production to a. 1 minute. " + FIRES + STAYED + "it is told: the line is stopped.",
        given(apps=3, repository=BREAKER),
    ),
]


@pytest.mark.parametrize(("how", "text"), GOES)
def test_it_goes_back(how, text):
    Deployed(how).tell(text)


@pytest.mark.parametrize(("how", "text"), TARGETS)
def test_where_to(how, text):
    Deployed(how).tell(text)


@pytest.mark.parametrize(("how", "text"), NEVER)
def test_it_never_goes(how, text):
    Deployed(how).tell(text)


@pytest.mark.parametrize(("how", "text"), WATCHED)
def test_what_is_found(how, text):
    Deployed(how).tell(text)


@pytest.mark.parametrize(("how", "text"), FORWARD)
def test_what_follows_elsewhere(how, text):
    Deployed(how).tell(text)


@pytest.mark.parametrize(("how", "text"), PEOPLE)
def test_what_people_may(how, text):
    Deployed(how).tell(text)
