/** Lets the container read from a disk, so that /proc/diskstats has a line. */
import { existsSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './child.ts';
import type { Container } from './container.ts';

/** A large file, which is usually on a disk. */
const FILE = process.execPath;

/** `major:minor` of the whole disk that holds the file. */
function diskOf(file: string): string {
  const { dev } = statSync(file);
  // include/linux/kdev_t.h, new_encode_dev: 12 bits of major between two parts of minor.
  const device = `/sys/dev/block/${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;
  if (!existsSync(device)) throw new Error(`diskstats: ${file} is not on a disk`);
  const found = realpathSync(device);
  const disk = existsSync(join(found, 'partition')) ? dirname(found) : found;
  return readFileSync(join(disk, 'dev'), 'latin1').trim();
}

const joinThenRead = [
  'file=$1; shift; for procs; do echo 0 >"$procs" || exit 1; done',
  'exec dd if="$file" of=/dev/null bs=4096 count=1 iflag=direct',
].join('\n');

/** Reads 4 KiB. v1 counts a disk only after a throttle rule was written for it; 0 means no limit. */
export async function useDisk({ cgroup }: Container, signal: AbortSignal): Promise<void> {
  const disk = diskOf(FILE);
  for (const procs of cgroup.joins) {
    const rule = join(dirname(procs), 'blkio.throttle.read_bps_device');
    if (existsSync(rule)) writeFileSync(rule, `${disk} 0`);
  }
  await run('sh', ['-c', joinThenRead, 'sh', FILE, ...cgroup.joins], signal);
}
