#!/usr/bin/env bash
# Applies an app's overlay to a cluster and waits until it runs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

usage() {
    cat <<'TEXT'
Usage: k8s-deploy.sh [--dry-run] APP ENVIRONMENT [TAG]

Applies infra/k8s/overlays/ENVIRONMENT/APP of this work tree, and waits until all new pods are ready.
[% if 'helm' in parts %]
With TAG the overlay, and the app's Helm values where it has some, are set to that tag first (by
`updater set-image`): commit and push them afterwards.
[% else %]
With TAG the overlay is set to that tag first (by `updater set-image`): commit and push it afterwards.
[% endif %]
A second run of the same changes nothing. ENVIRONMENT is [[ staging ]], [[ production ]][% if clusters | length > 1 %], or another of infra/k8s/overlays[% endif %].

  --dry-run      shows what would change in the cluster (kubectl diff), and changes nothing

Variables:
  KUBE_CONTEXT   the context of the kubeconfig; else the current one
  NAMESPACE      else the one in the overlay's kustomization
  IMAGE          else the first one below images: there
  DEPLOYMENT     else APP
  TIMEOUT        for the rollout, 300s unless told otherwise
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
case ${#words[@]} in
    2 | 3) ;;
    *) misused "expected APP ENVIRONMENT [TAG]" ;;
esac
app=${words[0]} environment=${words[1]} tag=${words[2]:-}
check_name "$app" "an app"
check_environment "$environment"
need_programs kubectl
overlay=$(overlay_of "$app" "$environment")
namespace=$(namespace_of "$overlay")

# kubectl diff ends with 1 where something differs, and with more where it failed.
show_difference() {
    local status=0
    kube diff -k "$overlay" || status=$?
    [ "$status" -le 1 ] || fail "the cluster could not say what would change"
}

if [ -z "$tag" ]; then check_promoted "$overlay"; fi
reach_cluster
if [ -n "$tag" ]; then set_tag "$app" "$environment" "$tag"; fi
if [ "$DRY_RUN" = 1 ]; then
    show_difference
    exit 0
fi
kube apply -k "$overlay"
await_rollout "$app" "$namespace"
kube get pods,services --namespace "$namespace"
if [ -n "$tag" ]; then
    printf 'Git does not know of %s yet: commit and push it\n' "$tag"
fi
