#!/usr/bin/env bash
# Goes back to what an app ran before: in Git, or in an emergency in the cluster alone.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

usage() {
    cat <<'TEXT'
Usage: rollback.sh [--dry-run] [--to TAG] [--why TEXT] APP ENVIRONMENT
       rollback.sh [--dry-run] --emergency APP ENVIRONMENT

Goes back in Git (by `updater rollback`): to TAG, or to the newest earlier tag that was never left backwards. The
updater leaves the bad tag alone from then on. `git revert` of the bump does the same.

  --dry-run      shows what would be written, and writes nothing
  --emergency    only where Git cannot be reached: kubectl rollout undo. The cluster then runs something else than
                 Git says, and what syncs from Git undoes it within minutes: stop that first, and roll back in Git
                 as soon as you can

Variables:
  UPDATER_CONFIG the folder with updater.yaml; else updater/ in this repository
  KUBE_CONTEXT, NAMESPACE, DEPLOYMENT, TIMEOUT   with --emergency, as k8s-deploy.sh takes them
TEXT
}

words=() options=() emergency=0
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help)
            usage
            exit 0
            ;;
        --dry-run) DRY_RUN=1 ;;
        --emergency) emergency=1 ;;
        --to | --why)
            if [ $# -lt 2 ]; then misused "$1 needs a value"; fi
            if [ "$1" = --to ]; then check_tag "$2"; fi
            options+=("$1" "$2")
            shift
            ;;
        -*) misused "there is no option $1" ;;
        *) words+=("$1") ;;
    esac
    shift
done
if [ ${#words[@]} -ne 2 ]; then misused "expected APP ENVIRONMENT"; fi
app=${words[0]} environment=${words[1]}
check_name "$app" "an app"
check_environment "$environment"

in_git() {
    need_programs updater
    if [ "$DRY_RUN" = 1 ]; then options+=(--dry-run); fi
    updater rollback "$app" "$environment" --config "${UPDATER_CONFIG:-$REPOSITORY_ROOT/updater}" "${options[@]}"
}

in_the_cluster() {
    local overlay namespace
    if [ ${#options[@]} -gt 0 ]; then misused "--emergency goes back one revision, and takes no ${options[0]}"; fi
    need_programs kubectl
    overlay=$(overlay_of "$app" "$environment")
    namespace=$(namespace_of "$overlay")
    if [ "$DRY_RUN" != 1 ]; then reach_cluster; fi
    run kubectl ${KUBE_CONTEXT:+--context "$KUBE_CONTEXT"} rollout undo "deployment/${DEPLOYMENT:-$app}" \
        --namespace "$namespace"
    if [ "$DRY_RUN" = 1 ]; then return; fi
    await_rollout "$app" "$namespace"
    printf '%s\n' "The cluster has drifted: Git still names the tag you left. Roll back in Git now, else the next" \
        "sync brings it back: $PROGRAM $app $environment" >&2
}

if [ "$emergency" = 1 ]; then in_the_cluster; else in_git; fi
