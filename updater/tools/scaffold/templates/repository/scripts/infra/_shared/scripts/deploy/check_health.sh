#!/usr/bin/env bash
# Says whether an app is well in a cluster.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

usage() {
    cat <<'TEXT'
Usage: check_health.sh APP ENVIRONMENT

Ends with 0 where all pods of the deployment are ready, none of its containers waits for a reason such as
CrashLoopBackOff or ImagePullBackOff, and HEALTH_URL, if it is set, answers with success. Else with 1 and the
reason. It changes nothing.

Variables:
  KUBE_CONTEXT   the context of the kubeconfig; else the current one
  NAMESPACE      else the one in the overlay's kustomization
  DEPLOYMENT     else APP
  TIMEOUT        how long pods may take to become ready, 60s unless told otherwise
  HEALTH_URL     an address that has to answer, such as https://app.example.org/healthz
TEXT
}

words=()
for word in "$@"; do
    case $word in
        -h | --help)
            usage
            exit 0
            ;;
        -*) misused "there is no option $word" ;;
        *) words+=("$word") ;;
    esac
done
if [ ${#words[@]} -ne 2 ]; then misused "expected APP ENVIRONMENT"; fi
app=${words[0]} environment=${words[1]} TIMEOUT=${TIMEOUT:-60s}
check_name "$app" "an app"
check_environment "$environment"
need_programs kubectl
overlay=$(overlay_of "$app" "$environment")
namespace=$(namespace_of "$overlay")

waiting() {
    kube get pods --namespace "$namespace" --output \
        'jsonpath={range .items[*]}{range .status.containerStatuses[*]}{.state.waiting.reason}{"\n"}{end}{end}'
}

reach_cluster
await_rollout "$app" "$namespace"
reasons=$(waiting | sort -u | tr '\n' ' ')
case $reasons in
    *[!\ ]*) fail "containers in $namespace wait: $reasons" ;;
esac
if [ -n "${HEALTH_URL:-}" ]; then
    need_programs curl
    curl --fail --silent --show-error --location --max-time 10 --output /dev/null -- "$HEALTH_URL" ||
        fail "$HEALTH_URL does not answer with success"
fi
printf '%s is well in %s\n' "$app" "$namespace"
