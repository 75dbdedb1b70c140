/**
 * Runs the command line program as a child process.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** Milliseconds until a command that hangs is killed. */
const TIMEOUT_MS = 30_000;

export interface Outcome {
  /** Exit code; null if it had to be killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function procview(...args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], { timeout: TIMEOUT_MS });
  child.stdin.end();
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('latin1').on('data', (piece: string) => {
      output[stream] += piece;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** Runs all items at the same time. */
export const each = <T>(list: readonly T[], run: (item: T) => Promise<void>): Promise<unknown> =>
  Promise.all(list.map(run));

/** Checks that the program reported a user error: code 1, nothing on stdout, one line that names the error. */
export function refused(
  t: Test,
  { code, stdout, stderr }: Outcome,
  message: string | RegExp,
): void {
  t.equal(code, 1);
  t.equal(stdout, '');
  t.match(stderr, /^procview: [^\n]+\n$/, 'one line');
  t.match(stderr, message);
}
