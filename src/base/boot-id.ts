/**
 * Identifies the boot of this machine.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The boot id; `''` if it cannot be read. Kernel counters of another boot are not comparable. */
export function bootId(procRoot: string): string {
  try {
    return readFileSync(join(procRoot, 'sys/kernel/random/boot_id'), 'latin1');
  } catch {
    return '';
  }
}

/** A word of 32 bits for the headers of state files, signed, that differs between boots. */
export const bootNumber = (bootId: string): number =>
  createHash('sha256').update(bootId).digest().readInt32BE(0);
