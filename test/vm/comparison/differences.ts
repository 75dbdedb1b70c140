/**
 * Keys that a container cannot show as a machine does, with the reasons. A key that is neither compared nor listed here
 * must not change while the workload runs.
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
    reason: 'compared as a sum with the written pages: the device decides when writing begins',
  },
  { keys: /^Mlocked$/, reason: 'no cgroup counts it; Unevictable includes the pages' },
  {
    keys: /^(KReclaimable|Slab|SReclaimable|SUnreclaim)$/,
    reason: 'a machine counts whole slabs and uncharged caches; a cgroup counts its objects',
  },
  { keys: /^VmallocUsed$/, reason: 'includes thread stacks on a machine, but not in memory.stat' },
  { keys: /^Percpu$/, reason: "the kernel's own part is not charged to the container" },
  { keys: /^DirectMap/, reason: "the kernel's map of all memory" },
];

const VMSTAT: readonly Difference[] = [
  { keys: /^nr_(zone_)?(in)?active_(anon|file)$/, reason: 'compared as sums, as in meminfo' },
  { keys: /^nr_(dirty|writeback)$/, reason: 'as Dirty and Writeback in meminfo' },
  { keys: /^nr_slab_(un)?reclaimable$/, reason: 'as in meminfo' },
  { keys: /^nr_(mlock|zone_write_pending)$/, reason: 'counted per zone only' },
  { keys: /^nr_(dirtied|written)$/, reason: 'counted per node only; pgpgout is compared' },
  { keys: /^nr_dirty_(background_)?threshold$/, reason: 'limits of the node' },
  { keys: /^(numa_|pgalloc_|pgfree$)/, reason: 'the page allocator does not count by cgroup' },
  {
    keys: /^(pgreuse|unevictable_pgs_\w+|thp_(deferred_split_page|split_\w+))$/,
    reason: 'events that the kernel counts for the machine only',
  },
  {
    keys: /^pgmajfault$/,
    reason: 'depends on which pages of the programs are cached before they start',
  },
  { keys: /^thp_collapse_alloc$/, reason: 'khugepaged runs at its own times' },
];

/** Files of which every key is compared, listed or constant. */
const FILES = { '/proc/meminfo': MEMINFO, '/proc/vmstat': VMSTAT } as const;

/** Parts of the other files that are not compared, with the reasons. */
export const notCompared: readonly string[] = [
  '/proc/stat intr, ctxt, softirq, processes: the rates of the whole node',
  '/proc/stat btime: the start of the container, not of the machine',
  '/proc/stat irq, softirq: cgroups count them in system; iowait: in idle',
  '/proc/loadavg last pid: that of the pid namespace',
  "/proc/cpuinfo: except the number of CPUs, it is the host's text",
  '/proc/diskstats requests and times: the device decides which requests merge',
];

const isCompared = (file: string, key: string): boolean =>
  figures.some((figure) => figure.file === file && figure.keys === key);

/** Whether a key has the same value at all points. */
const isConstant = (dump: Dump, file: string, key: string): boolean =>
  new Set([...dump.values()].map((point) => lines(point, file).get(key))).size === 1;

/** Change of a key from the first point of `work` to its last. */
function gained(dump: Dump, file: string, key: string): number {
  const [from, to] = ['start', 'one-end'].map((name) => dump.get(name));
  return from && to ? (lines(to, file).get(key) ?? 0) - (lines(from, file).get(key) ?? 0) : 0;
}

export interface Explained {
  /** Readable lines: key, change on the machine and in the container, reason. */
  readonly text: readonly string[];
  /** Keys that changed, are not compared, and have no reason. */
  readonly unexplained: readonly string[];
}

/** Lists all keys of meminfo and vmstat that changed and are not compared. */
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
