#!/usr/bin/env bash
# Makes this machine a worker of a k3s cluster. It stands alone: copy it to the node and run it there.
set -euo pipefail

PROGRAM=${0##*/}
DRY_RUN=0
UPGRADE=0
ETC=${K3S_ETC:-/etc/rancher/k3s}

usage() {
    cat <<'TEXT'
Usage: join-agent.sh [--dry-run] [--upgrade]

Installs a k3s agent on this machine, as root, which joins the cluster at K3S_URL. Where that release runs already,
nothing is done; another release is left alone unless --upgrade is said. The manifests need no change: the scheduler
uses the new node by itself.

  --dry-run              says what would be done, and does nothing
  --upgrade              goes from the installed release to INSTALL_K3S_VERSION: servers first, then agents

Variables:
  K3S_URL                https://server:6443 (needed)
  K3S_TOKEN_FILE         a file with the server's /var/lib/rancher/k3s/server/node-token, readable by its owner only;
                         - reads standard input (needed)
  INSTALL_K3S_VERSION    the release, the same as the server's (needed)
  INSTALLER_URL          https://get.k3s.io unless told otherwise
  INSTALLER_SHA256       what its content has to be, if you want to be sure
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
        --upgrade) UPGRADE=1 ;;
        *) misused "there is no option $word" ;;
    esac
done

need_variable() {
    if [ -z "${!1:-}" ]; then misused "the variable $1 is not set: it says $2"; fi
}

check_call() {
    need_variable K3S_URL "where the server is, such as https://server:6443"
    case $K3S_URL in https://*) ;; *) misused "K3S_URL is '$K3S_URL': expected https://server:6443" ;; esac
    if [ -n "${K3S_TOKEN:-}" ]; then misused "K3S_TOKEN is set: give the token as a file, K3S_TOKEN_FILE"; fi
    need_variable K3S_TOKEN_FILE "where the server's token is"
    need_variable INSTALL_K3S_VERSION "which release to install"
    command -v curl >/dev/null || misused "curl is not on the PATH: install it first"
    if [ "$DRY_RUN" = 0 ] && [ "$(id -u)" -ne 0 ]; then misused "only root can install k3s: use sudo"; fi
}

installed_release() {
    if command -v k3s >/dev/null; then k3s --version | awk 'NR == 1 { print $3 }'; fi
}

# Readable by nobody else, and copied to where k3s reads it at each start.
keep_token() {
    if [ "$K3S_TOKEN_FILE" = - ]; then
        install -m 0600 /dev/null "$ETC/cluster-token"
        cat >"$ETC/cluster-token"
        return
    fi
    [ -f "$K3S_TOKEN_FILE" ] || fail "$K3S_TOKEN_FILE is not there"
    if [ -n "$(find "$K3S_TOKEN_FILE" -perm /077)" ]; then
        fail "$K3S_TOKEN_FILE is readable by others: chmod 600 it"
    fi
    if [ "$K3S_TOKEN_FILE" -ef "$ETC/cluster-token" ]; then return; fi
    install -m 0600 "$K3S_TOKEN_FILE" "$ETC/cluster-token"
}

config() {
    printf 'server: "%s"\ntoken-file: "%s"\n' "$K3S_URL" "$ETC/cluster-token"
}

write_config() {
    if [ -e "$ETC/config.yaml" ]; then
        printf '%s\n' "$ETC/config.yaml is there already, and stays as it is"
        return
    fi
    (
        umask 077
        config >"$ETC/config.yaml"
    )
}

run_installer() {
    local folder installer
    folder=$(mktemp -d)
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$folder'" EXIT
    installer=$folder/install.sh
    curl --fail --silent --show-error --location --output "$installer" -- "${INSTALLER_URL:-https://get.k3s.io}" ||
        fail "the installer could not be loaded from ${INSTALLER_URL:-https://get.k3s.io}"
    if [ -n "${INSTALLER_SHA256:-}" ]; then
        printf '%s  %s\n' "$INSTALLER_SHA256" "$installer" | sha256sum --check --quiet ||
            fail "the installer is not what INSTALLER_SHA256 says: nothing was installed"
    fi
    # All settings stand in config.yaml: the installer would write variables into the unit's environment as well.
    env -u K3S_URL -u K3S_TOKEN_FILE -u K3S_ETC \
        INSTALL_K3S_VERSION="$INSTALL_K3S_VERSION" sh "$installer" agent
}

check_call
if systemctl is-active --quiet k3s; then fail "this machine is a k3s server: it runs pods already"; fi
installed=$(installed_release)
if [ "$installed" = "$INSTALL_K3S_VERSION" ] && systemctl is-active --quiet k3s-agent; then
    printf 'the k3s agent %s runs here already\n' "$installed"
    exit 0
fi
if [ -n "$installed" ] && [ "$installed" != "$INSTALL_K3S_VERSION" ] && [ "$UPGRADE" = 0 ]; then
    fail "k3s $installed is installed, not $INSTALL_K3S_VERSION: upgrade the servers, then say --upgrade"
fi
# The installer writes the unit anew, and forgets the flags that it ran with.
if [ -n "$installed" ] && [ ! -e "$ETC/config.yaml" ]; then
    fail "k3s is installed without $ETC/config.yaml: write the flags of its unit there first, or they are lost"
fi
if [ "$DRY_RUN" = 1 ]; then
    printf 'would install k3s %s as an agent (installed now: %s), with %s:\n' \
        "$INSTALL_K3S_VERSION" "${installed:-nothing}" "$ETC/config.yaml"
    if [ -e "$ETC/config.yaml" ]; then printf '  (it is there already, and stays as it is)\n'; else config; fi
    exit 0
fi
mkdir -p "$ETC"
keep_token
write_config
run_installer
printf 'joined; on a server: kubectl get node %s\n' "$(hostname | tr '[:upper:]' '[:lower:]')"
