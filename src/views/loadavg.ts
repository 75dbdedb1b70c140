/**
 * /proc/loadavg: `0.00 0.01 0.05 1/80 1234`. fs/proc/loadavg.c.
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

const tasks = 'runnable and uninterruptible tasks of the cgroup and all below, every 5 s';

const FIELDS: readonly Origin[] = [
  { key: '1, 5, 15 minutes', v1: tasks, v2: tasks },
  { key: 'running', v1: 'tasks in state R, the reader among them', v2: 'the same' },
  { key: 'total', v1: 'pids.current, else the listed tasks', v2: 'the same' },
  { key: 'last pid', v1: "highest pid of the container's own pid namespace", v2: 'the same' },
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
