#!/usr/bin/env bash
# Turns a local file of secret values into what may stand in Git, or into a Secret of the cluster.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

usage() {
    cat <<'TEXT'
Usage: setup_env_secure.sh [--dry-run] [--pull-secret] APP ENVIRONMENT FILE

Makes the Secret APP-secrets of APP's namespace from FILE, which holds lines KEY=VALUE; with --pull-secret the
Secret ghcr-secret, from a config.json as `docker login ghcr.io` writes it. FILE has to be readable by its owner
only, and no part of this repository. No value is ever shown.

SECRETS_AS says what becomes of it:
  sealed         (the default) infra/_shared/secrets/sealed/APP/ENVIRONMENT/NAME.yaml, sealed by kubeseal
  sops           infra/_shared/secrets/sealed/APP/ENVIRONMENT/NAME.sops.yaml, encrypted by SOPS
  cluster        the Secret itself, at once, by kubectl; nothing is written into this repository

A second run writes the file anew: a sealed text differs each time, even with the same values.

  --dry-run      says which keys would be written, and where

Variables:
  SECRETS_AS             see above
  SECRET_NAME            another name of the Secret
  SEALED_SECRETS_CERT    the controller's certificate as a file; else kubeseal asks the cluster
  NAMESPACE              else the one in the overlay's kustomization
  KUBE_CONTEXT           with SECRETS_AS=cluster, and for kubeseal without a certificate
TEXT
}

words=() kind=values
for word in "$@"; do
    case $word in
        -h | --help)
            usage
            exit 0
            ;;
        --dry-run) DRY_RUN=1 ;;
        --pull-secret) kind=pull ;;
        -*) misused "there is no option $word" ;;
        *) words+=("$word") ;;
    esac
done
if [ ${#words[@]} -ne 3 ]; then misused "expected APP ENVIRONMENT FILE"; fi
app=${words[0]} environment=${words[1]} file=${words[2]}
check_name "$app" "an app"
check_environment "$environment"
case ${SECRETS_AS:-sealed} in
    sealed) programs=(kubectl kubeseal) suffix=yaml ;;
    sops) programs=(kubectl sops) suffix=sops.yaml ;;
    cluster) programs=(kubectl) suffix= ;;
    *) misused "SECRETS_AS is '$SECRETS_AS': expected sealed, sops or cluster" ;;
esac
case $kind in
    values) name=${SECRET_NAME:-$app-secrets} ;;
    pull) name=${SECRET_NAME:-ghcr-secret} ;;
esac
check_name "$name" "a Secret"
need_programs "${programs[@]}"
overlay=$(overlay_of "$app" "$environment")
namespace=$(namespace_of "$overlay")
folder=$REPOSITORY_ROOT/infra/_shared/secrets/sealed/$app/$environment

check_file() {
    [ -f "$file" ] || misused "$file is not there"
    if [ -n "$(find "$file" -perm /077)" ]; then misused "$file is readable by others: chmod 600 it"; fi
    if git -C "$(dirname "$file")" ls-files --error-unmatch "$(basename "$file")" >/dev/null 2>&1; then
        misused "$file is committed to Git: take it out, and replace every value in it, since they have leaked"
    fi
}

# The plain Secret goes through a pipe only. Values are read from the file, so that no command line shows them.
plain_secret() {
    case $kind in
        values)
            kubectl create secret generic "$name" --namespace "$namespace" --from-env-file="$file" \
                --dry-run=client --output yaml
            ;;
        pull)
            kubectl create secret generic "$name" --namespace "$namespace" --type kubernetes.io/dockerconfigjson \
                --from-file=.dockerconfigjson="$file" --dry-run=client --output yaml
            ;;
    esac
}

keys() {
    case $kind in
        values) sed -n 's/^ *\([A-Za-z_][A-Za-z0-9_.-]*\)=.*/\1/p' "$file" | tr '\n' ' ' ;;
        pull) printf '.dockerconfigjson ' ;;
    esac
}

sealed() {
    kubeseal --format yaml ${KUBE_CONTEXT:+--context "$KUBE_CONTEXT"} \
        ${SEALED_SECRETS_CERT:+--cert "$SEALED_SECRETS_CERT"}
}

encrypted() {
    sops --config "$REPOSITORY_ROOT/infra/_shared/secrets/.sops.yaml" encrypt --filename-override "$name.sops.yaml" \
        --input-type yaml --output-type yaml /dev/stdin
}

# Written beside its place and moved, so that a failure leaves what was there.
write() {
    local target=$folder/$name.$suffix
    mkdir -p "$folder"
    if ! plain_secret | "$1" >"$target.new"; then
        rm -f -- "$target.new"
        fail "$target was not written"
    fi
    mv -- "$target.new" "$target"
    printf 'wrote %s\n' "${target#"$REPOSITORY_ROOT"/}"
}

# The app's overlay takes in the whole folder.
list_in_kustomization() {
    local list=$folder/kustomization.yaml
    if [ ! -f "$list" ]; then
        printf '%s\n' 'apiVersion: kustomize.config.k8s.io/v1beta1' 'kind: Kustomization' 'resources: []' >"$list"
    fi
    if grep -q -x -- "  - $name.yaml" "$list"; then return; fi
    sed -i 's/^resources: \[\]$/resources:/' "$list"
    printf '  - %s.yaml\n' "$name" >>"$list"
    printf 'named it in %s\n' "${list#"$REPOSITORY_ROOT"/}"
}

place() {
    case ${SECRETS_AS:-sealed} in
        cluster) printf 'the cluster' ;;
        *) printf '%s' "${folder#"$REPOSITORY_ROOT"/}/$name.$suffix" ;;
    esac
}

check_file
if [ "$DRY_RUN" = 1 ]; then
    printf 'would write the Secret %s in %s as %s to %s, with the keys: %s\n' \
        "$name" "$namespace" "${SECRETS_AS:-sealed}" "$(place)" "$(keys)"
    exit 0
fi
case ${SECRETS_AS:-sealed} in
    sealed)
        write sealed
        list_in_kustomization
        ;;
    sops) write encrypted ;;
    cluster) plain_secret | kube apply -f - ;;
esac
