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
  /** What 2 % are 2 % of; absent: of the machine's figure. */
  readonly whole?: Whole;
  /** Measured while all CPUs are busy: of no use on a machine that is not given its CPUs. */
  readonly busy?: boolean;
}

/** A point of the workload. Throws if it has not come that far. */
export function at(dump: Dump, name: string): Point {
  const point = dump.get(name);
  if (!point) throw new Error(`the workload has not come to ${name}`);
  return point;
}
