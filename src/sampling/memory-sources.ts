/**
 * The cgroup files with a container's memory, in cgroup v1 and v2.
 * Documentation/admin-guide/cgroup-v2.rst (Memory), cgroup-v1/memory.rst, cgroup-v1/hugetlb.rst.
 * @module
 */

import type { Place } from '../cgroup/place.ts';
import { Group, memoryUsage, type ReadPlan } from '../cgroup/read-plan.ts';
import { native } from '../native/addon.ts';
import { type NativeKeys, SourceKind } from '../native/sources.ts';
import type { MemoryLevel } from './memory-domain.ts';
import { memoryFieldNames, memoryFields } from './memory-fields.ts';

/** Keys of memory.stat, compiled once. */
export interface MemoryKeys {
  /** For meminfo. */
  readonly fields: Readonly<Record<1 | 2, NativeKeys>>;
  /** The same keys, followed by the events of vmstat. */
  readonly withEvents: Readonly<Record<1 | 2, NativeKeys>>;
}

/** Keys of the fields; a word that is in no memory.stat stands for a key that this version does not have. */
const fieldKeys = (version: 'v1' | 'v2'): string[] =>
  memoryFieldNames.map((field) => memoryFields[field][version] || `-${field}`);

/** @param events keys of the host's /proc/vmstat to look for in memory.stat (v1: `total_` + key) */
export function memoryKeys(events: readonly string[]): MemoryKeys {
  const [v1, v2] = [fieldKeys('v1'), fieldKeys('v2')];
  const v1Events = events.map((event) => `total_${event}`);
  return {
    fields: { 1: new native.Keys(v1), 2: new native.Keys(v2) },
    withEvents: {
      1: new native.Keys([...v1, ...v1Events]),
      2: new native.Keys([...v2, ...events]),
    },
  };
}

const OOM_KILL = new native.Keys(['oom_kill']);

/** Slots of the memory sources of one container. */
export interface MemorySlots {
  /** First of the memoryFields, in their order; vmstat's events follow. */
  readonly stat: number;
  /** First of limit, usage, swap limit, swap usage of level 0; four slots a level. */
  readonly levels: number;
  readonly levelCount: number;
  readonly kernelUsage: number;
  /** Limit and usage of huge pages of the default size, bytes. */
  readonly hugetlb: number;
  readonly oomKill: number;
  readonly version: 1 | 2;
}

const LEVEL_FILES = {
  1: [
    'memory.limit_in_bytes',
    'memory.usage_in_bytes',
    'memory.memsw.limit_in_bytes',
    'memory.memsw.usage_in_bytes',
  ],
  2: ['memory.max', 'memory.current', 'memory.swap.max', 'memory.swap.current'],
} as const;

/** v1 before 5.11: an ancestor without use_hierarchy neither counts nor limits its children. */
function bindingLevels(place: Place): readonly string[] {
  if (place.hierarchy.version === 2) return place.levels;
  const binds = place.levels.findIndex((level, i) => {
    if (i === 0) return false;
    const file = `${place.hierarchy.mountpoint}/${level}/memory.use_hierarchy`;
    return native.readText(file) === '0\n';
  });
  return binds < 0 ? place.levels : place.levels.slice(0, binds);
}

/** The groups of LEVEL_FILES, in their order. */
function levelGroups(level: number): readonly number[] {
  const { memoryLimits, swapLimits, swap } = Group;
  return [memoryLimits, memoryUsage(level), swapLimits, level === 0 ? swap : swapLimits];
}

function planLevels(plan: ReadPlan, place: Place, levels: readonly string[]): number {
  const { version, mountpoint: root } = place.hierarchy;
  const slots = levels.flatMap((level, i) => {
    const groups = levelGroups(i);
    return LEVEL_FILES[version].map((file, j) => {
      const group = groups[j] ?? Group.memoryLimits;
      return plan.add({ root, path: `${level}/${file}`, kind: SourceKind.scalar, group }).slot;
    });
  });
  return slots[0] ?? 0;
}

/** A size as in the names of hugetlb files: 64KB, 2MB, 1GB. */
export function hugetlbSize(kB: number): string {
  if (kB >= 1 << 20) return `${kB >> 20}GB`;
  return kB >= 1 << 10 ? `${kB >> 10}MB` : `${kB}KB`;
}

function planHugetlb(plan: ReadPlan, place: Place | null, size: string): number {
  const own = place?.levels[0];
  if (!place || own === undefined) return Number.NaN;
  const { version, mountpoint: root } = place.hierarchy;
  const files = version === 1 ? ['limit_in_bytes', 'usage_in_bytes'] : ['max', 'current'];
  const slots = files.map((file) => {
    const path = `${own}/hugetlb.${size}.${file}`;
    return plan.add({ root, path, kind: SourceKind.scalar, group: Group.hugetlb }).slot;
  });
  return slots[0] ?? Number.NaN;
}

/** Plans all memory files of a container. */
export function planMemory(
  plan: ReadPlan,
  place: Place,
  hugetlb: Place | null,
  hugePageSize: string,
  keys: MemoryKeys,
): MemorySlots {
  const { version, mountpoint: root } = place.hierarchy;
  const own = place.levels[0] ?? '';
  const levels = bindingLevels(place);
  const statFile = { root, path: `${own}/memory.stat`, kind: SourceKind.keyed };
  const stat = plan.add({ ...statFile, keys: keys.withEvents[version], group: Group.vmStat }).slot;
  plan.add({ ...statFile, keys: keys.fields[version], group: Group.memoryStat, at: stat });
  const events = version === 1 ? 'memory.oom_control' : 'memory.events';
  const kmem = `${own}/memory.kmem.usage_in_bytes`;
  return {
    stat,
    levels: planLevels(plan, place, levels),
    levelCount: levels.length,
    kernelUsage: plan.add({ root, path: kmem, kind: SourceKind.scalar, group: Group.kernelMemory })
      .slot,
    hugetlb: planHugetlb(plan, hugetlb, hugePageSize),
    oomKill: plan.add({
      root,
      path: `${own}/${events}`,
      kind: SourceKind.keyed,
      keys: OOM_KILL,
      group: Group.memoryEvents,
    }).slot,
    version,
  };
}

/** Index of the text of memory.kmem.slabinfo (v1, empty since 5.9); -1 if there is none. */
export function planSlabinfo(plan: ReadPlan, place: Place | null): number {
  const own = place?.levels[0];
  if (place?.hierarchy.version !== 1 || own === undefined) return -1;
  const path = `${own}/memory.kmem.slabinfo`;
  const root = place.hierarchy.mountpoint;
  return plan.add({ root, path, kind: SourceKind.text, pieces: true, group: Group.slab }).index;
}

/** Groups with the usage of the ancestors that have a limit: no other usage changes a figure. */
export function usagesAbove(values: Float64Array, slots: MemorySlots): number {
  let groups = 0;
  for (let level = 1; level < slots.levelCount; level++) {
    const limited = (values[slots.levels + 4 * level] ?? Infinity) < Infinity;
    if (limited) groups |= memoryUsage(level);
  }
  return groups;
}

/** One level's figures. v1 counts memory and swap together: swap is the difference. */
export function memoryLevel(
  values: Float64Array,
  { version, levels }: MemorySlots,
  level: number,
): MemoryLevel {
  const at = levels + 4 * level;
  const limit = values[at] ?? Number.NaN;
  const usage = values[at + 1] ?? Number.NaN;
  const swapLimit = values[at + 2] ?? Number.NaN;
  const swapUsage = values[at + 3] ?? Number.NaN;
  if (version === 2) return { limit, usage, swapLimit, swapUsage };
  return {
    limit,
    usage,
    swapLimit: swapLimit === Infinity ? Infinity : Math.max(0, swapLimit - limit),
    swapUsage: Math.max(0, swapUsage - usage),
  };
}
