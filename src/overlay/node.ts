/**
 * /sys/devices/system/node: shows one NUMA node, whose files are views. Other entries of the host's nodes, such as
 * memory blocks and huge pages, are not shown. drivers/base/node.c.
 * @module
 */
import type { CpuModel } from '../sampling/cpu-model.ts';
import { visibleCpus } from '../views/cpu-set.ts';
import { nodeViews } from '../views/sys-node.ts';
import { type HostTree, numberIn, type Overlay, type Place } from './place.ts';

const ROOT = 'sys/devices/system/node';
const NODE = 'node0';

const files = new Set(nodeViews.map(({ path }) => path.slice(ROOT.length + 1)));

function place(path: readonly string[], cpus: CpuModel): Place | null {
  const [node = '', name = ''] = path;
  const host = path.join('/');
  if (path.length === 0 || host === NODE || files.has(host)) return { host };
  const cpu = path.length === 2 && node === NODE ? numberIn(name, 'cpu') : -1;
  return cpu >= 0 && cpu < cpus.count ? { target: `../../cpu/cpu${cpu}` } : null;
}

function names(path: readonly string[], cpus: CpuModel, host: HostTree): string[] {
  const all = host.names(path.join('/'));
  if (path.join('/') !== NODE) return [...all];
  const others = all.filter((name) => numberIn(name, 'cpu') < 0);
  return [...others, ...visibleCpus(cpus.count).map((i) => `cpu${i}`)];
}

export const nodeOverlay: Overlay = { root: ROOT, place, names };
