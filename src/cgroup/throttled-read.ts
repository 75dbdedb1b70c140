/**
 * Cgroup files that are read at most once in a period: a burst of reads, or a deep tree, would otherwise read them
 * for each request.
 * @module
 */
import { maxAge } from '../base/max-age.ts';
import type { NativeSources } from '../native/sources.ts';

export class ThrottledRead {
  /** Groups that were read at `#readAt` or since. */
  #groups = 0;
  #readAt = Number.NEGATIVE_INFINITY;

  /**
   * Reads the groups that are older than `maxAge.cgroupFiles`.
   * @param now CLOCK_BOOTTIME, microseconds
   * @returns whether it read any
   */
  sample(sources: NativeSources, groups: number, now: number): boolean {
    const isFresh = now - this.#readAt < maxAge.cgroupFiles.us;
    const due = isFresh ? groups & ~this.#groups : groups;
    if (due === 0) return false;
    sources.sample(due);
    this.#groups = isFresh ? this.#groups | due : due;
    if (!isFresh) this.#readAt = now;
    return true;
  }
}
