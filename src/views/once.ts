/**
 * What a view takes from a file of the host, found once for as long as that copy of it is shown.
 * @module
 */
import type { FileSnapshot } from '../sampling/sample.ts';

/** A parser that remembers its result for each snapshot. */
export function oncePer<Parsed extends object>(
  parse: (snapshot: FileSnapshot) => Parsed,
): (snapshot: FileSnapshot) => Parsed {
  const known = new WeakMap<FileSnapshot, Parsed>();
  return (snapshot) => {
    const parsed = known.get(snapshot) ?? parse(snapshot);
    known.set(snapshot, parsed);
    return parsed;
  };
}
