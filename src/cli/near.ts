/**
 * Finds the names that a mistyped name may stand for.
 * @module
 */

/** Insertions, deletions and replacements between two words (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Up to five names that contain the word, or begin it, or differ from it by typing mistakes; nearest first. */
export function near(word: string, names: readonly string[]): string[] {
  const wanted = word.toLowerCase();
  const apart = (name: string): number => {
    const known = name.toLowerCase();
    return known.includes(wanted) || wanted.startsWith(known) ? 1 : distance(wanted, known);
  };
  return names
    .map((name) => ({ name, apart: apart(name) }))
    .filter((each) => each.apart <= Math.max(1, word.length / 3))
    .sort((a, b) => a.apart - b.apart)
    .slice(0, 5)
    .map(({ name }) => name);
}
