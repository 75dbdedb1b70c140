#!/bin/bash
# Builds the test machine in test/vm/build: a kernel, an initramfs that mounts the disk, and the disk with Node, the client
# programs of the tests and node_modules. Builds the disk again when any of these has changed. Prints the kernel's release.
# Exit code 77: it cannot be built on this machine; stderr has the reason.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
build=$here/build

skip() {
  echo "test/vm: skipped: $1" >&2
  exit 77
}

for tool in flock gcc qemu-system-x86_64 busybox cpio crun mpstat mke2fs depmod dpkg; do
  command -v $tool >/dev/null || skip "no $tool: run deploy/setup.sh test"
done
[ "$(uname -m)" = x86_64 ] || skip 'the test machine needs an x86-64 host'
mkdir -p "$build"
cd "$build"
# Two runs may build at the same time.
exec 9>lock
flock 9

# The kernel: Debian's newest cloud kernel (6.1 on Debian 12), downloaded once.
fetch_kernel() {
  local package
  package=${PROCVIEW_VM_KERNEL:-$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/ *Depends: *//p' | head -1)}
  [ -n "$package" ] || skip 'apt has no package linux-image-cloud-amd64: run apt-get update'
  [ ! -d "kernel/$package" ] || { echo "$package"; return; }
  rm -rf kernel.tmp && mkdir kernel.tmp
  (cd kernel.tmp && apt-get -qq -o APT::Sandbox::User=root download "$package") >/dev/null 2>kernel.log ||
    skip "apt cannot download $package: $(tail -1 kernel.log)"
  dpkg -x kernel.tmp/*.deb kernel.tmp/root
  mkdir -p kernel && mv kernel.tmp/root "kernel/$package" && rm -rf kernel.tmp
  echo "$package"
}

# Installed packages with client programs of the tests; python3 is that of "python3.N-minimal".
readers=()
for package in htop lxcfs prometheus-node-exporter "$(basename "$(readlink -f /usr/bin/python3)")-minimal"; do
  ! dpkg -s "$package" >/dev/null 2>&1 || readers+=("$package")
done

# Container runtimes besides crun; those that are installed go in.
runtimes=(runc podman conmon ctr containerd containerd-shim-runc-v2 lxc-{start,stop,info,attach} systemd-nspawn
  /usr/lib/systemd/systemd{,-executor})

# Programs that go in; busybox provides the others.
programs() {
  local name
  dpkg -L bash bsdutils coreutils dash findutils grep mount procps sed sysstat util-linux "${readers[@]}" |
    grep -E '^(/usr)?/s?bin/' | while read -r name; do [ ! -f "$name" ] || readlink -f "$name"; done | sort -u
  for name in node crun getconf; do command -v $name; done
  for name in strace perf "${runtimes[@]}"; do command -v $name || true; done
}

# Files that these programs load or start: modules of Python, the library of LXCFS, the collector of sar, the configuration
# of LXC and its hook.
loaded() {
  find /usr/lib/python3.*/ /usr/lib/python3/dist-packages/psutil /usr/lib/{sysstat,*/lxcfs} \
    /usr/share/{lxc/config,lxcfs,containers} -type f \
    ! -name '*.pyc' ! -path '*/test/*' ! -path '*/tests/*' ! -path '*/config-*' ! -path '*/site-packages/*' 2>/dev/null
}

libraries_of() {
  ldd "$@" 2>/dev/null | grep -o '/[^ :]*' | grep -vFx "$(printf '%s\n' "$@")" | sort -u
}

# Copies files to the same path below root, where /bin and others are links into /usr.
install_files() {
  local file target
  for file in "$@"; do
    target=$(readlink -f "$(dirname "$file")")/$(basename "$file")
    case $target in /usr/local/*) target=/usr/bin/$(basename "$file") ;; /usr/*) ;; *) target=/usr$target ;; esac
    install -D -m 755 "$file" "root$target"
  done
}

build_initramfs() {
  local modules=$kernel/lib/modules/$release name
  rm -rf initramfs && mkdir -p initramfs/{bin,dev,proc,disk,modules}
  cp "$(command -v busybox)" initramfs/bin/
  for name in virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
    find "$modules" -name "$name.ko" -exec cp {} initramfs/modules/ \;
  done
  install -m 755 "$here/initramfs-init" initramfs/init
  (cd initramfs && find . | cpio --quiet -o -H newc | gzip -1) >initramfs.gz
}

build_disk() {
  local applet file
  rm -rf root disk.img
  mkdir -p root/{usr/bin,usr/sbin,usr/lib,usr/lib64,dev,proc,sys,run,tmp,etc,procview,root,opt,var/{lib/lxcfs,tmp},usr/libexec,etc/containerd}
  for applet in bin sbin lib lib64; do ln -s usr/$applet root/$applet; done
  install -m 755 "$(command -v busybox)" root/usr/bin/busybox
  for applet in $(busybox --list | grep -vx busybox); do ln -sf /usr/bin/busybox "root/usr/bin/$applet"; done
 # install(1) removes the links of busybox first.
  # shellcheck disable=SC2046
  install_files $(programs) $(libraries_of $(programs) $(loaded) "$project/native/build/Release/procview.node")
  # shellcheck disable=SC2046
  cp --parents $(loaded) root/
  [ ! -e /usr/bin/python3 ] || ln -sf "$(readlink -f /usr/bin/python3)" root/usr/bin/python3
  for file in root/usr/bin/*.{procps,sysstat}; do [ ! -e "$file" ] || ln -sf "${file##*/}" "${file%.*}"; done
  ln -sf dash root/usr/bin/sh
 # Distributions have one of the two.
  cp -a --parents /usr/share/terminfo root/ 2>/dev/null || true
  [ ! -d /lib/terminfo ] || cp -a /lib/terminfo root/usr/lib/
  printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >root/etc/passwd
  printf 'root:x:0:\nnogroup:x:65534:\n' >root/etc/group
  echo procview-vm >root/etc/hostname
 # systemd-nspawn binds it into its containers.
  echo 'ID=procview-vm' >root/usr/lib/os-release
  install -m 755 "$here/init" root/usr/sbin/init
  mkdir -p "root/usr/lib/modules/$release/kernel/fs"
  cp -a "$kernel/lib/modules/$release"/modules.* "root/usr/lib/modules/$release/"
  cp -a "$kernel/lib/modules/$release/kernel/fs/fuse" "root/usr/lib/modules/$release/kernel/fs/"
  depmod -b root "$release"
 # Without packages that only build and check the project.
  tar -C "$project" --exclude=@biomejs --exclude='*typescript*' --exclude=@types --exclude=tshy \
    --exclude='*.map' --exclude='*.d.ts' --exclude=node_modules/.cache -c node_modules | tar -C root/opt -x
  mke2fs -q -t ext4 -O ^has_journal -d root disk.img 1G >mke2fs.log 2>&1
  rm -rf root
}

[ tsc-frequency -nt "$here/tsc-frequency.c" ] || gcc -O2 -o tsc-frequency "$here/tsc-frequency.c"
kernel=kernel/$(fetch_kernel)
release=$(ls "$kernel/lib/modules")
[ -f "$project/native/build/Release/procview.node" ] || [ "${PROCVIEW_VM_NO_ADDON:-}" ] ||
  skip 'the addon is not built: run npm run build'
# shellcheck disable=SC2046
stamp=$({ echo "$release"; cat "$here"/{image.sh,init,initramfs-init} "$project"/package-lock.json; stat -c %Y "$project/node_modules/.package-lock.json"; sha256sum "$project"/node_modules/@tapjs/test/test-built/dist/esm/index.js $(programs) $(loaded); } | sha256sum)
if [ "$(cat stamp 2>/dev/null)" != "$stamp" ]; then
  rm -f stamp
  build_initramfs
  build_disk
  cp "$kernel/boot/vmlinuz-$release" vmlinuz
  echo "$stamp" >stamp
fi
echo "$release"
