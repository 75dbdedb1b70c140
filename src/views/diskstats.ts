/**
 * /proc/diskstats: the host's lines of the devices that the container used. block/genhd.c
 * (diskstats_show), Documentation/admin-guide/iostats.rst.
 * @module
 */
import type { DiskSample, FileSnapshot, Sample } from '../sampling/sample.ts';
import { oncePer } from './once.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

const SECTOR = 512;

interface Column extends Origin {
  /** Index of its number behind the device's name, from 0. */
  readonly column: number;
  readonly value: (disk: DiskSample) => number;
}

const column = (
  key: string,
  place: number,
  value: Column['value'],
  v2: string,
  v1: string,
): Column => ({
  key,
  column: place,
  value,
  v2: `io.stat ${v2}`,
  v1: `blkio.throttle.${v1}`,
  at: new RegExp(`^ *\\d+ +\\d+ \\S+(?: \\d+){${place}} (\\d+)`, 'm'),
  figure: 'disks',
});

const COLUMNS: readonly Column[] = [
  column('reads completed', 0, (disk) => disk.reads, 'rios', 'io_serviced Read'),
  column(
    'sectors read',
    2,
    (disk) => disk.readBytes / SECTOR,
    'rbytes / 512',
    'io_service_bytes Read / 512',
  ),
  column('writes completed', 4, (disk) => disk.writes, 'wios', 'io_serviced Write'),
  column(
    'sectors written',
    6,
    (disk) => disk.writtenBytes / SECTOR,
    'wbytes / 512',
    'io_service_bytes Write / 512',
  ),
  column('discards completed', 11, (disk) => disk.discards, 'dios', 'io_serviced Discard'),
  column(
    'sectors discarded',
    13,
    (disk) => disk.discardedBytes / SECTOR,
    'dbytes / 512',
    'io_service_bytes Discard / 512',
  ),
];

const device = "the host's line of a device that the container used";

const FIELDS: readonly Origin[] = [
  {
    key: 'major, minor, name',
    at: /^ *(\d+ +\d+ \S+)/m,
    v1: device,
    v2: device,
    differs: 'whole disks, no partitions',
  },
  ...COLUMNS,
  {
    key: 'merges, times, in flight, flushes',
    v1: '0',
    v2: '0',
    differs: 'no cgroup counts them',
  },
];

const isUsed = (disk: DiskSample): boolean => COLUMNS.some(({ value }) => value(disk) > 0);

/** The host's line of one device. */
interface HostLine {
  readonly major: number;
  readonly minor: number;
  /** The line up to the device's name. */
  readonly head: string;
  /** How many numbers this kernel prints: 11, 15 (since 4.18), 17 (since 5.5). */
  readonly columns: number;
}

const hostLines = oncePer(({ bytes }: FileSnapshot): readonly HostLine[] => {
  const text = new TextDecoder('latin1').decode(bytes);
  const lines = text.matchAll(/^( *(\d+) +(\d+) \S+)((?: \d+)+)$/gm);
  return [...lines].map(([, head = '', major, minor, numbers = '']) => ({
    major: Number(major),
    minor: Number(minor),
    head,
    columns: numbers.split(' ').length - 1,
  }));
});

const VALUES = new Map(COLUMNS.map(({ column, value }) => [column, value]));

/** The last body for the same figures. */
interface Written {
  /** The host's file that it was rendered from. */
  readonly of: FileSnapshot;
  readonly bytes: Uint8Array;
}

const written = new WeakMap<readonly DiskSample[], Written>();

function render({ host, disks }: Sample, out: TextWriter): void {
  const snapshot = host.files.diskstats;
  const last = written.get(disks);
  if (last?.of === snapshot) {
    out.raw(last.bytes);
    return;
  }
  const from = out.length;
  lines(snapshot, disks, out);
  written.set(disks, { of: snapshot, bytes: out.bytes.slice(from, out.length) });
}

function lines(snapshot: FileSnapshot, disks: readonly DiskSample[], out: TextWriter): void {
  const used = disks.filter(isUsed);
  if (used.length === 0) return;
  for (const { major, minor, head, columns } of hostLines(snapshot)) {
    const disk = used.find((each) => each.major === major && each.minor === minor);
    if (disk) line(head, columns, disk, out);
  }
}

function line(head: string, columns: number, disk: DiskSample, out: TextWriter): void {
  out.text(head);
  for (let at = 0; at < columns; at++) {
    out.text(' ');
    out.number(VALUES.get(at)?.(disk) ?? 0);
  }
  out.text('\n');
}

export const diskstats: View = {
  path: 'proc/diskstats',
  needs: ['disks', 'diskstats'],
  fields: FIELDS,
  render,
};
