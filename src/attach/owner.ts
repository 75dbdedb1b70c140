/**
 * Whose a mount is, as it can be told in any mount namespace: a number that is passed to the kernel as
 * an option of the file system, and shown with every bind of it.
 * @module
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';

/**
 * The option limits what one read asks for, which is 16 MiB at most (256 pages). Twice as much as this is
 * too much before 5.5, where it is a signed number.
 */
const LEAST = 2 ** 30;

function identity(state: string): string | null {
  try {
    const { dev, ino } = statSync(state, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}

/**
 * The number of all daemons that have had a state directory, one after the other: it is exclusive to a
 * daemon, outlives it, and a container that runs a procview has another. 0 if there is no such directory.
 */
export function ownerOf(state: string): number {
  const text = identity(state);
  if (text === null) return 0;
  return LEAST + (createHash('sha256').update(text).digest().readUInt32BE(0) % LEAST);
}
