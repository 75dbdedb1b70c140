#!/bin/bash
# Everything `npm test` does after deploy/setup.sh: builds, then runs all parts (test/runner/run.ts).
# The last line is `N passed, N failed`.
cd "$(dirname "$0")/.." || exit 1
# Tests whose source is gone must not run.
rm -rf dist/test
if ! log=$(npm run build 2>&1); then
  printf '%s\n' "$log" '# the build failed' '0 passed, 1 failed'
  exit 1
fi
# tap's class is generated once for the plugins in .taprc; npm puts back the one it came with.
{ [ .tap/plugins -nt .taprc ] && [ .tap/plugins -nt node_modules/.package-lock.json ]; } ||
  npx tap build >/dev/null 2>&1
exec node dist/test/runner/run.js "$@"
