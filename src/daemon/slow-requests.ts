/**
 * Logs requests that a serving thread answered too late: a kernel file that hangs, a view that loops.
 * @module
 */
import type { Logger } from '../base/log.ts';
import type { NativeSession } from '../native/session.ts';

/** Index in `NativeSession.counters`: late requests, fallback replies, node id of the last late file. */
const LATE = 6;

export class SlowRequests {
  readonly #session: NativeSession;
  readonly #paths: ReadonlyMap<number, string>;
  readonly #log: Logger;
  readonly #counters = new Float64Array(9);
  readonly #logged = new Set<string>();

  /** @param paths of the served files, by node id */
  constructor(session: NativeSession, paths: ReadonlyMap<number, string>, log: Logger) {
    this.#session = session;
    this.#paths = paths;
    this.#log = log;
  }

  /** Logs the last file that was late since the last call, once for each file. */
  check(): void {
    const before = this.#counters[LATE];
    this.#session.counters(this.#counters);
    const [late, instead, node = 0] = this.#counters.subarray(LATE);
    if (late === before) return;
    const file = this.#paths.get(node) ?? 'a directory entry, or a file below /sys';
    if (this.#logged.has(file)) return;
    this.#logged.add(file);
    this.#log.warn({ file, late, instead }, 'a file took too long: fallback reply sent');
  }
}
