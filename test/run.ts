/**
 * Runs every part of the tests, one after the other, and ends with `N passed, N failed`.
 *
 *     test/run.sh             all parts
 *     test/run.sh unit e2e    some of: check native unit e2e vm
 *
 * An end-to-end file that fails is run once more, and the run says so: what it measures, such as the
 * share of a CPU, depends on what else the machine does. One that fails twice has failed.
 * @module
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { add, type FileTally, failures, nothing, perFile, type Tally, tally } from './tally.ts';

/** Exit code of a part that cannot run on this machine; it says why on stderr. */
const CANNOT = 77;

interface Step {
  readonly name: string;
  readonly argv: readonly string[];
  /** Test files to add to argv; those that fail are run once more. */
  readonly files?: readonly string[];
  /** Longest run, in seconds. */
  readonly seconds: number;
  /** Prints no TAP: passes by its exit code. */
  readonly silent?: boolean;
}

const project = join(import.meta.dirname, '../..');

const tests = readdirSync(join(project, 'dist/test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => `dist/test/${name}`)
  .sort();
const endToEnd = tests.filter((name) => name.startsWith('dist/test/e2e/'));
const units = tests.filter(
  (name) => !endToEnd.includes(name) && !name.startsWith('dist/test/vm/systemd/'),
);

/**
 * What no version of cgroups changes: the command line, mounts in places of all sorts, one daemon after the
 * other, and answers while something hangs. test/vm/run.sh runs them on that machine all the same.
 */
const ONCE = new RegExp(
  `/(${[
    ...['cli', 'doctor', 'lifecycle', 'kernel-mode', 'host-sysctl'],
    ...['attach-many', 'attach-places', 'attach-sysctl'],
    ...['kept', 'takeover', 'reload', 'healing', 'hung'],
    ...['hostile', 'hostile-names', 'hostile-processes', 'hostile-states'],
  ].join('|')})\\.test\\.js$`,
);
const onV2 = endToEnd.filter((name) => !ONCE.test(name));

const parts: Record<string, readonly Step[]> = {
  check: [{ name: 'lint', argv: ['npm', 'run', '-s', 'check'], seconds: 120, silent: true }],
  native: [{ name: 'native', argv: ['make', '-s', '-C', 'test/native', 'check'], seconds: 900 }],
  unit: [
    {
      name: 'unit',
      argv: ['npx', 'tap', '--disable-coverage', '--jobs=2', '--no-color', '-R', 'tap', ...units],
      seconds: 600,
    },
  ],
  e2e: endToEnd.map((file) => ({
    name: file,
    argv: [process.execPath],
    files: [file],
    seconds: 300,
  })),
  vm: [
    { name: 'cgroup v2', argv: ['test/vm/run.sh'], files: onV2, seconds: 2200 },
    {
      name: 'mixed',
      argv: [process.execPath],
      files: ['dist/test/vm/mixed/main.js'],
      seconds: 1000,
    },
  ],
};

interface Ended {
  readonly text: string;
  /** Null: it took too long, or a signal ended it. */
  readonly code: number | null;
}

interface Result {
  readonly sum: Tally;
  /** What each of the step's files has shown. */
  readonly files: ReadonlyMap<string, FileTally>;
}

/** Runs a program in a process group of its own, and ends all of it when it takes too long. */
function execute({ argv, files, seconds }: Step): Promise<Ended> {
  const [file = '', ...rest] = [...argv, ...(files ?? [])];
  return new Promise((resolve) => {
    let text = '';
    const child = spawn(file, rest, {
      cwd: project,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = (code: number | null): void => {
      clearTimeout(timer);
      resolve({ text, code });
    };
    const timer = setTimeout(() => {
      text += `\nno end in ${seconds} s\n`;
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
      end(null);
    }, seconds * 1000);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
    }
    child.on('error', ({ message }) => {
      text += message;
      end(null);
    });
    child.on('close', end);
  });
}

function count({ silent }: Step, { text, code }: Ended): Tally {
  if (code === CANNOT) return { ...nothing, skipped: 1 };
  if (silent) return { ...nothing, [code === 0 ? 'passed' : 'failed']: 1 };
  return tally(text, code);
}

function say({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

async function runOnce(step: Step): Promise<Result> {
  const start = Date.now();
  const ended = await execute(step);
  const sum = count(step, ended);
  const took = `${((Date.now() - start) / 1000).toFixed(1)} s`;
  process.stdout.write(`# ${step.name}: ${say(sum)} (${took})\n`);
  if (ended.code === CANNOT) process.stdout.write(ended.text);
  else if (sum.failed > 0) {
    const shown = step.silent ? ended.text : failures(ended.text).join('\n');
    process.stdout.write(`${shown.trimEnd()}\n`);
  }
  return { sum, files: perFile(ended.text, step.files ?? [], ended.code) };
}

async function runStep(step: Step): Promise<Tally> {
  const { sum, files } = await runOnce(step);
  if (files.size > 1) {
    for (const [file, { seconds, ...part }] of files) {
      process.stdout.write(`#   ${file}: ${say(part)} (${seconds} s)\n`);
    }
  }
  const failed = [...files].filter(([, part]) => part.failed > 0).map(([file]) => file);
  if (failed.length === 0 || sum.failed === 0) return sum;
  process.stdout.write(`# failed, now run once more: ${failed.join(' ')}\n`);
  const passed = [...files].filter(([file]) => !failed.includes(file)).map(([, part]) => part);
  const again = await runOnce({ ...step, files: failed });
  return add(passed.reduce(add, nothing), again.sum);
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`no part ${unknown[0]}: choose among ${Object.keys(parts).join(', ')}\n`);
  process.exit(2);
}
let sum = nothing;
for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
  for (const step of parts[name] ?? []) sum = add(sum, await runStep(step));
}
process.stdout.write(`${say(sum)}\n`);
process.exitCode = sum.failed > 0 ? 1 : 0;
