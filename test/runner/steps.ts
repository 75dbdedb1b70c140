/**
 * The parts of the tests, and what may run beside what.
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What runs side by side: on this machine, and on an emulated one. */
export const lanes = ['here', 'emulated'] as const;

export type Lane = (typeof lanes)[number];

export interface Step {
  readonly name: string;
  readonly argv: readonly string[];
  /** Test files to add to argv; those that fail are run once more. */
  readonly files?: readonly string[];
  /** Longest run, in seconds. */
  readonly seconds: number;
  /** Prints no TAP: passes by its exit code. */
  readonly silent?: boolean;
  /** Runs after the others of its lane, beside those of other lanes; absent: after all of them, alone. */
  readonly lane?: Lane;
}

export const project = join(import.meta.dirname, '../../..');

const tests = readdirSync(join(project, 'dist/test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => `dist/test/${name}`)
  .sort();
const endToEnd = tests.filter((name) => name.startsWith('dist/test/e2e/'));
const units = tests.filter(
  (name) => !endToEnd.includes(name) && !name.startsWith('dist/test/vm/systemd/'),
);

const named = (names: readonly string[]): RegExp =>
  new RegExp(`/(${names.join('|')})\\.test\\.js$`);

/**
 * What no version of cgroups changes: the command line, privileges, what system calls say of files, mounts in places
 * of all sorts, one daemon after the other, and answers while something hangs or floods.
 * test/vm/run.sh runs them on that machine all the same.
 */
const ONCE = named([
  ...['cli', 'doctor', 'lifecycle', 'kernel-mode', 'host-sysctl'],
  ...['privileges', 'procfs-semantics'],
  ...['attach-many', 'attach-places', 'attach-sysctl', 'nested'],
  ...['keeper', 'takeover', 'reload', 'remount', 'hung'],
  ...['hostile-floods', 'hostile-names', 'hostile-processes', 'hostile-states'],
]);
const onV2 = endToEnd.filter((name) => !ONCE.test(name));

/** What measures shares of a CPU. */
const MEASURES = named(['cpu-usage']);

/** What may fail where programs take long to start because others run. */
const LATE = named(['concurrency', 'loadavg', 'cpu-usage']);

/** In the emulated machine: by then this one has probably done its own part. */
const lateLast = (files: readonly string[]): string[] => [
  ...files.filter((name) => !LATE.test(name)),
  ...files.filter((name) => LATE.test(name)),
];

export const parts: Readonly<Record<string, readonly Step[]>> = {
  check: [
    {
      name: 'lint',
      argv: ['npm', 'run', '-s', 'check'],
      seconds: 120,
      silent: true,
      lane: 'here',
    },
  ],
  native: [
    {
      name: 'native',
      argv: ['make', '-s', '-C', 'test/native', 'check'],
      seconds: 900,
      lane: 'here',
    },
  ],
  unit: [
    {
      name: 'unit',
      argv: ['npx', 'tap', '--disable-coverage', '--jobs=2', '--no-color', '-R', 'tap', ...units],
      seconds: 600,
      lane: 'here',
    },
  ],
  e2e: endToEnd.map((file) => ({
    name: file,
    argv: [process.execPath],
    files: [file],
    seconds: 300,
    ...(MEASURES.test(file) ? {} : { lane: 'here' }),
  })),
  vm: [
    {
      name: 'cgroup v2',
      // 200 readers for 45 s do where the CPU is emulated.
      argv: ['env', 'PROCVIEW_SOAK_SECONDS=45', 'test/vm/run.sh'],
      files: lateLast(onV2),
      seconds: 2200,
      lane: 'emulated',
    },
    {
      name: 'comparison',
      argv: [process.execPath],
      files: ['dist/test/vm/comparison/main.js'],
      seconds: 1000,
    },
  ],
};
