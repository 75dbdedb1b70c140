/**
 * /sys/devices/system/cpu: shows `cpu0` to `cpu<n-1>`, each with the files of the host's CPU that it stands for.
 * Documentation/ABI/testing/sysfs-devices-system-cpu.
 * @module
 */
import type { CpuModel } from '../sampling/cpu-model.ts';
import { visibleCpus } from '../views/cpu-set.ts';
import { type HostTree, hostCpu, numberIn, type Overlay, type Place } from './place.ts';
import { cacheFile, topologyFile } from './topology.ts';

/** A directory that container runtimes mask. The overlay must not uncover it. */
export const MASKED = 'thermal_throttle';

/** One thread per core, so that /sys/devices/system/cpu/smt agrees with topology/. */
const SMT: Readonly<Record<string, string>> = { active: '0\n', control: 'notsupported\n' };

/** No visible CPU runs without ticks. Kernels differ in how they print an empty list. */
const nohzFull = (text: string): string => (/\d/.test(text) ? '\n' : text);

/** The files of a cpufreq policy that list CPU numbers, separated by spaces. */
const POLICY_CPUS = ['affected_cpus', 'related_cpus', 'freqdomain_cpus'];

/** Path of the host's policy of CPU i; empty if it has none. */
function policyOf(i: number, cpus: CpuModel, host: HostTree): string {
  const target = host.target(`cpu${hostCpu(cpus, i)}/cpufreq`);
  return /^\.\.\/(cpufreq\/policy\d+)$/.exec(target)?.[1] ?? '';
}

/** Each CPU has a policy of its own, with the host's clock: its siblings on the host are not visible. */
function placePolicy(i: number, path: readonly string[], cpus: CpuModel, host: HostTree) {
  const policy = policyOf(i, cpus, host);
  if (policy === '') return null;
  const place = { host: [policy, ...path].join('/') };
  return POLICY_CPUS.includes(path.join('/')) ? { ...place, rewrite: () => `${i}\n` } : place;
}

/** The link to the NUMA node of a CPU of the host. */
function placeNode(name: string, cpu: string, host: HostTree): Place | null {
  const node = host.names(cpu).find((each) => numberIn(each, 'node') >= 0);
  if (name !== 'node0' || node === undefined) return null;
  return { host: `${cpu}/${node}`, rewrite: () => '../../node/node0' };
}

function rewriteOf(i: number, path: readonly string[], cpus: CpuModel) {
  const [directory, name = '', third = ''] = path;
  if (directory === 'topology' && path.length === 2) return topologyFile(name, i, cpus.count);
  if (directory === 'cache' && path.length === 3) return cacheFile(third, cpus);
  return undefined;
}

/** The place of a path below visible CPU i. */
function placeCpu(i: number, path: readonly string[], cpus: CpuModel, host: HostTree) {
  const cpu = `cpu${hostCpu(cpus, i)}`;
  const [name = ''] = path;
  if (name === MASKED) return null;
  if (numberIn(name, 'node') >= 0) return path.length === 1 ? placeNode(name, cpu, host) : null;
  const place = { host: [cpu, ...path].join('/') };
  if (path.length === 1 && name === 'cpufreq' && policyOf(i, cpus, host) !== '') {
    return { ...place, rewrite: () => `../cpufreq/policy${i}` };
  }
  const rewrite = rewriteOf(i, path, cpus);
  return rewrite ? { ...place, rewrite } : place;
}

function place(path: readonly string[], cpus: CpuModel, host: HostTree): Place | null {
  const [name = '', second = '', ...rest] = path;
  const cpu = numberIn(name, 'cpu');
  if (cpu >= 0) return cpu < cpus.count ? placeCpu(cpu, path.slice(1), cpus, host) : null;
  const policy = name === 'cpufreq' ? numberIn(second, 'policy') : -1;
  if (policy >= 0) return policy < cpus.count ? placePolicy(policy, rest, cpus, host) : null;
  const text = name === 'smt' && path.length === 2 ? SMT[second] : undefined;
  const own = { host: path.join('/') };
  if (own.host === 'nohz_full') return { ...own, rewrite: nohzFull };
  return text === undefined ? own : { ...own, rewrite: () => text };
}

/** Replaces the host's `<prefix>N` with those of the container. */
const renumber = (names: readonly string[], prefix: string, count: number): string[] => [
  ...names.filter((name) => numberIn(name, prefix) < 0),
  ...visibleCpus(count).map((i) => `${prefix}${i}`),
];

function names(path: readonly string[], cpus: CpuModel, host: HostTree): string[] {
  const at = place(path, cpus, host);
  const all = at && 'host' in at ? host.names(at.host) : [];
  const [name = ''] = path;
  if (path.length === 0) return renumber(all, 'cpu', cpus.count);
  if (path.length > 1) return [...all];
  if (name === 'cpufreq') return renumber(all, 'policy', cpus.count);
  return numberIn(name, 'cpu') < 0 ? [...all] : renumber(all, 'node', 1);
}

export const cpuOverlay: Overlay = { root: 'sys/devices/system/cpu', place, names };
