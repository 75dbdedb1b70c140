/**
 * What a container cannot show as a machine does, and why. Every key that neither is compared nor stands
 * here must not change at all while the workload runs.
 * @module
 */
import type { Dump } from './dump.ts';
import { figures } from './figures.ts';
import { lines } from './text.ts';

interface Difference {
  readonly keys: RegExp;
  readonly reason: string;
}

const MEMINFO: readonly Difference[] = [
  { keys: /^Buffers$/, reason: "the block devices' own pages belong to no cgroup" },
  {
    keys: /^(Active|Inactive)(\(\w+\))?$/,
    reason: 'compared as sums: how pages age depends on the size of the whole LRU',
  },
  {
    keys: /^(Dirty|Writeback)$/,
    reason: 'compared as a sum with what was written: when writing begins is up to the device',
  },
  { keys: /^Mlocked$/, reason: 'no cgroup counts it; Unevictable has the pages' },
  {
    keys: /^(KReclaimable|Slab|SReclaimable|SUnreclaim)$/,
    reason:
      'a machine counts whole slabs, and caches that are charged to nobody; a cgroup its objects',
  },
  { keys: /^VmallocUsed$/, reason: 'stacks of threads are in it on a machine, not in memory.stat' },
  { keys: /^Percpu$/, reason: "the kernel's own is not the container's" },
  { keys: /^DirectMap/, reason: "the kernel's map of all memory" },
];

const VMSTAT: readonly Difference[] = [
  { keys: /^nr_(zone_)?(in)?active_(anon|file)$/, reason: 'compared as sums, as in meminfo' },
  { keys: /^nr_(dirty|writeback)$/, reason: 'as Dirty and Writeback in meminfo' },
  { keys: /^nr_slab_(un)?reclaimable$/, reason: 'as in meminfo' },
  { keys: /^nr_(mlock|zone_write_pending)$/, reason: 'counted per zone only' },
  { keys: /^nr_(dirtied|written)$/, reason: 'counted per node only; pgpgout is compared' },
  { keys: /^nr_dirty_(background_)?threshold$/, reason: 'limits of the node' },
  { keys: /^(numa_|pgalloc_|pgfree$)/, reason: 'the page allocator knows no cgroup' },
  {
    keys: /^(pgreuse|unevictable_pgs_\w+|thp_(deferred_split_page|split_\w+))$/,
    reason: 'events that the kernel counts for the machine only',
  },
  { keys: /^pgmajfault$/, reason: 'what of the programs is in the page cache before they start' },
  { keys: /^thp_collapse_alloc$/, reason: 'khugepaged passes by when it likes' },
];

/** Files whose keys are all accounted for, one way or another. */
const FILES = { '/proc/meminfo': MEMINFO, '/proc/vmstat': VMSTAT } as const;

/** What of the other files is not compared, and why. */
export const notCompared: readonly string[] = [
  '/proc/stat intr, ctxt, softirq, processes: the rates of the whole node',
  '/proc/stat btime: the start of the container, not of the machine',
  '/proc/stat irq, softirq: in system, where cgroups count them; iowait: in idle',
  '/proc/loadavg last pid: of the pid namespace',
  "/proc/cpuinfo: but for the CPUs the host's text",
  '/proc/diskstats requests and times: how requests merge is up to the device',
];

const isCompared = (file: string, key: string): boolean =>
  figures.some((figure) => figure.file === file && figure.keys === key);

/** Whether a line is the same at all points. */
const isConstant = (dump: Dump, file: string, key: string): boolean =>
  new Set([...dump.values()].map((point) => lines(point, file).get(key))).size === 1;

/** Change of a line from the first point of `work` to its last. */
function gained(dump: Dump, file: string, key: string): number {
  const [from, to] = ['start', 'one-end'].map((name) => dump.get(name));
  return from && to ? (lines(to, file).get(key) ?? 0) - (lines(from, file).get(key) ?? 0) : 0;
}

export interface Explained {
  /** Lines for people: key, change on the machine and in the container, reason. */
  readonly text: readonly string[];
  /** Keys that changed, are not compared, and have no reason. */
  readonly unexplained: readonly string[];
}

/** Goes through all keys of meminfo and vmstat that changed and were not compared. */
export function explain(machine: Dump, container: Dump): Explained {
  const text: string[] = [];
  const unexplained: string[] = [];
  for (const [file, differences] of Object.entries(FILES)) {
    const [first] = machine.values();
    for (const key of first ? lines(first, file).keys() : []) {
      const quiet = [machine, container].every((dump) => isConstant(dump, file, key));
      if (quiet || isCompared(file, key)) continue;
      const reason = differences.find(({ keys }) => keys.test(key))?.reason;
      if (reason === undefined) unexplained.push(`${file} ${key}`);
      const change = `${gained(machine, file, key)} / ${gained(container, file, key)}`;
      text.push(`${file} ${key}: ${change}: ${reason ?? 'no reason known'}`);
    }
  }
  return { text, unexplained };
}
