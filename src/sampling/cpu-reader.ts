/**
 * The CPU model of one container, from its cpuset and quota files.
 * @module
 */

import type { CgroupLayout } from '../cgroup/layout.ts';
import { placeOf } from '../cgroup/place.ts';
import type { CgroupPaths } from '../cgroup/proc-cgroup.ts';
import { Group, type PlacedSource, type ReadingOf, type ReadPlan } from '../cgroup/read-plan.ts';
import { ThrottledRead } from '../cgroup/throttled-read.ts';
import type { NativeSources } from '../native/sources.ts';
import { parseCpuList } from './cpu-list.ts';
import { type CpuModel, type CpuPolicy, cpuModel } from './cpu-model.ts';
import { planCpuset, planQuota, type QuotaSlots, weightToShares } from './cpu-sources.ts';
import type { CpuTrace } from './trace.ts';

export class CpuReader {
  readonly #throttled = new ThrottledRead();
  readonly #cpusets: readonly PlacedSource[];
  readonly #quota: QuotaSlots | null;
  readonly #policy: CpuPolicy;
  #model: CpuModel | null = null;
  #online: readonly number[] = [];
  /** Parsed cpusets by level, with the change count of their text. */
  readonly #parsed: { generation: number; cpus: readonly number[] | null }[];

  constructor(plan: ReadPlan, cgroups: CgroupPaths, layout: CgroupLayout, policy: CpuPolicy) {
    this.#cpusets = planCpuset(plan, placeOf(layout, cgroups, 'cpuset'));
    this.#quota = planQuota(plan, placeOf(layout, cgroups, 'cpu'));
    this.#policy = policy;
    this.#parsed = this.#cpusets.map(() => ({ generation: 0, cpus: null }));
  }

  /** The model; the same object until its files are read again. */
  model(
    values: Float64Array,
    sources: NativeSources,
    online: readonly number[],
    now: number,
  ): CpuModel {
    const shares = this.#policy === 'shares' ? Group.cpuShares : 0;
    const read = this.#throttled.sample(sources, Group.cpuset | Group.cpuQuota | shares, now);
    if (!read && this.#model && this.#online === online) return this.#model;
    if (this.#cpusetLevel(values, sources, 1) < 0) sources.sample(Group.cpusetsAbove);
    const limits = {
      cpuset: this.#parsed[this.#cpusetLevel(values, sources)]?.cpus ?? null,
      quotas: this.#quotas(values),
      shares: this.#shares(values),
    };
    this.#model = cpuModel(limits, online, this.#policy);
    this.#online = online;
    return this.#model;
  }

  /**
   * Finds the nearest level with a cpuset, -1 if there is none; parses the texts that changed up to there.
   * @param levels how many levels to look at, nearest first
   */
  #cpusetLevel(
    values: Float64Array,
    sources: NativeSources,
    levels = this.#cpusets.length,
  ): number {
    for (let level = 0; level < levels; level++) {
      const placed = this.#cpusets[level];
      const parsed = this.#parsed[level];
      if (!placed || !parsed) break;
      const generation = values[placed.slot] ?? Number.NaN;
      if (Number.isNaN(generation)) continue;
      if (parsed.generation !== generation) {
        parsed.cpus = parseCpuList(sources.text(placed.index));
        parsed.generation = generation;
      }
      if (parsed.cpus) return level;
    }
    return -1;
  }

  /** The numbers that a model of the same sample was computed from. */
  trace(
    readingOf: ReadingOf,
    values: Float64Array,
    sources: NativeSources,
    model: CpuModel,
  ): CpuTrace {
    const cpuset = this.#cpusets[this.#cpusetLevel(values, sources)];
    const { first, levels, shares } = this.#quota ?? { first: 0, levels: 0, shares: null };
    return {
      policy: this.#policy,
      model,
      cpuset: cpuset
        ? { cgroup: readingOf(cpuset.slot).cgroup, text: sources.text(cpuset.index).trim() }
        : null,
      quotas: Array.from({ length: levels }, (_, level) => [
        readingOf(first + 2 * level),
        readingOf(first + 2 * level + 1),
      ]),
      shares: shares === null ? null : readingOf(shares),
    };
  }

  #quotas(values: Float64Array): { quota: number; period: number }[] {
    const quotas: { quota: number; period: number }[] = [];
    for (let level = 0; level < (this.#quota?.levels ?? 0); level++) {
      const at = (this.#quota?.first ?? 0) + 2 * level;
      quotas.push({ quota: values[at] ?? Number.NaN, period: values[at + 1] ?? Number.NaN });
    }
    return quotas;
  }

  #shares(values: Float64Array): number {
    const value = values[this.#quota?.shares ?? -1] ?? Number.NaN;
    return this.#quota?.version === 2 ? weightToShares(value) : value;
  }
}
