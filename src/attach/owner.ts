/**
 * The owner of a mount, recognizable in every mount namespace: a number that is passed to the kernel as a mount option
 * of the file system. mountinfo shows it for every bind mount.
 * @module
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';

/**
 * The option `max_read` limits the size of one read request, which the kernel limits to 256 pages anyway (16 MiB with
 * pages of 64 KiB). Before 5.5 the option is a signed 32-bit number.
 */
const MIN_OWNER = 2 ** 30;

function identity(state: string): string | null {
  try {
    const { dev, ino } = statSync(state, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}

/**
 * The number of a state directory, and so of all daemons that use it one after the other. A procview in a container has
 * another directory, and another number. 0 if the directory does not exist.
 */
export function ownerOf(state: string): number {
  const text = identity(state);
  if (text === null) return 0;
  return MIN_OWNER + (createHash('sha256').update(text).digest().readUInt32BE(0) % MIN_OWNER);
}
