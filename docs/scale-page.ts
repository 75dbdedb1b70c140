/**
 * The part of docs/benchmarks.md about many containers and large machines.
 * @module
 */

import type { Machine } from '../bench/harness/machine.ts';
import type { Latency } from '../bench/scale/containers.ts';
import { formatIdlePage } from '../bench/scale/idle-page.ts';
import {
  idleOf,
  type LargeResults,
  type LoadResults,
  median,
  NOISES,
  type NoiseResult,
  type ScaleResults,
} from '../bench/scale/results.ts';
import { table } from './table.ts';

const number = (value: number | undefined, digits = 1): string =>
  value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits);

const measuredAt = ({ commit, date, loadBefore }: Machine): string =>
  `commit ${commit}, ${date.slice(0, 10)}, load average ${loadBefore.toFixed(2)} at the start`;

/** Above this load average before the run, times depend on other programs. */
const QUIET = 1;

/** Above this time for a page, in us, reaching memory takes longer than the work itself. */
const NEAR = 0.5;

function busy({ loadBefore }: Machine, idlePage: readonly number[]): string {
  const far = Math.max(...idlePage) > NEAR;
  const slow = far
    ? ': **memory was slow to reach**; waits, and the CPU time of work every 5 s, depend on that ([0049](decisions/0049-two-machines.md))'
    : '';
  const noise =
    loadBefore > QUIET
      ? ' **The machine was not quiet:** times, and CPU time without readers, depend on other programs.'
      : '';
  const took = `Touching a page of memory again after 5 s took ${formatIdlePage(idlePage)} the run`;
  return `\n${took}${slow}.${noise}\n`;
}

function noiseTable({ noiseResults, options }: ScaleResults): string {
  const rows = NOISES.map((noise) => {
    const own = noiseResults.filter((one) => one.noise === noise);
    const of = (value: (one: NoiseResult) => number | undefined, digits = 0): string =>
      number(median(own.map((one) => value(one) ?? Number.NaN)), digits);
    return [
      noise,
      of(({ probe }) => probe.p50),
      of(({ probe }) => probe.p99),
      of(({ probe }) => probe.max),
      of(({ readers }) => readers?.p99),
      of(({ hammer }) => (hammer ? hammer.reads / options.seconds : undefined)),
      of(({ daemon }) => daemon.cpu),
    ];
  });
  const heading = ['meanwhile', 'p50 us', 'p99 us', 'longest us', 'p99 of readers, us'];
  return table([...heading, 'hammer, reads/s', "daemon's CPU, %"], rows);
}

function describe({ p50, p99, max }: Latency): string {
  return `median ${number(p50, 0)} us, 99 of 100 within ${number(p99 / 1000)} ms, the longest ${number(max / 1000)} ms`;
}

function containers(results: ScaleResults): string {
  const { options, footprints, idle, scan, start, firstReads, storm } = results;
  const memory = footprints.map(({ when, rss, own, descriptors }) => [
    when,
    number(rss),
    number(own),
    String(descriptors),
  ]);
  const quiet = idle.map(({ when, cpu, wakes }) => [when, number(cpu, 3), number(wakes)]);
  return `
## Many containers

\`npm run bench:scale\`: ${options.containers} containers of ${options.processes} processes, all attached; ${options.readers} of them read all files once a
second, and one reads \`meminfo\` with 8 threads without a pause. Another reads it every 10 ms; the table shows its times.
${measuredAt(results.machine)}.
${busy(results.machine, results.idlePage)}
${table(['when', 'RSS MB', 'of it its own', 'descriptors'], memory)}
${table(['without readers', 'CPU, % of one', 'wake-ups per second'], quiet)}
A scan of all tasks, once in ten minutes, takes ${number(scan / 1000)} ms: with it, ${number(idleOf(results), 3)} % in all.
${noiseTable(results)}
The last of ${options.containers} containers is attached ${number(start.attachedAfter, 0)} ms after all were started in ${number(start.starting / 1000)} s; each takes ${number(start.cpuEach)} ms of CPU time in all.
First read of each file in each container, one after the other: ${describe(firstReads)}.
${options.storm} containers that start and end, ${number(storm.rate, 0)} per second, take ${number(storm.cpu, 0)} % of a CPU.
`;
}

function load({ machine, idlePage, options, rows }: LoadResults): string {
  const cells = rows.map(({ server, ticks }) => [
    server,
    `${number(median(ticks) / 1000, 2)} (${number(Math.min(...ticks) / 1000, 2)}-${number(Math.max(...ticks) / 1000, 2)})`,
  ]);
  return `
## Load averages

\`npm run bench:load\`: ${options.containers} containers with ${options.idle} idle threads and ${options.busy} busy ones, both servers at the same time;
CPU time of the whole server for each count of all containers, every 5 s. ${measuredAt(machine)}.
${busy(machine, idlePage)}
${table(['server', 'CPU time, ms'], cells)}`;
}

/** Files with a target, and the slowest others. */
function large({ machine, rows }: LargeResults): string {
  const cells = rows.map(({ host, container, file, bytes, cold, warm }) => [
    host === 'v1' ? 'v1' : 'v2',
    container === 'free' ? 'all' : 'some',
    file,
    String(bytes),
    number(cold.sample, 2),
    number(cold.render, 2),
    number(warm.sample, 2),
    number(warm.render, 2),
  ]);
  const heading = ['cgroups', 'CPUs', 'file', 'bytes', 'sample ms', 'render ms'];
  return `
## A machine with 1,024 CPUs

\`npm run bench:large\`: a captured host, enlarged to 1,024 CPUs, 2,000 interrupts and 64 nodes; a container with all of them, and
one with a few. FUSE is not included. The host's files are regular files, so the kernel's time to print its own is not included
either. The last two columns show a second read right after the first. ${measuredAt(machine)}.

${table([...heading, 'sample again', 'render again'], cells)}`;
}

export interface ScaleParts {
  readonly scale: ScaleResults;
  readonly load: LoadResults;
  readonly large: LargeResults;
}

export const scalePage = (parts: ScaleParts): string =>
  [containers(parts.scale), load(parts.load), large(parts.large)].join('');
