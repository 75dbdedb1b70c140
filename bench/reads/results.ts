/** Result file of `npm run bench:full`. */
import type { Machine } from '../harness/machine.ts';
import type { Skipped } from '../targets/targets.ts';
import type { Ratio, Row, Spread } from './summary.ts';

/** Results of one file. */
export interface FileResult {
  readonly file: string;
  readonly bytes: number;
  readonly rows: readonly Row[];
  readonly ratios: readonly Ratio[];
  readonly skipped: readonly Skipped[];
  /** Periods in which the quota throttled the readers. */
  readonly throttled: number;
  /** CPUs that other processes used. */
  readonly noise: Spread;
}

export interface Results {
  readonly machine: Machine;
  readonly run: { readonly rounds: number; readonly seconds: number };
  readonly files: readonly FileResult[];
  /** System calls of the server for each open, read to EOF and close; null: it does not serve the file. */
  readonly syscalls: readonly {
    readonly target: string;
    readonly file: string;
    readonly depth: number;
    readonly layout: string;
    /** Counted by perf, at full speed, with reader and server on one CPU. */
    readonly pinned: number | null;
    /** The same with both placed by the scheduler. */
    readonly calls: number | null;
    /** Counted by strace, which slows the server down. */
    readonly traced: number | null;
  }[];
  /** Cold starts: ms and bytes. */
  readonly starts: readonly {
    readonly target: string;
    readonly firstAnswer: Spread;
    readonly rss: Spread;
  }[];
  /** First reads of meminfo in containers that are new to the server. */
  readonly firstReads: readonly { readonly target: string; readonly us: Spread }[];
}
