#!/bin/bash
# Builds test/vm/build/systemd.img: a minimal Debian with systemd, Node and node_modules, for the machine of
# test/vm/image.sh. Builds it again when any of these has changed. Prints the kernel's release.
# Exit code 77: it cannot be built on this machine; stderr has the reason.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../../.." && pwd)
build=$project/test/vm/build
PACKAGES=systemd,systemd-sysv,dbus,procps,crun,libstdc++6

skip() {
  echo "test/vm/systemd: skipped: $1" >&2
  exit 77
}

release=$("$here/../image.sh")
cd "$build"
command -v debootstrap >/dev/null || skip 'no debootstrap: run apt-get install debootstrap'
# The package mirror of this machine.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | head -1)
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -n "$mirror" ] && [ -n "$codename" ] || skip 'apt has no repository: run apt-get update'

bootstrap() {
  [ ! -d "debian/$codename" ] || return 0
  rm -rf debian.tmp
  debootstrap --variant=minbase "--include=$PACKAGES" "$codename" debian.tmp "$mirror" >debootstrap.log 2>&1 ||
    skip "debootstrap: $(tail -1 debootstrap.log)"
  rm -rf debian.tmp/usr/share/{doc,man,locale} debian.tmp/var/{cache,lib}/apt
  mkdir -p debian && mv debian.tmp "debian/$codename"
}

build_disk() {
  local modules=/lib/modules/$release
  rm -rf systemd.root
  cp -a "debian/$codename" systemd.root
  install -m 755 "$(readlink -f "$(command -v node)")" systemd.root/usr/bin/node
  mkdir -p "systemd.root$modules/kernel/fs" systemd.root/procview
  cp -a "kernel/$package$modules"/modules.* "systemd.root$modules/"
  cp -a "kernel/$package$modules/kernel/fs/fuse" "systemd.root$modules/kernel/fs/"
  depmod -b systemd.root "$release"
  echo fuse >systemd.root/etc/modules-load.d/fuse.conf
  echo procview-systemd >systemd.root/etc/hostname
  install -m 755 "$here/job" systemd.root/usr/sbin/procview-vm-job
  install -m 644 "$here/procview-vm-job.service" systemd.root/etc/systemd/system/
  ln -s ../procview-vm-job.service systemd.root/etc/systemd/system/multi-user.target.wants/
 # The console is for messages of the kernel; the other units would slow the boot down.
  for unit in {serial-getty@ttyS0,serial-getty@ttyS1,getty@tty1,e2scrub_reap,kmod-static-nodes}.service {apt-daily,apt-daily-upgrade}.timer; do
    ln -sf /dev/null "systemd.root/etc/systemd/system/$unit"
  done
  tar -C "$project" --exclude=@biomejs --exclude='*typescript*' --exclude=@types --exclude=tshy \
    --exclude='*.map' --exclude='*.d.ts' --exclude=node_modules/.cache -c node_modules | tar -C systemd.root/opt -x
  mke2fs -q -t ext4 -O ^has_journal -d systemd.root systemd.img 1500M >mke2fs.log 2>&1
  rm -rf systemd.root
}

package=$(basename "$(dirname "$(dirname "$(dirname "$(ls -d kernel/*/lib/modules/"$release")")")")")
bootstrap
stamp=$({ echo "$release $PACKAGES"; cat "$here"/{image.sh,job,procview-vm-job.service} "$project"/package-lock.json; sha256sum "$(readlink -f "$(command -v node)")"; } | sha256sum)
if [ "$(cat systemd.stamp 2>/dev/null)" != "$stamp" ]; then
  rm -f systemd.stamp
  build_disk
  echo "$stamp" >systemd.stamp
fi
echo "$release"
