#!/bin/bash
# Runs test files, or any command, as root on a cgroup v2 machine in QEMU.
#
#   test/vm/run.sh dist/test/e2e/memory.test.js ...   TAP on stdout
#   test/vm/run.sh free -m                            any command, in the project's directory
#   test/vm/run.sh                                    a shell
#   test/vm/run.sh --systemd ...                      the same on a machine that boots systemd, and may reboot
#
# Exit code: the command's; 1 if a test failed; 124 if the machine did not finish in time
# (PROCVIEW_VM_TIMEOUT seconds, 2100); 70 if its kernel logged an error or hung; 77 if it cannot run here.
# The machine has PROCVIEW_VM_CPUS CPUs (4) and PROCVIEW_VM_MEMORY MiB (3072), and gets all variables PROCVIEW_*.
# PROCVIEW_VM_CLOCK=instructions: its clock counts instructions, see below.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
build=$here/build
image=$here/image.sh disk=$build/disk.img at_reboot=-no-reboot
if [ "${1:-}" = --systemd ]; then
  shift
  image=$here/systemd/image.sh disk=$build/systemd.img at_reboot=
fi
"$image" >/dev/null

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints one TAP stream with a subtest for each file; a file that ends without totals has failed. Its output goes to a
# file, because a process that it leaves running would keep a pipe open. A test that does not end 30 s after its totals is
# killed.
tests_job() {
  cat <<'JOB'
number=0 failed=0
echo 'TAP version 14'
for file in $files; do
  number=$((number + 1))
  echo "# Subtest: $file"
  start=$(date +%s)
  node $file >/tmp/tap 2>&1 &
  pid=$!
  while sleep 2 && kill -0 $pid; do
    ! grep -q '^# { total: ' /tmp/tap || { sleep 30 && kill -9 $pid; }
  done 2>/dev/null &
  tail -n +1 -f -s 0.2 --pid=$pid /tmp/tap | sed -u 's/^/    /'
  code=0
  wait $pid || code=$?
  grep -q '^# { total: ' /tmp/tap || { echo '    # { total: 1, fail: 1 }'; code=${code#0}; }
  word=ok
  [ "$code" = 0 ] || { failed=1; word='not ok'; }
  echo "$word $number - $file # time=$(($(date +%s) - start))s"
done
echo "1..$number"
exit $failed
JOB
}

job() {
  local name
  for name in "${!PROCVIEW_@}"; do printf 'export %s=%q\n' "$name" "${!name}"; done
  echo 'export PROCVIEW_SLOWNESS=${PROCVIEW_SLOWNESS:-10}'
  case "${1:-}" in
    '') echo 'exec bash -i' ;;
    *.test.js) printf 'files="%s"\n' "$*" && tests_job ;;
    *) printf '%q ' "$@" ;;
  esac
}

mkdir -p "$work/disk/native/build/Release"
cp -a "$project"/{package.json,.taprc,dist,systemd} "$work/disk/"
cp "$here/systemd/stages.sh" "$work/disk/"
[ ! -d "$project/.tap" ] || cp -a "$project/.tap" "$work/disk/"
cp "$project"/native/build/Release/procview{.node,-hook,-keeper} "$work/disk/native/build/Release/" 2>/dev/null || true
[ ! -d "$project/test/e2e/build" ] || { mkdir -p "$work/disk/test/e2e" && cp -a "$project/test/e2e/build" "$work/disk/test/e2e/"; }
[ ! -d "$project/bench/build" ] || { mkdir -p "$work/disk/bench" && cp -a "$project"/bench/{build,programs} "$work/disk/bench/"; }
ln -s /opt/node_modules "$work/disk/node_modules"
job "$@" >"$work/disk/job"
mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=0 -d "$work/disk" "$work/project.img" 512M 2>&1 | grep -v '^Creating' || true

# By the machine's clock, emulation is slow: a read of a file takes longer than a millisecond. With
# PROCVIEW_VM_CLOCK=instructions an instruction takes a nanosecond of its clock, and a read 0.1 ms; it has one CPU then.
cpus="-accel tcg,thread=multi -smp ${PROCVIEW_VM_CPUS:-4}" tsc="tsc=reliable tsc_early_khz=$("$build/tsc-frequency")"
if [ "${PROCVIEW_VM_CLOCK:-}" = instructions ]; then
  cpus='-accel tcg,thread=single -icount shift=0 -smp 1' tsc=
fi

port='-serial stdio'
[ $# -gt 0 ] || { port='-serial mon:stdio' && stty -echo -icanon 2>/dev/null || true; }
# Prints the job's output. Returns the emulator's exit code. norandmaps: with random addresses the emulator would translate
# every program again at each start.
machine() {
  # shellcheck disable=SC2086
  timeout --foreground -k 10 "${PROCVIEW_VM_TIMEOUT:-2100}" qemu-system-x86_64 -pidfile "$work/pid" \
    $cpus -cpu max -m "${PROCVIEW_VM_MEMORY:-3072}" -display none -monitor none $at_reboot -net none \
    -kernel "$build/vmlinuz" -initrd "$build/initramfs.gz" \
    -append 'console=ttyS0 quiet panic=-1 cgroup_no_v1=all psi=1 norandmaps '"$tsc" \
    -drive "file=$disk,format=raw,if=virtio,snapshot=on" \
    -drive "file=$work/project.img,format=raw,if=virtio,snapshot=on" \
    -serial "file:$work/console" $port | tee "$work/output" | sed -u '/^procview-vm: /d'
  return "${PIPESTATUS[0]}"
}

# A kernel that starts while the host is busy may hang before its first process. Ends the machine in that case.
await_boot() {
  local second
  for second in $(seq "${PROCVIEW_VM_BOOT:-120}"); do
    ! grep -qs '^procview-vm: up' "$work/output" || return 0
    kill -0 "$1" 2>/dev/null || return 0
    sleep 1
  done
  echo "test/vm: the machine did not boot in $second s" >&2
  kill -9 "$(cat "$work/pid")"
  return 1
}

set +e
for attempt in 1 2 3; do
  rm -f "$work/output"
  machine <&0 &
  await_boot $!
  booted=$?
  wait $!
  status=$?
  [ $booted != 0 ] || break
done
set -e
[ $# -gt 0 ] || stty sane 2>/dev/null || true

if grep -aE 'BUG:|Oops|Kernel panic|WARNING: CPU|detected stall|hung_task' "$work/console" >&2; then
  tail -50 "$work/console" >&2
  exit 70
fi
[ "$status" -ne 124 ] && [ "$status" -ne 137 ] || { echo 'test/vm: the machine did not finish in time' >&2 && exit 124; }
code=$(sed -n 's/^procview-vm: exit //p' "$work/output" | tail -1)
[ -n "$code" ] || { echo 'test/vm: the machine stopped before the job ended:' >&2 && tail -30 "$work/console" >&2 && exit 70; }
exit "$code"
