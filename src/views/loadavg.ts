/**
 * /proc/loadavg: `0.00 0.01 0.05 1/80 1234`. fs/proc/loadavg.c.
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

const averages = {
  v1: 'mean of runnable and uninterruptible tasks, of the cgroup and all below, every 5 s',
  v2: 'the same',
  figure: 'load.averages',
} as const;

const FIELDS: readonly Origin[] = [
  { key: '1 minute', at: /^(\S+)/, ...averages },
  { key: '5 minutes', at: /^\S+ (\S+)/, ...averages },
  { key: '15 minutes', at: /^\S+ \S+ (\S+)/, ...averages },
  {
    key: 'running',
    at: / (\d+)\//,
    v1: 'tasks in state R at the last count, plus the reader',
    v2: 'the same',
    figure: 'load.running',
  },
  {
    key: 'total',
    at: /\/(\d+)/,
    v1: 'pids.current',
    v2: 'pids.current',
    absent: 'the tasks listed at the last count',
    figure: 'load.total',
  },
  {
    key: 'last pid',
    at: /(\d+)$/m,
    v1: "highest pid of the container's own pid namespace",
    v2: 'the same',
    differs: 'the host shows the latest pid, which may be lower',
  },
];

function render({ load }: Sample, out: TextWriter): void {
  for (const [whole, hundredths] of load.averages) {
    out.number(whole);
    out.text('.');
    out.zeroPadded(hundredths, 2);
    out.text(' ');
  }
  out.number(load.running);
  out.text('/');
  out.number(load.total);
  out.text(' ');
  out.number(load.lastPid);
  out.text('\n');
}

export const loadavg: View = { path: 'proc/loadavg', needs: ['load'], fields: FIELDS, render };
