/**
 * The ledger's file: what lies where, and what of it can be believed.
 *
 * Layout, in this machine's byte order: a header; a directory with the key of each record (0 = free) and
 * its lock; journals, one for each thread that changes records; the records. A record has three sections,
 * each with a checksum behind it that is seeded with the key.
 *
 * A section is copied to its changer's journal before it changes. Who is killed in between leaves the
 * journal in use, and the next daemon puts the copy back: a change happens wholly or not at all.
 * @module
 */
import { bootNumber } from '../base/boot-id.ts';
import { checksum } from '../base/mapped-file.ts';
import { timesLength } from './cpu-times.ts';
import { DISKS_LENGTH } from './disk-counters.ts';
import { PRESSURE_LENGTH } from './pressure.ts';

/** Doubles of the load part of a record. */
export const LOAD_LENGTH = 16;

export const SLOTS = 4096;

const MAGIC = 0x70_76_6c_65;
const VERSION = 4;
const HEADER = 64;
/** Where the header has a number of 8 bytes; 0 in files that an earlier procview has left. */
const LOOKED = 32;
/** More than threads live at a time. */
const JOURNALS = 64;
/** Doubles of a journal before the copy. */
const JOURNAL_HEADER = 2;

/** Header words. */
export const Word = {
  ...{ magic: 0, version: 1, cpus: 2, boot: 3, check: 4 },
  /** Lock of the directory. */
  directory: 5,
  /** How many threads have asked for a journal. */
  journals: 6,
} as const;

/** Words of a journal. `record`: 1 + the slot of the record that is being changed, 0 = none. */
const Journal = { record: 0, section: 1, check: 2 } as const;

/** Parts of a record that change together. `cpu` is the load and the CPU times. */
export type Section = 'cpu' | 'disks' | 'pressure';

/** Where one container's counters are. */
export interface LedgerRecord {
  readonly load: Float64Array;
  readonly times: Float64Array;
  readonly disks: Float64Array;
  readonly pressure: Float64Array;
}

interface Place {
  readonly index: number;
  /** First double in the record. */
  readonly at: number;
  /** Doubles without the checksum, which is the first half of the one behind. */
  readonly length: number;
}

const mix = (sum: number, word: number): number => {
  const product = Math.imul(sum ^ word, 0x9e37_79b1);
  return product ^ (product >>> 15);
};

export class LedgerFile {
  readonly words: Int32Array;
  readonly keys: Float64Array;
  readonly locks: Int32Array;
  /** CLOCK_BOOTTIME at which all containers were looked at last, microseconds; 0 = never. */
  readonly looked: Float64Array;
  /** The whole file. */
  readonly #doubles: Float64Array;
  readonly #ints: Int32Array;
  readonly #shape: Shape;

  constructor(buffer: ArrayBuffer, shape: Shape) {
    this.#shape = shape;
    this.words = new Int32Array(buffer, 0, HEADER / 4);
    this.looked = new Float64Array(buffer, LOOKED, 1);
    this.keys = new Float64Array(buffer, HEADER, SLOTS);
    this.locks = new Int32Array(buffer, HEADER + SLOTS * 8, SLOTS);
    this.#doubles = new Float64Array(buffer);
    this.#ints = new Int32Array(buffer);
  }

  /** Why it cannot be used, null if it can: also if it is new, or of another boot. */
  get fault(): string | null {
    const [magic = 0, version = 0, cpus = 0, boot = 0, check = 0] = this.words;
    if (magic === 0 && version === 0) return null;
    if (magic !== MAGIC) return 'it is no ledger';
    if (version !== VERSION)
      return `it is of version ${version}, and this procview knows ${VERSION}`;
    if (check !== checksum(magic, version, cpus, boot)) return 'its header is damaged';
    return null;
  }

  /** Whether its counters are of this boot of this machine. */
  continues(bootId: string): boolean {
    const { words } = this;
    return (
      words[Word.magic] === MAGIC &&
      words[Word.cpus] === this.#shape.cpus &&
      words[Word.boot] === bootNumber(bootId)
    );
  }

  /** Begins it. Who is killed meanwhile leaves a file that is new, or of another boot. */
  start(bootId: string): void {
    this.keys.fill(0);
    this.looked[0] = 0;
    Atomics.store(this.words, Word.magic, 0);
    Atomics.store(this.words, Word.version, 0);
    const [cpus, boot] = [this.#shape.cpus, bootNumber(bootId)];
    this.words[Word.cpus] = cpus;
    this.words[Word.boot] = boot;
    this.words[Word.check] = checksum(MAGIC, VERSION, cpus, boot);
    Atomics.store(this.words, Word.version, VERSION);
    Atomics.store(this.words, Word.magic, MAGIC);
  }

  /**
   * Undoes what a killed daemon was about to do, and frees the records that are damaged. For who is alone.
   * @returns how many were damaged
   */
  repair(): number {
    for (let journal = 0; journal < JOURNALS; journal++) this.#undo(journal);
    this.locks.fill(0);
    this.words[Word.directory] = 0;
    this.words[Word.journals] = 0;
    let damaged = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.keys[slot] === 0 || this.#intact(slot)) continue;
      this.keys[slot] = 0;
      damaged++;
    }
    return damaged;
  }

  #undo(journal: number): void {
    const at = this.#journalAt(journal);
    const [record = 0, section = 0, check] = this.#ints.subarray(2 * at, 2 * at + 3);
    this.#ints.fill(0, 2 * at, 2 * at + 3);
    const place = this.#shape.sections[section];
    if (record < 1 || record > SLOTS || !place || check !== checksum(record, section)) return;
    const from = at + JOURNAL_HEADER;
    this.#doubles.copyWithin(this.#at(record - 1, place), from, from + place.length + 1);
  }

  #intact(slot: number): boolean {
    const key = this.keys[slot] ?? 0;
    if (!Number.isSafeInteger(key)) return false;
    return this.#shape.sections.every(
      (place) => this.#ints[this.#sumAt(slot, place)] === this.#sum(slot, place, key),
    );
  }

  /** A journal for a thread. After very many it is one of a thread that is gone. */
  claimJournal(): number {
    return (Atomics.add(this.words, Word.journals, 1) & 0x7fff_ffff) % JOURNALS;
  }

  /** Call it before a section of a record changes, with the record locked. */
  begin(journal: number, slot: number, section: Section): void {
    const at = this.#journalAt(journal);
    const place = this.#shape.places[section];
    const from = this.#at(slot, place);
    this.#doubles.copyWithin(at + JOURNAL_HEADER, from, from + place.length + 1);
    this.#ints[2 * at + Journal.section] = place.index;
    this.#ints[2 * at + Journal.check] = checksum(slot + 1, place.index);
    Atomics.store(this.#ints, 2 * at + Journal.record, slot + 1);
  }

  /** The change counts from here on. */
  commit(journal: number, slot: number, section: Section): void {
    this.#seal(slot, this.#shape.places[section], this.keys[slot] ?? 0);
    const at = 2 * this.#journalAt(journal);
    Atomics.store(this.#ints, at + Journal.record, 0);
    // A flipped bit of the other word must not bring it back.
    this.#ints[at + Journal.check] = 0;
  }

  /** Seals all of a record that was just filled; its key makes it count. */
  admit(slot: number, key: number): void {
    for (const place of this.#shape.sections) this.#seal(slot, place, key);
    this.keys[slot] = key;
  }

  #seal(slot: number, place: Place, key: number): void {
    this.#ints[this.#sumAt(slot, place)] = this.#sum(slot, place, key);
  }

  #sum(slot: number, place: Place, key: number): number {
    const ints = this.#ints;
    const seed = mix(mix(place.index + 1, key | 0), Math.floor(key / 2 ** 32));
    const from = 2 * this.#at(slot, place);
    const to = from + 2 * place.length;
    // Two chains that do not wait for each other: this runs at every read.
    let [even, odd] = [seed, ~seed];
    for (let i = from; i < to; i += 2) {
      even = Math.imul(even ^ (ints[i] as number), 0x9e37_79b1);
      odd = Math.imul(odd ^ (ints[i + 1] as number), 0x85eb_ca6b);
      even ^= even >>> 15;
      odd ^= odd >>> 13;
    }
    return mix(even, odd);
  }

  #sumAt(slot: number, place: Place): number {
    return 2 * (this.#at(slot, place) + place.length);
  }

  #journalAt(journal: number): number {
    return this.#shape.journals + journal * this.#shape.journalLength;
  }

  #at(slot: number, { at }: Place): number {
    return this.#shape.records + slot * this.#shape.recordLength + at;
  }

  /** CLOCK_BOOTTIME of the last advance of a record's CPU times. */
  advanced(slot: number): number {
    return this.#doubles[this.#at(slot, this.#shape.places.cpu) + LOAD_LENGTH] ?? 0;
  }

  record(slot: number): LedgerRecord {
    const { cpu, disks, pressure } = this.#shape.places;
    const part = (place: Place, from = 0, to = place.length) =>
      this.#doubles.subarray(this.#at(slot, place) + from, this.#at(slot, place) + to);
    return {
      load: part(cpu, 0, LOAD_LENGTH),
      times: part(cpu, LOAD_LENGTH),
      disks: part(disks),
      pressure: part(pressure),
    };
  }
}

/** Where everything is, on a host of so many possible CPUs. In doubles. */
export class Shape {
  readonly cpus: number;
  readonly places: Readonly<Record<Section, Place>>;
  readonly sections: readonly Place[];
  readonly recordLength: number;
  readonly journalLength: number;
  readonly journals = (HEADER + SLOTS * 12) / 8;
  readonly records: number;

  constructor(cpus: number) {
    this.cpus = cpus;
    const cpu = { index: 0, at: 0, length: LOAD_LENGTH + timesLength(cpus) };
    const disks = { index: 1, at: cpu.at + cpu.length + 1, length: DISKS_LENGTH };
    const pressure = { index: 2, at: disks.at + disks.length + 1, length: PRESSURE_LENGTH };
    this.places = { cpu, disks, pressure };
    this.sections = [cpu, disks, pressure];
    this.recordLength = pressure.at + pressure.length + 1;
    this.journalLength = JOURNAL_HEADER + Math.max(cpu.length, disks.length) + 1;
    this.records = this.journals + JOURNALS * this.journalLength;
  }

  /** Of the whole file. */
  get bytes(): number {
    return 8 * (this.records + SLOTS * this.recordLength);
  }
}
