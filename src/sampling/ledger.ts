/**
 * The ledger: a memory-mapped file with one record per container, shared by all threads of the daemon,
 * where counters live on when the daemon does not.
 *
 * Layout, in this machine's byte order: a header; a directory with the key of each record (0 = free)
 * and its lock; the records, each a load part, a CPU-times part, and the counters of disks and
 * pressure. A file of another version, boot or CPU count is started anew: its counters mean nothing here.
 * @module
 */
import { createHash } from 'node:crypto';
import { native } from '../native.ts';
import { startTimes, timesLength } from './cpu-times.ts';
import { DISKS_LENGTH } from './disk-counters.ts';
import { PRESSURE_LENGTH } from './pressure.ts';

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
  size: 16,
} as const;

const MAGIC = 0x70_76_6c_65;
const VERSION = 2;
const HEADER = 64;
const SLOTS = 4096;
/** Spins before giving up on a lock: its holder was preempted, and a reader must not wait for that. */
const SPINS = 20_000;

/** Never notified: waiting on it is a sleep that needs no event loop. */
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** Header words. */
const Word = { magic: 0, version: 1, cpus: 2, boot: 3, directory: 4 } as const;

export type LedgerMode = 'exclusive' | 'shared' | 'private';

/** Where one container's counters are. */
export interface LedgerRecord {
  readonly load: Float64Array;
  readonly times: Float64Array;
  readonly disks: Float64Array;
  readonly pressure: Float64Array;
}

/** A container's key as a positive integer below 2^48. */
export function ledgerKey(key: string): number {
  return createHash('sha256').update(key, 'latin1').digest().readUIntBE(0, 6) + 1;
}

export class Ledger {
  readonly #words: Int32Array;
  readonly #keys: Float64Array;
  readonly #locks: Int32Array;
  readonly #records: Float64Array;
  /** Ends of a record's parts, in its order. */
  readonly #ends: readonly [load: number, times: number, disks: number, pressure: number];
  readonly #recordLength: number;
  /** Whether an earlier daemon's counters were found. */
  readonly continued: boolean;

  /**
   * Maps the ledger file. `exclusive` (the daemon's main thread) also starts it anew where needed and
   * clears locks that a killed daemon left; throws with code EWOULDBLOCK if another daemon has it.
   * @param cpus the host's possible CPUs
   * @param bootId /proc/sys/kernel/random/boot_id
   */
  constructor(path: string, cpus: number, bootId: string, mode: LedgerMode) {
    const times = Load.size + timesLength(cpus);
    const disks = times + DISKS_LENGTH;
    this.#recordLength = disks + PRESSURE_LENGTH;
    this.#ends = [Load.size, times, disks, this.#recordLength];
    const directory = HEADER + SLOTS * 12;
    const buffer = native.mapFile(path, directory + SLOTS * this.#recordLength * 8, mode);
    this.#words = new Int32Array(buffer, 0, HEADER / 4);
    this.#keys = new Float64Array(buffer, HEADER, SLOTS);
    this.#locks = new Int32Array(buffer, HEADER + SLOTS * 8, SLOTS);
    this.#records = new Float64Array(buffer, directory, SLOTS * this.#recordLength);
    const boot = createHash('sha256').update(bootId).digest().readInt32BE(0);
    this.continued = this.#matches(cpus, boot);
    if (mode !== 'shared' && !this.continued) this.#start(cpus, boot);
    if (mode !== 'shared') this.#unlockAll();
  }

  #matches(cpus: number, boot: number): boolean {
    const words = this.#words;
    return (
      words[Word.magic] === MAGIC &&
      words[Word.version] === VERSION &&
      words[Word.cpus] === cpus &&
      words[Word.boot] === boot
    );
  }

  #start(cpus: number, boot: number): void {
    this.#keys.fill(0);
    this.#words[Word.version] = VERSION;
    this.#words[Word.cpus] = cpus;
    this.#words[Word.boot] = boot;
    this.#words[Word.magic] = MAGIC;
  }

  #unlockAll(): void {
    this.#locks.fill(0);
    this.#words[Word.directory] = 0;
  }

  #record(slot: number): LedgerRecord {
    const at = slot * this.#recordLength;
    const [load, times, disks, pressure] = this.#ends;
    const part = (from: number, to: number) => this.#records.subarray(at + from, at + to);
    return {
      load: part(0, load),
      times: part(load, times),
      disks: part(times, disks),
      pressure: part(disks, pressure),
    };
  }

  /**
   * The entry of a container, made if there is none. When all records are in use the one that was
   * advanced longest ago gives way.
   * @param started start of the container, microseconds since boot, NaN if unknown
   * @param now CLOCK_BOOTTIME, microseconds
   */
  entry(key: number, started: number, now: number): LedgerEntry {
    const slot = this.#alone(() => {
      const found = this.#keys.indexOf(key);
      return found >= 0 ? found : this.#allocate(key, started, now);
    });
    return new LedgerEntry(this.#keys, this.#locks, slot, key, this.#record(slot));
  }

  /** Runs `change` on the directory, alone; waits for whoever holds it, at most 100 ms. */
  #alone<T>(change: () => T): T {
    for (let tries = 0; tries < 100; tries++) {
      if (lock(this.#words, Word.directory)) {
        try {
          return change();
        } finally {
          unlock(this.#words, Word.directory);
        }
      }
      Atomics.wait(PAUSE, 0, 0, 1);
    }
    throw new Error('ledger: its directory stays locked');
  }

  #allocate(key: number, started: number, now: number): number {
    const free = this.#keys.indexOf(0);
    const slot = free >= 0 ? free : this.#stalest();
    const record = this.#record(slot);
    // Whoever had it before may be in the middle of a change.
    const locked = lock(this.#locks, slot);
    for (const part of [record.load, record.disks, record.pressure]) part.fill(0);
    startTimes(record.times, started, now);
    this.#keys[slot] = key;
    if (locked) unlock(this.#locks, slot);
    return slot;
  }

  #stalest(): number {
    let stalest = 0;
    let at = Infinity;
    for (let slot = 0; slot < SLOTS; slot++) {
      const advanced = this.#records[slot * this.#recordLength + Load.size] ?? 0;
      if (advanced < at) [stalest, at] = [slot, advanced];
    }
    return stalest;
  }

  /** Frees the record of a container that is gone. */
  release(key: number): void {
    this.#alone(() => {
      const slot = this.#keys.indexOf(key);
      if (slot >= 0) this.#keys[slot] = 0;
    });
  }
}

function lock(words: Int32Array, at: number): boolean {
  for (let spin = 0; spin < SPINS; spin++) {
    if (Atomics.compareExchange(words, at, 0, 1) === 0) return true;
  }
  return false;
}

function unlock(words: Int32Array, at: number): void {
  Atomics.store(words, at, 0);
}

/** One container's record, for as long as it is that container's. */
export class LedgerEntry {
  readonly #keys: Float64Array;
  readonly #locks: Int32Array;
  readonly #slot: number;
  readonly #key: number;
  readonly #record: LedgerRecord;

  constructor(
    keys: Float64Array,
    locks: Int32Array,
    slot: number,
    key: number,
    record: LedgerRecord,
  ) {
    this.#keys = keys;
    this.#locks = locks;
    this.#slot = slot;
    this.#key = key;
    this.#record = record;
  }

  /** False once the record was given to another container: ask the ledger for a new entry. */
  get valid(): boolean {
    return this.#keys[this.#slot] === this.#key;
  }

  /**
   * Runs `change` on the record, alone. False if another thread holds it for too long, or if it is
   * another container's now; then nothing ran.
   */
  update(change: (record: LedgerRecord) => void): boolean {
    if (!lock(this.#locks, this.#slot)) return false;
    try {
      if (!this.valid) return false;
      change(this.#record);
    } finally {
      unlock(this.#locks, this.#slot);
    }
    return true;
  }

  /**
   * Shows the record, also while another thread changes it: a counter is then either one that was
   * shown before or a later one. Nothing if it is another container's now.
   */
  look(look: (record: LedgerRecord) => void): void {
    if (this.valid) look(this.#record);
  }
}
