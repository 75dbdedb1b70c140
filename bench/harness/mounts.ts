/** Mounts by `/proc/self/mountinfo`, which does not access any mount. */
import { readFileSync } from 'node:fs';

export interface Mount {
  readonly mountpoint: string;
  readonly type: string;
  readonly source: string;
  /** Options of the superblock: the controllers of a cgroup v1 hierarchy are among them. */
  readonly options: readonly string[];
}

const decode = (text: string): string =>
  text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const [left, right] = line.split(' - ', 2);
    const mountpoint = left?.split(' ')[4];
    const [type, source, options] = right?.split(' ') ?? [];
    if (!mountpoint || !type || !source) continue;
    mounts.push({
      mountpoint: decode(mountpoint),
      type,
      source: decode(source),
      options: options?.split(',') ?? [],
    });
  }
  return mounts;
}

export const readMounts = (): Mount[] =>
  parseMounts(readFileSync('/proc/self/mountinfo', 'latin1'));

export const isMounted = (directory: string): boolean =>
  readMounts().some((mount) => mount.mountpoint === directory);
