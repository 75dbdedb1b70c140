/**
 * Runs programs that may hang: whoever reads a FUSE file may sleep unkillably until its daemon dies.
 * @module
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How many times slower than a real machine this one is; the emulated one sets it. */
const { PROCVIEW_SLOWNESS = '1' } = process.env;
const SLOWNESS = Number(PROCVIEW_SLOWNESS);

/** A time limit in milliseconds, longer on a slow machine. */
export const patience = (seconds: number): number => seconds * 1000 * SLOWNESS;

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly code: number | null;
}

export interface RunOptions extends SpawnOptions {
  /** Limit in seconds of a real machine. */
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

/** Runs to the end, whatever the exit code. Rejects when it takes too long, also if it cannot be killed. */
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
      reject(new Error(`no end in ${seconds} s: ${argv.join(' ')}\n${text.stdout}${text.stderr}`));
    }, patience(seconds));
  });
  try {
    const [code] = await Promise.race([once(child, 'close'), late]);
    return { ...text, code };
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a program that must succeed. Returns what it printed. */
export async function output(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { stdout, stderr, code } = await run(argv, options);
  if (code !== 0) throw new Error(`exit code ${code}: ${argv.join(' ')}\n${stderr}${stdout}`);
  return stdout;
}

/** Waits until `ready` says yes. */
export async function until(
  what: string,
  ready: () => boolean | Promise<boolean>,
  seconds = 20,
): Promise<void> {
  const end = Date.now() + patience(seconds);
  while (!(await ready())) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
