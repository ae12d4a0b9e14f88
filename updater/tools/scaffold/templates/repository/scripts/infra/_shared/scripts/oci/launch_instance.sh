#!/usr/bin/env bash
# Starts a virtual machine at Oracle Cloud that becomes a k3s server on its first boot.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

usage() {
    cat <<'TEXT'
Usage: launch_instance.sh [--dry-run]

Starts the instance INSTANCE_NAME with cloud-init-k3s.yaml, and waits until it runs. Where one of that name is there
and not terminated, nothing is done. `oci` has to be set up (oci setup config).

  --dry-run                  shows the command, and starts nothing

Variables:
  OCI_COMPARTMENT_ID         (needed)
  OCI_AVAILABILITY_DOMAIN    (needed)
  OCI_SUBNET_ID              (needed)
  OCI_IMAGE_ID               of an Ubuntu image for that shape (needed)
  INSTANCE_NAME              (needed)
  SSH_PUBLIC_KEY_FILE        (needed)
  OCI_SHAPE                  VM.Standard.A1.Flex unless told otherwise
  OCI_OCPUS, OCI_MEMORY_GB   2 and 12 unless told otherwise
  CLOUD_INIT_FILE            cloud-init-k3s.yaml beside this script unless told otherwise
TEXT
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

number() {
    case $2 in '' | *[!0-9]*) misused "$1 is '$2': expected a number" ;; esac
}

check_call() {
    local name
    for name in OCI_COMPARTMENT_ID OCI_AVAILABILITY_DOMAIN OCI_SUBNET_ID OCI_IMAGE_ID; do
        need_variable "$name" "where the instance belongs, and what it boots"
    done
    need_variable INSTANCE_NAME "what the instance is called"
    need_variable SSH_PUBLIC_KEY_FILE "whose ssh key may log in"
    [ -f "$SSH_PUBLIC_KEY_FILE" ] || misused "$SSH_PUBLIC_KEY_FILE is not there"
    [ -f "$cloud_init" ] || misused "$cloud_init is not there"
    number OCI_OCPUS "$ocpus"
    number OCI_MEMORY_GB "$memory"
    need_programs oci
}

existing() {
    # shellcheck disable=SC2016 # it is JMESPath's quoting
    oci compute instance list --compartment-id "$OCI_COMPARTMENT_ID" --display-name "$INSTANCE_NAME" --raw-output \
        --query 'data[?"lifecycle-state" != `TERMINATED` && "lifecycle-state" != `TERMINATING`] | [0].id'
}

cloud_init=${CLOUD_INIT_FILE:-$(dirname "$0")/cloud-init-k3s.yaml}
ocpus=${OCI_OCPUS:-2} memory=${OCI_MEMORY_GB:-12}
check_call
found=$(existing)
case $found in
    '' | null) ;;
    *)
        printf '%s is there already: %s\n' "$INSTANCE_NAME" "$found"
        exit 0
        ;;
esac
run oci compute instance launch \
    --compartment-id "$OCI_COMPARTMENT_ID" \
    --availability-domain "$OCI_AVAILABILITY_DOMAIN" \
    --subnet-id "$OCI_SUBNET_ID" \
    --image-id "$OCI_IMAGE_ID" \
    --display-name "$INSTANCE_NAME" \
    --shape "${OCI_SHAPE:-VM.Standard.A1.Flex}" \
    --shape-config "{\"ocpus\": $ocpus, \"memoryInGBs\": $memory}" \
    --ssh-authorized-keys-file "$SSH_PUBLIC_KEY_FILE" \
    --user-data-file "$cloud_init" \
    --wait-for-state RUNNING
