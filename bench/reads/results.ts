/** What `npm run bench:full` writes. */
import type { Machine } from '../harness/machine.ts';
import type { Skipped } from '../targets/targets.ts';
import type { Ratio, Row, Spread } from './summary.ts';

/** Everything about one file. */
export interface FileResult {
  readonly file: string;
  readonly bytes: number;
  readonly rows: readonly Row[];
  readonly ratios: readonly Ratio[];
  readonly skipped: readonly Skipped[];
  /** Periods in which the quota stopped the readers. */
  readonly throttled: number;
  /** CPUs that everything else kept busy. */
  readonly noise: Spread;
}

export interface Results {
  readonly machine: Machine;
  readonly run: { readonly rounds: number; readonly seconds: number };
  readonly files: readonly FileResult[];
  /** System calls of the server per open, read to the end and close; null where it does not serve the file. */
  readonly syscalls: readonly {
    readonly target: string;
    readonly file: string;
    readonly depth: number;
    readonly layout: string;
    /** Counted by perf, at full speed, with reader and server on one CPU. */
    readonly pinned: number | null;
    /** The same where the scheduler places both. */
    readonly calls: number | null;
    /** Counted by strace, which slows the server down. */
    readonly traced: number | null;
  }[];
  /** ms and bytes. */
  readonly starts: readonly {
    readonly target: string;
    readonly firstAnswer: Spread;
    readonly rss: Spread;
  }[];
  /** Of meminfo, from a container that the server has not seen. */
  readonly firstReads: readonly { readonly target: string; readonly us: Spread }[];
}
