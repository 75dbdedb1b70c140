/**
 * Texts that several commands print.
 * @module
 */
import { printable } from './printable.ts';

/** Describes the argument that names a container. */
export const CONTAINER = 'name, id, a unique beginning of the id, or pid of a process inside';

/** Prints one line to standard error. */
export function warn(text: string): void {
  process.stderr.write(printable(`procview: ${text}\n`));
}
