/**
 * The disk that holds the test files, and its counters in /proc/diskstats.
 * @module
 */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { type Cgroup, isV2 } from './cgroup.ts';

/** `major:minor` of the whole disk that holds a file; null if there is none (tmpfs, overlay). */
export function diskOf(file: string): string | null {
  const { dev } = fs.statSync(file);
  // include/linux/kdev_t.h, new_encode_dev: 12 bits of major between two parts of minor.
  const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)];
  const link = `/sys/dev/block/${major}:${minor}`;
  if (!fs.existsSync(link)) return null;
  const device = fs.realpathSync(link);
  const disk = fs.existsSync(join(device, 'partition')) ? dirname(device) : device;
  return fs.readFileSync(join(disk, 'dev'), 'latin1').trim();
}

/**
 * v1 counts a device's I/O only after a throttle rule was written for it; 0 means no limit
 * (docs/decisions/0015-monotonic-counters.md).
 */
export function countDisk(cgroup: Cgroup, disk: string): void {
  const file = `${cgroup.directory('blkio')}/blkio.throttle.read_bps_device`;
  if (!isV2) fs.writeFileSync(file, `${disk} 0`);
}

export interface DiskLine {
  readonly reads: number;
  readonly sectorsRead: number;
  readonly writes: number;
  readonly sectorsWritten: number;
}

/** The line of a disk; zeros if it has none. */
export function diskLine(diskstats: string, disk: string): DiskLine {
  const [major, minor] = disk.split(':');
  const line = new RegExp(`^ *${major} +${minor} \\S+ (.*)$`, 'm').exec(diskstats)?.[1] ?? '';
  const [reads = 0, , sectorsRead = 0, , writes = 0, , sectorsWritten = 0] = line
    .split(' ')
    .map(Number);
  return { reads, sectorsRead, writes, sectorsWritten };
}
