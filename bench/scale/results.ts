/** What `npm run bench:scale`, `bench:load` and `bench:large` write. */

import type { Machine } from '../harness/machine.ts';
import type { Held, Share } from '../harness/usage.ts';
import type { Latency } from './containers.ts';

/** Who reads meanwhile, besides one process that reads meminfo every 10 ms in a container of its own. */
export const NOISES = ['quiet', 'readers', 'hammer', 'readers and hammer'] as const;
export type Noise = (typeof NOISES)[number];

/** What that one sees in one round, and what the daemon takes for all. */
export interface Heard {
  readonly noise: Noise;
  readonly probe: Latency;
  readonly readers: Latency | null;
  readonly hammer: Latency | null;
  readonly daemon: Share;
}

export interface ScaleOptions {
  readonly containers: number;
  /** In each container. */
  readonly processes: number;
  /** Containers that read all files once a second. */
  readonly readers: number;
  /** Seconds for which nothing happens. */
  readonly idle: number;
  /** Seconds of one measurement among readers. */
  readonly seconds: number;
  readonly rounds: number;
  /** Containers that come and go. */
  readonly storm: number;
  readonly workers: number;
}

export interface ScaleResults {
  readonly machine: Machine;
  /** Of `restedPage`, us, before and after all else. */
  readonly rested: readonly number[];
  readonly options: ScaleOptions;
  readonly held: readonly ({ readonly when: string } & Held)[];
  readonly idle: readonly ({ readonly when: string } & Share)[];
  /** CPU time of a scan of all tasks, us: see `idleOf`. */
  readonly scan: number;
  /** ms: all of them started, the last is attached after that, and CPU time of the daemon for each. */
  readonly start: {
    readonly starting: number;
    readonly attachedAfter: number;
    readonly cpuEach: number;
  };
  /** Of each file in each container. */
  readonly firstReads: Latency;
  readonly heard: readonly Heard[];
  /** Containers that come and go in a second, and what that takes. */
  readonly storm: { readonly rate: number } & Share;
}

/** When memory was looked at, in `ScaleResults.held`. */
export const WHEN = {
  none: 'no container',
  all: 'all containers, attached',
  read: 'all containers have read all files',
  readers: 'after the readers',
  storm: 'after the storm',
  gone: 'all containers gone',
} as const;

/**
 * kB of its own memory that each container has added, before and after it has read all files. Pages of its program
 * are mapped again by whatever it does first.
 */
export function growthOf({ held, options }: ScaleResults): { attached: number; read: number } {
  const own = (name: string): number => held.find(({ when }) => when === name)?.own ?? Number.NaN;
  const each = (name: string): number => ((own(name) - own(WHEN.none)) * 1000) / options.containers;
  return { attached: each(WHEN.all), read: each(WHEN.read) };
}

/** us from one scan of all tasks to the next: src/discovery/rescan.ts. */
const SCANS = 600e6;

/** CPU time with all containers and nobody to serve, % of one CPU; with its part of a scan of all tasks. */
export function idleOf({ idle, scan }: ScaleResults): number {
  const minute = idle.find(({ when }) => when === WHEN.all)?.cpu ?? Number.NaN;
  return minute + (100 * scan) / SCANS;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Median of the 99th percentiles, and of their ratios to the quiet one of the same round. */
export function neighbourOf({ heard }: ScaleResults, noise: Noise): { p99: number; times: number } {
  const of = (name: Noise): number[] =>
    heard.filter((one) => one.noise === name).map(({ probe }) => probe.p99);
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
  /** When all was read too long ago, and the host's file is another by now. */
  readonly anew: { readonly sample: number; readonly render: number };
  /** Right after that. */
  readonly again: { readonly sample: number; readonly render: number };
}

export interface LargeResults {
  readonly machine: Machine;
  readonly rows: readonly LargeRow[];
}

/** What counting tasks takes of a server, us of CPU time. */
export interface LoadRow {
  readonly server: string;
  /** In each round, for each time all are counted. */
  readonly ticks: readonly number[];
}

export interface LoadResults {
  readonly machine: Machine;
  /** Of `restedPage`, us, before and after all else. */
  readonly rested: readonly number[];
  readonly options: { readonly containers: number; readonly idle: number; readonly busy: number };
  readonly rows: readonly LoadRow[];
}
