/**
 * The compared figures, by part of the workload.
 * @module
 */

import { cpuFigures } from './cpu-figures.ts';
import type { Dump, Point } from './dump.ts';
import { at, type Figure, type Whole } from './figure.ts';
import { count, cpusIn, diskColumn, lineSum } from './text.ts';

const MEMINFO = '/proc/meminfo';
const VMSTAT = '/proc/vmstat';
const CPU = '/sys/devices/system/cpu';

const total = (dump: Dump): number => lineSum(at(dump, 'start'), MEMINFO, 'MemTotal');

/** The kernel itself allocates and frees some megabytes, so these are compared in percent of MemTotal. */
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

/** A figure that is the same at every point. */
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

/** Dirty, under writeback and written, kB: the kernel decides when to write back. */
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

/** All compared figures. The workload reads the files in this order, those with times first. */
export const figures: readonly Figure[] = [...cpuFigures, ...machine, ...disk, ...memory];
