/**
 * Files of cgroups and of procfs that are kept open and read as numbers.
 * @module
 */

/**
 * How the bytes of a source become numbers. A token that is not wholly a number (decimals included) is
 * NaN; `max` and 2^62 or more (the "no limit" of v1) are Infinity; below 0 is 0, but -1 of a scalar or
 * list is Infinity (`cpu.cfs_quota_us`).
 */
export const SourceKind = {
  /** One number and nothing else, or `max`: one slot. */
  scalar: 0,
  /** Blank-separated numbers or `max`, on any number of lines: slot i = number i. */
  list: 1,
  /**
   * Lines `key number` or `key: number kB`: one slot for each of `keys`, matched exactly. What follows
   * the number is ignored, if a key occurs twice, the first counts.
   */
  keyed: 2,
  /** Lines `row n1 n2 ..`, the row a number: slot row * columns + i. Lines without a leading number are skipped. */
  table: 3,
  /** Any text up to 1 MiB: its slot counts the changes of the content (1 at first); `text(i)` returns it. */
  text: 4,
} as const;

/**
 * A list of keys, compiled once and shared by all sources of this thread that use it. Each comes once
 * and holds no blank; the `:` of the file is not part of it.
 */
export interface NativeKeys {
  readonly length: number;
}

export interface SourceSpec {
  /** Directory that the path must stay beneath; links are not followed below it. */
  readonly root: string;
  readonly path: string;
  readonly kind: number;
  /** First slot. A file that is absent or unreadable fills its slots with NaN. */
  readonly slot: number;
  /** Number of slots (scalar and text: 1; list: at most this many; table: rows * columns; else keys.length). */
  readonly count: number;
  readonly keys?: NativeKeys;
  /** Numbers per row of a table. */
  readonly columns?: number;
  /** Integer divisor applied before the number becomes a double (1000: ns to us). Default 1. */
  readonly divide?: number;
  /** A cgroup file that comes in several reads, as a list of pids does: most come whole in one. */
  readonly pieces?: boolean;
  /** One bit: the group this source belongs to. */
  readonly group: number;
}

/**
 * Files of one container (or of the host), opened at the first sample of their group and kept open. A
 * file that is gone (its cgroup was removed) is opened again by the next sample, and if that fails,
 * a second later at the earliest. The array must not be transferred to another thread.
 */
export interface NativeSources {
  /**
   * Fills the slots of all sources whose group is in the mask. Returns CLOCK_BOOTTIME in microseconds,
   * taken before the first read.
   */
  sample(groups: number): number;
  /** The text last read by source i of the constructor's list, or '' if it was absent. */
  text(index: number): string;
  /** Closes all files. Sampling afterwards fills NaN. */
  close(): void;
}
