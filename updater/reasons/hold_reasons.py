"""Why nothing is promoted: what decide and plan say of an app in an environment, gates apart. Pure values."""

from __future__ import annotations

from updater.reasons.reason import Reason

# --- there is nothing to promote ------------------------------------------------------------------------

UP_TO_DATE = Reason(
    "up_to_date", "fact", "It runs the newest tag there is.", nothing_to_do=True, may_last=True
)
NOT_NEWER = Reason(
    "not_newer",
    "fact",
    "The environment has run this tag before, or one that is newer: by itself nothing goes back.",
    lifted_by_name=True,
    nothing_to_do=True,
    may_last=True,
)
NO_CANDIDATE = Reason(
    "no_candidate",
    "fact",
    "No tag in the registry is one that the environment follows; the sentence shows some, and why not.",
    may_last=True,
    asked_of_rollback=False,
)
NOT_DELIVERED = Reason(
    "not_delivered",
    "fact",
    "`deliver: none`: others write here, and the environment only serves those that come after it.",
    nothing_to_do=True,
    may_last=True,
)
IMAGES_MISSING = Reason(
    "images_missing",
    "fact",
    "Not every image of the app has the newer tag yet; images of an app move together.",
    asked_of_rollback=False,
)
ANOTHER_VARIANT = Reason(
    "another_variant",
    "fact",
    "Only tags of another variant are newer (`-alpine`, `-debian`): that is another image, not a newer one.",
    nothing_to_do=True,
    may_last=True,
    asked_of_rollback=False,
)
UNDATED = Reason(
    "undated",
    "fact",
    "The images of newer tags do not say when they were created, so the scheme cannot order them.",
    asked_of_rollback=False,
)
NOT_FOLLOWED = Reason(
    "not_followed",
    "fact",
    "The scheme that the environment follows does not read this tag.",
    lost_for_good=True,
    asked_of_rollback=False,
)
NOT_LISTED = Reason(
    "not_listed",
    "fact",
    "The registry does not list this tag for every image of the app.",
    asked_of_rollback=False,
)

# --- what people have decided ---------------------------------------------------------------------------

HELD = Reason(
    "held",
    "people",
    "A hold is recorded for the app, the environment, or everything: `updater release` lifts it.",
    overridable=True,
    commented=False,
    asked_of_rollback=False,
    ends="the hold ends",
)
LINE_STOPPED = Reason(
    "line_stopped",
    "people",
    "So many apps of the repository went back close together that nothing goes forward (`breaker:`), until "
    "`updater release --all` or the end that the sentence tells.",
    overridable=True,
    asked_of_rollback=False,
    may_last=True,
    commented=False,
    ends="the line goes on",
)
STOPPED = Reason(
    "stopped",
    "people",
    "The pull request bears the label `updater:stop`: it is left alone until the label goes.",
    commented=False,
    asked_of_rollback=False,
)
ASKED = Reason(
    "asked",
    "people",
    "A pull request that somebody asked for by name is open: nothing else is proposed until it is merged or "
    "closed.",
)
OFFERED = Reason(
    "offered",
    "people",
    "An open pull request offers the tag that somebody asks for by name: merging that one is all it takes.",
    asked_of_rollback=False,
)
REJECTED = Reason(
    "rejected",
    "people",
    "A pull request with this tag, or a newer one, was closed unmerged.",
    lifted_by_name=True,
    lost_for_good=True,
)
ROLLED_BACK = Reason(
    "rolled_back",
    "people",
    "The tag was rolled back, here or in an environment before this one.",
    lifted_by_name=True,
    lost_for_good=True,
)
WAY_BACK = Reason(
    "way_back",
    "fact",
    "What runs has failed its verification, and it goes back to what was verified there before.",
    asked_of_rollback=False,
)
FAILED = Reason(
    "failed",
    "fact",
    "The tag failed its verification, here or in an environment before this one.",
    lifted_by_name=True,
    asked_of_rollback=False,
    lost_for_good=True,
)
FAILED_BESIDE = Reason(
    "failed_beside",
    "fact",
    "The tag failed its verification in an environment that comes after the same one as this.",
    overridable=True,
    asked_of_rollback=False,
    lost_for_good=True,
)
BUILT_BEFORE_ROLLBACK = Reason(
    "built_before_rollback",
    "people",
    "It was built before the environment was rolled back, so it may have the same fault "
    "(`after_rollback: built_after`).",
    lifted_by_name=True,
)
AWAITS_RELEASE = Reason(
    "awaits_release",
    "people",
    "After a step back, the environment goes on only once somebody releases it (`after_rollback: release`).",
    lifted_by_name=True,
)
BRANCH_EDITED = Reason(
    "branch_edited",
    "people",
    "Somebody pushed to the branch of the pull request, so it is left to them.",
    asked_of_rollback=False,
)
RETARGETED = Reason(
    "retargeted", "people", "Somebody aimed the pull request at another branch, so it is left to them."
)
FOREIGN_CURRENT = Reason(
    "foreign_current",
    "people",
    "It runs a tag that the environment's scheme cannot order, so nothing counts as newer.",
    asked_of_rollback=False,
)

# --- what is so -----------------------------------------------------------------------------------------

AFTER = Reason(
    "after",
    "fact",
    "The environments before this one have not run the tag, or went back from it.",
    overridable=True,
    asked_of_rollback=False,
    lost_for_good=True,
    said_before=True,
)
LAST_WAVE = Reason(
    "last_wave",
    "fact",
    "The environment has run nothing yet, so it begins with a tag that all of the last wave run (`waves:`).",
    lifted_by_name=True,
    asked_of_rollback=False,
)
FORBIDDEN = Reason(
    "forbidden",
    "fact",
    "The environment forbids tags like this one; no order lifts that.",
    lost_for_good=True,
)
NOT_ALLOWED = Reason(
    "not_allowed",
    "fact",
    "A person asked for a tag that the environment neither follows nor allows.",
    asked_of_rollback=False,
)
HISTORY_ENDS = Reason(
    "history_ends",
    "fact",
    "History is not read back far enough to know that the tag was not left earlier (`history:`).",
    lifted_by_name=True,
)
FUTURE = Reason(
    "future",
    "fact",
    "The tag says that it was built later than now.",
    overridable=True,
    remark=True,
    asked_of_rollback=False,
)
LOOKS_LIKE_UTC = Reason(
    "looks_like_utc",
    "fact",
    "A tag's stamp and the creation of its image differ by just what the configured zone differs from UTC.",
    remark=True,
    asked_of_rollback=False,
)
STAMP_AHEAD = Reason(
    "stamp_ahead",
    "fact",
    "The tag says that its image was built later than the image says itself: a clock in another zone, or an "
    "old build with a new tag.",
    overridable=True,
    asked_of_rollback=False,
)
CHART = Reason(
    "chart",
    "fact",
    "What the version points to has to be a Helm chart, and no image or other artifact.",
    lost_for_good=True,
    remark=True,
    asked_of_rollback=False,
)
NOT_AN_IMAGE = Reason(
    "not_an_image",
    "fact",
    "What the tag points to is no container image: a chart, a signature, an SBOM, an empty index.",
    lost_for_good=True,
    remark=True,
    asked_of_rollback=False,
)
GONE = Reason(
    "gone", "fact", "The tag is no longer in the registry.", lost_for_good=True, asked_of_rollback=False
)
NOT_THERE_YET = Reason(
    "not_there_yet", "fact", "The registry lists the tag and has no manifest for it, or not yet."
)
MOVED = Reason(
    "moved", "fact", "The tag was moved to another image while it was looked at.", asked_of_rollback=False
)
SPLIT = Reason(
    "split",
    "fact",
    "The pins of the app in this environment disagree: set them to one tag.",
    asked_of_rollback=False,
)
BRANCH_TAKEN = Reason(
    "branch_taken",
    "fact",
    "A pull request that is not ours is open from the branch that would be ours.",
    asked_of_rollback=False,
)
PREDECESSOR_IN_DOUBT = Reason(
    "predecessor_in_doubt",
    "fact",
    "Nobody can say what an environment before this one runs; the sentence says why.",
    said_before=True,
    asked_of_rollback=False,
)
PREDECESSOR_UNKNOWN = Reason(
    "predecessor_unknown",
    "fact",
    "An environment before this one is in another repository, which was not read lately.",
    said_before=True,
    asked_of_rollback=False,
)
NO_WAY_BACK = Reason(
    "no_way_back",
    "fact",
    "It has run nothing before, or nothing that comes back by itself: then `--to` names the tag.",
)
ROLLBACK_FLOOR = Reason(
    "rollback_floor",
    "fact",
    "What has run since leaves no way back to so old a tag: a label of its image or "
    "`.updater/rollback-floors.yaml` says so. A person goes all the same by `--override floor`.",
    overridable=True,
    override="floor",
)
FILE_MISSING = Reason("file_missing", "fact", "The file that should hold the pin is not there.")
APP_FILE_REFUSED = Reason(
    "app_file_refused",
    "fact",
    "The file of the app in the deploy repository says what cannot be, or what its team may not say: the "
    "sentence has the file and the line. Only this app holds, until that is mended.",
    asked_of_rollback=False,
)
PATTERN_UNCLEAR = Reason(
    "pattern_unclear",
    "fact",
    "A pattern of the config has found this app here, and two images would bear its name, or it is not in an "
    "environment that comes before. Only this app holds.",
    asked_of_rollback=False,
)
FILE_AMBIGUOUS = Reason("file_ambiguous", "fact", "Several files could hold the pin: name one of them.")
BUG = Reason(
    "bug", "fact", "A mistake of ours: report it. It holds this app in this environment, and nobody else."
)

# --- what monitoring says ---------------------------------------------------------------------------------

NO_RULES = Reason(
    "no_rules",
    "time",
    "Alerts that config names have no rule that Prometheus has loaded: nothing would have fired.",
    overridable=True,
    asked_of_rollback=False,
)
UNKNOWN_ALERTS = Reason(
    "unknown_alerts",
    "time",
    "An alert burned already when the tag arrived in the environment before this one, so nobody can tell "
    "whether the tag is well.",
    overridable=True,
    asked_of_rollback=False,
    ends="it was quiet for long enough",
)
MONITORING_UNREADABLE = Reason(
    "monitoring_unreadable",
    "time",
    "Prometheus does not answer what config asks it, or was away for a part of the time: nobody has watched.",
    overridable=True,
    asked_of_rollback=False,
)
INCONCLUSIVE = Reason(
    "inconclusive",
    "time",
    "There was too little to measure a metric by: it waits for more traffic.",
    overridable=True,
    asked_of_rollback=False,
)

# --- what waits -----------------------------------------------------------------------------------------

CLOCK_SKEW = Reason(
    "clock_skew",
    "time",
    "Our clock and those of the servers disagree: what goes by the time waits until they agree.",
    overridable=True,
    asked_of_rollback=False,
)
LISTING_EMPTY = Reason(
    "listing_empty",
    "fact",
    "The registry lists no tags at all: an outage looks like that.",
    asked_of_rollback=False,
)
LISTING_CUT = Reason(
    "listing_cut",
    "fact",
    "So many tags are listed that only the newest are looked at; a remark, and holds nothing.",
    asked_of_rollback=False,
)
CURRENT_NOT_LISTED = Reason(
    "current_not_listed",
    "fact",
    "The registry does not list the tag that runs: nothing changes until it has said so several times.",
    asked_of_rollback=False,
)
STILL_ASKING = Reason(
    "still_asking",
    "time",
    "More had to be looked up than one pass may; the next goes on.",
    asked_of_rollback=False,
)
STILL_READING = Reason(
    "still_reading",
    "time",
    "When the images of new tags were created is still being read; the next pass goes on.",
    asked_of_rollback=False,
)
LIMIT = Reason(
    "limit",
    "time",
    "This pass has promoted as many apps as it may (`limits.promotions_per_pass`).",
    asked_of_rollback=False,
)
GROUP_FULL = Reason(
    "group_full",
    "time",
    "The pull request of the environment lists as many apps as it has room for; the rest follows.",
    asked_of_rollback=False,
)
OPEN_PROPOSALS = Reason(
    "open_proposals",
    "time",
    "As many pull requests are open as may be (`limits.open_proposals`).",
    asked_of_rollback=False,
)
