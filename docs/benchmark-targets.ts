/**
 * The targets of the benchmark, and whether its results meet them.
 * @module
 */
import type { FileResult, Results } from '../bench/reads/results.ts';
import type { Ratio } from '../bench/reads/summary.ts';
import { growthOf, idleOf, median, neighbourOf, WHEN } from '../bench/scale/results.ts';
import type { ScaleParts } from './scale-page.ts';

export interface Verdict {
  readonly what: string;
  readonly target: string;
  readonly figure: string;
  /** Null: nothing to compare with. */
  readonly met: boolean | null;
}

type Metric = 'perSecond' | 'p99' | 'serverCpu';

interface Bound {
  readonly what: string;
  readonly base: 'lxcfs' | 'floor';
  readonly mode: string;
  readonly threads: readonly number[];
  readonly metric: Metric;
  readonly least?: number;
  readonly most?: number;
}

const BOUNDS: readonly Bound[] = [
  ...(['lxcfs', 'floor'] as const).map((base) => ({
    what: 'reads per second',
    base,
    mode: 'pinned',
    threads: [1],
    metric: 'perSecond' as const,
    least: base === 'lxcfs' ? 3 : 0.6,
  })),
  ...[4, 16].map((threads) => ({
    what: 'reads per second',
    base: 'lxcfs' as const,
    mode: 'free',
    threads: [threads],
    metric: 'perSecond' as const,
    least: 2.5,
  })),
  { what: '99th percentile', base: 'lxcfs', mode: 'pinned', threads: [1], metric: 'p99', most: 1 },
  {
    what: '99th percentile',
    base: 'lxcfs',
    mode: 'free',
    threads: [4, 16],
    metric: 'p99',
    most: 1,
  },
  {
    what: "server's CPU time",
    base: 'lxcfs',
    mode: 'pinned',
    threads: [1],
    metric: 'serverCpu',
    most: 0.33,
  },
];

/** LXCFS serves the host's loadavg unless it runs with -l; procview always counts. */
const baseOf = ({ base }: Bound, file: string): string =>
  base === 'lxcfs' && file === 'loadavg' ? 'lxcfs-full' : base;

function ratiosOf({ ratios }: FileResult, bound: Bound, file: string): Ratio[] {
  const pair = `procview / ${baseOf(bound, file)}`;
  return ratios.filter(
    (one) => one.pair === pair && one.mode === bound.mode && bound.threads.includes(one.threads),
  );
}

function judge(bound: Bound, result: FileResult): Verdict {
  const { file } = result;
  const { least = 0, most = Number.POSITIVE_INFINITY, metric } = bound;
  const medians = ratiosOf(result, bound, file).map((one) => one[metric].median);
  const readers = `${bound.mode}, ${bound.threads.join(' and ')} reader${bound.threads[0] === 1 ? '' : 's'}`;
  const sign = bound.least === undefined ? `<= ${most}` : `>= ${least}`;
  return {
    what: `${bound.what}, ${readers}, to ${baseOf(bound, file)}`,
    target: sign,
    figure: medians.map((median) => median.toFixed(2)).join(', ') || '-',
    met: medians.length === 0 ? null : medians.every((one) => one >= least && one <= most),
  };
}

/** The median time of `target` for one undisturbed read, divided by that of `than`: pinned, 1 reader. */
export function timesAsLong({ rows }: FileResult, target: string, than: string): number {
  const p50 = (name: string): number =>
    rows.find((row) => row.target === name && row.mode === 'pinned' && row.threads === 1)?.p50
      .median ?? Number.NaN;
  return p50(target) / p50(than);
}

/** The same bounds on the median time, which other programs disturb least. */
function ofMedian(result: FileResult): Verdict[] {
  const wanted = BOUNDS.filter((one) => one.metric === 'perSecond' && one.mode === 'pinned');
  return wanted.map((bound) => {
    const base = baseOf(bound, result.file);
    const times = timesAsLong(result, base, 'procview');
    return {
      what: `median time, pinned, 1 reader, of ${base} to ours`,
      target: `>= ${bound.least ?? 0}`,
      figure: times.toFixed(2),
      met: Number.isNaN(times) ? null : times >= (bound.least ?? 0),
    };
  });
}

/** The targets of each file. */
export const ofFile = (result: FileResult): Verdict[] =>
  [...ofMedian(result), ...BOUNDS.map((bound) => judge(bound, result))].filter(
    ({ met }) => met !== null,
  );

function most(what: string, value: number, limit: number, unit: string, precise = 1): Verdict {
  const digits = value >= 100 ? 0 : precise;
  return {
    what,
    target: `<= ${limit} ${unit}`,
    figure: `${value.toFixed(digits)} ${unit}`,
    met: value <= limit,
  };
}

/** The most system calls for a read of meminfo, by depth of its cgroup. */
const CALLS = [
  [2, 14],
  [8, 18],
] as const;

type Counter = 'pinned' | 'calls' | 'traced';

function ofCalls(
  syscalls: Results['syscalls'],
  counters: Readonly<Partial<Record<Counter, string>>>,
): Verdict[] {
  return CALLS.flatMap(([depth, limit]) => {
    const found = syscalls.find(
      (one) => one.target === 'procview' && one.file === 'meminfo' && one.depth === depth,
    );
    return Object.entries(counters).map(([counter, how]) => {
      const what = `system calls for each read of meminfo, depth ${depth}, ${how}`;
      return most(what, found?.[counter as Counter] ?? Number.NaN, limit, '');
    });
  });
}

/** The targets of the daemon as a whole. */
export function ofDaemon(
  { syscalls, starts, firstReads }: Results,
  onV2: Results['syscalls'],
): Verdict[] {
  const start = starts.find(({ target }) => target === 'procview');
  const first = firstReads.find(({ target }) => target === 'procview');
  return [
    ...ofCalls(syscalls, {
      pinned: 'on one CPU',
      calls: 'free',
      traced: 'slowed down by strace',
    }),
    ...ofCalls(onV2, { pinned: 'on one CPU, cgroup v2' }),
    most('first read from a new container', (first?.us.median ?? Number.NaN) / 1000, 1, 'ms'),
    most('from start to first answer', start?.firstAnswer.median ?? Number.NaN, 250, 'ms'),
    most('resident memory without readers', (start?.rss.median ?? Number.NaN) / 1e6, 65, 'MB'),
  ];
}

const LARGE: Readonly<Record<string, number>> = { stat: 1, cpuinfo: 2, vmstat: 0.5 };

/** The targets with many containers, and on a large machine. */
export function ofScale({ scale, load, large }: ScaleParts): Verdict[] {
  const footprints = (name: string): number =>
    scale.footprints.find(({ when }) => when === name)?.rss ?? Number.NaN;
  const { p99, times } = neighbourOf(scale, 'hammer');
  const [ours = Number.NaN, theirs = Number.NaN] = load.rows.map(({ ticks }) => median(ticks));
  const count = `${scale.options.containers} containers`;
  const longest = (file: string): number =>
    Math.max(...large.rows.filter((row) => row.file === file).map(({ cold }) => cold.render));
  return [
    most(`resident memory with ${count}`, footprints(WHEN.all), 85, 'MB'),
    most('memory for each container', growthOf(scale).attached, 40, 'kB'),
    most(`CPU time with ${count} and no readers`, idleOf(scale), 0.1, '%', 3),
    most('99th percentile beside one that reads with 8 threads', p99 / 1000, 1, 'ms', 2),
    most('the same, of the quiet one', times, 3, 'times'),
    most('CPU time of load averages, of that of LXCFS -l', ours / theirs, 0.1, 'times', 3),
    ...Object.entries(LARGE).map(([file, limit]) =>
      most(`render of ${file} on 1,024 CPUs`, longest(file), limit, 'ms', 2),
    ),
  ];
}
