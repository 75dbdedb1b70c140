/**
 * The CPUs of a container. cpuinfo, stat and everything below /sys/devices/system/cpu use this model, so that they
 * cannot disagree.
 * @module
 */

/** How many CPUs to show: the quota rounded up, the cpuset alone, or cpu.shares / 1024. */
export type CpuPolicy = 'quota' | 'cpuset' | 'shares';

export interface CpuLimits {
  /** Effective cpuset of the nearest level that has one; null if no level has. */
  readonly cpuset: readonly number[] | null;
  /** Quota and period of the container's cgroup and of each ancestor, in the same unit; Infinity or NaN: none. */
  readonly quotas: readonly { readonly quota: number; readonly period: number }[];
  /** cpu.shares (v1), or cpu.weight as shares (v2); NaN if unknown. */
  readonly shares: number;
}

export interface CpuModel {
  /** CPUs to show, numbered 0..count-1. At least 1. */
  readonly count: number;
  /** The host's CPUs that the container may use, ascending; visible CPU i is set[i]. */
  readonly set: readonly number[];
  /** The tightest quota of all levels, in CPUs; Infinity if unlimited. */
  readonly quota: number;
}

/** The tightest quota of all levels, in CPUs. */
function tightestQuota(quotas: CpuLimits['quotas']): number {
  let tightest = Infinity;
  for (const { quota, period } of quotas) {
    const cpus = quota / period;
    if (cpus > 0 && cpus < tightest) tightest = cpus;
  }
  return tightest;
}

/** The number of CPUs by policy, before the set limits it. */
function countByPolicy(limits: CpuLimits, quota: number, policy: CpuPolicy): number {
  if (policy === 'quota') return Math.ceil(quota);
  if (policy === 'shares' && limits.shares > 0) return Math.ceil(limits.shares / 1024);
  return Infinity;
}

/** The last result of `allowed` for each cpuset: both lists may be long, and seldom change. */
const known = new WeakMap<
  readonly number[],
  { online: readonly number[]; set: readonly number[] }
>();

/** The online CPUs of a cpuset; all online CPUs if none of the cpuset is online. */
function allowed(cpuset: readonly number[], online: readonly number[]): readonly number[] {
  const before = known.get(cpuset);
  if (before?.online === online) return before.set;
  const inside = new Set(cpuset);
  const both = online.filter((cpu) => inside.has(cpu));
  const set = both.length > 0 ? both : online;
  known.set(cpuset, { online, set });
  return set;
}

/**
 * Builds the model. The set is the effective cpuset without CPUs that are offline. If all of them are offline, the
 * kernel runs the tasks on the parent's cpuset; the model then has all online CPUs.
 */
export function cpuModel(
  limits: CpuLimits,
  online: readonly number[],
  policy: CpuPolicy = 'quota',
): CpuModel {
  const set = limits.cpuset ? allowed(limits.cpuset, online) : online;
  const quota = tightestQuota(limits.quotas);
  const count = Math.max(1, Math.min(set.length, countByPolicy(limits, quota, policy)));
  return { count, set, quota };
}
