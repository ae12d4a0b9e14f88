#!/usr/bin/env bash
# Runs an app's own migration as a Job.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

usage() {
    cat <<'TEXT'
Usage: run-migration-job.sh [--dry-run] APP ENVIRONMENT

Runs the migration of APP: its own image, at the tag that its overlay sets, with its own command. What is migrated,
and how, is the app's; this only runs it, from infra/_shared/migrations/job-template.yaml.
A Job that has succeeded for that tag is not run again; one that runs is waited for; one that failed is an error,
until it is deleted.

  --dry-run          shows the Job, and runs nothing

Variables:
  MIGRATION_COMMAND  a list as in JSON, such as ["python", "manage.py", "migrate"] (needed)
  TAG                another tag than the overlay's
  IMAGE              else the first one below images: in the overlay
  NAMESPACE          else the one in the overlay's kustomization
  KUBE_CONTEXT       the context of the kubeconfig; else the current one
  TIMEOUT            how long it may take, 1800 (seconds) unless told otherwise
TEXT
}

words=()
for word in "$@"; do
    case $word in
        -h | --help)
            usage
            exit 0
            ;;
        --dry-run) DRY_RUN=1 ;;
        -*) misused "there is no option $word" ;;
        *) words+=("$word") ;;
    esac
done
if [ ${#words[@]} -ne 2 ]; then misused "expected APP ENVIRONMENT"; fi
app=${words[0]} environment=${words[1]} timeout=${TIMEOUT:-1800}
check_name "$app" "an app"
check_environment "$environment"
need_variable MIGRATION_COMMAND 'what to run, such as ["python", "manage.py", "migrate"]'
case $MIGRATION_COMMAND in
    *$'\n'*) misused "MIGRATION_COMMAND has more than one line" ;;
    '['*']') ;;
    *) misused 'MIGRATION_COMMAND is no list: expected one as ["python", "manage.py", "migrate"]' ;;
esac
case $timeout in '' | *[!0-9]*) misused "TIMEOUT is '$timeout': expected seconds" ;; esac
need_programs kubectl
overlay=$(overlay_of "$app" "$environment")
namespace=$(namespace_of "$overlay")
image=$(image_of "$overlay")
tag=${TAG:-$(tag_of "$overlay")}
check_tag "$tag"
# One Job for each tag: that is what makes a second run harmless.
suffix=$(printf '%s' "$tag" | tr '[:upper:]_.' '[:lower:]--')
job=$(printf '%.63s' "$app-migrate-$suffix" | sed 's/-*$//')

# filled NAME VALUE...: standard input with each ${NAME} replaced by its VALUE.
filled() {
    local script='' value
    while [ $# -gt 0 ]; do
        value=$(printf '%s' "$2" | sed 's/[\\&|]/\\&/g')
        script="$script;s|\${$1}|$value|g"
        shift 2
    done
    sed "${script#;}"
}

manifest() {
    filled JOB "$job" NAMESPACE "$namespace" APP "$app" IMAGE "$image:$tag" COMMAND "$MIGRATION_COMMAND" \
        TIMEOUT "$timeout" <"$REPOSITORY_ROOT/infra/_shared/migrations/job-template.yaml"
}

condition() {
    kube get job "$job" --namespace "$namespace" --ignore-not-found --output \
        'jsonpath={.status.conditions[?(@.status=="True")].type}'
}

# A Job has no condition for "exists": its name is asked for.
exists() {
    [ -n "$(kube get job "$job" --namespace "$namespace" --ignore-not-found --output name)" ]
}

# Ends as soon as the Job has: kubectl wait knows one condition at a time.
await() {
    local left=$timeout
    while [ "$left" -gt 0 ]; do
        case " $(condition) " in
            *" Complete "*) return 0 ;;
            *" Failed "*) return 1 ;;
        esac
        sleep "${POLL_SECONDS:-2}"
        left=$((left - 2))
    done
    return 1
}

if [ "$DRY_RUN" = 1 ]; then
    manifest
    exit 0
fi
reach_cluster
case " $(condition) " in
    *" Complete "*)
        printf '%s has succeeded already in %s\n' "$job" "$namespace"
        exit 0
        ;;
    *" Failed "*)
        fail "$job has failed before: read kubectl logs job/$job -n $namespace, then kubectl delete job/$job -n $namespace"
        ;;
esac
if ! exists; then manifest | kube create -f -; fi
if await; then
    printf '%s has succeeded in %s\n' "$job" "$namespace"
    exit 0
fi
kube logs "job/$job" --namespace "$namespace" --tail 50 >&2 || true
fail "$job did not succeed within $timeout s"
