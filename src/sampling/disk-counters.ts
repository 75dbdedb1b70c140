/**
 * Disk I/O of a container by device, parsed from io.stat or blkio files and kept in a ledger record. Pure.
 * @module
 */
import { advanceCounter, COUNTER_SIZE, shownBy } from './counters.ts';

/** The figures of each device, in the order of a record. */
export const diskFigures = [
  'reads',
  'readBytes',
  'writes',
  'writtenBytes',
  'discards',
  'discardedBytes',
] as const;

type DiskFigure = (typeof diskFigures)[number];

/** I/O on one device since the container's start. */
export type DiskSample = { readonly [figure in DiskFigure]: number } & {
  readonly major: number;
  readonly minor: number;
};

/** Devices in a record. A container with more sees the kernel's own figures of the others. */
const MAX_DISKS = 16;

/** A device's number, then its counters. */
const DISK_SIZE = 1 + diskFigures.length * COUNTER_SIZE;

/** Doubles in a record. */
export const DISKS_LENGTH = MAX_DISKS * DISK_SIZE;

/** Minor numbers have 20 bits (include/linux/kdev_t.h). 0 is a free place in a record. */
const MINORS = 1 << 20;
const deviceOf = (major: number, minor: number): number => major * MINORS + minor + 1;

/** Figures by device; NaN: not in the files. */
export type DiskUsage = Map<number, Float64Array>;

/**
 * Adds the figures of a file: `8:0 rbytes=1 wbytes=2` on one line (v2), or `8:0 Read 1` on several (v1). Kernels
 * before 5.19 may join lines: a figure belongs to the last device before it.
 * @param figures the figure of each word
 */
export function parseDiskUsage(
  text: string,
  figures: Readonly<Record<string, DiskFigure>>,
  into: DiskUsage,
): void {
  let device: Float64Array = new Float64Array(diskFigures.length);
  for (const [, major, minor, word = '', value] of text.matchAll(
    /(\d+):(\d+)\b|\b(\w+)[= ](\d+)\b/g,
  )) {
    const figure = figures[word];
    if (major !== undefined) device = diskOf(into, deviceOf(Number(major), Number(minor)));
    else if (figure !== undefined) device[diskFigures.indexOf(figure)] = Number(value);
  }
}

function diskOf(usage: DiskUsage, device: number): Float64Array {
  const known = usage.get(device) ?? new Float64Array(diskFigures.length).fill(Number.NaN);
  usage.set(device, known);
  return known;
}

/** In the order of diskFigures. */
const sampleOf = (device: number, figure: (index: number) => number): DiskSample => ({
  major: Math.floor((device - 1) / MINORS),
  minor: (device - 1) % MINORS,
  reads: figure(0) || 0,
  readBytes: figure(1) || 0,
  writes: figure(2) || 0,
  writtenBytes: figure(3) || 0,
  discards: figure(4) || 0,
  discardedBytes: figure(5) || 0,
});

/** The place of a device in a record, a free one if it has none yet; undefined if all are in use. */
function placeOfDisk(record: Float64Array, device: number): Float64Array | undefined {
  for (let at = 0; at < record.length; at += DISK_SIZE) {
    if (record[at] === 0) record[at] = device;
    if (record[at] === device) return record.subarray(at + 1, at + DISK_SIZE);
  }
  return undefined;
}

/**
 * Adds the I/O since the last call.
 * @returns whether all figures were added; false: call again with the same usage
 */
export function advanceDisks(record: Float64Array, usage: DiskUsage, now: number): boolean {
  let done = true;
  for (const [device, figures] of usage) {
    const place = placeOfDisk(record, device);
    if (!place) continue;
    for (const [i, figure] of figures.entries()) {
      if (!advanceCounter(place, i, figure, now)) done = false;
    }
  }
  return done;
}

/** Whether two records have the same devices with the same figures. */
export function isSame(one: Float64Array, other: Float64Array): boolean {
  for (let at = 0; at < one.length; at++) {
    if (one[at] !== other[at]) return false;
    if (at % DISK_SIZE === 0 && one[at] === 0) return true;
  }
  return true;
}

/** All devices that the container ever used, also removed ones. */
export function disksIn(record: Float64Array, usage: DiskUsage): DiskSample[] {
  const disks: DiskSample[] = [];
  const kept = new Set<number>();
  for (let at = 0; at < record.length && record[at] !== 0; at += DISK_SIZE) {
    const place = record.subarray(at + 1, at + DISK_SIZE);
    kept.add(record[at] ?? 0);
    disks.push(sampleOf(record[at] ?? 0, (i) => shownBy(place, i)));
  }
  for (const [device, figures] of usage) {
    if (!kept.has(device)) disks.push(sampleOf(device, (i) => figures[i] ?? 0));
  }
  return disks;
}
