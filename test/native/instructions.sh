#!/bin/sh
# Counts the instructions of each workload of instructions.cc under callgrind, and compares with the committed
# counts, in TAP:
#   instructions.sh PROGRAM          more than 10 % above is a failure
#   instructions.sh PROGRAM update   writes instructions.txt
# Counts depend on the compiler and the C library: with others than those of the file nothing is compared.
cd "$(dirname "$0")" || exit 1
program=$1
baseline=instructions.txt
tools="$(${CXX:-g++} --version | head -n 1), $(getconf GNU_LIBC_VERSION), $(uname -m)"

skip() {
  echo "ok 1 - instructions # SKIP $1"
  echo 1..1
  exit 0
}

count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no --toggle-collect=Measured \
    "$program" "$1" 2>&1 | sed -n 's/.*Collected : //p'
}

node ../../dist/test/helpers/archive-fixtures.js >/dev/null || {
  echo 'not ok 1 - the captured hosts are not unpacked: run npm run fixtures'
  exit 1
}
command -v valgrind >/dev/null || skip 'valgrind is not installed'

if [ "${2:-}" = update ]; then
  echo "# Instructions of 100 rounds; written by make -C test/native baseline" >$baseline
  echo "# $tools" >>$baseline
  for name in $("$program"); do echo "$name $(count "$name")" >>$baseline; done
  exit 0
fi

measured=$(sed -n '2s/^# //p' $baseline)
[ "$tools" = "$measured" ] || skip "the counts are of $measured; here is $tools"

number=0 failed=0
for name in $("$program"); do
  number=$((number + 1))
  now=$(count "$name")
  then=$(sed -n "s/^$name //p" $baseline)
  if [ "${now:-0}" -gt 0 ] && [ $((now * 10)) -le $((${then:-0} * 11)) ]; then
    echo "ok $number - instructions of $name"
  else
    failed=1
    echo "not ok $number - instructions of $name: ${now:-none}, were ${then:-none}; make -C test/native baseline takes them on"
  fi
done
echo "1..$number"
exit $failed
