/**
 * Limits of a container, and the cgroup files that set them.
 * @module
 */

export interface Limits {
  /** Bytes. */
  readonly memory?: number;
  /** Bytes; v2 only. */
  readonly memoryHigh?: number;
  /** Bytes of swap beyond memory. */
  readonly swap?: number;
  /** Quota in CPUs: 0.5 = 50 ms in every 100 ms. */
  readonly quota?: number;
  /** List of CPUs, such as `0-1`. */
  readonly cpuset?: string;
  /** cpu.weight, 1-10000; the default is 100. */
  readonly weight?: number;
}

/** Length of a quota's period, in microseconds. */
export const PERIOD = 100_000;

type Setting = readonly [controller: string, file: string, value: string | number | undefined];
type DefinedSetting = readonly [controller: string, file: string, value: string | number];

const defined = (settings: readonly Setting[]): DefinedSetting[] =>
  settings.filter((setting): setting is DefinedSetting => setting[2] !== undefined);

const scale = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : Math.round(value * factor);

/** v1 limits memory and swap together; the kernel refuses a memsw limit below that of memory. */
export function settingsV1({ memory, swap, quota, cpuset, weight }: Limits): DefinedSetting[] {
  const both = memory === undefined || swap === undefined ? undefined : memory + swap;
  return defined([
    ['memory', 'memory.limit_in_bytes', memory],
    ['memory', 'memory.memsw.limit_in_bytes', both],
    ['cpu', 'cpu.cfs_quota_us', scale(quota, PERIOD)],
    ['cpu', 'cpu.shares', scale(weight, 1024 / 100)],
    ['cpuset', 'cpuset.cpus', cpuset],
  ]);
}

export function settingsV2({ memory, memoryHigh, swap, ...limits }: Limits): DefinedSetting[] {
  const { quota, cpuset, weight } = limits;
  const max = quota === undefined ? undefined : `${Math.round(quota * PERIOD)} ${PERIOD}`;
  return defined([
    ['memory', 'memory.max', memory],
    ['memory', 'memory.high', memoryHigh],
    ['memory', 'memory.swap.max', swap],
    ['cpu', 'cpu.max', max],
    ['cpu', 'cpu.weight', weight],
    ['cpuset', 'cpuset.cpus', cpuset],
  ]);
}
