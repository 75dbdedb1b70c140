import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const source = join(import.meta.dirname, '../../../src');

/** Files of the project that match a pattern. */
const filesWith = (pattern: RegExp): string[] =>
  readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) => name.endsWith('.ts') && pattern.test(readFileSync(join(source, name), 'utf8')),
    )
    .sort();

t.test('containers are attached by one function', async (t) => {
  t.strictSame(filesWith(/from '(\.\.\/attach|\.)\/apply\.ts'/), [
    'attach/attacher.ts',
    'attach/auto-attach.ts',
    'attach/change.ts',
    'attach/host-cover.ts',
    'daemon/lifecycle.ts',
  ]);
  t.strictSame(
    filesWith(/import \{[^}]*\battach\b[^}]*\} from '(\.\.\/attach|\.)\/apply\.ts'/),
    ['attach/attacher.ts', 'attach/host-cover.ts'],
    'host-cover.ts attaches the switches to the host',
  );
  t.strictSame(filesWith(/raiseSomaxconn\(/), ['attach/attacher.ts', 'parameters/somaxconn.ts']);
});

t.test('command line, hook and discovery use it', async (t) => {
  t.strictSame(filesWith(/ttacher\.attach\(|ttacher\[action\]\(/), [
    'attach/auto-attach.ts',
    'attach/change.ts',
    'daemon/lifecycle.ts',
  ]);
  t.strictSame(filesWith(/changeContainer\(/), [
    'attach/change.ts',
    'cli/without-daemon.ts',
    'daemon/lifecycle.ts',
  ]);
});
