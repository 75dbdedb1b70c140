/**
 * Counts the results in a TAP stream.
 * @module
 */

export interface TapSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const empty: TapSummary = { passed: 0, failed: 0, skipped: 0 };

export function add(a: TapSummary, b: TapSummary): TapSummary {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** tap ends a stream with `# { total: 4, pass: 3, fail: 1 }`, the sum over all subtests. */
function fromTotals(line: string): TapSummary {
  const number = (name: string): number =>
    Number(new RegExp(`\\b${name}: (\\d+)`).exec(line)?.[1] ?? 0);
  return { passed: number('pass'), failed: number('fail'), skipped: number('skip') };
}

function fromPoints(lines: readonly string[]): TapSummary {
  const points = lines.filter((line) => /^(not )?ok\b/.test(line));
  const skipped = points.filter((line) => /# SKIP/i.test(line)).length;
  const failed = points.filter((line) => line.startsWith('not ')).length;
  return { passed: points.length - failed - skipped, failed, skipped };
}

/**
 * Counts a stream of TAP.
 * @param code the program's exit code; a program that failed without a failed test counts as one failure
 */
export function summarize(text: string, code: number | null): TapSummary {
  const lines = text.split('\n');
  const totals = lines.filter((line) => /^ *# \{ total: \d+/.test(line));
  const counted = totals.length > 0 ? totals.map(fromTotals).reduce(add, empty) : fromPoints(lines);
  if (code !== 0 && counted.failed === 0) return { ...counted, failed: 1 };
  if (code === 0 && counted.passed + counted.failed + counted.skipped === 0) {
    return { ...empty, failed: 1 };
  }
  return counted;
}

export interface FileSummary extends TapSummary {
  readonly seconds: string;
}

/**
 * Counts each of the files: one file is the whole stream, several are subtests named after
 * them. A file that is not in the stream has failed.
 */
export function perFile(
  text: string,
  files: readonly string[],
  code: number | null,
): Map<string, FileSummary> {
  const [only] = files;
  if (files.length === 1 && only) {
    return new Map([[only, { ...summarize(text, code), seconds: '' }]]);
  }
  const found = new Map<string, FileSummary>();
  for (const piece of text.split(/^(?=# Subtest: )/m)) {
    const name = /^# Subtest: (.*)/.exec(piece)?.[1] ?? '';
    const end = /^(not )?ok \d+ - .*? # time=(\d+)s/m.exec(piece);
    const part = summarize(piece, end && !end[1] ? 0 : 1);
    found.set(name, { ...part, seconds: end?.[2] ?? '?' });
  }
  const missing: FileSummary = { ...empty, failed: 1, seconds: '?' };
  return new Map(files.map((file) => [file, found.get(file) ?? missing]));
}

/** The failed tests of a stream, each with its diagnosis, and lines that are not TAP. */
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
