/**
 * Counts what a part of the test run has shown, from its TAP.
 * @module
 */

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** tap ends a stream with `# { total: 4, pass: 3, fail: 1 }`, the sum over all subtests. */
function ofTotals(line: string): Tally {
  const number = (name: string): number =>
    Number(new RegExp(`\\b${name}: (\\d+)`).exec(line)?.[1] ?? 0);
  return { passed: number('pass'), failed: number('fail'), skipped: number('skip') };
}

function ofPoints(lines: readonly string[]): Tally {
  const points = lines.filter((line) => /^(not )?ok\b/.test(line));
  const skipped = points.filter((line) => /# SKIP/i.test(line)).length;
  const failed = points.filter((line) => line.startsWith('not ')).length;
  return { passed: points.length - failed - skipped, failed, skipped };
}

/** Counts a stream of TAP. A program that failed without saying where counts as one failure. */
export function tally(text: string, code: number | null): Tally {
  const lines = text.split('\n');
  const totals = lines.filter((line) => /^ *# \{ total: \d+/.test(line));
  const counted = totals.length > 0 ? totals.map(ofTotals).reduce(add, nothing) : ofPoints(lines);
  if (code !== 0 && counted.failed === 0) return { ...counted, failed: 1 };
  if (code === 0 && counted.passed + counted.failed + counted.skipped === 0) {
    return { ...nothing, failed: 1 };
  }
  return counted;
}

export interface FileTally extends Tally {
  readonly seconds: string;
}

/**
 * What each of the files has shown: one file is the whole stream, several are subtests named after
 * them. A file that is not in the stream has failed.
 */
export function perFile(
  text: string,
  files: readonly string[],
  code: number | null,
): Map<string, FileTally> {
  const [only] = files;
  if (files.length === 1 && only) {
    return new Map([[only, { ...tally(text, code), seconds: '' }]]);
  }
  const found = new Map<string, FileTally>();
  for (const piece of text.split(/^(?=# Subtest: )/m)) {
    const name = /^# Subtest: (.*)/.exec(piece)?.[1] ?? '';
    const end = /^(not )?ok \d+ - .*? # time=(\d+)s/m.exec(piece);
    const part = tally(piece, end && !end[1] ? 0 : 1);
    found.set(name, { ...part, seconds: end?.[2] ?? '?' });
  }
  const missing: FileTally = { ...nothing, failed: 1, seconds: '?' };
  return new Map(files.map((file) => [file, found.get(file) ?? missing]));
}

/** The failures in a stream, each with what was said about it. */
export function failures(text: string): string[] {
  const shown: string[] = [];
  let inside = false;
  for (const line of text.split('\n')) {
    const point = /^ *(not )?ok\b/.exec(line);
    const heading = /^ *(1\.\.\d+|# (Subtest:|time=|\{).*|TAP version.*)?$/.test(line);
    if (point) inside = point[1] !== undefined;
    else if (heading) inside = false;
    if (inside || !(point || heading)) shown.push(line);
  }
  return shown;
}
