/**
 * The shell script that runs a daemon. Its text is fixed: everything variable is an argument. The boot document comes
 * from standard input, so that it appears in no process list and no file.
 *
 *   launch.sh run   <exit-file> <program> [argument…]
 *   launch.sh enter <scratch> <workspace> <configs> <home> <exit-file> <program> [argument…]
 *
 * `run` starts the program, forwards TERM, reaps orphans when it is PID 1, and writes the exit code to a file.
 * `enter` first builds its own root. It runs inside new mount and pid namespaces, so its mounts are invisible outside,
 * above all in the instance's folder, which `destroy` removes recursively.
 */
export const LAUNCH_SCRIPT = `#!/bin/sh
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

enter() {
  scratch=$1 workspace=$2 configs=$3 home=$4
  mount -t tmpfs -o mode=755,size=16m berth "$scratch"
  # Without this, binding the folder that holds the scratch would bind the growing root into itself.
  mount --make-unbindable "$scratch"
  for entry in /* /.[!.]*; do
    name=\${entry#/}
    case $name in workspace | configs | agent-home | proc) continue ;; esac
    if [ -L "$entry" ]; then
      ln -s "$(readlink "$entry")" "$scratch/$name"
    elif [ -d "$entry" ]; then
      mkdir "$scratch/$name"
      mount --rbind "$entry" "$scratch/$name"
    fi
  done
  mkdir "$scratch/proc" "$scratch/workspace" "$scratch/configs" "$scratch/agent-home"
  mount -t proc proc "$scratch/proc"
  mount --bind "$workspace" "$scratch/workspace"
  mount --bind "$configs" "$scratch/configs"
  mount --bind "$home" "$scratch/agent-home"
  cd "$scratch"
  pivot_root . .
  umount -l .
}

verb=$1
shift
if [ "$verb" = enter ]; then
  enter "$1" "$2" "$3" "$4"
  shift 4
  cd /workspace
fi

exit_file=$1
shift
if [ "$verb" = enter ] && [ "$(id -u)" -ne 0 ]; then
  # The rights in the user namespace were for mounting only.
  set -- setpriv --inh-caps=-all --ambient-caps=-all "$@"
fi
BERTH_BOOT=$(cat)
export BERTH_BOOT
"$@" </dev/null &
daemon=$!
unset BERTH_BOOT
trap 'kill -TERM "$daemon" 2>/dev/null || true' TERM INT HUP
while :; do
  status=0
  wait "$daemon" || status=$?
  # A signal to this script ends the wait early.
  kill -0 "$daemon" 2>/dev/null || break
done
echo "$status" >"$exit_file"
exit "$status"
`;
