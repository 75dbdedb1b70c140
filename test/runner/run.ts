/**
 * Runs every part of the tests, and ends with `N passed, N failed`.
 *
 *     test/run.sh             all parts
 *     test/run.sh unit e2e    some of: check native unit e2e vm
 *
 * The emulated machine runs beside what this one does; what measures shares of a CPU waits until both have
 * come to their ends. An end-to-end file that fails is run once more, and the run says
 * so: what it measures depends on what else the machine does. One that fails twice has failed.
 * @module
 */
import { spawn } from 'node:child_process';
import { buildTools } from '../e2e/helpers/programs.ts';
import { type Lane, lanes, parts, project, type Step } from './steps.ts';
import {
  add,
  type FileTally,
  failures,
  nothing,
  perFile,
  type Tally,
  tally,
} from './tap-summary.ts';

/** Exit code of a part that cannot run on this machine; it says why on stderr. */
const CANNOT = 77;

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

/**
 * Runs a program in a process group of its own, and ends all of it when it takes too long.
 * @param heard is given the whole text at each piece of it
 */
function execute({ argv, files, seconds }: Step, heard: (text: string) => void): Promise<Ended> {
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
        heard(text);
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

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

function say({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Prints a line for each of several files, as soon as it has ended. */
function announcer({ name, files = [] }: Step): (text: string) => void {
  let said = 0;
  let looked = 0;
  return (text) => {
    if (files.length < 2) return;
    const lines = text.slice(looked, text.lastIndexOf('\n') + 1);
    looked += lines.length;
    const ended = said + [...lines.matchAll(/^(?:not )?ok \d+ - .* # time=\d+s$/gm)].length;
    if (ended === said) return;
    for (const [file, { seconds, ...part }] of [...perFile(text, files, 0)].slice(said, ended)) {
      print(`#   ${name}, ${file}: ${say(part)} (${seconds} s)`);
    }
    said = ended;
  };
}

async function runOnce(step: Step): Promise<Result> {
  const start = Date.now();
  const ended = await execute(step, announcer(step));
  const sum = count(step, ended);
  const took = `${((Date.now() - start) / 1000).toFixed(1)} s`;
  print(`# ${step.name}: ${say(sum)} (${took})`);
  if (ended.code === CANNOT) process.stdout.write(ended.text);
  else if (sum.failed > 0) {
    print((step.silent ? ended.text : failures(ended.text).join('\n')).trimEnd());
  }
  return { sum, files: perFile(ended.text, step.files ?? [], ended.code) };
}

async function runStep(step: Step): Promise<Tally> {
  const { sum, files } = await runOnce(step);
  const failed = [...files].filter(([, part]) => part.failed > 0).map(([file]) => file);
  if (failed.length === 0 || sum.failed === 0) return sum;
  print(`# failed, now run once more: ${failed.join(' ')}`);
  const passed = [...files].filter(([file]) => !failed.includes(file)).map(([, part]) => part);
  const again = await runOnce({ ...step, files: failed });
  return add(passed.reduce(add, nothing), again.sum);
}

/** One after the other. */
async function runAll(steps: readonly Step[]): Promise<Tally> {
  let sum = nothing;
  for (const step of steps) sum = add(sum, await runStep(step));
  return sum;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`no part ${unknown[0]}: choose among ${Object.keys(parts).join(', ')}\n`);
  process.exit(2);
}
const steps = (asked.length > 0 ? asked : Object.keys(parts)).flatMap((name) => parts[name] ?? []);
const inLane = (lane?: Lane): Step[] => steps.filter((step) => step.lane === lane);
// The emulated machine has no compiler.
await buildTools();
const beside = await Promise.all(lanes.map((lane) => runAll(inLane(lane))));
const sum = add(beside.reduce(add), await runAll(inLane()));
print(say(sum));
process.exitCode = sum.failed > 0 ? 1 : 0;
