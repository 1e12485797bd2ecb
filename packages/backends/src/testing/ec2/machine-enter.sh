#!/bin/sh
# machine-enter.sh <root> <devices> <node>: assembles the machine's root in its own namespaces and executes its init.
set -eu
PATH=/usr/sbin:/sbin:/usr/bin:/bin
root=$1
devices=$2
node=$3
mount --rbind /usr "$root/usr"
for name in bin sbin lib lib32 lib64; do
  if [ -d "/$name" ] && [ ! -L "/$name" ]; then
    mkdir -p "$root/$name"
    mount --rbind "/$name" "$root/$name"
  fi
done
mount --bind "$devices" "$root/dev"
mount -t proc proc "$root/proc"
if [ -n "$node" ]; then
  mkdir -p "$root/opt/berth"
  : >>"$root/opt/berth/node"
  mount --bind "$node" "$root/opt/berth/node"
fi
cd "$root"
exec env -i "$(command -v chroot)" "$root" /bench/init
