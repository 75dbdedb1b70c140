/** Medians, spreads and ratios. A ratio is always between measurements of one round. */
import type { Measurement } from './rounds.ts';

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Row {
  readonly mode: string;
  readonly threads: number;
  readonly target: string;
  readonly perSecond: Spread;
  readonly p50: Spread;
  readonly p99: Spread;
  readonly serverCpu: Spread;
  readonly readerCpu: Spread;
  readonly rss: Spread;
  readonly errors: number;
  readonly empty: number;
  readonly short: number;
}

export interface Ratio {
  readonly mode: string;
  readonly threads: number;
  readonly pair: string;
  readonly perSecond: Spread;
  readonly p99: Spread;
  readonly serverCpu: Spread;
}

type Metric = 'perSecond' | 'p50' | 'p99' | 'serverCpu' | 'readerCpu' | 'rss';

export function spread(values: readonly number[]): Spread {
  const known = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = (known.length - 1) / 2;
  const low = known[Math.floor(middle)] ?? Number.NaN;
  const high = known[Math.ceil(middle)] ?? Number.NaN;
  return { median: (low + high) / 2, min: known[0] ?? Number.NaN, max: known.at(-1) ?? Number.NaN };
}

interface Group {
  readonly mode: string;
  readonly threads: number;
  readonly target: string;
  readonly of: Measurement[];
}

function group(measurements: readonly Measurement[]): Group[] {
  const groups = new Map<string, Group>();
  for (const one of measurements) {
    const { mode, threads, target } = one;
    const key = `${mode} ${threads} ${target}`;
    const known = groups.get(key) ?? { mode, threads, target, of: [] };
    known.of.push(one);
    groups.set(key, known);
  }
  return [...groups.values()];
}

/** One row for each mode, number of readers and target. */
export function summarize(measurements: readonly Measurement[]): Row[] {
  return group(measurements).map(({ mode, threads, target, of }) => {
    const metric = (name: Metric): Spread => spread(of.map((one) => one[name]));
    const total = (name: 'errors' | 'empty' | 'short'): number =>
      of.reduce((sum, one) => sum + one[name], 0);
    return {
      mode,
      threads,
      target,
      perSecond: metric('perSecond'),
      p50: metric('p50'),
      p99: metric('p99'),
      serverCpu: metric('serverCpu'),
      readerCpu: metric('readerCpu'),
      rss: metric('rss'),
      errors: total('errors'),
      empty: total('empty'),
      short: total('short'),
    };
  });
}

/** `target` over `base`, round by round, for each mode and number of readers. */
export function compare(
  measurements: readonly Measurement[],
  target: string,
  base: string,
): Ratio[] {
  const groups = group(measurements);
  return groups
    .filter((one) => one.target === target)
    .flatMap(({ mode, threads, of }) => {
      const other = groups.find(
        (it) => it.mode === mode && it.threads === threads && it.target === base,
      );
      if (other === undefined) return [];
      const metric = (name: Metric): Spread =>
        spread(
          of.map((one) => {
            const peer = other.of.find((it) => it.round === one.round);
            return peer === undefined || peer[name] === 0 ? Number.NaN : one[name] / peer[name];
          }),
        );
      return {
        mode,
        threads,
        pair: `${target} / ${base}`,
        perSecond: metric('perSecond'),
        p99: metric('p99'),
        serverCpu: metric('serverCpu'),
      };
    });
}

/** Targets with which procview is compared. */
const BASES = ['lxcfs', 'lxcfs-full', 'fuse-native', 'floor'];

/** Ratios of procview to each measured base. */
export const ratiosOf = (measurements: readonly Measurement[]): Ratio[] =>
  BASES.flatMap((base) => compare(measurements, 'procview', base));
