/**
 * Runs test files in as many processes as there are CPUs, and prints one TAP stream:
 *
 *     node dist/test/runner/unit.js FILE...
 *
 * Most files share a process with others, see unit-worker.ts. A file that changes the clock or the process itself
 * has a process of its own.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** Seconds after which tap ends a test; long, because other programs may use the CPUs. */
const LONGEST_TEST = 120;

const CHANGES_PROCESS = /\bnew Captured\(|defineProperty\(process\b/;

const files = process.argv.slice(2);
const alone = files.filter((file) => CHANGES_PROCESS.test(readFileSync(file, 'utf8')));
const shared = files.filter((file) => !alone.includes(file));

let number = 0;
let failed = false;

/** Prints what a process has printed as one subtest, when the process has ended. */
async function report(name: string, child: ChildProcess): Promise<void> {
  const start = Date.now();
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) failed = true;
  const seconds = Math.round((Date.now() - start) / 1000);
  const indented = text.trimEnd().replace(/^/gm, '    ');
  const result = `${code === 0 ? 'ok' : 'not ok'} ${++number} - ${name} # time=${seconds}s`;
  process.stdout.write(`# Subtest: ${name}\n${indented}\n${result}\n`);
}

const start = (script: string, ...args: readonly string[]): ChildProcess =>
  fork(script, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, TAP_TIMEOUT: String(LONGEST_TEST) },
  });

/** Starts a process that runs files until none is left. */
async function runShared(name: string): Promise<void> {
  const worker = start(join(import.meta.dirname, 'unit-worker.js'), name);
  // tap sends messages of its own.
  worker.on('message', (message) => {
    if (message === 'idle') worker.send(shared.shift() ?? '');
  });
  await report(`files in process ${name}`, worker);
}

async function runSlot(slot: number): Promise<void> {
  for (let file = alone.shift(); file !== undefined; file = alone.shift()) {
    await report(file, start(file));
  }
  await runShared(String(slot));
}

process.stdout.write('TAP version 14\n');
await Promise.all(Array.from({ length: availableParallelism() }, (_, slot) => runSlot(slot + 1)));
process.stdout.write(`1..${number}\n`);
process.exitCode = failed || shared.length > 0 ? 1 : 0;
