/**
 * What the benchmarks go through, and how they end.
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

/** For JSON. Six digits are more than any of it is good for. */
export const short = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value;

/** Fires when somebody wants the run to end. */
export function interruptible(): AbortSignal {
  const interrupt = new AbortController();
  setMaxListeners(0, interrupt.signal); // every child listens to it
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => interrupt.abort(new Error(`stopped by ${name}`)));
  return interrupt.signal;
}

/** Runs a part with a cleanup of its own, so that parts do not meet. */
export async function apart<T>(
  signal: AbortSignal,
  part: (cleanup: Cleanup) => Promise<T>,
): Promise<T> {
  const cleanup = new Cleanup();
  try {
    signal.throwIfAborted();
    return await part(cleanup);
  } finally {
    for (const failure of await cleanup.run()) {
      process.stderr.write(`bench: left behind: ${failure}\n`);
      process.exitCode = 1;
    }
  }
}

/** Does all of a benchmark: an error is one line, and the exit status is 1. */
export async function perform(benchmark: () => Promise<void>): Promise<void> {
  try {
    await benchmark();
  } catch (error) {
    // A wait that was cut short says only that; who did it is its cause.
    const cause = error instanceof Error && error.name === 'AbortError' ? error.cause : error;
    process.stderr.write(`bench: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exitCode = 1;
  }
}
