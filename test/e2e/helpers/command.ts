/**
 * Runs programs that may hang: a process that reads a FUSE file may sleep unkillably until the daemon dies.
 * @module
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How many times slower than real hardware this machine is; test/vm/run.sh sets it. */
const { PROCVIEW_SLOWNESS = '1' } = process.env;
const SLOWNESS = Number(PROCVIEW_SLOWNESS);

/** A time limit in milliseconds, multiplied on a slow machine. */
export const timeLimit = (seconds: number): number => seconds * 1000 * SLOWNESS;

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Null: a signal ended it. */
  readonly code: number | null;
}

export interface RunOptions extends SpawnOptions {
  /** Time limit in seconds of real hardware. */
  readonly seconds?: number;
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const text = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
    text.stdout += piece;
  });
  child.stderr?.setEncoding('latin1').on('data', (piece: string) => {
    text.stderr += piece;
  });
  return text;
}

/** Runs a program, with any exit code. Rejects at the time limit, even if the process cannot be killed. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { seconds = 30, ...spawning } = options;
  const [file = '', ...rest] = argv;
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], ...spawning });
  const text = collect(child);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      child.stdout?.destroy();
      child.stderr?.destroy();
      reject(
        new Error(
          `did not end within ${seconds} s: ${argv.join(' ')}\n${text.stdout}${text.stderr}`,
        ),
      );
    }, timeLimit(seconds));
  });
  try {
    const [code] = await Promise.race([once(child, 'close'), late]);
    return { ...text, code };
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a program that must succeed. Returns its stdout. */
export async function output(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { stdout, stderr, code } = await run(argv, options);
  if (code !== 0) throw new Error(`exit code ${code}: ${argv.join(' ')}\n${stderr}${stdout}`);
  return stdout;
}

/** Waits until `ready` returns true. */
export async function until(
  what: string,
  ready: () => boolean | Promise<boolean>,
  seconds = 20,
): Promise<void> {
  const end = Date.now() + timeLimit(seconds);
  while (!(await ready())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
