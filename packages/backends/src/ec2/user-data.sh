#!/bin/sh
# First boot of a Berth instance. cloud-init runs this script once, and it installs itself for every later boot. It is
# idempotent and never formats a disk that may hold data.
#
#   (no argument)  install as a service, and start it
#   run            mount the data, fetch the daemon, keep it running: what the service does
#
# `set -e` is on: an unexpected failure ends the script, and the service restarts it.
set -eu

# @SETTINGS@

home=/opt/berth
state=/var/lib/berth
mount_at=/berth
device_seconds=600
blank_bytes=1048576

# Prints to the console for the boot log, and reports to the API. An unreachable API stops nothing.
say() {
  printf 'berth: %s\n' "$*"
  [ -e "$state/enrolled" ] || return 0
  bearer "$(cat "$state/key")" | curl --config - --silent --output /dev/null --connect-timeout 2 --max-time 4 \
    --header 'content-type: text/plain' --data-raw "$*" "$BERTH_URL/daemon/$BERTH_INCARNATION/steps" || true
}

# Not an argument: every process of the machine can read those.
bearer() { printf 'header = "Authorization: Bearer %s"\n' "$1"; }

# Shuts the machine down but keeps it, because its console output says why. Only for errors that no retry fixes.
give_up() {
  say "$*"
  say "This machine shuts down: starting it again would not help."
  sync
  if [ -d /run/systemd/system ]; then systemctl poweroff; else shutdown -h now; fi
  exit 0
}

install_service() {
  mkdir -p "$home" "$state"
  chmod 700 "$home" "$state"
  # An AMI made from such a machine carries its identity.
  if [ "$(cat "$state/incarnation" 2>/dev/null || true)" != "$BERTH_INCARNATION" ]; then
    rm -f "$state/key" "$state/enrolled" "$home/boot.json"
    printf '%s' "$BERTH_INCARNATION" >"$state/incarnation"
  fi
  if [ "$0" != "$home/machine.sh" ]; then
    # The file contains the token.
    (umask 077 && cat "$0" >"$home/machine.sh.new")
    chmod 700 "$home/machine.sh.new"
    mv "$home/machine.sh.new" "$home/machine.sh"
  fi
  if [ -d /run/systemd/system ]; then install_unit; else install_per_boot; fi
}

install_unit() {
  cat >/etc/systemd/system/berth.service <<'UNIT'
[Unit]
Description=Berth workspace
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=/opt/berth/machine.sh run
Restart=always
RestartSec=2
KillMode=mixed
TimeoutStopSec=15
StandardOutput=journal+console
StandardError=journal+console

[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable berth.service
  systemctl restart --no-block berth.service
}

# Without systemd: cloud-init runs the scripts in this directory at every boot.
install_per_boot() {
  mkdir -p /var/lib/cloud/scripts/per-boot
  # Not a link: cloud-init would wait for it. The script returns while the daemon keeps running.
  printf '#!/bin/sh\n%s run &\n' "$home/machine.sh" >/var/lib/cloud/scripts/per-boot/berth
  chmod 755 /var/lib/cloud/scripts/per-boot/berth
  /var/lib/cloud/scripts/per-boot/berth
}

# Finds the EBS volume by its id, because names such as nvme1n1 change from boot to boot.
find_device() {
  serial=$(printf '%s' "$BERTH_EBS_VOLUME" | tr -d -)
  link=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_$serial
  if [ -b "$link" ]; then
    readlink -f "$link"
    return
  fi
  for file in /sys/block/*/device/serial; do
    [ -r "$file" ] || continue
    if [ "$(tr -d ' \n' <"$file")" = "$serial" ]; then
      name=${file#/sys/block/}
      printf '/dev/%s\n' "${name%%/*}"
      return
    fi
  done
  # Xen machines have no serial, and the device has the requested name. All their NVMe disks are local.
  for model in /sys/block/nvme*/device/model; do
    ! grep -q 'Elastic Block Store' "$model" 2>/dev/null || return 0
  done
  for name in /dev/xvdf /dev/sdf; do
    [ -b "$name" ] || continue
    printf '%s\n' "$name"
    return
  done
}

wait_for_device() {
  say "Waiting for the data volume $BERTH_EBS_VOLUME."
  waited=0
  while :; do
    device=$(find_device)
    [ -z "$device" ] || return 0
    waited=$((waited + 1))
    [ "$waited" -lt $((device_seconds * 5)) ] || return 1
    sleep 0.2
  done
}

is_readable() { head -c "$blank_bytes" "$1" >/dev/null 2>&1; }

# Blank must be proved: blkid and wipefs find no signature, and since both ignore what they cannot read, the first bytes
# must also be readable and zero.
is_blank() {
  status=0
  blkid --probe "$1" >/dev/null 2>&1 || status=$?
  # 2: nothing was found. 0: one signature. 8: several. Any other: undetermined.
  [ "$status" -eq 2 ] || return 1
  signatures=$(wipefs --no-act "$1" 2>&1) || return 1
  [ -z "$signatures" ] || return 1
  cmp -s -n "$blank_bytes" "$1" /dev/zero
}

mount_data() {
  if ! mountpoint -q "$mount_at"; then
    wait_for_device || { say "The data volume $BERTH_EBS_VOLUME has not come within $device_seconds seconds."; exit 1; }
    is_readable "$device" || { say "The data volume $BERTH_EBS_VOLUME cannot be read now. Trying again."; exit 1; }
    type=$(blkid --probe --match-tag TYPE --output value "$device" 2>/dev/null || true)
    if [ -z "$type" ]; then
      is_blank "$device" || give_up "The data volume $BERTH_EBS_VOLUME contains data that is not a file system. It was left unchanged."
      say "The data volume is blank: making a file system."
      mkfs.ext4 -q -L berth-data "$device"
    fi
    mkdir -p "$mount_at"
    mount -o noatime "$device" "$mount_at" || give_up "The data volume $BERTH_EBS_VOLUME cannot be mounted (${type:-ext4}). It was left unchanged."
    say "Mounted the data volume $BERTH_EBS_VOLUME."
  fi
  for root in workspace configs; do
    mkdir -p "$mount_at/$root" "/$root"
    mountpoint -q "/$root" || mount --bind "$mount_at/$root" "/$root"
  done
}

# The token of the user data is valid once, for one machine: it registers this machine's own key, which is on its disk
# before it is sent. The request can be repeated when the response was lost, but no other machine can make it.
enrol() {
  [ ! -e "$state/enrolled" ] || return 0
  if [ ! -s "$state/key" ]; then
    (umask 077 && head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$state/key.new")
    mv "$state/key.new" "$state/key"
    sync
  fi
  while :; do
    status=$(send_key)
    case $status in
      204) break ;;
      409) give_up "Another machine has used this machine's token. Restart the workspace: that makes a machine with a new one." ;;
    esac
    say "Berth at $BERTH_URL has not let this machine in yet. Trying until it does."
    sleep 3
  done
  : >"$state/enrolled"
}

# The HTTP status; 000 without a response.
send_key() {
  bearer "$BERTH_ENROLMENT" |
    curl --config - --silent --output /dev/null --write-out '%{http_code}' --connect-timeout 10 --max-time 30 \
      --header 'content-type: text/plain' --data-binary "@$state/key" \
      "$BERTH_URL/daemon/$BERTH_INCARNATION/enrolment" || true
}

# fetch <part> <file>: atomic.
fetch() {
  bearer "$(cat "$state/key")" |
    curl --config - --fail --silent --show-error --retry 3 --connect-timeout 10 \
      --output "$2.part" "$BERTH_URL/daemon/$BERTH_INCARNATION/$1?machine=$(uname -m)" || return 1
  mv "$2.part" "$2"
}

fetch_patiently() {
  until fetch "$1" "$2"; do
    say "Could not fetch the $1 from $BERTH_URL yet. Trying until it is there."
    sleep 3
  done
}

# Finds Node 24 or newer: the AMI's own, or the one of the API.
choose_node() {
  for node in /usr/local/bin/node /usr/bin/node "$home/node"; do
    [ -x "$node" ] || continue
    [ "$("$node" --print 'Number(process.versions.node.split(".")[0])' 2>/dev/null || echo 0)" -lt 24 ] || return 0
  done
  say "This machine has no Node 24: fetching it."
  fetch_patiently node "$home/node.new"
  chmod 755 "$home/node.new"
  mv "$home/node.new" "$home/node"
  node=$home/node
  "$node" --version >/dev/null || give_up "Node 24 does not run on this AMI. Use one with glibc 2.28 or newer, or with Node 24 in it."
}

prepare() {
  for program in curl tar cmp; do
    command -v "$program" >/dev/null || give_up "This AMI has no $program. Use one that has it."
  done
  enrol
  if [ -n "$BERTH_EBS_VOLUME" ]; then mount_data; else mkdir -p /workspace /configs; fi
  choose_node
  if [ ! -s "$home/daemon/daemon.cjs" ]; then
    say "Fetching the daemon."
    fetch_patiently bundle "$home/daemon.tar"
    rm -rf "$home/daemon.new"
    mkdir -p "$home/daemon.new"
    tar -xf "$home/daemon.tar" -C "$home/daemon.new"
    rm -rf "$home/daemon"
    mv "$home/daemon.new" "$home/daemon"
  fi
  fetch_boot
}

# At each start, and never stored in a file: the daemon token in it is valid for this start only.
fetch_boot() {
  until boot=$(bearer "$(cat "$state/key")" |
    curl --config - --fail --silent --show-error --retry 3 --connect-timeout 10 "$BERTH_URL/daemon/$BERTH_INCARNATION/boot"); do
    say "Could not fetch the boot document from $BERTH_URL yet. Trying until it is there."
    sleep 3
  done
}

run() {
  prepare
  say "Starting the daemon."
  daemon=
  ending=
  trap 'ending=yes; [ -z "$daemon" ] || kill -TERM "$daemon"' TERM INT
  while [ -z "$ending" ]; do
    (
      cd /workspace
      HOME=/root BERTH_BOOT=$boot
      export HOME BERTH_BOOT
      exec "$node" "$home/daemon/daemon.cjs"
    ) &
    daemon=$!
    status=0
    wait "$daemon" || status=$?
    # A signal ends the first wait while the daemon is still shutting down.
    while kill -0 "$daemon" 2>/dev/null; do wait "$daemon" || status=$?; done
    [ -z "$ending" ] || break
    [ "$status" -ne 78 ] || give_up "The daemon was started with an invalid boot document."
    say "The daemon ended (exit code $status): starting it again."
    sleep 2
  done
  say "The daemon has ended."
}

case ${1:-install} in
  install) install_service ;;
  run) run ;;
  *) say "Unknown argument $1"; exit 64 ;;
esac
