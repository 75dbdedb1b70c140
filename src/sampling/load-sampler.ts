/**
 * Counts the tasks of all containers every 5 seconds and advances their load averages in the ledger. Runs on the main
 * thread, for every container: an average must be complete when /proc/loadavg is first read.
 * @module
 */
import { join } from 'node:path';
import { MAX_DESCENDANTS } from '../cgroup/descendants.ts';
import type { CgroupLayout } from '../cgroup/layout.ts';
import { type Place, placeOf } from '../cgroup/place.ts';
import { type Container, inodeOf } from '../containers/container.ts';
import type { ProcessReader } from '../containers/process.ts';
import { native } from '../native/addon.ts';
import type { NativeChangeDetector, NativeThreadCounter, TaskCounts } from '../native/tasks.ts';
import { type Ledger, type LedgerEntry, Load, ledgerKey } from './ledger.ts';
import { advanceAverages, samplesDue } from './load-average.ts';
import { advanceIdle, LOAD_PERIOD } from './load-sample.ts';

/** Tasks of a container's cgroup and all below. */
interface Counts extends Omit<TaskCounts, 'highest'> {
  /** Highest pid in the container's own pid namespace. */
  readonly lastPid: number;
}

const NONE: Counts = { running: 0, blocked: 0, total: 0, lastPid: 0 };

/** Tasks that the v1 freezer stopped (a paused container) are in state D. The kernel's own load leaves them out. */
function isFrozen(freezer: Place | null): boolean {
  if (freezer?.hierarchy.version !== 1) return false;
  const { mountpoint } = freezer.hierarchy;
  return native.readText(join(mountpoint, freezer.levels[0] ?? '', 'freezer.state')) === 'FROZEN\n';
}

/**
 * Number of samples since the last one. The first count adds no sample: a container is found while a task runs in it,
 * so that moment is not representative.
 */
function samplesSince(tick: number, now: number): number {
  return tick === 0 ? 0 : samplesDue(tick, now, LOAD_PERIOD);
}

/** Stores the counts and, if a sample is due, advances the three averages. */
function recordCounts(load: Float64Array, counts: Counts, now: number, lastSampled: number): void {
  advanceIdle(load, Math.min(lastSampled, now));
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

/** The file with all CPU time of a cgroup and those below it. cpuacct.usage_percpu is longer: it has all CPUs. */
const CPU_TIME_FILE = { 1: 'cpuacct.usage', 2: 'cpu.stat' } as const;

/** Opens the file with a container's CPU time. Returns its number or a negative errno. */
function addCpuTime(files: NativeChangeDetector, place: Place | null): number {
  if (!place) return -1;
  const { version, mountpoint } = place.hierarchy;
  return files.add(mountpoint, place.levels[0] ?? '', CPU_TIME_FILE[version]);
}

/** One container whose load is kept. */
class Sampled {
  readonly container: Container;
  /** Number of the file with its CPU time; negative if there is none. */
  readonly cpuTimeFile: number;
  readonly #key: number;
  readonly #place: Place | null;
  readonly #freezer: Place | null;
  readonly #threads: NativeThreadCounter;
  #entry: LedgerEntry | null = null;
  #highest = 0;
  #counted = NONE;
  /** False during a count, and after a failed one. */
  #recorded = false;

  constructor(
    container: Container,
    layout: CgroupLayout,
    { root }: ProcessReader,
    files: NativeChangeDetector,
  ) {
    this.container = container;
    this.#key = ledgerKey(container.key);
    this.cpuTimeFile = addCpuTime(files, placeOf(layout, container.cgroups, 'cpuacct', 'unified'));
    this.#place = placeOf(layout, container.cgroups, 'cpuacct', 'cpu', 'unified', 'pids', 'memory');
    this.#freezer = placeOf(layout, container.cgroups, 'freezer');
    this.#threads = new native.ThreadCounter(root);
  }

  /** Whether all of its tasks sleep: it is not counted again before it uses CPU time. */
  get sleeps(): boolean {
    const { running, blocked, total } = this.#counted;
    return this.#recorded && this.cpuTimeFile >= 0 && running === 0 && blocked === 0 && total > 0;
  }

  /**
   * Counts its tasks and advances its averages. The record is locked only for the update: counting is slow.
   * @returns false if its cgroup was removed, also if another one of the same name exists now
   */
  count(ledger: Ledger, proc: ProcessReader, now: number): boolean {
    const again = this.#threads.recount();
    if (!again && inodeOf(this.container.directory) !== this.container.inode) return false;
    this.#recorded = false;
    this.#counted = this.#completed(again ?? this.#countAll(), proc);
    const { lastSampled } = ledger;
    this.#recorded = this.#entryIn(ledger, now).update('cpu', ({ load }) =>
      recordCounts(load, this.#counted, now, lastSampled),
    );
    return true;
  }

  /** Closes the files of its threads until it is counted again. */
  rest(): void {
    this.#threads.forget();
  }

  #entryIn(ledger: Ledger, now: number): LedgerEntry {
    if (!this.#entry?.valid) this.#entry = ledger.entry(this.#key, this.container.started, now);
    return this.#entry;
  }

  /** Counts the tasks of the container's cgroup and all below; null if it has no cgroup of its own. */
  #countAll(): TaskCounts | null {
    const place = this.#place;
    if (!place) return null;
    const { version, mountpoint } = place.hierarchy;
    const list = version === 1 ? 'tasks' : 'cgroup.threads';
    const own = place.levels[0] ?? '';
    return this.#threads.count(mountpoint, own, list, CPU_TIME_FILE[version], MAX_DESCENDANTS);
  }

  #completed(found: TaskCounts | null, proc: ProcessReader): Counts {
    if (!found) return this.#counted;
    const lastPid = this.#lastPid(found.highest, proc);
    const frozen = found.blocked > 0 && isFrozen(this.#freezer);
    const { running, blocked } = frozen ? NONE : found;
    return { running, blocked, total: found.total, lastPid };
  }

  /** The number of a thread in the container's own pid namespace. */
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
  /** The files with their CPU times. */
  readonly #cpuTimes = new native.ChangeDetector();
  readonly #byCpuTimeFile = new Map<number, Sampled>();
  /** The containers that were counted at the last sample. */
  #counted = new Set<Sampled>();

  constructor(ledger: Ledger, proc: ProcessReader, layout: CgroupLayout) {
    this.#ledger = ledger;
    this.#proc = proc;
    this.#layout = layout;
  }

  get size(): number {
    return this.#containers.size;
  }

  /** Adds a container and counts it at once, so that its first reader sees its tasks. */
  add(container: Container): void {
    if (this.#containers.has(container.key)) return;
    const sampled = new Sampled(container, this.#layout, this.#proc, this.#cpuTimes);
    this.#containers.set(container.key, sampled);
    if (sampled.cpuTimeFile >= 0) this.#byCpuTimeFile.set(sampled.cpuTimeFile, sampled);
    this.#counted.add(sampled);
    this.#count(sampled, native.bootTime());
  }

  /**
   * Advances all averages, and removes containers that have ended, also from the ledger. A container whose tasks all
   * slept at the last sample and that used no CPU time since is skipped, with its record (see `Ledger.lastSampled`).
   */
  tick(): void {
    const now = native.bootTime();
    const due = new Set<Sampled>();
    for (const number of this.#cpuTimes.changed()) {
      const sampled = this.#byCpuTimeFile.get(number);
      if (sampled) due.add(sampled);
    }
    for (const sampled of this.#counted) {
      if (!sampled.sleeps) due.add(sampled);
      else if (!due.has(sampled)) sampled.rest();
    }
    this.#counted = due;
    const failures = [...due].flatMap((sampled) => this.#failure(sampled, now));
    this.#ledger.lastSampled = now;
    if (failures.length > 0) throw failures[0];
  }

  /** A container that cannot be counted must not stop the others. */
  #failure(sampled: Sampled, now: number): unknown[] {
    try {
      this.#count(sampled, now);
      return [];
    } catch (error) {
      return [error];
    }
  }

  #count(sampled: Sampled, now: number): void {
    if (!sampled.count(this.#ledger, this.#proc, now)) this.#remove(sampled);
  }

  #remove(sampled: Sampled): void {
    sampled.release(this.#ledger);
    this.#containers.delete(sampled.container.key);
    this.#cpuTimes.remove(sampled.cpuTimeFile);
    this.#byCpuTimeFile.delete(sampled.cpuTimeFile);
    this.#counted.delete(sampled);
  }
}
