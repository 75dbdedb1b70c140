/**
 * The ledger: a memory-mapped file with one record per container, shared by all threads of the daemon. Counters in it
 * survive a restart. A file of another version or size is renamed; a file of another boot is cleared.
 * @module
 */
import { hash } from 'node:crypto';
import { openOwnFile } from '../base/mapped-file.ts';
import { native } from '../native/addon.ts';
import { startTimes } from './cpu-times.ts';
import { LedgerFile, type LedgerRecord } from './ledger-file.ts';
import { type Section, Shape, SLOTS, Word } from './ledger-shape.ts';

/** Offsets in the load part of a record. */
export const Load = {
  /** The three averages, in the kernel's fixed point. */
  average1: 0,
  average5: 1,
  average15: 2,
  /** CLOCK_BOOTTIME of the last sample, microseconds; 0 = none yet. */
  tick: 3,
  running: 4,
  blocked: 5,
  total: 6,
  lastPid: 7,
  /** Start of the container, seconds since the Epoch; constant once computed. */
  btime: 8,
  /** The same in microseconds since boot; 0 = not read yet, -1 = unknown when it was first read. */
  started: 9,
} as const;

/** Attempts before a thread sleeps: a change takes a microsecond, so the holder of the lock lost its CPU. */
const SPINS = 2000;

/** Milliseconds that a thread sleeps for a lock at most. */
const MAX_SLEEP_MS = 100;

/** Never notified: waiting for it is a sleep without an event loop. */
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

export type LedgerMode = 'exclusive' | 'shared' | 'private';

/** A container's key as a positive integer below 2^48. */
export function ledgerKey(key: string): number {
  const digest = hash('sha256', Buffer.from(key, 'latin1'), 'hex');
  return Number.parseInt(digest.slice(0, 12), 16) + 1;
}

export class Ledger {
  readonly #file: LedgerFile;
  readonly #journal: number;
  /** Whether counters of an earlier daemon were found. */
  readonly continued: boolean;
  /** Faults of the file, for the log. Their counters start again from zero. */
  readonly findings: readonly string[];

  /**
   * Maps the ledger file. `exclusive` (the daemon's main thread) also clears a file that cannot be used, and undoes
   * unfinished changes of a killed daemon; it throws with code EWOULDBLOCK if another daemon uses the file.
   * @param cpus the host's possible CPUs
   * @param bootId /proc/sys/kernel/random/boot_id
   */
  constructor(path: string, cpus: number, bootId: string, mode: LedgerMode) {
    const shape = new Shape(cpus);
    const faultOf = (buffer: ArrayBuffer) => new LedgerFile(buffer, shape).fault;
    const { buffer, finding } =
      mode === 'exclusive'
        ? openOwnFile(path, shape.bytes, mode, faultOf)
        : { buffer: native.mapFile(path, shape.bytes, mode), finding: null };
    this.#file = new LedgerFile(buffer, shape);
    this.continued = this.#file.fault === null && this.#file.continues(bootId);
    if (mode !== 'shared' && !this.continued) this.#file.start(bootId);
    const damaged = mode === 'exclusive' ? this.#file.repair() : 0;
    const dropped = `${path}: counters of ${damaged} containers are damaged and start again from zero`;
    this.findings = [...(finding === null ? [] : [finding]), ...(damaged > 0 ? [dropped] : [])];
    this.#journal = this.#file.claimJournal();
  }

  /**
   * CLOCK_BOOTTIME of the last sample of all containers, microseconds. If a record says that no task ran or waited,
   * all tasks of its container slept until then: the sampler does not write such a record again.
   */
  get lastSampled(): number {
    return this.#file.lastSampled[0] ?? 0;
  }

  set lastSampled(now: number) {
    this.#file.lastSampled[0] = now;
  }

  /**
   * The entry of a container; without one, a new entry. If all records are in use, it replaces the record that was
   * not advanced for the longest time.
   * @param started start of the container, microseconds since boot, NaN if unknown
   * @param now CLOCK_BOOTTIME, microseconds
   */
  entry(key: number, started: number, now: number): LedgerEntry {
    const slot = this.#withDirectory(() => {
      const found = this.#file.keys.indexOf(key);
      return found >= 0 ? found : this.#allocate(key, started, now);
    });
    return new LedgerEntry(this.#file, this.#journal, slot, key);
  }

  /** Runs `change` with the directory locked. */
  #withDirectory<T>(change: () => T): T {
    const { words } = this.#file;
    if (!lock(words, Word.directory))
      throw new Error('ledger: another thread keeps its directory locked');
    try {
      return change();
    } finally {
      unlock(words, Word.directory);
    }
  }

  #allocate(key: number, started: number, now: number): number {
    const slot = this.#lockedFree();
    const { load, times, disks, pressure } = this.#file.record(slot);
    try {
      this.#file.keys[slot] = 0;
      for (const part of [load, disks, pressure]) part.fill(0);
      startTimes(times, started, now);
      this.#file.publish(slot, key);
    } finally {
      unlock(this.#file.locks, slot);
    }
    return slot;
  }

  /** A record for a new container, locked: another thread may still be changing it for the one before. */
  #lockedFree(): number {
    const { keys, locks } = this.#file;
    for (let free = keys.indexOf(0); free >= 0; free = keys.indexOf(0, free + 1)) {
      if (lock(locks, free, 0)) return free;
    }
    const stalest = this.#stalest();
    if (lock(locks, stalest)) return stalest;
    throw new Error('ledger: no record is free');
  }

  #stalest(): number {
    let stalest = 0;
    let at = Infinity;
    for (let slot = 0; slot < SLOTS; slot++) {
      const advanced = this.#file.advanced(slot);
      if (advanced < at) [stalest, at] = [slot, advanced];
    }
    return stalest;
  }

  /** Frees the record of a removed container. */
  release(key: number): void {
    this.#withDirectory(() => {
      const slot = this.#file.keys.indexOf(key);
      if (slot >= 0) this.#file.keys[slot] = 0;
    });
  }
}

/** Returns false if another thread holds the lock for more than `ms` milliseconds. */
function lock(words: Int32Array, at: number, ms = MAX_SLEEP_MS): boolean {
  for (let slept = 0; ; slept++) {
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.compareExchange(words, at, 0, 1) === 0) return true;
    }
    if (slept >= ms) return false;
    Atomics.wait(PAUSE, 0, 0, 1);
  }
}

function unlock(words: Int32Array, at: number): void {
  Atomics.store(words, at, 0);
}

/** One container's record, valid until another container gets it. */
export class LedgerEntry {
  readonly #file: LedgerFile;
  readonly #journal: number;
  readonly #slot: number;
  readonly #key: number;
  readonly #record: LedgerRecord;

  constructor(file: LedgerFile, journal: number, slot: number, key: number) {
    this.#file = file;
    this.#journal = journal;
    this.#slot = slot;
    this.#key = key;
    this.#record = file.record(slot);
  }

  /** False if the record belongs to another container now: the ledger has to be asked for a new entry. */
  get valid(): boolean {
    return this.#file.keys[this.#slot] === this.#key;
  }

  /** Ledger.lastSampled. */
  get lastSampled(): number {
    return this.#file.lastSampled[0] ?? 0;
  }

  /**
   * Runs `change` on a section of the record, with the record locked. If the daemon is killed meanwhile, the section
   * does not change. Returns false, without a change, if the record stays locked or belongs to another container.
   */
  update(section: Section, change: (record: LedgerRecord) => void): boolean {
    return this.#hold((record) => {
      this.#file.begin(this.#journal, this.#slot, section);
      try {
        change(record);
      } finally {
        this.#file.commit(this.#journal, this.#slot, section);
      }
    });
  }

  /** Runs `use` with the record locked. Returns false as `update` does. */
  #hold(use: (record: LedgerRecord) => void): boolean {
    const { locks } = this.#file;
    if (!lock(locks, this.#slot)) return false;
    try {
      if (!this.valid) return false;
      use(this.#record);
    } finally {
      unlock(locks, this.#slot);
    }
    return true;
  }

  /**
   * Reads the record between changes, for figures that a container sees: an unfinished change is undone if the daemon
   * is killed, and its figures would then run backwards. If the record stays locked, it is read as it is. Nothing is
   * read if the record belongs to another container.
   */
  read(use: (record: LedgerRecord) => void): void {
    if (!this.#hold(use)) this.peek(use);
  }

  /**
   * Reads the record without a lock, also while another thread changes it: each counter is then from before or after
   * the change. Nothing is read if the record belongs to another container.
   */
  peek(use: (record: LedgerRecord) => void): void {
    if (this.valid) use(this.#record);
  }
}
