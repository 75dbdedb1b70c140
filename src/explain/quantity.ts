/**
 * Sizes in explanations. They are exact, so that a reader can add them up.
 * @module
 */
import type { Reading } from '../cgroup/read-plan.ts';

const KB = 1024;
const MB = 1024 * KB;

/** Bytes in the largest unit that is exact. */
export function bytes(value: number): string {
  if (value > 0 && value % MB === 0) return `${value / MB} MiB`;
  return value % KB === 0 ? `${value / KB} kB` : `${value} bytes`;
}

/** `memory.max 256 MiB at /a`. */
export const sizeAt = ({ cgroup, file, value }: Reading): string =>
  `${file} ${bytes(value)} at ${cgroup}`;

/** `min(a, b)`; a single term stands alone. */
export const least = (terms: readonly string[]): string =>
  terms.length > 1 ? `min(${terms.join(', ')})` : (terms[0] ?? '');
