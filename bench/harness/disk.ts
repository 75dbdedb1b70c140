/** Something for /proc/diskstats to show: a read from a disk, by the container. */
import { existsSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './child.ts';
import type { Container } from './container.ts';

/** A file of some size on a disk, as a rule. */
const FILE = process.execPath;

/** `major:minor` of the whole disk that the file lies on. */
function diskOf(file: string): string {
  const { dev } = statSync(file);
  // include/linux/kdev_t.h, new_encode_dev: 12 bits of major between two parts of minor.
  const device = `/sys/dev/block/${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;
  if (!existsSync(device)) throw new Error(`diskstats: ${file} lies on no disk`);
  const found = realpathSync(device);
  const disk = existsSync(join(found, 'partition')) ? dirname(found) : found;
  return readFileSync(join(disk, 'dev'), 'latin1').trim();
}

const joinThenRead = [
  'file=$1; shift; for procs; do echo 0 >"$procs" || exit 1; done',
  'exec dd if="$file" of=/dev/null bs=4096 count=1 iflag=direct',
].join('\n');

/** Reads 4 KiB. v1 counts a disk only once it has a throttle rule, be it that of none. */
export async function useDisk({ cgroup }: Container, signal: AbortSignal): Promise<void> {
  const disk = diskOf(FILE);
  for (const procs of cgroup.joins) {
    const rule = join(dirname(procs), 'blkio.throttle.read_bps_device');
    if (existsSync(rule)) writeFileSync(rule, `${disk} 0`);
  }
  await run('sh', ['-c', joinThenRead, 'sh', FILE, ...cgroup.joins], signal);
}
