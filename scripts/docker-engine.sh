#!/bin/sh
# A separate Docker engine for tests, next to any other engine on the machine. Needs root and `dockerd`.
#
#   scripts/docker-engine.sh start [folder]   starts it unless it runs; prints DOCKER_HOST=unix://…
#   scripts/docker-engine.sh stop  [folder]   ends that engine by its pid and removes the folder
#   scripts/docker-engine.sh status [folder]  exit code 0 when it responds
#
# The folder (default: berth-docker below the temporary folder) holds its data, its state and its log.
# BERTH_DOCKER_SOCKET puts the socket elsewhere: a unix socket's path must stay below 108 characters.
set -eu

verb=${1:-start}
folder=${2:-${TMPDIR:-/tmp}/berth-docker}
socket=${BERTH_DOCKER_SOCKET:-$folder/docker.sock}
pidfile=$folder/dockerd.pid
log=$folder/dockerd.log

responds() {
  curl --silent --fail --max-time 5 --unix-socket "$socket" http://engine/_ping >/dev/null 2>&1
}

# The pid of our dockerd, verified by its command line, because the pid may have been reused.
our_pid() {
  [ -r "$pidfile" ] || return 1
  pid=$(cat "$pidfile")
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep --quiet --line-regexp --fixed-strings -e "--pidfile=$pidfile" || return 1
  echo "$pid"
}

# dockerd calls `iptables` from PATH. Prefer the legacy variant where the nf_tables variant cannot create a NAT chain.
choose_iptables() {
  if iptables --wait --table nat --new-chain BERTH-PROBE 2>/dev/null; then
    iptables --wait --table nat --delete-chain BERTH-PROBE
  elif command -v iptables-legacy >/dev/null; then
    mkdir -p "$folder/bin"
    for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
      case $name in *-*) legacy=${name%%-*}-legacy-${name#*-} ;; *) legacy=$name-legacy ;; esac
      path=$(command -v "$legacy") && ln -sf "$path" "$folder/bin/$name"
    done
    PATH=$folder/bin:$PATH
    export PATH
  fi
}

start() {
  if responds; then
    echo "DOCKER_HOST=unix://$socket"
    return
  fi
  command -v dockerd >/dev/null || { echo "dockerd is not installed (Debian and Ubuntu: apt-get install docker.io)" >&2; exit 1; }
  [ "$(id -u)" = 0 ] || { echo "A separate engine needs root" >&2; exit 1; }
  mkdir -p "$folder/exec"
  chmod 700 "$folder"
  choose_iptables
  our_pid >/dev/null || rm -f "$pidfile"
  # No default bridge: Berth creates its network, and docker0 cannot be created on some hosts.
  setsid nohup dockerd --host="unix://$socket" --data-root="$folder/data" --exec-root="$folder/exec" \
    --pidfile="$pidfile" --bridge=none --log-level=warn >>"$log" 2>&1 </dev/null &
  started=$!
  attempts=0
  until responds; do
    attempts=$((attempts + 1))
    if [ "$attempts" -gt 300 ] || ! kill -0 "$started" 2>/dev/null; then
      echo "The engine did not start; the end of $log:" >&2
      tail -n 20 "$log" >&2
      exit 1
    fi
    sleep 0.1
  done
  echo "DOCKER_HOST=unix://$socket"
}

stop() {
  bridges=
  if pid=$(our_pid); then
    # Bridges outlive their engine, so list them here and remove them below. Each is named after its network's id, unless
    # the network has chosen a name.
    bridges=$(curl --silent --max-time 5 --unix-socket "$socket" 'http://engine/networks?filters=%7B%22driver%22%3A%5B%22bridge%22%5D%7D' |
      tr ',{}' '\n' |
      sed -n -e 's/^"com.docker.network.bridge.name":"\(.*\)"$/\1/p' -e 's/^"Id":"\([0-9a-f]\{12\}\).*"$/br-\1/p' || true)
    kill -TERM "$pid"
    attempts=0
    while kill -0 "$pid" 2>/dev/null; do
      attempts=$((attempts + 1))
      if [ "$attempts" -gt 300 ]; then
        kill -KILL "$pid" 2>/dev/null || true
        break
      fi
      sleep 0.1
    done
  fi
  for bridge in $bridges; do
    ip link delete "$bridge" 2>/dev/null || true
  done
  # Unmount what a killed engine has left, deepest first, before its folder is removed.
  grep --fixed-strings " $folder/" /proc/self/mountinfo | cut -d ' ' -f 5 | sort -r | while read -r mounted; do
    umount -l "$mounted" || true
  done
  rm -rf "$folder"
  rm -f "$socket"
}

case $verb in
  start) start ;;
  stop) stop ;;
  status) responds ;;
  *)
    echo "usage: $0 start|stop|status [folder]" >&2
    exit 64
    ;;
esac
