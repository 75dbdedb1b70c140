#!/bin/bash
# Builds, then runs tests. The last line is `N passed, N failed`.
#
#   test/run.sh                  all parts, after deploy/setup.sh: npm test
#   test/run.sh unit             some parts (test/runner/run.ts lists them): npm run test:unit
#   test/run.sh one views/meminfo   the tests of one file: npm run test:one
cd "$(dirname "$0")/.." || exit 1

fail() {
  printf '%s\n' "$@" '0 passed, 1 failed'
  exit 1
}

[ -x node_modules/.bin/tsc ] || fail 'node_modules is missing or incomplete; run: npm ci'

# Whether a native source is newer than the addon and the programs beside it.
native_is_old() {
  local built
  for built in native/build/Release/procview{.node,-hook,-keeper}; do
    [ -e "$built" ] || return 0
  done
  [ -n "$(find native -path native/build -prune -o -newer native/build/Release/procview.node -print -quit)" ]
}

build_native() {
  echo '# building the addon (a minute or two)'
  command -v g++ >/dev/null || command -v c++ >/dev/null || fail 'the addon needs a compiler; install make, g++ and python3'
  log=$(npm run -s build:native 2>&1) || fail "$log" '# npm run build:native failed'
  # make does not touch what has not changed.
  touch native/build/Release/procview.node
}

build() {
  # Compiled tests whose source is gone must not run.
  rm -rf dist/test
  echo '# building dist'
  log=$(npm run -s build:ts 2>&1) || fail "$log" '# npm run build:ts failed'
  ! native_is_old || build_native
}

# Generates tap's class for the plugins in .taprc; npm install restores the original one.
prepare_tap() {
  { [ .tap/plugins -nt .taprc ] && [ .tap/plugins -nt node_modules/.package-lock.json ]; } ||
    npx tap build >/dev/null 2>&1
}

build
if [ "${1:-}" = one ]; then
  shift
  exec node dist/test/runner/one.js "$@"
fi
# The part `unit` runs without the tap command.
[ "$*" = unit ] || prepare_tap
exec node dist/test/runner/run.js "$@"
