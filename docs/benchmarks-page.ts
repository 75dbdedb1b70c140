/**
 * Writes docs/benchmarks.md from the results of the benchmark.
 * @module
 */
import type { FileResult, Results } from '../bench/reads/results.ts';
import type { Row, Spread } from '../bench/reads/summary.ts';
import { ofDaemon, ofFile, ofScale, timesAsLong, type Verdict } from './benchmark-targets.ts';
import { type ScaleParts, scalePage } from './scale-page.ts';
import { table } from './table.ts';

/** JSON has no NaN: what could not be measured is null there. */
const number = (value: number | null | undefined, digits = 1): string =>
  value === null || value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits);

const range = ({ median, min, max }: Spread, by: number, digits: number): string =>
  `${number(median / by, digits)} (${number(min / by, digits)}-${number(max / by, digits)})`;

const yes = ({ met }: Verdict): string => (met ? 'met' : '**missed**');

const verdicts = (all: readonly Verdict[]): string[][] =>
  all.map((one) => [one.what, one.target, one.figure, yes(one)]);

function introduction({ machine, run }: Results): string {
  const { cpu, onlineCpus, memoryMiB, kernel, node, date, commit, loadBefore } = machine;
  return `# Benchmarks

Generated from \`bench/results.json\`: \`sudo npm run bench:full\` measures, \`npm run bench:docs\` writes this page.
[bench/README.md](../bench/README.md) explains the measurements and their limits.

${cpu}, ${onlineCpus} CPUs${machine.virtual ? ', virtual' : ''}, ${memoryMiB} MiB; Linux ${kernel}, Node ${node}; commit ${commit}, ${date.slice(0, 10)};
load average ${number(loadBefore, 2)} at the start; ${run.rounds} rounds of ${run.seconds} s for each target.

A ratio is the median of the ratios of single rounds. LXCFS is the version of the distribution, \`lxcfs-full\` the same with
\`-l --enable-cfs\`. \`floor\` is a constant file of the same bytes from the same session: the cost of FUSE itself.
`;
}

function figures({ rows }: FileResult): string {
  const shown = rows.filter(({ mode, threads }) => mode === 'free' || threads === 1);
  const cells = ({ mode, threads, target, perSecond, p50, p99, serverCpu, rss }: Row): string[] => [
    `${mode}, ${threads}`,
    target,
    range(perSecond, 1000, 1),
    number(p50.median),
    range(p99, 1, 0),
    number(serverCpu.median),
    number(rss.median && rss.median / 1e6),
  ];
  const heading = [
    'readers',
    'target',
    'thousand reads/s',
    'p50 us',
    'p99 us',
    'server us',
    'RSS MB',
  ];
  return table(heading, shown.map(cells));
}

function files(results: Results): string {
  return results.files
    .map((result) => {
      const { file, bytes, noise, skipped, throttled } = result;
      const left = skipped.map(({ name, reason }) => `${name} is skipped: ${reason}.\n`).join('');
      const facts = `${bytes} bytes as the host has it; other programs used ${number(noise.median, 2)} CPUs (at most ${number(noise.max, 2)}); the quota throttled readers in ${throttled} periods.`;
      const targets = table(['what', 'target', 'measured', ''], verdicts(ofFile(result)));
      return `\n## ${file}\n\n${facts}\n${left}\n${targets}\n${figures(result)}`;
    })
    .join('');
}

/** A row for each server and file, a column for each depth and counter. */
function countsOf(
  syscalls: Results['syscalls'],
  counters: readonly ('pinned' | 'calls' | 'traced')[],
): string {
  const depths = [...new Set(syscalls.map(({ depth }) => depth))];
  const keys = [...new Set(syscalls.map(({ target, file }) => `${target} ${file}`))];
  const rows = keys.map((key) => {
    const counts = depths.map((depth) => {
      const found = syscalls.find(
        (one) => `${one.target} ${one.file}` === key && one.depth === depth,
      );
      return counters.map((counter) => number(found?.[counter]));
    });
    return [...key.split(' '), ...counts.flat()];
  });
  const by = { pinned: ', one CPU', calls: ', free', traced: ', strace' };
  const columns = depths.flatMap((depth) => counters.map((one) => `depth ${depth}${by[one]}`));
  return table(['server', 'file', ...columns], rows);
}

function calls({ syscalls }: Results, onV2: Results['syscalls']): string {
  const layout = syscalls[0]?.layout ?? '';
  return `
## System calls for each read

System calls of the server for an open, reads to the end and a close; cgroup ${layout}; counted by \`perf stat\` at full speed, with reader and server on one CPU and free, and by \`strace -c -f\`. strace stops the server at each call, so it reads at every read the files that it otherwise reads once a millisecond.

${countsOf(syscalls, ['pinned', 'calls', 'traced'])}
On cgroup v2, in an emulated machine with one CPU, whose clock counts a nanosecond for each instruction: by that clock a read
takes a tenth of a millisecond.

${countsOf(onV2, ['pinned', 'traced'])}`;
}

function starts({ starts: all, firstReads }: Results): string {
  const rows = all.map(({ target, firstAnswer, rss }) => {
    const first = firstReads.find((one) => one.target === target);
    const us = first ? range(first.us, 1000, 2) : '-';
    return [target, range(firstAnswer, 1, 0), range(rss, 1e6, 1), us];
  });
  const heading = [
    'server',
    'start to first answer, ms',
    'RSS at rest, MB',
    'first read from a new container, ms',
  ];
  return `\n## Starts and first reads\n\nMedian (lowest-highest).\n\n${table(heading, rows)}`;
}

/** The known reason for a missed target; the page shows it only while the target is missed. */
const REASONS: readonly (readonly [file: string, what: RegExp, why: string])[] = [
  [
    '',
    /slowed down by strace/,
    'strace makes each read take longer than a millisecond, so files that are read once a millisecond are read at every read there; some calls come from polling.',
  ],
  [
    '',
    /system calls for each/,
    'calls beyond those on one CPU come from a thread that polls for the next request of a reader on the other CPU, in the time in which it went to sleep and woke up before, for the same CPU time: [0051](decisions/0051-request-polling.md).',
  ],
  [
    '',
    /beside one that reads/,
    'ten busy tasks share 2 CPUs. Of ten reads above 0.7 ms in 3.5 s, six were ready to run and waited 0.8 to 4 ms for a CPU, and four waited 0.5 to 1.8 ms for the server, which waited for a CPU. The serving thread runs 25 us after its wake-up, by the 99th percentile (`perf sched`).',
  ],
  [
    '',
    /cpuinfo on/,
    'a megabyte in 8,000 pieces: finding them takes 1 ms, copying them from uncached memory 0.7.',
  ],
  [
    '',
    /start to first answer/,
    'a start of 227 ms consists of 40 for Node itself, 35 for the command line and the configuration, 60 for the modules of the daemon, beside a serving thread that loads its own: [0038](decisions/0038-start-time.md).',
  ],
  [
    '',
    /first read/,
    'code that runs once for each container is cold: 0.2 ms to find the caller and its container in `/proc`, 0.2 to plan its files, 0.2 to open, read and print them, 0.25 for the first open of a new process in FUSE: [0038](decisions/0038-start-time.md).',
  ],
  [
    '',
    /load averages/,
    'a third is spent on checking whether 300 containers ran, two fifths on counting the 50 that did, a tenth on recording the counts (`perf record`): [0041](decisions/0041-load-average-cost.md).',
  ],
  [
    '',
    /no readers/,
    'every 5 s it checks whether 500 containers ran, in memory that is slow to reach after it has rested: [0041](decisions/0041-load-average-cost.md).',
  ],
  [
    '',
    /resident/,
    "45 MB of it are pages of Node's own program, and the same session with a constant file takes 60 MB: [0035](decisions/0035-daemon-memory.md).",
  ],
];

const CROSS_CPU =
  "half of the server's time is the kernel's wake-up of a reader on the other virtual CPU, three for each read: [0051](decisions/0051-request-polling.md).";

/** Even a server that returns a constant has a limit. */
function reasonOf({ files: all }: Results, file: string, { what }: Verdict): string | undefined {
  if (/per second, free/.test(what)) return CROSS_CPU;
  const base = /(lxcfs\S*)/.exec(what)?.[1];
  const result = all.find((one) => one.file === file);
  if (base && result && /pinned/.test(what) && /time|per second/.test(what)) {
    const limit = timesAsLong(result, base, 'floor');
    if (limit < 3.5) return `a constant file would reach ${limit.toFixed(2)} undisturbed.`;
  }
  return REASONS.find(([name, pattern]) => name === file && pattern.test(what))?.[2];
}

/** With more busy CPUs than this besides, times depend on other programs. */
const QUIET = 0.3;

function warning({ files: all }: Results): string {
  const noise = all.reduce((most, file) => Math.max(most, file.noise.median), 0);
  if (noise <= QUIET) return '';
  return `\n**The machine was not quiet:** other programs kept ${noise.toFixed(1)} CPUs busy. Reads per second, 99th percentiles
and starts depend on them; median times, system calls, CPU time and memory do not.\n`;
}

function missed(results: Results, parts: ScaleParts, onV2: Results['syscalls']): string {
  const daemon = [...ofDaemon(results, onV2), ...ofScale(parts)];
  const all = [
    ...daemon.map((verdict) => ({ file: '', verdict })),
    ...results.files.flatMap((result) =>
      ofFile(result).map((verdict) => ({ file: result.file, verdict })),
    ),
  ].filter(({ verdict }) => !verdict.met);
  const lines = all.map(({ file, verdict }) => {
    const why = reasonOf(results, file, verdict);
    return `- ${[file, verdict.what].filter(Boolean).join(': ')}: ${verdict.figure}, target ${verdict.target}${why ? `; ${why}` : '.'}`;
  });
  return lines.length === 0 ? '' : `\n## What is missed\n\n${lines.join('\n')}\n`;
}

export function benchmarksPage(
  results: Results,
  parts: ScaleParts,
  onV2: Results['syscalls'],
): string {
  const targets = verdicts([...ofDaemon(results, onV2), ...ofScale(parts)]);
  const daemon = table(['what', 'target', 'measured', ''], targets);
  return [
    introduction(results),
    warning(results),
    `\n## The daemon\n\n${daemon}`,
    missed(results, parts, onV2),
    files(results),
    calls(results, onV2),
    starts(results),
    scalePage(parts),
  ].join('');
}
