/**
 * What a container may use, and the cgroup files that say so.
 * @module
 */

export interface Limits {
  /** Bytes. */
  readonly memory?: number;
  /** Bytes; v2 only. */
  readonly memoryHigh?: number;
  /** Bytes of swap beyond memory. */
  readonly swap?: number;
  /** CPUs that the quota is worth: 0.5 = 50 ms in every 100 ms. */
  readonly quota?: number;
  /** List of CPUs, such as `0-1`. */
  readonly cpuset?: string;
  /** Share of a contended machine, 1-10000; others have 100. */
  readonly weight?: number;
}

/** Length of a quota's period, in microseconds. */
export const PERIOD = 100_000;

type Setting = readonly [controller: string, file: string, value: string | number | undefined];
type Given = readonly [controller: string, file: string, value: string | number];

const given = (settings: readonly Setting[]): Given[] =>
  settings.filter((setting): setting is Given => setting[2] !== undefined);

/** undefined stays what it is. */
const scale = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : Math.round(value * factor);

/** Swap is limited together with memory, and by a file that must never be below memory's. */
export function settingsV1({ memory, swap, quota, cpuset, weight }: Limits): Given[] {
  const both = memory === undefined || swap === undefined ? undefined : memory + swap;
  return given([
    ['memory', 'memory.limit_in_bytes', memory],
    ['memory', 'memory.memsw.limit_in_bytes', both],
    ['cpu', 'cpu.cfs_quota_us', scale(quota, PERIOD)],
    ['cpu', 'cpu.shares', scale(weight, 1024 / 100)],
    ['cpuset', 'cpuset.cpus', cpuset],
  ]);
}

export function settingsV2({ memory, memoryHigh, swap, ...limits }: Limits): Given[] {
  const { quota, cpuset, weight } = limits;
  const max = quota === undefined ? undefined : `${Math.round(quota * PERIOD)} ${PERIOD}`;
  return given([
    ['memory', 'memory.max', memory],
    ['memory', 'memory.high', memoryHigh],
    ['memory', 'memory.swap.max', swap],
    ['cpu', 'cpu.max', max],
    ['cpu', 'cpu.weight', weight],
    ['cpuset', 'cpuset.cpus', cpuset],
  ]);
}
