/**
 * Tells of requests that a serving thread was late for: a file of the kernel that hangs, a view that loops.
 * @module
 */
import type { Logger } from '../base/log.ts';
import type { NativeSession } from '../native/session.ts';

/** Where `NativeSession.counters` has them: late, instead, the last late file. */
const LATE = 6;

export class Lateness {
  readonly #session: NativeSession;
  readonly #paths: ReadonlyMap<number, string>;
  readonly #log: Logger;
  readonly #counters = new Float64Array(9);
  readonly #told = new Set<string>();

  /** @param paths of the served files, by node id */
  constructor(session: NativeSession, paths: ReadonlyMap<number, string>, log: Logger) {
    this.#session = session;
    this.#paths = paths;
    this.#log = log;
  }

  /** Logs, once for each file, that an answer took too long since the last look. */
  look(): void {
    const before = this.#counters[LATE];
    this.#session.counters(this.#counters);
    const [late, instead, node = 0] = this.#counters.subarray(LATE);
    if (late === before) return;
    const file = this.#paths.get(node) ?? 'a name or a file of /sys';
    if (this.#told.has(file)) return;
    this.#told.add(file);
    this.#log.warn(
      { file, late, instead },
      "a file took too long: the last bytes, the host's or an error served instead",
    );
  }
}
