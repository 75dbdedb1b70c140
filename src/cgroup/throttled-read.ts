/**
 * Files that are read at most once a millisecond, so that a burst of reads, or a deep tree, does not ask for
 * them each time.
 * @module
 */
import type { NativeSources } from '../native/sources.ts';

/** Microseconds for which what was read is good. */
const FRESH = 1000;

export class SeldomRead {
  #groups = 0;
  #readAt = Number.NEGATIVE_INFINITY;

  /** Samples those of the groups that were not read within the last millisecond. Whether it read any. */
  sample(sources: NativeSources, groups: number, now: number): boolean {
    const isFresh = now - this.#readAt < FRESH;
    const due = isFresh ? groups & ~this.#groups : groups;
    if (due === 0) return false;
    sources.sample(due);
    this.#groups = isFresh ? this.#groups | due : due;
    if (!isFresh) this.#readAt = now;
    return true;
  }
}
