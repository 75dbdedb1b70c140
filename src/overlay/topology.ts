/**
 * The files of one CPU that list other CPUs. They show one socket, a core for each CPU and a thread for each core,
 * as /proc/cpuinfo does. Documentation/ABI/stable/sysfs-devices-system-cpu, drivers/base/topology.c.
 * @module
 */
import { parseCpuList, parseCpuMask } from '../sampling/cpu-list.ts';
import type { CpuModel } from '../sampling/cpu-model.ts';
import { formatCpuList, formatCpuMask, visibleCpus } from '../views/cpu-set.ts';

type Rewrite = (text: string) => string;

/** In topology/: which of n CPUs share a part of the machine with CPU i. */
const SIBLINGS: Readonly<Record<string, (i: number, n: number) => number[]>> = {
  thread_siblings: (i) => [i],
  core_cpus: (i) => [i],
  cluster_cpus: (_, n) => visibleCpus(n),
  die_cpus: (_, n) => visibleCpus(n),
  core_siblings: (_, n) => visibleCpus(n),
  package_cpus: (_, n) => visibleCpus(n),
  book_siblings: (_, n) => visibleCpus(n),
  book_cpus: (_, n) => visibleCpus(n),
  drawer_siblings: (_, n) => visibleCpus(n),
  drawer_cpus: (_, n) => visibleCpus(n),
};

/** In topology/: the number of the part that contains CPU i. */
const NUMBERS: Readonly<Record<string, (i: number) => number>> = {
  core_id: (i) => i,
  cluster_id: () => 0,
  die_id: () => 0,
  physical_package_id: () => 0,
  book_id: () => 0,
  drawer_id: () => 0,
};

const LIST = '_list';

/** Rewrites a file of topology/; undefined: the host's text is shown. */
export function topologyFile(name: string, i: number, n: number): Rewrite | undefined {
  const number = Object.hasOwn(NUMBERS, name) ? NUMBERS[name] : undefined;
  if (number) return () => `${number(i)}\n`;
  const set = name.endsWith(LIST) ? name.slice(0, -LIST.length) : name;
  const siblings = Object.hasOwn(SIBLINGS, set) ? SIBLINGS[set] : undefined;
  if (!siblings) return undefined;
  const cpus = siblings(i, n);
  return set === name
    ? (text) => `${formatCpuMask(cpus, text)}\n`
    : () => `${formatCpuList(cpus)}\n`;
}

/** The visible CPUs that stand for one of these CPUs of the host. */
function visible(hosts: readonly number[], { count, set }: CpuModel): number[] {
  const shared = new Set(hosts);
  return visibleCpus(count).filter((i) => shared.has(set[i] ?? -1));
}

/** Rewrites a file of cache/index<N>/; undefined: the host's text is shown. */
export function cacheFile(name: string, cpus: CpuModel): Rewrite | undefined {
  if (name === 'shared_cpu_list') {
    return (text) => `${formatCpuList(visible(parseCpuList(text) ?? [], cpus))}\n`;
  }
  if (name === 'shared_cpu_map') {
    return (text) => `${formatCpuMask(visible(parseCpuMask(text), cpus), text)}\n`;
  }
  return undefined;
}
