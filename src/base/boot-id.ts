/**
 * Which boot of the machine this is.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names this boot; counters of another one mean nothing. */
export function bootId(procRoot: string): string {
  try {
    return readFileSync(join(procRoot, 'sys/kernel/random/boot_id'), 'latin1');
  } catch {
    return '';
  }
}
