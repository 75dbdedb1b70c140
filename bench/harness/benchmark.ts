/**
 * The measured files and servers, and how the benchmarks run and clean up.
 * @module
 */
import { setMaxListeners } from 'node:events';
import { targetNames } from '../reads/options.ts';
import { Cleanup } from './cleanup.ts';

export const FILES = [
  ...['meminfo', 'cpuinfo', 'stat', 'loadavg', 'uptime', 'swaps', 'diskstats', 'vmstat'],
  'sys/devices/system/cpu/online',
];
export const SERVERS = targetNames.filter((name) => name !== 'host' && name !== 'fuse-native');
/** Levels of the container's cgroup. */
export const DEPTHS = [2, 8];

/** Replacer for JSON.stringify: rounds to six digits. */
export const sixDigits = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value;

/** Aborts on SIGINT, SIGTERM and SIGHUP. */
export function interruptSignal(): AbortSignal {
  const interrupt = new AbortController();
  setMaxListeners(0, interrupt.signal); // every child listens to it
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => interrupt.abort(new Error(`stopped by ${name}`)));
  return interrupt.signal;
}

/** Runs a part of a benchmark, then its cleanup. */
export async function withCleanup<T>(
  signal: AbortSignal,
  part: (cleanup: Cleanup) => Promise<T>,
): Promise<T> {
  const cleanup = new Cleanup();
  try {
    signal.throwIfAborted();
    return await part(cleanup);
  } finally {
    for (const failure of await cleanup.run()) {
      process.stderr.write(`bench: cannot undo: ${failure}\n`);
      process.exitCode = 1;
    }
  }
}

/** Runs a benchmark; prints an error as one line and sets the exit status to 1. */
export async function runBenchmark(benchmark: () => Promise<void>): Promise<void> {
  try {
    await benchmark();
  } catch (error) {
    // An aborted wait has the reason as its cause.
    const cause = error instanceof Error && error.name === 'AbortError' ? error.cause : error;
    process.stderr.write(`bench: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exitCode = 1;
  }
}
