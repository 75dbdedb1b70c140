/** Result files of `npm run bench:scale`, `bench:load` and `bench:large`. */

import type { Machine } from '../harness/machine.ts';
import type { Footprint, Share } from '../harness/usage.ts';
import type { Latency } from './containers.ts';

/** Other readers during the measurement of one process that reads meminfo every 10 ms in its own container. */
export const NOISES = ['quiet', 'readers', 'hammer', 'readers and hammer'] as const;
export type Noise = (typeof NOISES)[number];

/** Latencies of one round, and the usage of the daemon. */
export interface NoiseResult {
  readonly noise: Noise;
  readonly probe: Latency;
  readonly readers: Latency | null;
  readonly hammer: Latency | null;
  readonly daemon: Share;
}

export interface ScaleOptions {
  readonly containers: number;
  /** Processes in each container. */
  readonly processes: number;
  /** Containers that read all files once a second. */
  readonly readers: number;
  /** Duration of the idle measurement, seconds. */
  readonly idle: number;
  /** Duration of one measurement with readers, seconds. */
  readonly seconds: number;
  readonly rounds: number;
  /** Containers that start and end. */
  readonly storm: number;
  readonly workers: number;
}

export interface ScaleResults {
  readonly machine: Machine;
  /** Results of `measureIdlePage` before and after the run, us. */
  readonly idlePage: readonly number[];
  readonly options: ScaleOptions;
  readonly footprints: readonly ({ readonly when: string } & Footprint)[];
  readonly idle: readonly ({ readonly when: string } & Share)[];
  /** CPU time of a scan of all tasks, us: see `idleOf`. */
  readonly scan: number;
  /** Time to start all, time from then until the last is attached, and CPU time of the daemon for each, ms. */
  readonly start: {
    readonly starting: number;
    readonly attachedAfter: number;
    readonly cpuEach: number;
  };
  /** Latencies of each file in each container. */
  readonly firstReads: Latency;
  readonly noiseResults: readonly NoiseResult[];
  /** Containers started and ended each second, and the usage of the daemon. */
  readonly storm: { readonly rate: number } & Share;
}

/** Times of `ScaleResults.footprints`. */
export const WHEN = {
  none: 'no container',
  all: 'all containers, attached',
  read: 'all containers have read all files',
  readers: 'after the readers',
  storm: 'after the storm',
  gone: 'all containers gone',
} as const;

/**
 * Anonymous memory that each container adds, before and after it has read all files, kB.
 */
export function growthOf({ footprints, options }: ScaleResults): {
  attached: number;
  read: number;
} {
  const own = (name: string): number =>
    footprints.find(({ when }) => when === name)?.own ?? Number.NaN;
  const each = (name: string): number => ((own(name) - own(WHEN.none)) * 1000) / options.containers;
  return { attached: each(WHEN.all), read: each(WHEN.read) };
}

/** Interval of the scans of all tasks (src/discovery/rescan.ts), us. */
const SCANS = 600e6;

/** CPU time with all containers and no readers, % of one CPU, including the share of a scan of all tasks. */
export function idleOf({ idle, scan }: ScaleResults): number {
  const minute = idle.find(({ when }) => when === WHEN.all)?.cpu ?? Number.NaN;
  return minute + (100 * scan) / SCANS;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Median of the 99th percentiles, and of their ratios to the quiet one of the same round. */
export function neighbourOf(
  { noiseResults }: ScaleResults,
  noise: Noise,
): { p99: number; times: number } {
  const of = (name: Noise): number[] =>
    noiseResults.filter((one) => one.noise === name).map(({ probe }) => probe.p99);
  const quiet = of('quiet');
  const all = of(noise);
  return {
    p99: median(all),
    times: median(all.map((p99, round) => p99 / (quiet[round] ?? Number.NaN))),
  };
}

/** One file of one container on a large machine; ms. */
export interface LargeRow {
  readonly host: string;
  readonly container: string;
  readonly file: string;
  readonly bytes: number;
  /** With expired caches and a changed host file. */
  readonly cold: { readonly sample: number; readonly render: number };
  /** Right after the cold read. */
  readonly warm: { readonly sample: number; readonly render: number };
}

export interface LargeResults {
  readonly machine: Machine;
  readonly rows: readonly LargeRow[];
}

/** CPU time of a server for counting tasks, us. */
export interface LoadRow {
  readonly server: string;
  /** In each round, for each count of all tasks. */
  readonly ticks: readonly number[];
}

export interface LoadResults {
  readonly machine: Machine;
  /** Results of `measureIdlePage` before and after the run, us. */
  readonly idlePage: readonly number[];
  readonly options: { readonly containers: number; readonly idle: number; readonly busy: number };
  readonly rows: readonly LoadRow[];
}
