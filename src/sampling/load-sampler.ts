/**
 * Counts the tasks of containers every 5 seconds and advances their load averages in the ledger. Runs
 * on the main thread, for every container, whether or not it reads /proc/loadavg.
 * @module
 */
import { join } from 'node:path';
import type { Container } from '../containers/container.ts';
import type { ProcessReader } from '../containers/process.ts';
import { native, type TaskCounts } from '../native.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import { planCpuTime, type ReadUsage } from './cpu-sources.ts';
import { type Ledger, type LedgerRecord, Load, ledgerKey } from './ledger.ts';
import { advanceLoad, EXPONENTS, LOAD_PERIOD } from './load-average.ts';
import { type Place, placeOf } from './memory-sources.ts';
import { Group, SlotPlan } from './slot-plan.ts';

/** A container with more sub-cgroups is counted only so far: it must not stop the others' clock. */
const MOST_CGROUPS = 4096;

/** [running, uninterruptible, total, highest tid] of a container and all below. */
type Counts = readonly [running: number, blocked: number, total: number, highest: number];

/** Paths of a cgroup and all its descendants, below the mount point. */
function withDescendants(root: string, top: string): string[] {
  const found = [top];
  for (let i = 0; i < found.length && found.length < MOST_CGROUPS; i++) {
    const path = found[i] ?? '';
    const names = native.readDirectory(root, path, true);
    if (typeof names !== 'number') found.push(...names.map((name) => join(path, name)));
  }
  return found;
}

/** Tasks of one cgroup: counted by the kernel on v1 (CGROUPSTATS), thread by thread otherwise. */
function countCgroup(place: Place, path: string, procRoot: string, into: TaskCounts): boolean {
  const { version, mountpoint } = place.hierarchy;
  const list = join(path, version === 1 ? 'tasks' : 'cgroup.threads');
  if (version === 1 && native.cgroupStats(mountpoint, path, into) === 0) {
    into[3] = highestListed(join(mountpoint, list));
    return true;
  }
  return native.countThreads(mountpoint, list, procRoot, into) === 0;
}

/** v1 lists the tasks of a cgroup in ascending order. */
function highestListed(file: string): number {
  const text = native.readText(file);
  return typeof text === 'string' ? Number(text.trimEnd().split('\n').at(-1)) : 0;
}

/** Whole periods since the last tick; a first tick counts as one. */
function periodsSince(tick: number, now: number): number {
  return tick === 0 ? 1 : Math.round((now - tick) / LOAD_PERIOD);
}

/** Stores the counts and, when a period has passed, advances the three averages. */
function book(load: Float64Array, counts: Counts, lastPid: number, now: number): void {
  const [running, blocked, total] = counts;
  const periods = periodsSince(load[Load.tick] ?? 0, now);
  [load[Load.running], load[Load.blocked], load[Load.total]] = [running, blocked, total];
  load[Load.lastPid] = Math.max(lastPid, 0);
  if (periods < 1) return;
  load[Load.tick] = now;
  for (const [i, exponent] of EXPONENTS.entries()) {
    const at = Load.average1 + i;
    load[at] = advanceLoad(load[at] ?? 0, exponent, running + blocked, periods);
  }
}

/** One container whose load is kept. */
class Sampled {
  readonly #container: Container;
  readonly #key: number;
  readonly #place: Place | null;
  readonly #usage: ReadUsage | null;
  readonly #values: Float64Array;
  readonly #sources;

  constructor(container: Container, layout: CgroupLayout, cpus: number) {
    this.#container = container;
    this.#key = ledgerKey(container.key);
    this.#place = placeOf(layout, container.cgroups, 'cpuacct', 'cpu', 'unified', 'pids', 'memory');
    const plan = new SlotPlan();
    this.#usage = planCpuTime(plan, placeOf(layout, container.cgroups, 'cpuacct', 'unified'), cpus);
    ({ values: this.#values, sources: this.#sources } = plan.open());
  }

  /** True until its cgroup is removed. */
  alive(): boolean {
    if (!this.#place) return false;
    const { mountpoint } = this.#place.hierarchy;
    return typeof native.readDirectory(mountpoint, this.#place.levels[0] ?? '', true) !== 'number';
  }

  /** Advances the averages. One whose tasks all slept and that used no CPU time since is not counted anew. */
  tick(ledger: Ledger, proc: ProcessReader): void {
    const now = this.#sources.sample(Group.cpuTime);
    const used = this.#cpuTime();
    const entry = ledger.entry(this.#key, this.#container.started, now);
    entry.update((record) => {
      const { load } = record;
      const idle = load[Load.running] === 0 && load[Load.blocked] === 0;
      if ((load[Load.tick] ?? 0) > 0 && idle && used === load[Load.usage]) {
        book(load, [0, 0, load[Load.total] ?? 0, 0], load[Load.lastPid] ?? 0, now);
        return;
      }
      this.#count(record, proc, now);
      load[Load.usage] = used;
    });
  }

  #cpuTime(): number {
    const usage = this.#usage?.(this.#values);
    if (!usage) return Number.NaN;
    if (usage.kind === 'total') return usage.user + usage.nice + usage.system;
    return usage.usage.reduce((sum, each) => sum + (each || 0), 0);
  }

  #count({ load }: LedgerRecord, proc: ProcessReader, now: number): void {
    const counts = this.#tasks(proc.root);
    const pids = counts[3] > 0 ? proc.status(counts[3])?.namespacePids : undefined;
    book(load, counts, pids?.at(-1) ?? load[Load.lastPid] ?? 0, now);
  }

  #tasks(procRoot: string): Counts {
    const sum: [number, number, number, number] = [0, 0, 0, 0];
    const place = this.#place;
    if (!place) return sum;
    const one = new Float64Array(4);
    for (const path of withDescendants(place.hierarchy.mountpoint, place.levels[0] ?? '')) {
      if (!countCgroup(place, path, procRoot, one)) continue;
      for (const i of [0, 1, 2] as const) sum[i] += one[i] ?? 0;
      sum[3] = Math.max(sum[3], one[3] || 0);
    }
    return sum;
  }

  release(ledger: Ledger): void {
    ledger.release(this.#key);
    this.#sources.close();
  }
}

/** All containers whose load is kept, by key. */
export class LoadSampler {
  readonly #ledger: Ledger;
  readonly #proc: ProcessReader;
  readonly #layout: CgroupLayout;
  readonly #cpus: number;
  readonly #containers = new Map<string, Sampled>();

  /** @param cpus the host's possible CPUs */
  constructor(ledger: Ledger, proc: ProcessReader, layout: CgroupLayout, cpus: number) {
    this.#ledger = ledger;
    this.#proc = proc;
    this.#layout = layout;
    this.#cpus = cpus;
  }

  get size(): number {
    return this.#containers.size;
  }

  /** Takes a container in; it is counted at once, so that its first reader finds its tasks. */
  add(container: Container): void {
    if (this.#containers.has(container.key)) return;
    const sampled = new Sampled(container, this.#layout, this.#cpus);
    this.#containers.set(container.key, sampled);
    sampled.tick(this.#ledger, this.#proc);
  }

  /** Advances all averages; forgets the containers that are gone, in the ledger too. */
  tick(): void {
    for (const [key, sampled] of this.#containers) {
      if (sampled.alive()) {
        sampled.tick(this.#ledger, this.#proc);
        continue;
      }
      sampled.release(this.#ledger);
      this.#containers.delete(key);
    }
  }
}
