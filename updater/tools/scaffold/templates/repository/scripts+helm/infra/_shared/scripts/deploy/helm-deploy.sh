#!/usr/bin/env bash
# Installs or upgrades an app's Helm release and waits until it runs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

usage() {
    cat <<'TEXT'
Usage: helm-deploy.sh [--dry-run] APP ENVIRONMENT [TAG]

Installs or upgrades the release APP from infra/helm/apps/APP with the values of ENVIRONMENT, and waits until it
is ready. With TAG the values and the app's overlay are set to that tag first (by `updater set-image`): commit and
push them afterwards.
A second run of the same changes nothing but the number of the revision. An app is deployed by Helm or by
kustomize; both at once fight over the same objects.

  --dry-run      has Helm and the cluster check it (helm --dry-run=server), and changes nothing

Variables:
  KUBE_CONTEXT   the context of the kubeconfig; else the current one
  NAMESPACE      else the one in the kustomization of APP's overlay
  VALUES         else values-prod.yaml for production and values-ENVIRONMENT.yaml for others, with the cluster before
                 it where there are several: values-cluster-a-prod.yaml
  IMAGE          else the first one below images: of APP's overlay; with TAG
  RELEASE        else APP
  TIMEOUT        300s unless told otherwise
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
need_programs helm
chart=$REPOSITORY_ROOT/infra/helm/apps/$app
[ -f "$chart/Chart.yaml" ] || misused "there is no infra/helm/apps/$app/Chart.yaml"
values=$(values_of "$app" "$environment")
[ -f "$values" ] || misused "there is no ${values#"$REPOSITORY_ROOT"/}: set VALUES"
if [ -z "${NAMESPACE:-}" ]; then
    overlay=$(overlay_of "$app" "$environment")
    NAMESPACE=$(namespace_of "$overlay")
fi

if [ -n "$tag" ]; then
    set_tag "$app" "$environment" "$tag"
elif grep -q '^ *tag: *"*placeholder' "$values"; then
    fail "${values#"$REPOSITORY_ROOT"/} names no build yet: promote one, or name its tag"
fi
options=()
if [ "$DRY_RUN" = 1 ]; then options+=(--dry-run=server); else options+=(--wait); fi
if [ -n "${KUBE_CONTEXT:-}" ]; then options+=(--kube-context "$KUBE_CONTEXT"); fi
helm upgrade --install "${RELEASE:-$app}" "$chart" --values "$values" --namespace "$NAMESPACE" \
    --create-namespace --timeout "${TIMEOUT:-300s}" "${options[@]}"
if [ -n "$tag" ] && [ "$DRY_RUN" != 1 ]; then
    printf 'Git does not know of %s yet: commit and push it\n' "$tag"
fi
