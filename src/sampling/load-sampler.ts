/**
 * Counts the tasks of containers every 5 seconds and advances their load averages in the ledger. Runs
 * on the main thread, for every container, whether or not it reads /proc/loadavg.
 * @module
 */
import { join } from 'node:path';
import { MOST_DESCENDANTS } from '../cgroup/descendants.ts';
import type { CgroupLayout } from '../cgroup/layout.ts';
import { type Place, placeOf } from '../cgroup/place.ts';
import { type Container, inodeOf } from '../containers/container.ts';
import type { ProcessReader } from '../containers/process.ts';
import { native } from '../native/addon.ts';
import type { NativeStillFiles, NativeThreadCounter, TaskCounts } from '../native/tasks.ts';
import { type Ledger, type LedgerEntry, Load, ledgerKey } from './ledger.ts';
import { advanceAverages, samplesDue } from './load-average.ts';
import { bringForward, LOAD_PERIOD } from './load-sample.ts';

/** Tasks of a container and all below. */
interface Counts extends Omit<TaskCounts, 'highest'> {
  /** Highest pid in the container's own pid namespace. */
  readonly lastPid: number;
}

const NONE: Counts = { running: 0, blocked: 0, total: 0, lastPid: 0 };

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
function book(load: Float64Array, counts: Counts, now: number, looked: number): void {
  bringForward(load, Math.min(looked, now));
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

/**
 * Tells all CPU time that a cgroup and those below it ever used. cpuacct.usage is one number, where usage_percpu and
 * usage_all have one for each CPU of the host.
 */
const SPENT = { 1: 'cpuacct.usage', 2: 'cpu.stat' } as const;

/** Opens the file with a container's CPU time; a negative errno if there is none. */
function addSpent(files: NativeStillFiles, place: Place | null): number {
  if (!place) return -1;
  const { version, mountpoint } = place.hierarchy;
  return files.add(mountpoint, place.levels[0] ?? '', SPENT[version]);
}

/** One container whose load is kept. */
class Sampled {
  readonly container: Container;
  /** Number of the file with its CPU time; negative if it has none. */
  readonly spent: number;
  readonly #key: number;
  readonly #place: Place | null;
  readonly #freezer: Place | null;
  readonly #threads: NativeThreadCounter;
  #entry: LedgerEntry | null = null;
  #highest = 0;
  #counted = NONE;
  /** False while it is counted, and after that has failed. */
  #booked = false;

  constructor(
    container: Container,
    layout: CgroupLayout,
    { root }: ProcessReader,
    files: NativeStillFiles,
  ) {
    this.container = container;
    this.#key = ledgerKey(container.key);
    this.spent = addSpent(files, placeOf(layout, container.cgroups, 'cpuacct', 'unified'));
    this.#place = placeOf(layout, container.cgroups, 'cpuacct', 'cpu', 'unified', 'pids', 'memory');
    this.#freezer = placeOf(layout, container.cgroups, 'freezer');
    this.#threads = new native.ThreadCounter(root);
  }

  /** Whether it need not be counted before it uses CPU time again: it has tasks, and all of them sleep. */
  get sleeps(): boolean {
    const { running, blocked, total } = this.#counted;
    return this.#booked && this.spent >= 0 && running === 0 && blocked === 0 && total > 0;
  }

  /**
   * Counts its tasks and advances its averages. Counting is slow, so the record is held only to book.
   * @returns false once its cgroup is removed, also if another of the same name took its place
   */
  count(ledger: Ledger, proc: ProcessReader, now: number): boolean {
    const again = this.#threads.recount();
    if (!again && inodeOf(this.container.directory) !== this.container.inode) return false;
    this.#booked = false;
    this.#counted = this.#completed(again ?? this.#countAll(), proc);
    const { looked } = ledger;
    this.#booked = this.#entryIn(ledger, now).update('cpu', ({ load }) =>
      book(load, this.#counted, now, looked),
    );
    return true;
  }

  /** Keeps no file of its threads open until it is counted again. */
  rest(): void {
    this.#threads.forget();
  }

  #entryIn(ledger: Ledger, now: number): LedgerEntry {
    if (!this.#entry?.valid) this.#entry = ledger.entry(this.#key, this.container.started, now);
    return this.#entry;
  }

  /** Counts the tasks of the container's cgroup and all below. */
  #countAll(): TaskCounts | null {
    const place = this.#place;
    if (!place) return null;
    const { version, mountpoint } = place.hierarchy;
    const list = version === 1 ? 'tasks' : 'cgroup.threads';
    const own = place.levels[0] ?? '';
    return this.#threads.count(mountpoint, own, list, SPENT[version], MOST_DESCENDANTS);
  }

  #completed(found: TaskCounts | null, proc: ProcessReader): Counts {
    if (!found) return this.#counted;
    const lastPid = this.#lastPid(found.highest, proc);
    const frozen = found.blocked > 0 && isFrozen(this.#freezer);
    const { running, blocked } = frozen ? NONE : found;
    return { running, blocked, total: found.total, lastPid };
  }

  /** What the container calls the thread of this number. */
  #lastPid(highest: number, proc: ProcessReader): number {
    if (highest === this.#highest) return this.#counted.lastPid;
    this.#highest = highest;
    return proc.status(highest)?.namespacePids.at(-1) ?? this.#counted.lastPid;
  }

  release(ledger: Ledger): void {
    ledger.release(this.#key);
    this.#threads.forget();
  }
}

/** All containers whose load is kept, by key. */
export class LoadSampler {
  readonly #ledger: Ledger;
  readonly #proc: ProcessReader;
  readonly #layout: CgroupLayout;
  readonly #containers = new Map<string, Sampled>();
  /** Their CPU times. */
  readonly #spent = new native.StillFiles();
  readonly #bySpent = new Map<number, Sampled>();
  /** Those that were counted last time. */
  #counted = new Set<Sampled>();

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
    const sampled = new Sampled(container, this.#layout, this.#proc, this.#spent);
    this.#containers.set(container.key, sampled);
    if (sampled.spent >= 0) this.#bySpent.set(sampled.spent, sampled);
    this.#counted.add(sampled);
    this.#count(sampled, native.bootTime());
  }

  /**
   * Advances all averages; forgets the containers that are gone, in the ledger too. One whose tasks all slept the last
   * time and that used no CPU time since is left alone, as is its record (see `Ledger.looked`).
   */
  tick(): void {
    const now = native.bootTime();
    const due = new Set<Sampled>();
    for (const number of this.#spent.changed()) {
      const sampled = this.#bySpent.get(number);
      if (sampled) due.add(sampled);
    }
    for (const sampled of this.#counted) {
      if (!sampled.sleeps) due.add(sampled);
      else if (!due.has(sampled)) sampled.rest();
    }
    this.#counted = due;
    const failures = [...due].flatMap((sampled) => this.#failure(sampled, now));
    this.#ledger.looked = now;
    if (failures.length > 0) throw failures[0];
  }

  /** One that cannot be counted must not take the others down. */
  #failure(sampled: Sampled, now: number): unknown[] {
    try {
      this.#count(sampled, now);
      return [];
    } catch (error) {
      return [error];
    }
  }

  #count(sampled: Sampled, now: number): void {
    if (!sampled.count(this.#ledger, this.#proc, now)) this.#forget(sampled);
  }

  #forget(sampled: Sampled): void {
    sampled.release(this.#ledger);
    this.#containers.delete(sampled.container.key);
    this.#spent.remove(sampled.spent);
    this.#bySpent.delete(sampled.spent);
    this.#counted.delete(sampled);
  }
}
