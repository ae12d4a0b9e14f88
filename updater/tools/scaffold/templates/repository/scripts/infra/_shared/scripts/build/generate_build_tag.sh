#!/usr/bin/env bash
# Prints the tag for an image built now.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: generate_build_tag.sh

Prints the present time in Korea as YYYYMMDD-HHMMSS, such as 20260202-143512: the tag of an image that is
built now. It changes nothing. Later builds sort after earlier ones, and the updater reads the tag as a time.
TEXT
}

case ${1:-} in
    '') ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        printf '%s: takes no argument; see %s --help\n' "${0##*/}" "${0##*/}" >&2
        exit 2
        ;;
esac

# KST-9 is POSIX for "nine hours east of UTC, called KST": it needs no list of time zones on the machine.
TZ=KST-9 date +%Y%m%d-%H%M%S
