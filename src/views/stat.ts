/**
 * /proc/stat. fs/proc/stat.c, Documentation/filesystems/proc.rst (1.7).
 *
 * The `cpu` line includes CPUs that the container had and lost, as the kernel's line includes CPUs that went offline:
 * it never runs backwards. Without lost CPUs it is the exact sum of the other lines.
 * @module
 */
import type { CpuTimesSample, FileSnapshot, Sample } from '../sampling/sample.ts';
import { sumTicks, ticks } from './cpu-ticks.ts';
import { oncePer } from './once.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

const NEWLINE = 10;

/** Whether a line begins with `cpu`. Compares bytes, because 1,024 such lines are skipped at each change. */
const isCpu = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 99 && bytes[at + 1] === 112 && bytes[at + 2] === 117;

const host = {
  v1: "the host's",
  v2: "the host's",
  differs: 'the whole node: no cgroup counts it',
} as const;

const FIELDS: readonly Origin[] = [
  {
    key: 'cpu',
    unit: 'ticks',
    v1: 'sum of the lines of the CPUs',
    v2: 'sum of the lines of the CPUs',
    differs: 'includes CPUs that the container had and lost',
  },
  {
    key: 'cpuN',
    unit: 'ticks',
    v1: 'cpuacct.usage_percpu, split by cpuacct.usage_all; idle = wall time - used',
    v2: 'cpu.stat user_usec, nice_usec, system_usec, spread evenly; idle = wall time - used',
    since: { v2: '6.13 (nice_usec)' },
    differs: 'user nice system idle; the other columns are 0',
    figure: 'times.count',
  },
  { key: 'intr', ...host },
  { key: 'ctxt', ...host },
  {
    key: 'btime',
    v1: "start of the container's first process",
    v2: 'the same',
    absent: "the host's",
    figure: 'times.btime',
  },
  { key: 'processes', ...host },
  {
    key: 'procs_running',
    v1: 'tasks in state R at the last count, plus the reader',
    v2: 'the same',
    figure: 'load.running',
  },
  { key: 'procs_blocked', v1: 'tasks in state D', v2: 'the same', figure: 'load.blocked' },
  { key: 'softirq', ...host },
  { key: '*', ...host },
];

/** Lines with the container's own value. */
const OWN: Readonly<Record<string, (sample: Sample) => number>> = {
  btime: ({ times }) => times.btime,
  procs_running: ({ load }) => load.running,
  procs_blocked: ({ load }) => load.blocked,
};

/** One line after the cpu lines: its key, and its bytes with the newline. */
interface HostLine {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

function keyAt(bytes: Uint8Array, from: number, to: number): string {
  const start = String.fromCharCode(...bytes.subarray(from, Math.min(to, from + 32)));
  return start.split(/[ \n]/, 1)[0] ?? '';
}

/** All lines after the cpu lines, also those of newer kernels. */
const hostLines = oncePer(({ bytes }: FileSnapshot): readonly HostLine[] => {
  const lines: HostLine[] = [];
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline + 1;
    if (!isCpu(bytes, from)) lines.push({ key: keyAt(bytes, from, to), from, to });
    from = to;
  }
  return lines;
});

/** user nice system idle, then zeros: no cgroup counts iowait irq softirq steal guest guest_nice. */
function times(out: TextWriter, user: number, nice: number, system: number, idle: number): void {
  out.number(user);
  out.text(' ');
  out.number(nice);
  out.text(' ');
  out.number(system);
  out.text(' ');
  out.number(idle);
  out.text(' 0 0 0 0 0 0\n');
}

function cpuLines(cpus: CpuTimesSample, out: TextWriter): void {
  const ever = cpus.everShown;
  out.text('cpu  ');
  times(
    out,
    sumTicks(cpus.user, ever),
    sumTicks(cpus.nice, ever),
    sumTicks(cpus.system, ever),
    sumTicks(cpus.idle, ever),
  );
  for (let i = 0; i < cpus.count; i++) {
    out.text('cpu');
    out.number(i);
    out.text(' ');
    times(
      out,
      ticks(cpus.user(i)),
      ticks(cpus.nice(i)),
      ticks(cpus.system(i)),
      ticks(cpus.idle(i)),
    );
  }
}

function render(sample: Sample, out: TextWriter): void {
  cpuLines(sample.times, out);
  const { stat } = sample.host.files;
  for (const { key, from, to } of hostLines(stat)) {
    const own = OWN[key]?.(sample);
    if (own === undefined || Number.isNaN(own)) {
      out.raw(stat.bytes, from, to);
      continue;
    }
    out.text(key);
    out.text(' ');
    out.number(own);
    out.text('\n');
  }
}

export const stat: View = {
  path: 'proc/stat',
  needs: ['cpus', 'times', 'load', 'stat'],
  fields: FIELDS,
  render,
};
