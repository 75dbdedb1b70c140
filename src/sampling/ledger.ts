/**
 * The ledger: a memory-mapped file with one record per container, shared by all threads of the daemon,
 * where counters live on when the daemon does not. A file of another version or size is set aside; one of
 * another boot is begun anew: its counters mean nothing here.
 * @module
 */
import { hash } from 'node:crypto';
import { openOwnFile } from '../base/mapped-file.ts';
import { native } from '../native/addon.ts';
import { startTimes } from './cpu-times.ts';
import { LedgerFile, type LedgerRecord, type Section, Shape, SLOTS, Word } from './ledger-file.ts';

/** Offsets in the load part of a record. */
export const Load = {
  /** The three averages, in the kernel's fixed point. */
  average1: 0,
  average5: 1,
  average15: 2,
  /** CLOCK_BOOTTIME of the last tick, microseconds; 0 = none yet. */
  tick: 3,
  running: 4,
  blocked: 5,
  total: 6,
  lastPid: 7,
  /** Start of the container, seconds since the Epoch; constant once computed. */
  btime: 8,
  /** The same in microseconds since boot; 0 = not asked for yet, -1 = it was unknown then. */
  started: 9,
} as const;

/** Spins before it sleeps for a lock: a change takes a microsecond, so its holder has lost its CPU. */
const SPINS = 2000;

/** Milliseconds that it sleeps for one at most. */
const SLEEPS = 100;

/** Never notified: waiting on it is a sleep that needs no event loop. */
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
  /** Whether an earlier daemon's counters were found. */
  readonly continued: boolean;
  /** What was wrong with the file, for the log: what it was about begins anew. */
  readonly findings: readonly string[];

  /**
   * Maps the ledger file. `exclusive` (the daemon's main thread) also starts it anew where needed and
   * undoes what a killed daemon was about to do; throws with code EWOULDBLOCK if another daemon has it.
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
    const dropped = `${path}: counters of ${damaged} containers are damaged and begin anew`;
    this.findings = [...(finding === null ? [] : [finding]), ...(damaged > 0 ? [dropped] : [])];
    this.#journal = this.#file.claimJournal();
  }

  /**
   * When all containers were looked at last, CLOCK_BOOTTIME in microseconds. The tasks of one whose record says that none
   * ran or waited have slept until then, as far as anybody knows: its record need not be written to say so.
   */
  get looked(): number {
    return this.#file.looked[0] ?? 0;
  }

  set looked(now: number) {
    this.#file.looked[0] = now;
  }

  /**
   * The entry of a container, made if there is none. When all records are in use the one that was
   * advanced longest ago gives way.
   * @param started start of the container, microseconds since boot, NaN if unknown
   * @param now CLOCK_BOOTTIME, microseconds
   */
  entry(key: number, started: number, now: number): LedgerEntry {
    const slot = this.#alone(() => {
      const found = this.#file.keys.indexOf(key);
      return found >= 0 ? found : this.#allocate(key, started, now);
    });
    return new LedgerEntry(this.#file, this.#journal, slot, key);
  }

  /** Runs `change` on the directory, alone. */
  #alone<T>(change: () => T): T {
    const { words } = this.#file;
    if (!lock(words, Word.directory)) throw new Error('ledger: its directory stays locked');
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
      this.#file.admit(slot, key);
    } finally {
      unlock(this.#file.locks, slot);
    }
    return slot;
  }

  /** A record for a new container, locked: whoever had it before may be in the middle of a change. */
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

  /** Frees the record of a container that is gone. */
  release(key: number): void {
    this.#alone(() => {
      const slot = this.#file.keys.indexOf(key);
      if (slot >= 0) this.#file.keys[slot] = 0;
    });
  }
}

/** False if somebody holds it for longer than so many milliseconds. */
function lock(words: Int32Array, at: number, sleeps = SLEEPS): boolean {
  for (let slept = 0; ; slept++) {
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.compareExchange(words, at, 0, 1) === 0) return true;
    }
    if (slept >= sleeps) return false;
    Atomics.wait(PAUSE, 0, 0, 1);
  }
}

function unlock(words: Int32Array, at: number): void {
  Atomics.store(words, at, 0);
}

/** One container's record, for as long as it is that container's. */
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

  /** False once the record was given to another container: ask the ledger for a new entry. */
  get valid(): boolean {
    return this.#file.keys[this.#slot] === this.#key;
  }

  /** Ledger.looked. */
  get looked(): number {
    return this.#file.looked[0] ?? 0;
  }

  /**
   * Runs `change` on a section of the record, alone; who is killed meanwhile has changed nothing. False if
   * another thread holds it for too long, or if it is another container's now; then nothing ran.
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

  /** Runs `use` on the record while nobody changes it. False, and nothing ran, as with `update`. */
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
   * Shows the record as it counts, for figures that a container is told: a change that has not ended is undone
   * if we are killed, and what was told of it would run backwards. Only if it is held for too long it is shown
   * as it is; nothing if it is another container's now.
   */
  show(look: (record: LedgerRecord) => void): void {
    if (!this.#hold(look)) this.look(look);
  }

  /**
   * Shows the record, also while another thread changes it: a counter is then either one that was
   * shown before or a later one. Nothing if it is another container's now.
   */
  look(look: (record: LedgerRecord) => void): void {
    if (this.valid) look(this.#record);
  }
}
