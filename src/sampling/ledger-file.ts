/**
 * The ledger's file: reads, changes and checks it.
 *
 * A thread copies a section to its journal before it changes the section. If the daemon is killed in between, the
 * journal stays in use and the next daemon restores the copy: a change happens completely or not at all.
 * @module
 */
import { bootNumber } from '../base/boot-id.ts';
import { checksum } from '../base/mapped-file.ts';
import {
  HEADER,
  JOURNAL_HEADER,
  JOURNALS,
  Journal,
  LAST_SAMPLED,
  LOAD_LENGTH,
  type Section,
  type SectionPlace,
  type Shape,
  SLOTS,
  Word,
} from './ledger-shape.ts';

const MAGIC = 0x70_76_6c_65;
const VERSION = 4;

/** The counters of one container. */
export interface LedgerRecord {
  readonly load: Float64Array;
  readonly times: Float64Array;
  readonly disks: Float64Array;
  readonly pressure: Float64Array;
}

const mix = (sum: number, word: number): number => {
  const product = Math.imul(sum ^ word, 0x9e37_79b1);
  return product ^ (product >>> 15);
};

export class LedgerFile {
  readonly words: Int32Array;
  readonly keys: Float64Array;
  readonly locks: Int32Array;
  /** One number: CLOCK_BOOTTIME of the last sample of all containers, microseconds; 0 = never. */
  readonly lastSampled: Float64Array;
  /** The whole file. */
  readonly #doubles: Float64Array;
  readonly #ints: Int32Array;
  readonly #shape: Shape;

  constructor(buffer: ArrayBuffer, shape: Shape) {
    this.#shape = shape;
    this.words = new Int32Array(buffer, 0, HEADER / 4);
    this.lastSampled = new Float64Array(buffer, LAST_SAMPLED, 1);
    this.keys = new Float64Array(buffer, HEADER, SLOTS);
    this.locks = new Int32Array(buffer, HEADER + SLOTS * 8, SLOTS);
    this.#doubles = new Float64Array(buffer);
    this.#ints = new Int32Array(buffer);
  }

  /** Why the file cannot be used; null for a valid file, also for a new one or one of another boot. */
  get fault(): string | null {
    const [magic = 0, version = 0, cpus = 0, boot = 0, check = 0] = this.words;
    if (magic === 0 && version === 0) return null;
    if (magic !== MAGIC) return 'it is not a ledger';
    if (version !== VERSION)
      return `it has version ${version}, and this procview reads version ${VERSION}`;
    if (check !== checksum(magic, version, cpus, boot)) return 'its header is damaged';
    return null;
  }

  /** Whether its counters were counted since this machine was booted. */
  continues(bootId: string): boolean {
    const { words } = this;
    return (
      words[Word.magic] === MAGIC &&
      words[Word.cpus] === this.#shape.cpus &&
      words[Word.boot] === bootNumber(bootId)
    );
  }

  /** Starts an empty ledger. If the daemon is killed meanwhile, the file is new or of another boot. */
  start(bootId: string): void {
    this.keys.fill(0);
    this.lastSampled[0] = 0;
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
   * Undoes the unfinished changes of a killed daemon and frees damaged records. No other thread may use the file.
   * @returns the number of damaged records
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

  /** Returns a journal for a thread. Numbers are reused after JOURNALS claims, when the first threads have ended. */
  claimJournal(): number {
    return (Atomics.add(this.words, Word.journals, 1) & 0x7fff_ffff) % JOURNALS;
  }

  /** Saves a section before it changes. The record must be locked. */
  begin(journal: number, slot: number, section: Section): void {
    const at = this.#journalAt(journal);
    const place = this.#shape.places[section];
    const from = this.#at(slot, place);
    this.#doubles.copyWithin(at + JOURNAL_HEADER, from, from + place.length + 1);
    this.#ints[2 * at + Journal.section] = place.index;
    this.#ints[2 * at + Journal.check] = checksum(slot + 1, place.index);
    Atomics.store(this.#ints, 2 * at + Journal.record, slot + 1);
  }

  /** Ends a change: from here on it is not undone. */
  commit(journal: number, slot: number, section: Section): void {
    this.#updateSum(slot, this.#shape.places[section], this.keys[slot] ?? 0);
    const at = 2 * this.#journalAt(journal);
    Atomics.store(this.#ints, at + Journal.record, 0);
    // A flipped bit in the other word must not undo the change.
    this.#ints[at + Journal.check] = 0;
  }

  /** Adds the checksums to a new record, and its key, which makes it valid. */
  publish(slot: number, key: number): void {
    for (const place of this.#shape.sections) this.#updateSum(slot, place, key);
    this.keys[slot] = key;
  }

  #updateSum(slot: number, place: SectionPlace, key: number): void {
    this.#ints[this.#sumAt(slot, place)] = this.#sum(slot, place, key);
  }

  #sum(slot: number, place: SectionPlace, key: number): number {
    const ints = this.#ints;
    const seed = mix(mix(place.index + 1, key | 0), Math.floor(key / 2 ** 32));
    const from = 2 * this.#at(slot, place);
    const to = from + 2 * place.length;
    // Two independent chains, because this runs at every read.
    let [even, odd] = [seed, ~seed];
    for (let i = from; i < to; i += 2) {
      even = Math.imul(even ^ (ints[i] as number), 0x9e37_79b1);
      odd = Math.imul(odd ^ (ints[i + 1] as number), 0x85eb_ca6b);
      even ^= even >>> 15;
      odd ^= odd >>> 13;
    }
    return mix(even, odd);
  }

  #sumAt(slot: number, place: SectionPlace): number {
    return 2 * (this.#at(slot, place) + place.length);
  }

  #journalAt(journal: number): number {
    return this.#shape.journals + journal * this.#shape.journalLength;
  }

  #at(slot: number, { at }: SectionPlace): number {
    return this.#shape.records + slot * this.#shape.recordLength + at;
  }

  /** CLOCK_BOOTTIME of the last advance of a record's CPU times. */
  advanced(slot: number): number {
    return this.#doubles[this.#at(slot, this.#shape.places.cpu) + LOAD_LENGTH] ?? 0;
  }

  record(slot: number): LedgerRecord {
    const { cpu, disks, pressure } = this.#shape.places;
    const part = (place: SectionPlace, from = 0, to = place.length) =>
      this.#doubles.subarray(this.#at(slot, place) + from, this.#at(slot, place) + to);
    return {
      load: part(cpu, 0, LOAD_LENGTH),
      times: part(cpu, LOAD_LENGTH),
      disks: part(disks),
      pressure: part(pressure),
    };
  }
}
