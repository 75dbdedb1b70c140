/**
 * /proc/schedstat: a line for each of the container's CPUs, with its run time.
 * kernel/sched/stats.c, Documentation/scheduler/sched-stats.rst.
 *
 * The lines of scheduling domains are left out, as on a machine with one CPU: they count how the host balances load
 * between CPUs that the container does not have.
 * @module
 */
import type { CpuTimesSample, Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';
import type { View } from './view.ts';

/** Versions whose CPU lines have nine numbers, of which the seventh is run time. */
const VERSIONS = /^version 1[567]\n(?:timestamp \d+\n)?/;

/** Longer than the lines before the first CPU's. */
const HEAD = 64;

/** Prints run time in nanoseconds. It is known in microseconds, which a double holds exactly. */
function runTime(times: CpuTimesSample, cpu: number, out: TextWriter): void {
  const us = Math.floor(times.user(cpu) + times.nice(cpu) + times.system(cpu));
  out.number(us);
  if (us > 0) out.text('000');
}

function render({ host, times }: Sample, out: TextWriter): void {
  const { bytes } = host.files.schedstat;
  const head = VERSIONS.exec(new TextDecoder('latin1').decode(bytes.subarray(0, HEAD)))?.[0];
  if (head === undefined) throw new Error('schedstat: unknown version');
  out.text(head);
  for (let cpu = 0; cpu < times.count; cpu++) {
    out.text('cpu');
    out.number(cpu);
    out.text(' 0 0 0 0 0 0 ');
    runTime(times, cpu, out);
    out.text(' 0 0\n');
  }
}

export const schedstat: View = {
  path: 'proc/schedstat',
  needs: ['cpus', 'times', 'schedstat'],
  fields: [
    { key: 'version, timestamp', v1: "the host's", v2: "the host's" },
    {
      key: 'cpuN',
      v1: 'the seventh number: user + nice + system of that line in stat, in ns; the others 0',
      v2: 'the same',
    },
    {
      key: 'domainN',
      v1: 'left out',
      v2: 'left out',
      differs: 'they name CPUs that the container does not have',
    },
  ],
  render,
};
