/**
 * Random command lines: one line with the mistake, exit code 1, and no setting changed.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { type Outcome, procview } from './run.ts';

t.setTimeout(120_000);

const COMMANDS = ['show', 'explain', 'isolate', 'sysctl', 'containers', 'reload', 'serve'];

/** Words of real command lines, and words that a program may misread. */
const KNOWN = [
  ...[
    '1',
    'on',
    'meminfo',
    'cpu',
    '-w',
    '--files',
    '--mode',
    '--workers',
    '--state',
    '--',
    '-',
    '',
  ],
  ...['kernel.stats_isolated', 'kernel.stats_isolated=2', 'kernel.stats_isolated=0'],
  ...['kernel.stats_isolated_files=meminfo,', 'kernel/stats_isolated_files=x', '='],
  ...['constructor', '__proto__=1', 'toString', '../../etc/passwd', '%s%n', '\u001b[2J', '1\n2'],
];

const word = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...KNOWN) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((each) => each.replaceAll('\0', '')) },
);

const line = fc.tuple(fc.constantFrom(...COMMANDS), fc.array(word, { maxLength: 4 }));

/** Command lines that pass the parser: few of the random ones do. */
const EXAMPLES: [[string, string[]]][] = [
  [['show', ['1\n2', 'meminfo']]],
  [['explain', ['1', 'meminfo', 'Mem\u001b[2J']]],
  [['isolate', ['1\n2', 'on', '--mode', 'fuse']]],
  [['sysctl', ['constructor', '--mode', 'fuse']]],
  [['sysctl', ['__proto__=1', '--mode', 'fuse']]],
  [['reload', ['1\n2']]],
  [['serve', ['--config', '\n']]],
];

/** Names and contents of all files there. */
const contents = (directory: string): string[] =>
  fs
    .readdirSync(directory)
    .map((name) => `${name} ${fs.readFileSync(join(directory, name), 'hex')}`);

/** One printable line. Bytes above 0x7f are parts of UTF-8 characters. */
const isLine = (text: string): boolean =>
  text.endsWith('\n') && [...text.slice(0, -1)].every((each) => each >= ' ' && each !== '\x7f');

const isRefusal = ({ code, stdout, stderr }: Outcome): boolean =>
  code === 1 && stdout === '' && stderr.startsWith('procview: ') && isLine(stderr);

t.test('garbage', async (t) => {
  const base = t.testdir({});
  let runs = 0;
  const settled = async (): Promise<string> => {
    const state = join(base, `state${runs++}`);
    fs.mkdirSync(state, { mode: 0o755 });
    return state;
  };
  const untouched = await settled();
  await procview('sysctl', '--mode', 'fuse', '--state', untouched);
  const defaults = contents(untouched).join();
  await fc.assert(
    fc.asyncProperty(line, async ([command, words]) => {
      const state = await settled();
      // The last of several options counts. `serve` fails: the mount point does not exist.
      const where = ['--state', state, ...(command === 'serve' ? ['--mount', `${base}/none`] : [])];
      const outcome = await procview(command, ...words, ...where);
      if (outcome.code === 0) return;
      if (!isRefusal(outcome)) throw new Error(JSON.stringify(outcome));
      const left = contents(state).join();
      if (left !== '' && left !== defaults) throw new Error(`changed: ${left.slice(0, 200)}`);
    }),
    { numRuns: 50, examples: EXAMPLES, interruptAfterTimeLimit: 20_000 },
  );
  t.pass();
});

const root = process.getuid?.() === 0;

t.test('a list with a mistake sets nothing', { skip: !root && 'takes root' }, async (t) => {
  const state = t.testdir({});
  const sysctl = (...words: string[]) =>
    procview('sysctl', '--mode', 'fuse', '--state', state, ...words);
  t.equal((await sysctl('-w', 'kernel.stats_isolated=0')).code, 0);
  const before = contents(state);
  for (const wrong of [
    'kernel.stats_isolated=2',
    'kernel.stats_isolated_files=mem',
    'toString=1',
  ]) {
    const outcome = await sysctl('-w', 'kernel.stats_isolated=1', wrong);
    t.ok(isRefusal(outcome), outcome.stderr);
    t.same(contents(state), before, wrong);
  }
  t.equal((await sysctl('kernel.stats_isolated')).stdout, 'kernel.stats_isolated = 0\n');
});
