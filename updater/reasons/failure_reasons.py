"""What failed, was refused or could not be read: the reasons of errors, by where they come from. Pure."""

from __future__ import annotations

from updater.reasons.reason import Reason

# --- ours ----------------------------------------------------------------------------------------------

UNREADABLE = Reason("unreadable", "reading", "What was asked could not be read.")
ERROR = Reason("error", "reading", "Something failed, and nobody gave it a name of its own.")
CONFIG = Reason("config", "reading", "The config is wrong: the sentence has the file and the line.")
HOLDS_UNREADABLE = Reason(
    "holds_unreadable",
    "reading",
    "`.updater/holds.yaml` cannot be read, so everything in its repository holds.",
    commented=False,
    asked_of_rollback=False,
)
VERDICTS_UNREADABLE = Reason(
    "verdicts_unreadable",
    "reading",
    "What was recorded of an app's deployments cannot be read: it holds there and in what comes after, and "
    "nothing goes back by itself.",
    lifted_by_name=True,
    asked_of_rollback=False,
)
TOO_MANY_TAGS = Reason(
    "too_many_tags", "reading", "More tags match the pattern than may be looked at one by one."
)

# --- git -----------------------------------------------------------------------------------------------

BRANCH_MISSING = Reason(
    "branch_missing", "reading", "The repository does not have the branch that the config names."
)
BRANCH_NAME = Reason("branch_name", "reading", "The branch in the config is no name that git allows.")
BRANCH_PROTECTED = Reason("branch_protected", "reading", "The branch is protected against the push.")
BRANCH_QUEUED = Reason(
    "branch_queued",
    "time",
    "The branch is locked while its pull request waits in a merge queue; a later pass goes on.",
)
RULE_VIOLATION = Reason("rule_violation", "reading", "A ruleset of the host refuses the push.")
UNSIGNED = Reason("unsigned", "reading", "The host wants signed commits.")
PUSH_REFUSED = Reason("push_refused", "reading", "The host, or one of its hooks, refuses the push.")
REF_REFUSED = Reason("ref_refused", "reading", "The host refuses the ref.")
VERDICTS_REFUSED = Reason(
    "verdicts_refused",
    "reading",
    "The host refuses the ref on which verdicts are recorded: what failed is told, and nothing goes back by "
    "itself.",
)
LOST_RACE = Reason(
    "lost_race", "reading", "Somebody else pushed first, again and again: the next pass has its turn."
)
OBJECT_FORMAT = Reason(
    "object_format", "reading", "The repository names its objects by SHA-256, which the updater cannot read."
)
REPOSITORY_REFUSED = Reason(
    "repository_refused",
    "reading",
    "The repository refuses us: it is not there, or the credentials may not read it.",
)
REPOSITORY_ARCHIVED = Reason(
    "repository_archived",
    "reading",
    "The repository is archived: it can be read, and not be written.",
)
REPOSITORY_UNAVAILABLE = Reason("repository_unavailable", "reading", "The repository does not answer now.")
REPOSITORY_BUSY = Reason("repository_busy", "reading", "Another process works on the clone.")
REPOSITORY_UNREADABLE = Reason(
    "repository_unreadable", "reading", "What stands at that place cannot be read as a repository."
)
REPOSITORY_URL = Reason(
    "repository_url", "reading", "The address is none of a repository that can be reached."
)
NO_REPOSITORY = Reason("no_repository", "reading", "At that place is no repository.")
CLONE_DAMAGED = Reason(
    "clone_damaged", "reading", "The clone in the cache is damaged: it is thrown away and made anew."
)
CLONE_UNUSABLE = Reason(
    "clone_unusable", "reading", "The clone in the cache cannot be used; the sentence says why."
)
FOLDER_TAKEN = Reason("folder_taken", "reading", "Where the clone should be stands something else.")
COMMIT_MISSING = Reason("commit_missing", "reading", "A commit that was asked for is not there (yet).")
DISK = Reason("disk", "reading", "The disk is full or cannot be written.")
GIT_MISSING = Reason("git_missing", "reading", "git is not on the path.")
GIT_TOO_OLD = Reason("git_too_old", "reading", "git is older than what is needed.")
SSH_MISSING = Reason("ssh_missing", "reading", "ssh is not on the path.")
HOST_KEY = Reason("host_key", "reading", "The host's key is not the one that is known, or is not known.")
KNOWN_HOSTS = Reason("known_hosts", "reading", "The file with the known hosts cannot be used.")
KEY_UNUSABLE = Reason("key_unusable", "reading", "A key cannot be used.")
AUTHOR_DIFFERS = Reason(
    "author_differs", "reading", "The forge makes commits as somebody else than the config says."
)
REMADE_OTHERWISE = Reason(
    "remade_otherwise", "reading", "The forge made another commit than the one that was planned."
)
NOT_A_FILE = Reason("not_a_file", "reading", "What should be changed is no file.")
FOLDER = Reason("folder", "reading", "The path leads to a folder.")
SUBMODULE = Reason("submodule", "reading", "The path leads into a submodule.")
SYMLINK = Reason("symlink", "reading", "The path leads over a symbolic link.")

# --- forges --------------------------------------------------------------------------------------------

FORGE_MISSING = Reason("forge_missing", "reading", "The config names no forge for the repository.")
FORGE_UNAUTHORIZED = Reason("forge_unauthorized", "reading", "The forge does not take the token.")
FORGE_FORBIDDEN = Reason("forge_forbidden", "reading", "The token may not do that.")
FORGE_NOT_FOUND = Reason(
    "forge_not_found",
    "reading",
    "The forge finds nothing there: it does not exist, or the token may not see it.",
)
FORGE_MOVED = Reason("forge_moved", "reading", "The forge says that what was asked has moved.")
FORGE_REJECTED = Reason("forge_rejected", "reading", "The forge rejects what was sent.")
FORGE_TOO_MANY = Reason("forge_too_many", "reading", "There is more of it than is read.")
FORGE_UNAVAILABLE = Reason("forge_unavailable", "reading", "The forge does not answer, or not sensibly.")
NOT_MERGEABLE = Reason("not_mergeable", "reading", "The forge does not merge the pull request.")
NOT_SUPPORTED = Reason("not_supported", "reading", "The forge cannot do that.")
AUTO_MERGE_REFUSED = Reason(
    "auto_merge_refused", "reading", "The forge does not take the pull request for its own merging."
)
MILESTONE_MISSING = Reason(
    "milestone_missing", "reading", "The milestone that the config names does not exist."
)
APP_KEY = Reason("app_key", "reading", "The private key of the GitHub App cannot be used.")
RATE_LIMITED = Reason("rate_limited", "reading", "The server wants to be left alone for a while.")
ORIGIN_UNKNOWN = Reason(
    "origin_unknown",
    "reading",
    "An image was built from a repository on a host that `forges:` does not name.",
)

# --- registries ----------------------------------------------------------------------------------------

REGISTRY_REFUSED = Reason(
    "registry_refused", "reading", "The registry gives no answer to a listing or a manifest."
)
REGISTRY_UNAVAILABLE = Reason(
    "registry_unavailable", "reading", "The registry does not answer, or not sensibly."
)
UNAUTHORIZED = Reason("unauthorized", "reading", "The registry does not let us read the image.")
NOT_FOUND = Reason(
    "not_found", "reading", "The registry has no such image or chart, or does not show it to us."
)
NO_INDEX = Reason(
    "no_index", "reading", "What came instead of an index.yaml is none, or lacks what a version needs."
)
NOT_JSON = Reason("not_json", "reading", "The answer is no JSON of the kind that was asked for.")
FOREIGN_LINK = Reason(
    "foreign_link", "reading", "The registry sends us on to another host, which gets no credentials."
)
FOREIGN_REALM = Reason(
    "foreign_realm", "reading", "The registry names a token service that is not known for it."
)
ENDLESS_LISTING = Reason("endless_listing", "reading", "The list of tags does not end.")
LONG_LINK = Reason("long_link", "reading", "The address of the next page is longer than any sensible one.")
LISTING_SHRUNKEN = Reason(
    "listing_shrunken",
    "reading",
    "The registry lists much less than before; a list is believed once it has said so several times.",
)
DIGEST_DIFFERS = Reason("digest_differs", "reading", "What came is not what its digest says.")
PART_MISSING = Reason("part_missing", "reading", "A part of the image is missing.")
TOO_DEEP = Reason("too_deep", "fact", "It is nested deeper than anything sensible.")
TOO_LARGE = Reason("too_large", "fact", "It is larger than what is read.")
TOO_MANY = Reason("too_many", "reading", "There is more of it than is looked at.")
CREDENTIALS = Reason(
    "credentials", "reading", "The credentials of a docker config or of a helper cannot be read."
)

# --- signatures ----------------------------------------------------------------------------------------

SIGNATURES_MISSING = Reason("signatures_missing", "reading", "Nothing here verifies signatures.")
VERIFY_MISSING = Reason(
    "verify_missing", "reading", "The packages that verify signatures are not installed (the extra `verify`)."
)
KEY_UNREADABLE = Reason("key_unreadable", "reading", "A public key or a root of trust cannot be read.")

# --- Argo CD, Prometheus, Flux, notifications ----------------------------------------------------------

ARGOCD_REFUSED = Reason("argocd_refused", "reading", "Argo CD refuses the request.")
ARGOCD_UNAUTHORIZED = Reason("argocd_unauthorized", "reading", "Argo CD does not take the token.")
ARGOCD_UNKNOWN = Reason("argocd_unknown", "reading", "Argo CD does not know what was asked for.")
ARGOCD_UNTRUSTED = Reason("argocd_untrusted", "reading", "The certificate of Argo CD is not trusted.")
ARGOCD_REDIRECTED = Reason(
    "argocd_redirected", "reading", "Argo CD sends us elsewhere, where its token does not go."
)
ARGOCD_NONSENSE = Reason("argocd_nonsense", "reading", "The answer of Argo CD makes no sense.")
ARGOCD_TOO_LARGE = Reason("argocd_too_large", "reading", "The answer of Argo CD is larger than what is read.")
ARGOCD_UNAVAILABLE = Reason("argocd_unavailable", "reading", "Argo CD does not answer now.")
PROMETHEUS_UNAVAILABLE = Reason(
    "prometheus_unavailable", "reading", "Prometheus or Alertmanager does not answer now, or not whole."
)
PROMETHEUS_UNAUTHORIZED = Reason(
    "prometheus_unauthorized", "reading", "Prometheus or Alertmanager does not take our credentials."
)
PROMETHEUS_UNTRUSTED = Reason(
    "prometheus_untrusted", "reading", "The certificate of Prometheus or Alertmanager is not trusted."
)
PROMETHEUS_REDIRECTED = Reason(
    "prometheus_redirected",
    "reading",
    "Prometheus or Alertmanager sends us elsewhere, where its credentials do not go.",
)
PROMETHEUS_NONSENSE = Reason(
    "prometheus_nonsense", "reading", "What answers is no Prometheus or Alertmanager, or makes no sense."
)
PROMETHEUS_TOO_LARGE = Reason(
    "prometheus_too_large", "reading", "Prometheus answers more than is read: the query has to match less."
)
PROMETHEUS_QUERY = Reason(
    "prometheus_query", "reading", "Prometheus cannot read a query; the sentence has its own words."
)
PROMETHEUS_REFUSED = Reason(
    "prometheus_refused", "reading", "Prometheus does not answer a query, such as for too many samples."
)
SEVERAL_SERIES = Reason(
    "several_series", "reading", "A query that has to answer one number at a time answers several."
)
FLUX_REFUSED = Reason("flux_refused", "reading", "The Flux receiver refuses the call.")
FLUX_UNAVAILABLE = Reason("flux_unavailable", "reading", "The Flux receiver does not answer now.")
NOTIFY_ADDRESS = Reason("notify_address", "reading", "The address of a notification is none.")
NOT_NOTIFIED = Reason("not_notified", "reading", "The message was not taken.")

# --- the tools that work on files ----------------------------------------------------------------------

CHANGED = Reason("changed", "reading", "The file changed while it was worked on.")
FILE_UNUSABLE = Reason("file_unusable", "reading", "The file cannot be read or written.")
NO_FILE = Reason("no_file", "reading", "There is no such file.")
NO_PINS = Reason("no_pins", "reading", "Nothing was found that could be managed.")
OUTPUT = Reason("output", "reading", "The output cannot be written there.")
