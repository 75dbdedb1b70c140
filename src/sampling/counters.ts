/**
 * Counters that never run backwards, kept in a ledger record. The kernel's own can: blkio drops the counts of a
 * removed sub-cgroup or device, and a pressure file can be switched off. Pure.
 * @module
 */

/** Offsets in one counter. */
const Counter = {
  /** The value that containers see. */
  shown: 0,
  /** The kernel's figure that `shown` includes. */
  figure: 1,
  /** CLOCK_BOOTTIME of the last increase, microseconds. */
  grownAt: 2,
} as const;

/** Doubles of one counter. */
export const COUNTER_SIZE = 3;

/**
 * Microseconds after an increase in which a lower figure counts as an older one: another serving thread may have
 * read the file later and updated the record first.
 */
const REORDER_LIMIT = 100_000;

/** The value of counter `index` of a record that containers see. */
export const shownBy = (record: Float64Array, index: number): number =>
  record[index * COUNTER_SIZE + Counter.shown] ?? 0;

/**
 * Adds the increase of a kernel counter since the last call. An unknown figure (NaN, Infinity) adds nothing. After a
 * lower figure, only increases from there on are added.
 * @param record counters in a row, all zero at first
 * @param now CLOCK_BOOTTIME of the sample, microseconds
 * @returns false if the figure is lower and may be older than the last one
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
  if (growth < 0 && now - (record[at + Counter.grownAt] ?? 0) < REORDER_LIMIT) return false;
  record[at + Counter.shown] = shownBy(record, index) + Math.max(0, growth);
  record[at + Counter.figure] = figure;
  if (growth > 0) record[at + Counter.grownAt] = now;
  return true;
}
