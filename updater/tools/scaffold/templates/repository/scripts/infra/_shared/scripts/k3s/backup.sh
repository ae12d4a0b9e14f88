#!/usr/bin/env bash
# Backs up the datastore of a k3s server and its token. It stands alone: copy it to the node and run it there.
set -euo pipefail

PROGRAM=${0##*/}
DRY_RUN=0
DATA=${K3S_DATA_DIR:-/var/lib/rancher/k3s}
ETC=${K3S_ETC:-/etc/rancher/k3s}
KEEP=${BACKUP_KEEP:-7}

usage() {
    cat <<'TEXT'
Usage: backup.sh [--dry-run]

Makes a folder BACKUP_DIR/k3s-TIME (in UTC) on a k3s server, as root, with a snapshot of the datastore (etcd or
SQLite, whichever is there), the server's token, without which no snapshot can be used, and config.yaml; then
removes the oldest such folders beyond BACKUP_KEEP. Copy them to another machine: they hold every Secret.

  --dry-run      says what would be done, and does nothing

Variables:
  BACKUP_DIR     where the backups are (needed)
  BACKUP_KEEP    how many of them stay, 7 unless told otherwise
  K3S_DATA_DIR   /var/lib/rancher/k3s unless told otherwise
TEXT
}

fail() {
    printf '%s: %s\n' "$PROGRAM" "$*" >&2
    exit 1
}

misused() {
    printf '%s: %s; see %s --help\n' "$PROGRAM" "$*" "$PROGRAM" >&2
    exit 2
}

for word in "$@"; do
    case $word in
        -h | --help)
            usage
            exit 0
            ;;
        --dry-run) DRY_RUN=1 ;;
        *) misused "there is no option $word" ;;
    esac
done

check_call() {
    if [ -z "${BACKUP_DIR:-}" ]; then misused "the variable BACKUP_DIR is not set: it says where the backups are"; fi
    case $KEEP in
        '' | 0* | *[!0-9]*) misused "BACKUP_KEEP is '$KEEP': expected a number from 1" ;;
    esac
    if [ "$DRY_RUN" = 0 ] && [ "$(id -u)" -ne 0 ]; then misused "only root can read the datastore: use sudo"; fi
}

datastore() {
    if [ -d "$DATA/server/db/etcd" ]; then
        echo etcd
    elif [ -f "$DATA/server/db/state.db" ]; then
        echo sqlite
    else
        fail "$DATA/server/db holds neither etcd nor SQLite: this is no server, or its datastore is elsewhere"
    fi
}

need_program() {
    command -v "$1" >/dev/null || misused "$1 is not on the PATH: install it first"
}

snapshot_etcd() {
    k3s etcd-snapshot save --name snapshot --etcd-snapshot-dir "$1"
}

# A plain copy of a database that is written to may be torn; SQLite's own backup is not.
snapshot_sqlite() {
    sqlite3 "$DATA/server/db/state.db" ".timeout 10000" ".backup '$1/state.db'"
    [ "$(sqlite3 "$1/state.db" 'pragma integrity_check')" = ok ] || fail "the copy of the database is damaged"
}

# The oldest first, by their names; nothing but what this script has made.
surplus() {
    find "$BACKUP_DIR" -mindepth 1 -maxdepth 1 -type d -name 'k3s-????????T??????Z' | sort | head -n "-$1"
}

prune() {
    local folder
    surplus "$KEEP" | while IFS= read -r folder; do
        rm -rf -- "$folder"
        printf 'removed %s\n' "$folder"
    done
}

back_up() {
    local folder=$1
    umask 077
    mkdir -p "$BACKUP_DIR"
    rm -rf -- "$folder.partial"
    mkdir "$folder.partial"
    "snapshot_$store" "$folder.partial"
    cp -p -- "$DATA/server/token" "$folder.partial/token"
    if [ -f "$ETC/config.yaml" ]; then cp -p -- "$ETC/config.yaml" "$folder.partial/config.yaml"; fi
    # Only a whole backup gets the name of one.
    mv -T -- "$folder.partial" "$folder"
    printf 'wrote %s\n' "$folder"
}

check_call
store=$(datastore)
case $store in etcd) need_program k3s ;; sqlite) need_program sqlite3 ;; esac
folder=$BACKUP_DIR/k3s-$(date -u +%Y%m%dT%H%M%SZ)
if [ "$DRY_RUN" = 1 ]; then
    printf 'would back up %s to %s\n' "$store" "$folder"
    if [ -d "$BACKUP_DIR" ]; then surplus $((KEEP - 1)) | sed 's/^/would remove /'; fi
    exit 0
fi
back_up "$folder"
prune
