#!/bin/sh
# Process 1 of a machine of the EC2 harness. Imitates kernel, init and cloud-init as far as tests need it: runs the user
# data once per machine and the per-boot scripts at every boot, and shuts everything down in order on TERM (the power
# button).
PATH=/bench/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
cloud=/var/lib/cloud

power_off() {
  trap '' TERM
  kill -TERM -1 2>/dev/null
  left=120
  # Each command reaps processes that have ended.
  while [ "$left" -gt 0 ] && kill -0 -1 2>/dev/null; do
    sleep 0.1
    left=$((left - 1))
  done
  kill -KILL -1 2>/dev/null
  sync
  echo "simulator: power off"
  exit 0
}
trap power_off TERM

echo "simulator: booting"
for script in "$cloud"/scripts/per-boot/*; do
  [ ! -x "$script" ] || "$script"
done
if [ ! -e "$cloud/ran" ]; then
  mkdir -p "$cloud"
  : >"$cloud/ran"
  /bench/user-data || echo "simulator: the user data ended with exit code $?"
fi
while :; do
  sleep 1000 &
  wait $!
done
