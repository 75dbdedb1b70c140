/**
 * The files that one sampler reads, and the slots of their numbers in one array.
 * @module
 */
import { basename, dirname } from 'node:path';
import { native } from '../native/addon.ts';
import type { NativeSources, SourceKind, SourceSpec } from '../native/sources.ts';

/** Groups of files that are read together, one bit each. Files of the container's own cgroup, unless noted. */
export const Group = {
  /** Also of its ancestors. */
  memoryLimits: 1 << 0,
  memoryStat: 1 << 1,
  vmStat: 1 << 2,
  kernelMemory: 1 << 3,
  cpuset: 1 << 4,
  /** Also of its ancestors. */
  cpuQuota: 1 << 5,
  cpuTime: 1 << 6,
  io: 1 << 7,
  memoryEvents: 1 << 8,
  pids: 1 << 9,
  /** Swap usage, a group of its own: it is not read on a host without swap. */
  swap: 1 << 10,
  pressure: 1 << 11,
  slab: 1 << 12,
  hugetlb: 1 << 13,
  /** Read only under the `shares` policy. */
  cpuShares: 1 << 14,
  /** Read only where the preferred files of `io` are absent. */
  ioFallback: 1 << 15,
  /** Also limits and usage of its ancestors. */
  swapLimits: 1 << 16,
  cpusetsAbove: 1 << 17,
} as const;

const FIRST_USAGE = 18;
const LAST_USAGE = 30;

/** The group of the memory usage of one level (1: the parent). An ancestor's is needed only where it has a limit. */
export const memoryUsage = (level: number): number =>
  1 << Math.min(FIRST_USAGE + level, LAST_USAGE);

type Kind = (typeof SourceKind)[keyof typeof SourceKind];

/** A source without its slot; `count` defaults to the number of keys, else 1. */
export type PlannedSource = Omit<SourceSpec, 'slot' | 'count' | 'kind'> & {
  readonly kind: Kind;
  readonly count?: number;
  /** Shares the slots of an earlier source from here on, instead of new ones. */
  readonly at?: number;
};

/** A source in a plan. */
export interface PlacedSource {
  /** Its first slot. */
  readonly slot: number;
  /** Its index, for `NativeSources.text`. */
  readonly index: number;
}

/** A number with the file that it was read from, for `explain`. */
export interface Reading {
  /** The cgroup below the top of its hierarchy's mount, with a leading slash. */
  readonly cgroup: string;
  readonly file: string;
  /** NaN: the cgroup has no such file, the file has no such number, or it was not read. */
  readonly value: number;
}

/** Finds what was read into a slot. */
export type ReadingOf = (slot: number) => Reading;

export class ReadPlan {
  readonly #specs: SourceSpec[] = [];
  #slots = 0;

  /** Adds a file and returns the place of its numbers. */
  add(source: PlannedSource): PlacedSource {
    const count = source.count ?? source.keys?.length ?? 1;
    const slot = source.at ?? this.#slots;
    this.#slots = Math.max(this.#slots, slot + count);
    this.#specs.push({ ...source, slot, count });
    return { slot, index: this.#specs.length - 1 };
  }

  /** The number of a slot, and the file it was read from. */
  reading(slot: number, values: Float64Array): Reading {
    const spec = this.#specs.find((each) => slot >= each.slot && slot < each.slot + each.count);
    const path = spec?.path ?? '';
    const value = values[slot] ?? Number.NaN;
    return { cgroup: `/${dirname(path)}`, file: basename(path), value };
  }

  /** Opens the plan: the numbers, NaN until they are sampled, and the sources that fill them. */
  open(): { values: Float64Array; sources: NativeSources } {
    const values = new Float64Array(this.#slots).fill(Number.NaN);
    return { values, sources: new native.Sources(this.#specs, values) };
  }
}
