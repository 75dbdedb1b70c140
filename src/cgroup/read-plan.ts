/**
 * Collects the files that one sampler reads and gives each its place in the array of numbers.
 * @module
 */
import { basename, dirname } from 'node:path';
import { native } from '../native/addon.ts';
import type { NativeSources, SourceKind, SourceSpec } from '../native/sources.ts';

/** What a view can ask to be sampled, one bit each. Of the container's own cgroup, unless said otherwise. */
export const Group = {
  /** Also of the cgroups above. */
  memoryLimits: 1 << 0,
  memoryStat: 1 << 1,
  vmStat: 1 << 2,
  kernelMemory: 1 << 3,
  cpuset: 1 << 4,
  /** Also of the cgroups above. */
  cpuQuota: 1 << 5,
  cpuTime: 1 << 6,
  io: 1 << 7,
  memoryEvents: 1 << 8,
  pids: 1 << 9,
  /** How much swap it uses. Apart from memory, because a host without swap need not be asked. */
  swap: 1 << 10,
  pressure: 1 << 11,
  slab: 1 << 12,
  hugetlb: 1 << 13,
  /** Only for the policy that asks for them. */
  cpuShares: 1 << 14,
  /** Files that are asked only where the better ones are absent. */
  ioFallback: 1 << 15,
  /** Also of the cgroups above, and how much these use. */
  swapLimits: 1 << 16,
  cpusetsAbove: 1 << 17,
} as const;

const FIRST_USAGE = 18;
const LAST_USAGE = 30;

/** Memory usage of one level (1: the parent); of those above it says something only where there is a limit. */
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

/** Where a source ended up. */
export interface Placed {
  readonly slot: number;
  /** Its index, for `text()`. */
  readonly index: number;
}

/** A number as it was read: evidence for `explain`. */
export interface Reading {
  /** The cgroup below the top of its hierarchy's mount, with a leading slash. */
  readonly cgroup: string;
  readonly file: string;
  /** NaN: the cgroup has no such file, the file no such number, or it was not asked for. */
  readonly value: number;
}

/** Looks up the reading of a slot. */
export type Read = (slot: number) => Reading;

export class SlotPlan {
  readonly #specs: SourceSpec[] = [];
  #slots = 0;

  /** Adds a file and returns where its numbers will be. */
  add(source: PlannedSource): Placed {
    const count = source.count ?? source.keys?.length ?? 1;
    const slot = source.at ?? this.#slots;
    this.#slots = Math.max(this.#slots, slot + count);
    this.#specs.push({ ...source, slot, count });
    return { slot, index: this.#specs.length - 1 };
  }

  /** Where the number of a slot was read. */
  reading(slot: number, values: Float64Array): Reading {
    const spec = this.#specs.find((each) => slot >= each.slot && slot < each.slot + each.count);
    const path = spec?.path ?? '';
    const value = values[slot] ?? Number.NaN;
    return { cgroup: `/${dirname(path)}`, file: basename(path), value };
  }

  /** Opens the plan: the numbers (NaN until sampled) and the sources that fill them. */
  open(): { values: Float64Array; sources: NativeSources } {
    const values = new Float64Array(this.#slots).fill(Number.NaN);
    return { values, sources: new native.Sources(this.#specs, values) };
  }
}
