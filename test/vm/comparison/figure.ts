/**
 * One figure that is compared between the machine and the container.
 * @module
 */
import type { Dump, Point } from './dump.ts';

export interface Whole {
  /** In the figure's unit. */
  readonly size: (dump: Dump) => number;
  readonly name: string;
}

export interface Figure {
  /** Part of the workload, named after the point that ends it. */
  readonly part: string;
  readonly file: string;
  /** Keys of that file, joined by `+`. */
  readonly keys: string;
  /** NaN if there is nothing to measure. */
  readonly measure: (dump: Dump) => number;
  /** The tolerance is 2 % of this; absent: of the machine's figure. */
  readonly whole?: Whole;
  /** Measured while all CPUs are busy: meaningless if the host does not schedule the machine's CPUs. */
  readonly busy?: boolean;
}

/** A point of the workload. Throws if the workload has not reached it. */
export function at(dump: Dump, name: string): Point {
  const point = dump.get(name);
  if (!point) throw new Error(`the workload has not reached ${name}`);
  return point;
}
