/**
 * Access time of memory that was idle for 5 s. A daemon that wakes every 5 s uses such memory; on a virtual machine whose
 * host takes long to provide it, CPU times and latencies depend on that.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

const PAGE = 4096;
const PAGES = 16_384;

/** Idle time: the interval of the counts of tasks, ms. */
const IDLE = 5_000;

function touch(memory: Uint8Array): number {
  const begin = performance.now();
  for (let at = 0; at < memory.length; at += PAGE) memory[at] = (memory[at] ?? 0) + 1;
  return ((performance.now() - begin) * 1000) / PAGES;
}

/** Time to access a page that was idle for 5 s, us. */
export async function measureIdlePage(signal: AbortSignal): Promise<number> {
  const memory = new Uint8Array(PAGES * PAGE).fill(1);
  touch(memory);
  await sleep(IDLE, undefined, { signal });
  return touch(memory);
}

/** `0.12 us before, 0.30 us after`: the results before and after a run. */
export const formatIdlePage = (idlePage: readonly number[]): string =>
  `${idlePage.map((us) => us.toFixed(2)).join(' us before, ')} us after`;
