/**
 * Runs parts of the tests, and ends with `N passed, N failed`.
 *
 *     test/run.sh             all parts
 *     test/run.sh unit e2e    some of: check native unit kernel e2e vm
 *
 * The emulated machine runs at the same time as the tests of this machine. Tests that measure shares of a CPU run alone,
 * after both. An end-to-end file that fails runs once more, and the output says so, because its measurements
 * depend on the load of the machine. A file that fails twice has failed.
 * @module
 */
import { spawn } from 'node:child_process';
import { buildTools } from '../e2e/helpers/programs.ts';
import { type Lane, lanes, parts, project, type Step } from './steps.ts';
import {
  add,
  empty,
  type FileSummary,
  failures,
  perFile,
  summarize,
  type TapSummary,
} from './tap-summary.ts';

/** Exit code of a part that cannot run on this machine; its output has the reason. */
const CANNOT = 77;

interface Output {
  readonly text: string;
  /** Null: a timeout or a signal ended the program. */
  readonly code: number | null;
}

interface Result {
  readonly sum: TapSummary;
  /** Results of the step's files. */
  readonly files: ReadonlyMap<string, FileSummary>;
}

/**
 * Runs a program in a process group of its own, and kills the group after the step's timeout.
 * @param onOutput receives all output so far, whenever there is more
 */
function execute(
  { argv, files, seconds }: Step,
  onOutput: (text: string) => void,
): Promise<Output> {
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
      text += `\ntimeout after ${seconds} s\n`;
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
      end(null);
    }, seconds * 1000);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        onOutput(text);
      });
    }
    child.on('error', ({ message }) => {
      text += message;
      end(null);
    });
    child.on('close', end);
  });
}

function count({ silent }: Step, { text, code }: Output): TapSummary {
  if (code === CANNOT) return { ...empty, skipped: 1 };
  if (silent) return { ...empty, [code === 0 ? 'passed' : 'failed']: 1 };
  return summarize(text, code);
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

function format({ passed, failed, skipped }: TapSummary): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Prints a line for each of several files as soon as the file has ended. */
function progress({ name, files = [] }: Step): (text: string) => void {
  let printed = 0;
  let read = 0;
  return (text) => {
    if (files.length < 2) return;
    const lines = text.slice(read, text.lastIndexOf('\n') + 1);
    read += lines.length;
    const ended = printed + [...lines.matchAll(/^(?:not )?ok \d+ - .* # time=\d+s$/gm)].length;
    if (ended === printed) return;
    for (const [file, { seconds, ...part }] of [...perFile(text, files, 0)].slice(printed, ended)) {
      print(`#   ${name}, ${file}: ${format(part)} (${seconds} s)`);
    }
    printed = ended;
  };
}

async function runOnce(step: Step): Promise<Result> {
  const start = Date.now();
  const ended = await execute(step, progress(step));
  const sum = count(step, ended);
  const took = `${((Date.now() - start) / 1000).toFixed(1)} s`;
  print(`# ${step.name}: ${format(sum)} (${took})`);
  if (ended.code === CANNOT) process.stdout.write(ended.text);
  else if (sum.failed > 0) {
    print((step.silent ? ended.text : failures(ended.text).join('\n')).trimEnd());
  }
  return { sum, files: perFile(ended.text, step.files ?? [], ended.code) };
}

async function runStep(step: Step): Promise<TapSummary> {
  const { sum, files } = await runOnce(step);
  const failed = [...files].filter(([, part]) => part.failed > 0).map(([file]) => file);
  if (failed.length === 0 || sum.failed === 0) return sum;
  print(`# failed, running once more: ${failed.join(' ')}`);
  const passed = [...files].filter(([file]) => !failed.includes(file)).map(([, part]) => part);
  const again = await runOnce({ ...step, files: failed });
  return add(passed.reduce(add, empty), again.sum);
}

/** Runs steps one after the other. */
async function runAll(steps: readonly Step[]): Promise<TapSummary> {
  let sum = empty;
  for (const step of steps) sum = add(sum, await runStep(step));
  return sum;
}

const requested = process.argv.slice(2);
const unknown = requested.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(
    `unknown part ${unknown[0]}; the parts are ${Object.keys(parts).join(', ')}\n`,
  );
  process.exit(2);
}
const steps = (requested.length > 0 ? requested : Object.keys(parts)).flatMap(
  (name) => parts[name] ?? [],
);
const inLane = (lane?: Lane): Step[] => steps.filter((step) => step.lane === lane);
// Only end-to-end tests have files here. The emulated machine has no compiler.
if (steps.some(({ files }) => files)) await buildTools();
const concurrent = await Promise.all(lanes.map((lane) => runAll(inLane(lane))));
const sum = add(concurrent.reduce(add), await runAll(inLane()));
print(format(sum));
process.exitCode = sum.failed > 0 ? 1 : 0;
