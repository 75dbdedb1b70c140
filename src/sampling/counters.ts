/**
 * Counters that never run backwards, kept in a ledger record. The kernel's own do: those of blkio lose
 * a sub-cgroup or a device that is removed, and a pressure file can be switched off. Pure.
 * @module
 */

/** Offsets in one counter. */
const Counter = {
  /** What it shows. */
  shown: 0,
  /** The kernel's figure of which all is in `shown`. */
  figure: 1,
  /** CLOCK_BOOTTIME at which the figure was last seen to grow, microseconds. */
  grownAt: 2,
} as const;

/** Doubles of one counter. */
export const COUNTER_SIZE = 3;

/**
 * Microseconds for which a lower figure is taken for an older one: another serving thread may have read
 * the file later and come here first.
 */
const OLDER = 100_000;

/** What counter number `index` of a record shows. */
export const shownBy = (record: Float64Array, index: number): number =>
  record[index * COUNTER_SIZE + Counter.shown] ?? 0;

/**
 * Adds what the kernel counted since the last call. A figure that is unknown (NaN, Infinity) adds nothing;
 * after one that is lower, only what it grows from there on counts.
 * @param record counters in a row, all zero at first
 * @param now CLOCK_BOOTTIME of the sample, microseconds
 * @returns false if it is lower, and too soon to tell whether it has fallen
 */
export function advanceCounter(
  record: Float64Array,
  index: number,
  figure: number,
  now: number,
): boolean {
  const at = index * COUNTER_SIZE;
  const growth = figure - (record[at + Counter.figure] ?? 0);
  if (!Number.isFinite(growth) || growth === 0) return true;
  if (growth < 0 && now - (record[at + Counter.grownAt] ?? 0) < OLDER) return false;
  record[at + Counter.shown] = shownBy(record, index) + Math.max(0, growth);
  record[at + Counter.figure] = figure;
  if (growth > 0) record[at + Counter.grownAt] = now;
  return true;
}
