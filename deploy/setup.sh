#!/bin/sh
# Installs the missing packages on this machine, then builds: deploy/setup.sh run|test|bench
# run: packages for the daemon; test: those and the programs of the tests; bench: those and the compared servers.
# It prints nothing if nothing is missing, and one line with advice for each package that it cannot install.
set -u
cd "$(dirname "$0")/.." || exit 1
purpose=${1:-run}
failed=0

missing() {
  echo "procview: $1" >&2
  failed=1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Programs, each with its package in Debian and in Fedora or CentOS.
programs() {
  echo 'make make make'
  echo 'g++ g++ gcc-c++'
  echo 'python3 python3 python3'
  [ "$purpose" = run ] || cat <<'LIST'
gcc gcc gcc
crun crun crun
free procps procps-ng
mpstat sysstat sysstat
unshare util-linux util-linux
mount mount util-linux
LIST
  [ "$purpose" != test ] || cat <<'LIST'
htop htop -
valgrind valgrind valgrind
lxcfs lxcfs -
prometheus-node-exporter prometheus-node-exporter -
runc runc runc
podman podman podman
ctr containerd -
lxc-start lxc -
systemd-nspawn systemd-container systemd-container
LIST
  [ "$purpose" != test ] || /usr/bin/python3 -c 'import psutil' 2>/dev/null || echo 'psutil python3-psutil -'
  [ "$purpose" != test ] || [ "$(uname -m)" != x86_64 ] || ! has apt-get || cat <<'LIST'
qemu-system-x86_64 qemu-system-x86 -
busybox busybox-static -
cpio cpio -
depmod kmod -
mke2fs e2fsprogs -
bash bash -
LIST
  [ "$purpose" != bench ] || cat <<'LIST'
lxcfs lxcfs lxcfs
runc runc runc
strace strace strace
perf linux-perf perf
LIST
}

wanted() {
  programs | while read -r program debian fedora; do
    has "$program" || if has apt-get; then echo "$debian"; else echo "$fedora"; fi
  done | sort -u | grep -vx -e -
}

# Services of the new packages. They are disabled: the tests start the ones that they need.
services() {
  for package in $packages; do
    case $package in
      lxc) echo 'lxc lxc-net lxc-monitord' ;;
      podman) echo 'podman podman.socket podman-auto-update.timer podman-restart' ;;
      *) echo "$package" ;;
    esac
  done
}

install_packages() {
  packages=$(wanted)
  [ -n "$packages" ] || return 0
  # shellcheck disable=SC2086
  if has apt-get; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends $packages; } >/dev/null 2>&1
  elif has dnf; then
    dnf -q -y install $packages >/dev/null 2>&1
  elif has yum; then
    yum -q -y install $packages >/dev/null 2>&1
  fi
  ! has systemctl || for service in $(services); do systemctl disable --now "$service" >/dev/null 2>&1; done
  for package in $(wanted); do missing "install the package $package"; done
}

# Debian's lists are needed once to fetch the test machine's kernel.
refresh_lists() {
  [ "$purpose" = test ] && has apt-get && has qemu-system-x86_64 || return 0
  ls test/vm/build/kernel/*/boot/vmlinuz-* >/dev/null 2>&1 && return 0
  apt-cache show linux-image-cloud-amd64 >/dev/null 2>&1 || apt-get -qq update >/dev/null 2>&1
}

check_machine() {
  [ "$(uname -s)" = Linux ] || missing 'it needs Linux'
  [ "$(id -u)" = 0 ] || missing 'run this as root: sudo npm start, sudo npm test'
  if ! has node || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 17) ? 0 : 1)'; then
    missing 'install Node.js 20.17 or later (nodejs.org)'
  fi
  has npm || missing 'install npm (it comes with Node.js)'
  [ -e /dev/fuse ] || modprobe fuse 2>/dev/null
  [ -e /dev/fuse ] || missing 'there is no /dev/fuse: modprobe fuse; in a container, start it with --device /dev/fuse'
  grep -qE ' cgroup2? ' /proc/mounts || missing 'no cgroup tree is mounted: mount -t cgroup2 cgroup /sys/fs/cgroup'
}

newer() { [ ! -e "$2" ] || [ -n "$(find "$1" -newer "$2" -print -quit 2>/dev/null)" ]; }

install_modules() {
  newer package-lock.json node_modules/.package-lock.json || return 0
  log=$(npm ci --no-audit --no-fund 2>&1) || { echo "$log" | grep -E "^npm error (code|[A-Z].*:|.npm ci.)" | head -5 >&2; missing 'npm ci failed, see above'; return; }
  touch node_modules/.package-lock.json
}

# Whether all sources are older than the results of the build.
is_built() {
  ! newer src dist/src/main.js && ! newer package.json dist/src/main.js || return 1
  for source in native/binding.gyp native/*/; do
    [ "$source" = native/build/ ] || ! newer "$source" native/build/Release/procview.node || return 1
  done
  [ -e native/build/Release/procview-hook ] && [ -e native/build/Release/procview-keeper ]
}

build() {
  is_built && return 0
  log=$(npm run build 2>&1) || { echo "$log" >&2; missing 'npm run build failed, see above'; return; }
  # A build does not change the time of results whose sources are unchanged.
  touch dist/src/main.js native/build/Release/procview.node
}

case $purpose in run | test | bench) ;; *) echo 'usage: deploy/setup.sh run|test|bench' >&2 && exit 2 ;; esac
check_machine
[ $failed = 0 ] && install_packages
[ $failed = 0 ] && refresh_lists
[ $failed = 0 ] && install_modules
# The tests build by themselves, after they have removed old results.
[ $failed = 0 ] && [ "$purpose" != test ] && build
exit $failed
