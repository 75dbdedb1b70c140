/**
 * How far away memory is that was not used for a while. What a daemon does every 5 s, it does with such memory: where
 * a virtual machine's host takes its time to find it, CPU times and waits tell about that.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

const PAGE = 4096;
const PAGES = 16_384;

/** How long it rests: as long as between two counts of tasks. */
const REST = 5_000;

function touch(memory: Uint8Array): number {
  const begin = performance.now();
  for (let at = 0; at < memory.length; at += PAGE) memory[at] = (memory[at] ?? 0) + 1;
  return ((performance.now() - begin) * 1000) / PAGES;
}

/** What it takes to touch a page that nobody has touched for 5 s, in us. */
export async function restedPage(signal: AbortSignal): Promise<number> {
  const memory = new Uint8Array(PAGES * PAGE).fill(1);
  touch(memory);
  await sleep(REST, undefined, { signal });
  return touch(memory);
}

/** `0.12 us before, 0.30 us after`, of what was found before and after a run. */
export const formatRested = (rested: readonly number[]): string =>
  `${rested.map((us) => us.toFixed(2)).join(' us before, ')} us after`;
