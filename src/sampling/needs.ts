/**
 * The needs of a view, split into parts of a sample and files of the host.
 * @module
 */
import { type HostFile, isHostFile } from './host-files.ts';
import type { Need, Part } from './sample.ts';

interface SplitNeeds {
  readonly parts: readonly Part[];
  readonly files: readonly HostFile[];
}

/** Each view has one list that never changes, and each read asks for it. */
const known = new WeakMap<readonly Need[], SplitNeeds>();

export function splitNeeds(needs: readonly Need[]): SplitNeeds {
  const before = known.get(needs);
  if (before) return before;
  const files = needs.filter(isHostFile);
  const parts = needs.filter((need): need is Part => !isHostFile(need));
  const split = { parts, files };
  known.set(needs, split);
  return split;
}
