/**
 * The parts of the tests, and which steps may run at the same time.
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Steps of different lanes run at the same time: on this machine, and on an emulated one. */
export const lanes = ['here', 'emulated'] as const;

export type Lane = (typeof lanes)[number];

export interface Step {
  readonly name: string;
  readonly argv: readonly string[];
  /** Test files to add to argv; files that fail run once more. */
  readonly files?: readonly string[];
  /** Longest run, in seconds. */
  readonly seconds: number;
  /** The program prints no TAP; its exit code is the result. */
  readonly silent?: boolean;
  /** Steps of a lane run one after the other. Steps without a lane run alone, after all lanes. */
  readonly lane?: Lane;
}

export const project = join(import.meta.dirname, '../../..');

export const tests = readdirSync(join(project, 'dist/test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => `dist/test/${name}`)
  .sort();
const endToEnd = tests.filter((name) => name.startsWith('dist/test/e2e/'));
const unitTests = tests.filter(
  (name) => !endToEnd.includes(name) && !name.startsWith('dist/test/vm/systemd/'),
);
/** Tests that need cgroups, namespaces, mounts or live processes; most of them need root. */
const kernelTests = unitTests.filter((name) => name.endsWith('.kernel.test.js'));
const pureTests = unitTests.filter((name) => !kernelTests.includes(name));

const named = (names: readonly string[]): RegExp =>
  new RegExp(`/(${names.join('|')})\\.test\\.js$`);

/**
 * Tests that do not depend on the version of cgroups, and so run only on this machine: command line, privileges,
 * system calls on files, mounts in many places, takeover, and replies while a process hangs or floods.
 */
const ONCE = named([
  ...['cli', 'show-captured', 'doctor', 'lifecycle', 'kernel-mode', 'host-sysctl'],
  ...['privileges', 'procfs-semantics'],
  ...['attach-by-daemon', 'attach-many', 'attach-places', 'attach-sysctl', 'nested'],
  ...['keeper', 'takeover', 'reload', 'remount', 'hung'],
  ...['hostile-floods', 'hostile-names', 'hostile-processes', 'hostile-states'],
]);
const onV2 = endToEnd.filter((name) => !ONCE.test(name));

/** Tests that measure shares of a CPU. */
const MEASURES = named(['cpu-usage']);

/** Tests that may fail if other load delays the start of programs. */
const LATE = named(['concurrency', 'loadavg', 'cpu-usage']);

/** For the emulated machine: this machine has probably finished its own tests by then. */
const lateLast = (files: readonly string[]): string[] => [
  ...files.filter((name) => !LATE.test(name)),
  ...files.filter((name) => LATE.test(name)),
];

/** The 30 s that tap gives a file are too short beside an emulated machine. */
const TAP = [
  ...['npx', 'tap', '--disable-coverage', '--jobs=2', '--no-color', '--timeout=120', '-R', 'tap'],
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
      argv: [process.execPath, 'dist/test/runner/unit.js', ...pureTests],
      seconds: 600,
      lane: 'here',
    },
  ],
  kernel: [
    {
      name: 'kernel',
      argv: [...TAP, ...kernelTests],
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
      // 45 s of 200 readers are enough on an emulated CPU.
      argv: ['env', 'PROCVIEW_SOAK_SECONDS=45', 'PROCVIEW_VM_TIMEOUT=2700', 'test/vm/run.sh'],
      files: lateLast(onV2),
      seconds: 2800,
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
