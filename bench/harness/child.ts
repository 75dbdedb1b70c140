/** Child processes whose output is read line by line, and which an abort signal kills. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface Child {
  readonly pid: number;
  /** The next line of stdout; undefined at its end. Rejects when the signal it was started with fires. */
  line(): Promise<string | undefined>;
  write(text: string): void;
  /** Closes its stdin, which ends the benchmark's containers. */
  closeInput(): void;
  kill(signal: NodeJS.Signals): void;
  running(): boolean;
  /** Waits for its end, not for that of its children. Returns the exit status, or the signal's name. */
  ended(): Promise<string>;
  /** The end of its stderr. */
  errors(): string;
}

type Piped = ChildProcessByStdio<Writable, Readable, Readable>;

/** Rejects when the signal aborts: a child of a killed child may hang in the kernel and keep the pipe open. */
function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {}); // a rejection without a waiter is no error
  return aborted;
}

function wrap(child: Piped, command: string, signal: AbortSignal | undefined): Child {
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  child.stdin.on('error', () => {}); // it ended before it read; its exit status shows it
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      errors ||= error.message;
      if (child.pid === undefined) resolve(`cannot start ${command}`);
    });
    child.once('exit', (status, killer) => {
      const grace = setTimeout(resolve, 500, killer ?? String(status)); // for the rest of its stderr
      child.once('close', () => {
        clearTimeout(grace);
        resolve(killer ?? String(status));
      });
    });
  });
  const aborted = whenAborted(signal);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    line: async () => {
      const next = await Promise.race([lines.next(), aborted]);
      return next.done ? undefined : next.value;
    },
    write: (text) => void child.stdin.write(text),
    closeInput: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    running: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
    ended: () => ended,
    errors: () => errors.trim(),
  };
}

/** Starts a child; `signal` kills it with SIGKILL. */
export function start(command: string, args: readonly string[], signal?: AbortSignal): Child {
  const stdio: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe'];
  const options = { stdio, killSignal: 'SIGKILL' as const, ...(signal && { signal }) };
  return wrap(spawn(command, args, options), command, signal);
}

/** Runs a child to its end and returns its stdout; throws with its stderr if it failed. */
export async function run(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
  milliseconds = 20_000,
): Promise<string> {
  const timeout = AbortSignal.timeout(milliseconds);
  const child = start(command, args, AbortSignal.any([signal, timeout]));
  child.closeInput();
  const lines: string[] = [];
  try {
    for (let line = await child.line(); line !== undefined; line = await child.line())
      lines.push(line);
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new Error(`${command}: did not end within ${milliseconds / 1000} s`);
  }
  const status = await child.ended();
  if (status !== '0') throw new Error(`${command}: ${child.errors() || `ended with ${status}`}`);
  return lines.map((line) => `${line}\n`).join('');
}
