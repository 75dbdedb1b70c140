/**
 * The compared figures of CPU time, load and uptime.
 * @module
 */
import type { Dump, Point } from './dump.ts';
import { at, type Figure, type Whole } from './figure.ts';
import { count, cpuColumns, lineSum } from './text.ts';

const CPU_TIME: Whole = { size: () => 100, name: 'CPU time' };

/** Ticks gained in each column of the `cpu` line. */
function ticks(dump: Dump, part: string, from: string): number[] {
  const before = cpuColumns(at(dump, from));
  return cpuColumns(at(dump, part)).map((each, i) => each - (before[i] ?? 0));
}

const sum = (columns: readonly number[], which: readonly number[]): number =>
  which.reduce((all, i) => all + (columns[i] ?? 0), 0);

const USER = [0, 1];
/** Cgroups count time in interrupts as system time. */
const SYSTEM = [2, 5, 6];
/** A cgroup does not distinguish I/O wait from idle time. */
const IDLE = [3, 4];

const cpusOf = (point: Point): number => count(point, '/proc/stat', /^cpu\d/gm);

/** Percent of the CPUs' time by the clock, because a busy CPU of an emulated machine loses ticks. */
function idleShare(part: string, from: string): Figure {
  const measure = (dump: Dump): number => {
    const seconds = at(dump, part).at - at(dump, from).at;
    return sum(ticks(dump, part, from), IDLE) / (seconds * cpusOf(at(dump, part)));
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

/** Decay of the one-minute average at an update: EXP_1 of include/linux/sched/loadavg.h. */
const DECAY = 1884 / 2048;

/** Seconds between two updates: LOAD_FREQ of the same file. */
const PERIOD = 5;

/** Number of tasks that the one-minute load average counted, independent of its value before. */
function activeTasks(dump: Dump): number {
  const [before, after] = [at(dump, 'user-0'), at(dump, `user-${UPDATES}`)];
  const decay = DECAY ** Math.round((after.at - before.at) / PERIOD);
  return (loadAt(after) - loadAt(before) * decay) / (1 - decay);
}

const tasksAt = (point: Point): number =>
  Number(/\/(\d+) /.exec(point.files.get('/proc/loadavg') ?? '')?.[1]);

/** The minimum of all points, so that a kernel thread that runs shortly does not count. */
function running(dump: Dump): number {
  const points = Array.from({ length: UPDATES }, (_, i) => at(dump, `user-${i + 1}`));
  return Math.min(...points.map((point) => lineSum(point, '/proc/stat', 'procs_running')));
}

const uptime = (point: Point): number => Number.parseFloat(point.files.get('/proc/uptime') ?? '');
const idleTime = (point: Point): number =>
  Number((point.files.get('/proc/uptime') ?? '').trim().split(' ')[1]);

const change = (dump: Dump, part: string, from: string, of: (point: Point) => number): number =>
  of(at(dump, part)) - of(at(dump, from));

/** Seconds of uptime per second of the boot clock. */
const uptimeRate = (part: string, from: string): Figure => ({
  part,
  file: '/proc/uptime',
  keys: 'uptime',
  measure: (dump) =>
    change(dump, part, from, uptime) / change(dump, part, from, (point) => point.at),
});

/** Idle seconds of all CPUs per second of uptime. */
const idleRate = (part: string, from: string): Figure => ({
  part,
  file: '/proc/uptime',
  keys: 'idle',
  measure: (dump) => change(dump, part, from, idleTime) / change(dump, part, from, uptime),
  whole: { size: (dump) => cpusOf(at(dump, 'start')), name: 'CPU time' },
});

export const cpuFigures: readonly Figure[] = [
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
  uptimeRate('one-end', 'start'),
  idleRate('idle', 'forks'),
  idleRate('one-end', 'one'),
];
