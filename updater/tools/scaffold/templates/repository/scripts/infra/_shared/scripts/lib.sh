# shellcheck shell=bash
# What the scripts in the folders beside this file share. It is sourced and not run.
#
# Nobody's names stand here: an app's image and namespace are read from its overlay, the rest comes from the caller
# and from the environment.

# A refusal inside of $( ) ends the script that asked, and so does any other failure there.
shopt -s inherit_errexit

PROGRAM=$(basename "$0")
DRY_RUN=0
REPOSITORY_ROOT=${REPOSITORY_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)}

# Ends with 1: it was tried, and failed.
fail() {
    printf '%s: %s\n' "$PROGRAM" "$*" >&2
    exit 1
}

# Ends with 2: the call is wrong, and nothing was tried.
misused() {
    printf '%s: %s; see %s --help\n' "$PROGRAM" "$*" "$PROGRAM" >&2
    exit 2
}

# need_programs PROGRAM...
need_programs() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || misused "$program is not on the PATH: install it first"
    done
}

# need_variable NAME WHAT
need_variable() {
    if [ -z "${!1:-}" ]; then misused "the variable $1 is not set: it says $2"; fi
}

# check_name VALUE WHAT: whatever becomes part of a path or of an object's name.
check_name() {
    case $1 in
        '' | -* | *- | *[!a-z0-9-]*) misused "'$1' is no name of $2: expected a-z, 0-9 and -" ;;
    esac
}

# check_environment VALUE: staging, or with its cluster, cluster-a/staging.
check_environment() {
    case $1 in
        */*/*) misused "'$1' is no environment: expected staging, or cluster-a/staging" ;;
        */*)
            check_name "${1%%/*}" "a cluster"
            check_name "${1##*/}" "an environment"
            ;;
        *) check_name "$1" "an environment" ;;
    esac
}

# check_tag VALUE
check_tag() {
    case $1 in
        '' | -* | .* | *[!A-Za-z0-9._-]*) misused "'$1' is no tag of an image" ;;
    esac
}

# overlay_of APP ENVIRONMENT: the folder, which has to be there.
overlay_of() {
    local folder=infra/k8s/overlays/$2/$1
    [ -f "$REPOSITORY_ROOT/$folder/kustomization.yaml" ] ||
        misused "there is no $folder/kustomization.yaml: $1 does not run in $2"
    printf '%s\n' "$REPOSITORY_ROOT/$folder"
}

# namespace_of OVERLAY: NAMESPACE, or what the overlay's kustomization says.
namespace_of() {
    local found=${NAMESPACE:-}
    if [ -z "$found" ]; then found=$(sed -n 's/^namespace: *\([a-z0-9-]*\).*/\1/p' "$1/kustomization.yaml"); fi
    [ -n "$found" ] || misused "$1/kustomization.yaml names no namespace: set NAMESPACE"
    printf '%s\n' "$found"
}

# image_of OVERLAY: IMAGE, or the first image that the overlay's kustomization sets, without its tag.
image_of() {
    local found=${IMAGE:-}
    if [ -z "$found" ]; then found=$(image_entry "$1" name); fi
    [ -n "$found" ] || misused "$1/kustomization.yaml sets no image: set IMAGE"
    printf '%s\n' "$found"
}

# tag_of OVERLAY: the tag that Git says runs there.
tag_of() {
    local found
    found=$(image_entry "$1" newTag)
    case $found in
        '' | placeholder) fail "$1/kustomization.yaml names no build yet: promote one, or name its tag" ;;
    esac
    printf '%s\n' "$found"
}

# check_promoted OVERLAY: a placeholder is no image.
check_promoted() {
    if [ "$(image_entry "$1" newTag)" = placeholder ]; then tag_of "$1"; fi
}

# image_entry OVERLAY KEY: of the first entry below images:, without quotes.
image_entry() {
    awk -v key="$2:" '
        /^images:/ { inside = 1; next }
        /^[^ #-]/ { inside = 0 }
        inside { sub(/^ *- */, ""); if ($1 == key) { gsub(/["'\'']/, "", $2); print $2; exit } }
    ' "$1/kustomization.yaml"
}

[% if 'helm' in parts %]
# values_of APP ENVIRONMENT: VALUES, or the file of a Helm chart's values for that environment, if the app has a chart.
values_of() {
    local name=${2/\//-}
    case $name in production | *-production) name=${name%uction} ;; esac
    printf '%s\n' "${VALUES:-$REPOSITORY_ROOT/infra/helm/apps/$1/values-$name.yaml}"
}

[% endif %]
# set_tag APP ENVIRONMENT TAG: in all places of this work tree that say it, so that they agree.
set_tag() {
    local overlay image[% if 'helm' in parts %] values[% endif %]

    check_tag "$3"
    need_programs updater
    overlay=$(overlay_of "$1" "$2")
    image=$(image_of "$overlay")
    set_image "$overlay" "$image=$3"
[% if 'helm' in parts %]
    values=$(values_of "$1" "$2")
    if [ -f "$values" ]; then set_image "$values" "$image=$3" --path image.tag; fi
[% endif %]
}

# Exit status 3 of --check says that there is something to change.
set_image() {
    local status=0
    if [ "$DRY_RUN" != 1 ]; then
        updater set-image "$@"
        return
    fi
    updater set-image "$@" --check --diff || status=$?
    case $status in 0 | 3) ;; *) exit "$status" ;; esac
}

# run PROGRAM ARGUMENT...: with --dry-run it only says what it would do.
run() {
    if [ "$DRY_RUN" = 1 ]; then
        printf 'would run:'
        printf ' %q' "$@"
        printf '\n'
    else
        "$@"
    fi
}

# kube ARGUMENT...: kubectl, in the cluster that KUBE_CONTEXT names.
kube() {
    kubectl ${KUBE_CONTEXT:+--context "$KUBE_CONTEXT"} "$@"
}

# reach_cluster: asks what everybody who may log in may ask; one sentence where nobody answers, for all that comes after.
reach_cluster() {
    local said
    said=$(kube get --raw /version --request-timeout 10s 2>&1 >/dev/null) ||
        fail "the cluster cannot be reached${KUBE_CONTEXT:+ by the context $KUBE_CONTEXT}: ${said##*$'\n'}"
}

# await_rollout APP NAMESPACE: until all new pods are ready, or with what the cluster says of it.
await_rollout() {
    local deployment=${DEPLOYMENT:-$1}
    if kube rollout status "deployment/$deployment" --namespace "$2" --timeout "${TIMEOUT:-300s}"; then return; fi
    kube get pods --namespace "$2" >&2 || true
    kube get events --namespace "$2" --sort-by .lastTimestamp >&2 || true
    fail "deployment/$deployment in $2 did not become ready within ${TIMEOUT:-300s}"
}
