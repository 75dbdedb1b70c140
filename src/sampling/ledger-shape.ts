/**
 * The layout of the ledger's file, in this machine's byte order: a header; a directory with the key of each record
 * (0 = free) and its lock; journals, one for each thread that changes records; the records. A record has three
 * sections, each followed by a checksum that is seeded with the key.
 * @module
 */
import { timesLength } from './cpu-times.ts';
import { DISKS_LENGTH } from './disk-counters.ts';
import { PRESSURE_LENGTH } from './pressure.ts';

/** Doubles of the load part of a record. */
export const LOAD_LENGTH = 16;

/** Records in the file. */
export const SLOTS = 4096;

/** Bytes of the header. */
export const HEADER = 64;

/** Offset in the header of the time of the last sample, 8 bytes; 0 in files of earlier versions of procview. */
export const LAST_SAMPLED = 32;

/** More than the threads that are alive at one time. */
export const JOURNALS = 64;

/** Doubles of a journal before the copy. */
export const JOURNAL_HEADER = 2;

/** Words of the header. */
export const Word = {
  magic: 0,
  version: 1,
  cpus: 2,
  boot: 3,
  check: 4,
  /** Lock of the directory. */
  directory: 5,
  /** How many journals were claimed. */
  journals: 6,
} as const;

/** Words of a journal. `record`: 1 + the slot of the record that is being changed, 0 = none. */
export const Journal = { record: 0, section: 1, check: 2 } as const;

/** Parts of a record that change together. `cpu` is the load and the CPU times. */
export type Section = 'cpu' | 'disks' | 'pressure';

/** A section in a record. */
export interface SectionPlace {
  readonly index: number;
  /** Its first double in the record. */
  readonly at: number;
  /** Doubles without the checksum, which is the first half of the double behind. */
  readonly length: number;
}

/** Positions and lengths in doubles, for a host with so many possible CPUs. */
export class Shape {
  readonly cpus: number;
  readonly places: Readonly<Record<Section, SectionPlace>>;
  readonly sections: readonly SectionPlace[];
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

  /** Length of the file in bytes. */
  get bytes(): number {
    return 8 * (this.records + SLOTS * this.recordLength);
  }
}
