/**
 * What is compared between the machine and the container, part by part of the workload.
 * @module
 */
import type { Dump, Point } from './dump.ts';
import { count, cpuColumns, cpusIn, diskColumn, lineSum } from './text.ts';

interface Whole {
  /** In the figure's unit. */
  readonly size: (dump: Dump) => number;
  readonly name: string;
}

export interface Figure {
  /** Part of the workload, named after the point that ends it. */
  readonly part: string;
  readonly file: string;
  /** Keys of that file, joined by `+`. */
  readonly keys: string;
  /** NaN if there is nothing to measure. */
  readonly measure: (dump: Dump) => number;
  /** What 2 % are 2 % of; absent: of the machine's figure. */
  readonly whole?: Whole;
  /** Measured while all CPUs are busy: of no use on a machine that is not given its CPUs. */
  readonly busy?: boolean;
}

const MEMINFO = '/proc/meminfo';
const VMSTAT = '/proc/vmstat';
const CPU = '/sys/devices/system/cpu';

function at(dump: Dump, name: string): Point {
  const point = dump.get(name);
  if (!point) throw new Error(`the workload has not come to ${name}`);
  return point;
}

const total = (dump: Dump): number => lineSum(at(dump, 'start'), MEMINFO, 'MemTotal');

/** A machine's kernel takes and gives some megabytes for itself. */
const FREE: Readonly<Record<string, Whole>> = {
  MemFree: { size: total, name: 'MemTotal' },
  MemAvailable: { size: total, name: 'MemTotal' },
  nr_free_pages: { size: (dump) => total(dump) / 4, name: 'MemTotal' },
};

/** Change of a sum of lines over a part. */
function change(part: string, from: string, file: string, keys: string): Figure {
  const measure = (dump: Dump): number =>
    lineSum(at(dump, part), file, keys) - lineSum(at(dump, from), file, keys);
  const whole = FREE[keys];
  return { part, file, keys, measure, ...(whole ? { whole } : {}) };
}

const changes = (part: string, from: string, meminfo: string, vmstat: string): Figure[] => [
  ...meminfo.split(' ').map((keys) => change(part, from, MEMINFO, keys)),
  ...vmstat.split(' ').map((keys) => change(part, from, VMSTAT, keys)),
];

/** The same at every point: how many, or how much, there is. */
const constant = (file: string, keys: string, of: (point: Point) => number): Figure => ({
  part: 'start',
  file,
  keys,
  measure: (dump) => of(at(dump, 'start')),
});

const LRU_ANON = 'nr_active_anon+nr_inactive_anon nr_zone_active_anon+nr_zone_inactive_anon';
const LRU_FILE = 'nr_active_file+nr_inactive_file nr_zone_active_file+nr_zone_inactive_file';
const BOTH_FREE = 'MemFree MemAvailable';

const memory: readonly Figure[] = [
  ...changes(
    'dirty',
    'start',
    'MemFree Cached Active(file)+Inactive(file) Active+Inactive',
    `nr_free_pages nr_file_pages ${LRU_FILE}`,
  ),
  ...changes('dropped', 'written', 'MemFree Cached', 'nr_free_pages nr_file_pages'),
  ...changes('read', 'dropped', 'MemFree Cached', 'pgpgin nr_free_pages nr_file_pages'),
  ...changes('mapped', 'read', 'Mapped', 'nr_mapped pgfault'),
  ...changes('closed', 'mapped', 'MemFree Cached Mapped', 'pgactivate nr_free_pages nr_file_pages'),
  ...changes(
    'anon',
    'closed',
    `${BOTH_FREE} AnonPages Active(anon)+Inactive(anon) Active+Inactive PageTables Committed_AS`,
    `nr_free_pages nr_anon_pages ${LRU_ANON} nr_page_table_pages pgfault`,
  ),
  ...changes(
    'huge',
    'anon',
    `${BOTH_FREE} AnonPages AnonHugePages`,
    'nr_free_pages nr_anon_pages nr_anon_transparent_hugepages thp_fault_alloc',
  ),
  ...changes(
    'shared',
    'huge',
    `${BOTH_FREE} Shmem Cached Mapped`,
    'nr_free_pages nr_shmem nr_mapped nr_file_pages pgfault',
  ),
  ...changes('locked', 'shared', `${BOTH_FREE} Unevictable`, 'nr_unevictable nr_zone_unevictable'),
  ...changes(
    'released',
    'locked',
    `${BOTH_FREE} AnonPages Shmem Unevictable AnonHugePages Mapped Active+Inactive`,
    'nr_free_pages nr_anon_pages nr_shmem nr_unevictable nr_mapped',
  ),
  ...changes('threads', 'idle', 'KernelStack', 'nr_kernel_stack pgfault'),
  ...changes('joined', 'threads', 'KernelStack', 'nr_kernel_stack'),
  change('forks', 'released', VMSTAT, 'pgfault'),
];

/** Written back or not yet, in kB: how early the kernel begins to write is its own affair. */
function dirtied(dump: Dump): number {
  const of = (point: Point): number =>
    lineSum(point, MEMINFO, 'Dirty+Writeback') + lineSum(point, VMSTAT, 'pgpgout');
  return of(at(dump, 'dirty')) - of(at(dump, 'start'));
}

/** Sectors of the disk that the workload writes to. */
const sectors = (part: string, from: string, keys: string, column: number): Figure => ({
  part,
  file: '/proc/diskstats',
  keys,
  measure: (dump) => diskColumn(at(dump, part), column) - diskColumn(at(dump, from), column),
});

const disk: readonly Figure[] = [
  { part: 'dirty', file: MEMINFO, keys: 'Dirty+Writeback+pgpgout', measure: dirtied },
  change('written', 'start', VMSTAT, 'pgpgout'),
  sectors('written', 'start', 'sectors written', 9),
  sectors('read', 'dropped', 'sectors read', 5),
];

const CPU_TIME: Whole = { size: () => 100, name: 'CPU time' };

/** Ticks gained in each column of the `cpu` line. */
function ticks(dump: Dump, part: string, from: string): number[] {
  const before = cpuColumns(at(dump, from));
  return cpuColumns(at(dump, part)).map((each, i) => each - (before[i] ?? 0));
}

const sum = (columns: readonly number[], which: readonly number[]): number =>
  which.reduce((all, i) => all + (columns[i] ?? 0), 0);

const USER = [0, 1];
/** A cgroup's time in interrupts is part of its system time. */
const SYSTEM = [2, 5, 6];
/** Waiting for a disk is idle time; no cgroup tells the one from the other. */
const IDLE = [3, 4];

/** Percent of the CPUs' time, by the clock: a busy CPU of an emulated machine loses ticks. */
function idleShare(part: string, from: string): Figure {
  const measure = (dump: Dump): number => {
    const seconds = at(dump, part).at - at(dump, from).at;
    const cpus = count(at(dump, part), '/proc/stat', /^cpu\d/gm);
    return sum(ticks(dump, part, from), IDLE) / (seconds * cpus);
  };
  return { part, file: '/proc/stat', keys: 'idle+iowait', measure, whole: CPU_TIME };
}

/** Percent of the busy time. */
function busyShare(part: string, from: string, keys: string, which: readonly number[]): Figure {
  const measure = (dump: Dump): number => {
    const gained = ticks(dump, part, from);
    return (100 * sum(gained, which)) / sum(gained, [...USER, ...SYSTEM]);
  };
  return { part, file: '/proc/stat', keys, measure, whole: CPU_TIME };
}

const shares = (part: string, from: string): Figure[] => [
  idleShare(part, from),
  busyShare(part, from, 'user+nice', USER),
  busyShare(part, from, 'system+irq+softirq', SYSTEM),
];

const loadAt = (point: Point): number => Number.parseFloat(point.files.get('/proc/loadavg') ?? '');

/** Updates of the load average that the workload waits for. */
const UPDATES = 6;

/** What one update leaves of the one-minute average: EXP_1 of include/linux/sched/loadavg.h. */
const KEPT = (1884 / 2048) ** UPDATES;

/** Tasks that the one-minute load average saw, whatever it was before. */
function activeTasks(dump: Dump): number {
  const [before, after] = [loadAt(at(dump, 'user-0')), loadAt(at(dump, `user-${UPDATES}`))];
  return (after - before * KEPT) / (1 - KEPT);
}

const tasksAt = (point: Point): number =>
  Number(/\/(\d+) /.exec(point.files.get('/proc/loadavg') ?? '')?.[1]);

/** The fewest of all points, so that a passing kernel thread does not count. */
function running(dump: Dump): number {
  const points = Array.from({ length: UPDATES }, (_, i) => at(dump, `user-${i + 1}`));
  return Math.min(...points.map((point) => lineSum(point, '/proc/stat', 'procs_running')));
}

const uptime = (point: Point): number => Number.parseFloat(point.files.get('/proc/uptime') ?? '');
const idleTime = (point: Point): number =>
  Number((point.files.get('/proc/uptime') ?? '').trim().split(' ')[1]);

const clock = (point: Point): number => point.at;

/** Gained per second that another clock gained. */
function rate(part: string, from: string, keys: string, of: typeof clock, by = uptime): Figure {
  const measure = (dump: Dump): number => {
    const [before, after] = [at(dump, from), at(dump, part)];
    return (of(after) - of(before)) / (by(after) - by(before));
  };
  return { part, file: '/proc/uptime', keys, measure };
}

const cpu: readonly Figure[] = [
  idleShare('idle', 'forks'),
  idleShare('one-end', 'one'),
  ...[
    ...shares('user-6', 'user-0'),
    ...shares('system-end', 'system'),
    { part: 'user-6', file: '/proc/loadavg', keys: 'tasks averaged', measure: activeTasks },
    { part: 'user-6', file: '/proc/stat', keys: 'procs_running', measure: running },
  ].map((figure) => ({ ...figure, busy: true })),
  {
    part: 'threads',
    file: '/proc/loadavg',
    keys: 'tasks',
    measure: (dump) => tasksAt(at(dump, 'threads')) - tasksAt(at(dump, 'idle')),
  },
  rate('one-end', 'start', 'uptime', uptime, clock),
  rate('idle', 'forks', 'idle', idleTime),
  rate('one-end', 'one', 'idle', idleTime),
];

const machine: readonly Figure[] = [
  ...[
    'MemTotal',
    'SwapTotal',
    'CommitLimit',
    'HugePages_Total',
    'Hugepagesize',
    'VmallocTotal',
  ].map((key) => constant(MEMINFO, key, (point) => lineSum(point, MEMINFO, key))),
  constant('/proc/cpuinfo', 'processors', (point) =>
    count(point, '/proc/cpuinfo', /^processor\b/gm),
  ),
  constant('/proc/stat', 'CPU lines', (point) => count(point, '/proc/stat', /^cpu\d/gm)),
  constant(`${CPU}/online`, 'list', (point) => cpusIn(point, `${CPU}/online`)),
  constant('/proc/swaps', 'lines', (point) => count(point, '/proc/swaps', /\n/g)),
];

/** All that is compared: the files of passing time first, for they are read in this order. */
export const figures: readonly Figure[] = [...cpu, ...machine, ...disk, ...memory];
