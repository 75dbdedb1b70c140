/**
 * The counters of the served files, each by file line and column.
 * @module
 */

type Counters = Map<string, number>;

/** Columns of the lines that match; the first `head` words and the column number name the counter. */
function columns(text: string, line: RegExp, head: number): Counters {
  const found: Counters = new Map();
  for (const each of text.split('\n').filter((candidate) => line.test(candidate))) {
    const words = each.trim().split(/[ =]+/);
    const name = words.slice(0, head).join(' ');
    const numbers = words.slice(head).filter((word) => /^[\d.]+$/.test(word));
    for (const [i, value] of numbers.entries()) found.set(`${name} ${i}`, Number(value));
  }
  return found;
}

/** Counters of each file below /proc; gauges are left out. */
const COUNTERS: Readonly<Record<string, (text: string) => Counters>> = {
  stat: (text) => columns(text, /^(cpu|intr |ctxt |processes |softirq )/, 1),
  uptime: (text) => columns(`uptime ${text}`, /./, 1),
  vmstat: (text) => columns(text, /^(pg|ps|oom_|thp_|zsw|drop|allocstall)/, 1),
  diskstats: (text) => columns(text, /./, 3),
  schedstat: (text) => columns(text, /^(timestamp|cpu)/, 1),
  interrupts: (text) => columns(text, /^ *\w+:/, 1),
  softirqs: (text) => columns(text, /^ *\w+:/, 1),
  'pressure/cpu': (text) => totals(text),
  'pressure/memory': (text) => totals(text),
  'pressure/io': (text) => totals(text),
};

function totals(text: string): Counters {
  const lines = [...text.matchAll(/^(some|full) .* total=(\d+)$/gm)];
  return new Map(lines.map(([, line = '', total]) => [line, Number(total)]));
}

/** Files that have counters. */
export const counting: readonly string[] = Object.keys(COUNTERS);

export const countersOf = (file: string, text: string): Counters =>
  COUNTERS[file]?.(text) ?? new Map();

/** Counters that are lower than before, and counters that disappeared, except those of a removed CPU. */
export function backwards(before: Counters, after: Counters): string[] {
  const wrong: string[] = [];
  for (const [name, value] of before) {
    const now = after.get(name);
    // A line or column of a CPU that was removed.
    if (now === undefined && /^cpu\d|: \d+$/.test(name)) continue;
    if (!(now !== undefined && now >= value)) wrong.push(`${name}: ${value}, then ${now}`);
  }
  return wrong;
}

/** The highest value of each counter so far. */
export function highest(before: Counters, after: Counters): Counters {
  const all = new Map(before);
  for (const [name, value] of after) all.set(name, Math.max(value, all.get(name) ?? 0));
  return all;
}
