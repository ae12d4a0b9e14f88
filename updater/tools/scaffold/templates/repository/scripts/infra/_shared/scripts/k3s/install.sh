#!/usr/bin/env bash
# Installs a k3s server on this machine. It stands alone: copy it to the node and run it there.
set -euo pipefail

PROGRAM=${0##*/}
DRY_RUN=0
UPGRADE=0
ETC=${K3S_ETC:-/etc/rancher/k3s}

usage() {
    cat <<'TEXT'
Usage: install.sh [--dry-run] [--upgrade]

Installs a k3s server on this machine, as root, and waits until its node is ready. Where that release runs already,
nothing is done; another release is left alone unless --upgrade is said. An existing config.yaml stays as it is.

  --dry-run              says what would be done, and does nothing
  --upgrade              goes from the installed release to INSTALL_K3S_VERSION: take a backup first

Variables:
  INSTALL_K3S_VERSION    the release, such as v1.36.1+k3s1 (needed)
  K3S_CLUSTER_INIT       true: the first of several servers, with etcd; else one server with SQLite
  K3S_URL                https://first-server:6443: joins that server's etcd; needs K3S_TOKEN_FILE
  K3S_TOKEN_FILE         a file with the first server's token, readable by its owner only; - reads standard input
  K3S_TLS_SAN            further names and addresses of the API, with commas between
  INSTALLER_URL          https://get.k3s.io unless told otherwise
  INSTALLER_SHA256       what its content has to be, if you want to be sure
  READY_TIMEOUT          seconds, 180 unless told otherwise
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

check_call() {
    if [ -z "${INSTALL_K3S_VERSION:-}" ]; then
        misused "the variable INSTALL_K3S_VERSION is not set: it says which release to install"
    fi
    case ${K3S_CLUSTER_INIT:-false} in
        true | false) ;;
        *) misused "K3S_CLUSTER_INIT is '$K3S_CLUSTER_INIT': expected true or false" ;;
    esac
    if [ -n "${K3S_TOKEN:-}" ]; then misused "K3S_TOKEN is set: give the token as a file, K3S_TOKEN_FILE"; fi
    case ${K3S_URL:-} in
        '' | https://*) ;;
        *) misused "K3S_URL is '$K3S_URL': expected https://server:6443" ;;
    esac
    if [ -n "${K3S_URL:-}" ] && [ -z "${K3S_TOKEN_FILE:-}" ]; then
        misused "the variable K3S_TOKEN_FILE is not set: it says where the first server's token is"
    fi
    if [ -n "${K3S_URL:-}" ] && [ "${K3S_CLUSTER_INIT:-false}" = true ]; then
        misused "K3S_URL joins a cluster and K3S_CLUSTER_INIT begins one: set one of them"
    fi
    command -v curl >/dev/null || misused "curl is not on the PATH: install it first"
    if [ "$DRY_RUN" = 0 ] && [ "$(id -u)" -ne 0 ]; then misused "only root can install k3s: use sudo"; fi
}

installed_release() {
    if command -v k3s >/dev/null; then k3s --version | awk 'NR == 1 { print $3 }'; fi
}

# Readable by nobody else, and copied to where k3s reads it at each start.
keep_token() {
    if [ -z "${K3S_TOKEN_FILE:-}" ]; then return; fi
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
    local name
    printf '%s\n' 'write-kubeconfig-mode: "0600"' 'secrets-encryption: true'
    if [ "${K3S_CLUSTER_INIT:-false}" = true ]; then printf '%s\n' 'cluster-init: true'; fi
    if [ -n "${K3S_URL:-}" ]; then printf 'server: "%s"\n' "$K3S_URL"; fi
    if [ -n "${K3S_TOKEN_FILE:-}" ]; then printf 'token-file: "%s"\n' "$ETC/cluster-token"; fi
    if [ -n "${K3S_TLS_SAN:-}" ]; then
        printf 'tls-san:\n'
        for name in ${K3S_TLS_SAN//,/ }; do printf '  - "%s"\n' "$name"; done
    fi
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
    env -u K3S_URL -u K3S_TOKEN_FILE -u K3S_CLUSTER_INIT -u K3S_TLS_SAN -u K3S_ETC \
        INSTALL_K3S_VERSION="$INSTALL_K3S_VERSION" sh "$installer" server
}

await_node() {
    local left=${READY_TIMEOUT:-180}
    while [ "$left" -gt 0 ]; do
        if k3s kubectl wait --for=condition=Ready "node/$(hostname | tr '[:upper:]' '[:lower:]')" --timeout=5s \
            >/dev/null 2>&1; then
            k3s kubectl get nodes
            return
        fi
        sleep 1
        left=$((left - 5))
    done
    fail "the node is not ready after ${READY_TIMEOUT:-180} s: look at journalctl -u k3s"
}

check_call
installed=$(installed_release)
if [ "$installed" = "$INSTALL_K3S_VERSION" ] && systemctl is-active --quiet k3s; then
    printf 'k3s %s runs here already\n' "$installed"
    exit 0
fi
if [ -n "$installed" ] && [ "$installed" != "$INSTALL_K3S_VERSION" ] && [ "$UPGRADE" = 0 ]; then
    fail "k3s $installed is installed, not $INSTALL_K3S_VERSION: take a backup, then say --upgrade"
fi
# The installer writes the unit anew, and forgets the flags that it ran with.
if [ -n "$installed" ] && [ ! -e "$ETC/config.yaml" ]; then
    fail "k3s is installed without $ETC/config.yaml: write the flags of its unit there first, or they are lost"
fi
if [ "$DRY_RUN" = 1 ]; then
    printf 'would install k3s %s as a server (installed now: %s), with %s:\n' \
        "$INSTALL_K3S_VERSION" "${installed:-nothing}" "$ETC/config.yaml"
    if [ -e "$ETC/config.yaml" ]; then printf '  (it is there already, and stays as it is)\n'; else config; fi
    exit 0
fi
mkdir -p "$ETC"
keep_token
write_config
run_installer
await_node
