/**
 * Memory figures of one container, from its planned files to what meminfo and vmstat show.
 * @module
 */

import type { CgroupLayout } from '../cgroup/layout.ts';
import { type Place, placeOf } from '../cgroup/place.ts';
import type { CgroupPaths } from '../cgroup/proc-cgroup.ts';
import { Group, memoryUsage, type Read, type SlotPlan } from '../cgroup/read-plan.ts';
import { SeldomRead } from '../cgroup/throttled-read.ts';
import type { NativeSources } from '../native/sources.ts';
import { AncestorStat } from './ancestor-stat.ts';
import { Changes } from './changes.ts';
import type { Host } from './host.ts';
import {
  type HeadroomPolicy,
  type HostMemory,
  type MemoryDomain,
  type MemoryLevel,
  memoryDomain,
} from './memory-domain.ts';
import { type MemoryField, memoryFieldNames } from './memory-fields.ts';
import { type MemoryFigures, memoryFigures, type Reclaimable } from './memory-figures.ts';
import {
  hugetlbSize,
  type MemoryKeys,
  type MemorySlots,
  memoryLevel,
  planMemory,
  usagesAbove,
} from './memory-sources.ts';
import { type MemoryTrace, traceMemory } from './memory-trace.ts';
import type { DiskSample, HugePages, VmSample } from './sample.ts';

type StatFigures = { -readonly [field in MemoryField]: number };

const noStat = Object.fromEntries(
  memoryFieldNames.map((field) => [field, Number.NaN]),
) as StatFigures;

/** Read at most once a millisecond for meminfo, and for vmstat. */
const SELDOM = {
  memory: Group.memoryLimits | Group.kernelMemory | Group.memoryStat,
  vm: Group.memoryLimits | Group.kernelMemory | Group.vmStat | Group.memoryEvents,
} as const;

export interface MemorySurroundings {
  readonly host: Host;
  readonly layout: CgroupLayout;
  readonly memoryKeys: MemoryKeys;
  readonly policies: { readonly headroom: HeadroomPolicy; readonly swap: boolean };
}

export class MemoryReader {
  readonly #seldom = new SeldomRead();
  /** Usages of the container, and of the cgroups above that have a limit. */
  #usages = 0;
  readonly #around: MemorySurroundings;
  readonly #place: Place;
  readonly #slots: MemorySlots;
  readonly #stat: StatFigures = { ...noStat };
  #ancestor: AncestorStat | null = null;
  /** What was made last, and of what. */
  #changes: Changes | null = null;
  #host: HostMemory | null = null;
  #reclaimed: Reclaimable | undefined;
  #figures: MemoryFigures | null = null;
  #hugePages: HugePages = { total: 0, free: 0, sizeKB: 0 };
  #vm: VmSample | null = null;
  #vmOf: { figures: MemoryFigures | null; disks: readonly DiskSample[] } = {
    figures: null,
    disks: [],
  };

  constructor(around: MemorySurroundings, place: Place, slots: MemorySlots) {
    this.#around = around;
    this.#place = place;
    this.#slots = slots;
  }

  /** Plans the files; null if the container sits in the root memory cgroup. */
  static plan(
    plan: SlotPlan,
    cgroups: CgroupPaths,
    around: MemorySurroundings,
  ): MemoryReader | null {
    const place = placeOf(around.layout, cgroups, 'memory');
    if (!place) return null;
    const hugetlb = placeOf(around.layout, cgroups, 'hugetlb');
    const size = hugetlbSize(around.host.meminfoValue('Hugepagesize'));
    return new MemoryReader(
      around,
      place,
      planMemory(plan, place, hugetlb, size, around.memoryKeys),
    );
  }

  /** Reads what the figures are made from: what the container uses each time, all else at most once a millisecond. */
  sample(
    part: keyof typeof SELDOM,
    values: Float64Array,
    sources: NativeSources,
    now: number,
  ): void {
    const { host } = this.#around;
    const [swapLimits, swap] =
      host.memory(now).swapTotal > 0 ? [Group.swapLimits, Group.swap] : [0, 0];
    const hugetlb = host.meminfoValue('HugePages_Total') > 0 ? Group.hugetlb : 0;
    if (this.#seldom.sample(sources, SELDOM[part] | swapLimits | hugetlb, now)) {
      this.#usages = memoryUsage(0) | usagesAbove(values, this.#slots);
    }
    sources.sample(this.#usages | swap);
  }

  /**
   * Figures of what was sampled, kB, the same object as long as nothing has changed; null if no level has the
   * memory controller.
   */
  figures(values: Float64Array, now: number): MemoryFigures | null {
    const host = this.#around.host.memory(now);
    const { stat, oomKill } = this.#slots;
    this.#changes ??= new Changes(values, stat, oomKill + 1);
    const changed = this.#changes.any();
    if (changed || host !== this.#host || this.#ancestor?.read(now) !== this.#reclaimed) {
      // Who fails in between begins anew the next time.
      this.#host = null;
      this.#figures = this.#make(values, host, now);
      this.#hugePages = this.#huge(values);
      this.#reclaimed = this.#ancestor?.read(now);
      this.#host = host;
    }
    return this.#figures;
  }

  #make(values: Float64Array, host: HostMemory, now: number): MemoryFigures | null {
    const domain = this.#domain(values, host);
    if (!domain) return null;
    for (const [i, field] of memoryFieldNames.entries()) {
      this.#stat[field] = values[this.#slots.stat + i] ?? Number.NaN;
    }
    return memoryFigures({
      ...{ domain, host, stat: this.#stat, reclaimable: this.#reclaimable(domain.level, now) },
      kernelUsage: values[this.#slots.kernelUsage] ?? Number.NaN,
    });
  }

  #domain(values: Float64Array, hostMemory: HostMemory): MemoryDomain | null {
    const levels: MemoryLevel[] = [];
    for (let i = 0; i < this.#slots.levelCount; i++)
      levels.push(memoryLevel(values, this.#slots, i));
    if (levels.every(({ limit }) => Number.isNaN(limit))) return null;
    return this.#withSwapPolicy(memoryDomain(levels, hostMemory, this.#around.policies.headroom));
  }

  #withSwapPolicy(domain: MemoryDomain): MemoryDomain {
    return this.#around.policies.swap
      ? domain
      : { ...domain, swapTotal: 0, swapFree: 0, swapUsed: 0 };
  }

  /** The container's own memory.stat tells it, unless an ancestor's limit binds. */
  #reclaimable(level: number, now: number): Reclaimable {
    if (level <= 0) return this.#stat;
    if (this.#ancestor?.level !== level) {
      this.#ancestor?.close();
      this.#ancestor = new AncestorStat(this.#place, level);
    }
    return this.#ancestor.read(now);
  }

  /** Those of the same figures. */
  get hugePages(): HugePages {
    return this.#hugePages;
  }

  /** Huge pages of the default size: the host's, cut to the limit. */
  #huge(values: Float64Array): HugePages {
    const { host } = this.#around;
    const sizeKB = host.meminfoValue('Hugepagesize');
    const hostTotal = host.meminfoValue('HugePages_Total');
    const limit = values[this.#slots.hugetlb] ?? Number.NaN;
    if (!(limit >= 0)) {
      return { total: hostTotal, free: host.meminfoValue('HugePages_Free'), sizeKB };
    }
    const inUse = (values[this.#slots.hugetlb + 1] || 0) / (sizeKB * 1024);
    const total = Math.min(hostTotal, Math.floor(limit / (sizeKB * 1024)));
    return { total, free: Math.max(0, total - inUse), sizeKB };
  }

  /** What vmstat shows beside the same figures; the same object as long as nothing has changed. */
  vm(values: Float64Array, disks: readonly DiskSample[]): VmSample {
    if (!this.#vm || this.#vmOf.figures !== this.#figures || this.#vmOf.disks !== disks) {
      this.#vm = this.#makeVm(values, disks);
      this.#vmOf = { figures: this.#figures, disks };
    }
    return this.#vm;
  }

  #makeVm(values: Float64Array, disks: readonly DiskSample[]): VmSample {
    const first = this.#slots.stat + memoryFieldNames.length;
    return {
      events: values.subarray(first, first + this.#around.host.vmstatKeys.length),
      readBytes: disks.reduce((sum, disk) => sum + disk.readBytes, 0),
      writtenBytes: disks.reduce((sum, disk) => sum + disk.writtenBytes, 0),
      oomKills: values[this.#slots.oomKill] ?? 0,
    };
  }

  /** What the figures of the same sample were computed from; null if there were none. */
  trace(read: Read, values: Float64Array, now: number): MemoryTrace | null {
    const { host, policies } = this.#around;
    const hostMemory = host.memory(now);
    const domain = this.#domain(values, hostMemory);
    if (!domain) return null;
    const ancestor = domain.level > 0 ? (this.#ancestor?.trace() ?? null) : null;
    const from = { domain, host: hostMemory, ancestor, events: host.vmstatKeys, policies };
    return traceMemory(read, this.#slots, from);
  }

  close(): void {
    this.#ancestor?.close();
  }
}
