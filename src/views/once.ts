/**
 * Parsers of host files that run once for each snapshot.
 * @module
 */
import type { FileSnapshot } from '../sampling/sample.ts';

/** Wraps a parser: it keeps its result for as long as the snapshot is in use. */
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
