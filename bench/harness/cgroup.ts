/** The limited cgroup of the readers: v1, v2 or hybrid, at any mount point. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Cleanup, retry } from './cleanup.ts';
import { type Mount, readMounts } from './mounts.ts';

export interface Limits {
  readonly memory: number;
  readonly cpus: readonly number[];
}

export interface Cgroup {
  /** One `cgroup.procs` for each hierarchy: a process joins by writing "0" to all. */
  readonly joins: readonly string[];
  readonly layout: 'v1' | 'v2' | 'hybrid';
  /** Periods in which the CPU quota stopped the readers since the start. */
  throttled(): number;
}

interface Place {
  readonly mount: Mount;
  readonly controllers: readonly string[];
}

const required = ['memory', 'cpu', 'cpuset'];
const wanted = [...required, 'cpuacct', 'blkio', 'io', 'pids'];
const period = 100_000;

const read = (...path: string[]): string => readFileSync(join(...path), 'latin1').trim();
const write = (value: string | number, ...path: string[]): void =>
  writeFileSync(join(...path), String(value));

/** The hierarchies of the wanted controllers, v1 first: on a hybrid machine v2 has the others. */
function findPlaces(mounts: readonly Mount[]): Place[] {
  const places: Place[] = [];
  const found = new Set<string>();
  const order = [
    ...mounts.filter((mount) => mount.type === 'cgroup'),
    ...mounts.filter((mount) => mount.type === 'cgroup2'),
  ];
  for (const mount of order) {
    const offered =
      mount.type === 'cgroup'
        ? mount.options
        : read(mount.mountpoint, 'cgroup.controllers').split(' ');
    const controllers = wanted.filter((name) => offered.includes(name) && !found.has(name));
    if (controllers.length === 0) continue;
    for (const name of controllers) found.add(name);
    places.push({ mount, controllers });
  }
  const missing = required.filter((name) => !found.has(name));
  if (missing.length > 0)
    throw new Error(
      `no cgroup controller ${missing.join(', ')}: mount cgroups, or run on the host`,
    );
  return places;
}

/** Creates one level that accepts processes: a v1 cpuset starts empty, a v2 cgroup without controllers. */
function makeLevel(place: Place, directory: string): void {
  const parent = dirname(directory);
  if (place.mount.type === 'cgroup2')
    for (const name of place.controllers) write(`+${name}`, parent, 'cgroup.subtree_control');
  mkdirSync(directory);
  if (place.mount.type === 'cgroup' && place.controllers.includes('cpuset'))
    for (const file of ['cpuset.cpus', 'cpuset.mems']) write(read(parent, file), directory, file);
}

function limit(place: Place, directory: string, limits: Limits): void {
  const quota = limits.cpus.length * period;
  const v2 = place.mount.type === 'cgroup2';
  if (place.controllers.includes('memory'))
    write(limits.memory, directory, v2 ? 'memory.max' : 'memory.limit_in_bytes');
  if (place.controllers.includes('cpuset')) write(limits.cpus.join(), directory, 'cpuset.cpus');
  if (!place.controllers.includes('cpu')) return;
  if (v2) {
    write(`${quota} ${period}`, directory, 'cpu.max');
    return;
  }
  write(period, directory, 'cpu.cfs_period_us');
  write(quota, directory, 'cpu.cfs_quota_us');
}

function throttledPeriods(directory: string): number {
  const stat = existsSync(join(directory, 'cpu.stat')) ? read(directory, 'cpu.stat') : '';
  return Number(/^nr_throttled (\d+)/m.exec(stat)?.[1] ?? Number.NaN);
}

/** Kills the remaining processes of the benchmark's cgroup: readers whose parent was killed. */
function killAll(procs: string): void {
  for (const pid of read(procs).split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

/**
 * Creates `<name>/level-1/level-2...` of the given depth in every hierarchy, with limits at the last level. The parent of
 * `<name>` must exist.
 */
export function createCgroup(
  name: string,
  depth: number,
  limits: Limits | null,
  cleanup: Cleanup,
): Cgroup {
  const places = findPlaces(readMounts());
  const joins: string[] = [];
  let cpuDirectory = '';
  for (const place of places) {
    let directory = place.mount.mountpoint;
    for (let level = 0; level < depth; level++) {
      const child = join(directory, level === 0 ? name : `level-${level}`);
      makeLevel(place, child);
      cleanup.add(`rmdir ${child}`, () => retry(2000, () => rmdirSync(child)));
      directory = child;
    }
    if (limits) limit(place, directory, limits);
    const procs = join(directory, 'cgroup.procs');
    joins.push(procs);
    cleanup.add(`processes in ${directory}`, () => killAll(procs));
    if (place.controllers.includes('cpu')) cpuDirectory = directory;
  }
  const types = new Set(places.map((place) => place.mount.type));
  return {
    joins,
    layout: types.size > 1 ? 'hybrid' : types.has('cgroup2') ? 'v2' : 'v1',
    throttled: () => throttledPeriods(cpuDirectory),
  };
}
