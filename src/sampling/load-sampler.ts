/**
 * Counts the tasks of containers every 5 seconds and advances their load averages in the ledger. Runs
 * on the main thread, for every container, whether or not it reads /proc/loadavg.
 * @module
 */
import { join } from 'node:path';
import { type Container, inodeOf } from '../containers/container.ts';
import type { ProcessReader } from '../containers/process.ts';
import {
  type NativeSources,
  type NativeThreadCounter,
  native,
  type TaskCounts,
} from '../native.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import { planSpent } from './cpu-sources.ts';
import { withDescendants } from './descendants.ts';
import { type Ledger, type LedgerEntry, Load, ledgerKey } from './ledger.ts';
import { advanceAverages, loadPeriod, samplesDue } from './load-average.ts';
import { type Place, placeOf } from './memory-sources.ts';
import { Group, SlotPlan } from './slot-plan.ts';

/** Microseconds between two samples. */
export const LOAD_PERIOD = loadPeriod(native.clockTick());

/** Tasks of a container and all below. */
interface Counts extends Omit<TaskCounts, 'highest'> {
  /** Highest pid in the container's own pid namespace. */
  readonly lastPid: number;
}

/** The v1 freezer leaves tasks in D (a paused container), which the kernel's own load leaves out. */
function isFrozen(freezer: Place | null): boolean {
  if (freezer?.hierarchy.version !== 1) return false;
  const { mountpoint } = freezer.hierarchy;
  return native.readText(join(mountpoint, freezer.levels[0] ?? '', 'freezer.state')) === 'FROZEN\n';
}

/**
 * Samples due since the last one. The first only starts the clock: a container is noticed because
 * something runs in it, so that moment is no fair sample.
 */
function samplesSince(tick: number, now: number): number {
  return tick === 0 ? 0 : samplesDue(tick, now, LOAD_PERIOD);
}

/** Stores the counts and, when a sample is due, advances the three averages. */
function book(load: Float64Array, counts: Counts, now: number): void {
  const samples = samplesSince(load[Load.tick] ?? 0, now);
  load[Load.running] = counts.running;
  load[Load.blocked] = counts.blocked;
  load[Load.total] = counts.total;
  load[Load.lastPid] = counts.lastPid;
  if (samples > 0 || load[Load.tick] === 0) load[Load.tick] = now;
  if (samples < 1) return;
  const averages = load.subarray(Load.average1, Load.average15 + 1);
  advanceAverages(averages, counts.running + counts.blocked, samples);
}

/** One container whose load is kept. */
class Sampled {
  readonly #container: Container;
  readonly #key: number;
  readonly #place: Place | null;
  readonly #freezer: Place | null;
  /** Slot of its CPU time. */
  readonly #spent: number;
  readonly #values: Float64Array;
  readonly #sources: NativeSources;
  readonly #threads: NativeThreadCounter;
  #entry: LedgerEntry | null = null;
  #spentBefore = Number.NaN;
  #highest = 0;
  #counted: Counts = { running: 0, blocked: 0, total: 0, lastPid: 0 };

  constructor(container: Container, layout: CgroupLayout, { root }: ProcessReader) {
    this.#container = container;
    this.#key = ledgerKey(container.key);
    this.#place = placeOf(layout, container.cgroups, 'cpuacct', 'cpu', 'unified', 'pids', 'memory');
    this.#freezer = placeOf(layout, container.cgroups, 'freezer');
    const plan = new SlotPlan();
    this.#spent = planSpent(plan, placeOf(layout, container.cgroups, 'cpuacct', 'unified'));
    ({ values: this.#values, sources: this.#sources } = plan.open());
    this.#threads = new native.ThreadCounter(root);
  }

  /**
   * Advances the averages. One whose tasks all slept at the last tick and that used no CPU time since
   * is not counted anew. Counting is slow, so the record is held only to book.
   * @returns false once its cgroup is removed, also if another of the same name took its place
   */
  tick(ledger: Ledger, proc: ProcessReader): boolean {
    const now = this.#sources.sample(Group.cpuTime);
    const spent = this.#values[this.#spent] ?? Number.NaN;
    // The files of a removed cgroup, kept open, tell nothing any more; those of another hierarchy may be left.
    const doubtful = Number.isNaN(spent) || this.#counted.total === 0;
    if (doubtful && !this.#exists()) return false;
    if (this.#slept(spent)) this.#threads.forget();
    else this.#counted = this.#count(proc);
    this.#spentBefore = spent;
    this.#entryIn(ledger, now).update('cpu', ({ load }) => book(load, this.#counted, now));
    return true;
  }

  #exists(): boolean {
    return inodeOf(this.#container.directory) === this.#container.inode;
  }

  #entryIn(ledger: Ledger, now: number): LedgerEntry {
    if (!this.#entry?.valid) this.#entry = ledger.entry(this.#key, this.#container.started, now);
    return this.#entry;
  }

  #slept(spent: number): boolean {
    const { running, blocked } = this.#counted;
    return spent === this.#spentBefore && running === 0 && blocked === 0;
  }

  /** Counts the tasks of the container's cgroup and all below. */
  #count(proc: ProcessReader): Counts {
    const place = this.#place;
    if (!place) return this.#counted;
    const { version, mountpoint } = place.hierarchy;
    const name = version === 1 ? 'tasks' : 'cgroup.threads';
    const cgroups = [...withDescendants(mountpoint, place.levels[0] ?? '')];
    const lists = cgroups.map((path) => join(path, name));
    const { highest, ...counts } = this.#threads.count(mountpoint, lists);
    const lastPid = this.#lastPid(highest, proc);
    return counts.blocked > 0 && isFrozen(this.#freezer)
      ? { ...counts, running: 0, blocked: 0, lastPid }
      : { ...counts, lastPid };
  }

  /** What the container calls the thread of this number. */
  #lastPid(highest: number, proc: ProcessReader): number {
    if (highest === this.#highest) return this.#counted.lastPid;
    this.#highest = highest;
    return proc.status(highest)?.namespacePids.at(-1) ?? this.#counted.lastPid;
  }

  release(ledger: Ledger): void {
    ledger.release(this.#key);
    this.#sources.close();
    this.#threads.forget();
  }
}

/** All containers whose load is kept, by key. */
export class LoadSampler {
  readonly #ledger: Ledger;
  readonly #proc: ProcessReader;
  readonly #layout: CgroupLayout;
  readonly #containers = new Map<string, Sampled>();

  constructor(ledger: Ledger, proc: ProcessReader, layout: CgroupLayout) {
    this.#ledger = ledger;
    this.#proc = proc;
    this.#layout = layout;
  }

  get size(): number {
    return this.#containers.size;
  }

  /** Takes a container in; it is counted at once, so that its first reader finds its tasks. */
  add(container: Container): void {
    if (this.#containers.has(container.key)) return;
    const sampled = new Sampled(container, this.#layout, this.#proc);
    this.#containers.set(container.key, sampled);
    sampled.tick(this.#ledger, this.#proc);
  }

  /** Advances all averages; forgets the containers that are gone, in the ledger too. */
  tick(): void {
    for (const [key, sampled] of this.#containers) {
      if (sampled.tick(this.#ledger, this.#proc)) continue;
      sampled.release(this.#ledger);
      this.#containers.delete(key);
    }
  }
}
