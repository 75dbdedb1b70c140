/**
 * The numbers that memory figures were computed from, with their files.
 * @module
 */

import type { Reading, ReadingOf } from '../cgroup/read-plan.ts';
import type { HeadroomPolicy, HostMemory, MemoryDomain } from './memory-domain.ts';
import { type MemoryField, memoryFieldNames } from './memory-fields.ts';
import { RECLAIMABLE } from './memory-figures.ts';
import type { MemorySlots } from './memory-sources.ts';

/** One level's files. v1: the swap files count memory and swap together. */
export interface MemoryLevelTrace {
  readonly limit: Reading;
  readonly usage: Reading;
  readonly swapLimit: Reading;
  readonly swapUsage: Reading;
}

interface MemoryPolicies {
  readonly headroom: HeadroomPolicy;
  readonly swap: boolean;
}

export interface MemoryTrace {
  readonly version: 1 | 2;
  /** The container's cgroup first. */
  readonly levels: readonly MemoryLevelTrace[];
  readonly domain: MemoryDomain;
  readonly host: HostMemory;
  readonly policies: MemoryPolicies;
  /** The container's own memory.stat. */
  readonly stat: Readonly<Record<MemoryField, Reading>>;
  /** memory.stat of the level that binds, in the order of RECLAIMABLE. */
  readonly reclaimable: readonly Reading[];
  /** v1: memory.kmem.usage_in_bytes. */
  readonly kernelUsage: Reading;
  /** Limit and usage of huge pages; null without a hugetlb controller. */
  readonly hugetlb: readonly [limit: Reading, usage: Reading] | null;
  readonly oomKill: Reading;
  /** memory.stat's counter of the same name as a key of vmstat. */
  readonly event: (key: string) => Reading;
}

/** Input of a trace that is not in the slots. */
interface TraceInput extends Pick<MemoryTrace, 'domain' | 'host' | 'policies'> {
  /** memory.stat of the level that binds; null if the container's own cgroup does. */
  readonly ancestor: readonly Reading[] | null;
  /** Keys of vmstat. */
  readonly events: readonly string[];
}

export function traceMemory(
  readingOf: ReadingOf,
  slots: MemorySlots,
  { ancestor, events, ...input }: TraceInput,
): MemoryTrace {
  const stat = Object.fromEntries(
    memoryFieldNames.map((field, i) => [field, readingOf(slots.stat + i)]),
  ) as MemoryTrace['stat'];
  const levels = Array.from({ length: slots.levelCount }, (_, i) => {
    const at = slots.levels + 4 * i;
    return {
      limit: readingOf(at),
      usage: readingOf(at + 1),
      swapLimit: readingOf(at + 2),
      swapUsage: readingOf(at + 3),
    };
  });
  return {
    ...input,
    version: slots.version,
    levels,
    stat,
    reclaimable: ancestor ?? RECLAIMABLE.map((field) => stat[field]),
    kernelUsage: readingOf(slots.kernelUsage),
    hugetlb: Number.isNaN(slots.hugetlb)
      ? null
      : [readingOf(slots.hugetlb), readingOf(slots.hugetlb + 1)],
    oomKill: readingOf(slots.oomKill),
    event: (key) => readingOf(slots.stat + memoryFieldNames.length + events.indexOf(key)),
  };
}
