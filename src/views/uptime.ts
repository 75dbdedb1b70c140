/**
 * /proc/uptime: `350735.47 234388.90`. fs/proc/uptime.c.
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import { sumTicks, ticks } from './cpu-ticks.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

const started =
  "now - start of the container's first process; the host's if policies.uptime is host";
const idle = 'the same as idle on the cpu line of stat, in seconds';

const FIELDS: readonly Origin[] = [
  {
    key: 'uptime',
    at: /^(\S+)/,
    unit: 's',
    v1: started,
    v2: started,
    absent: "the host's",
    figure: 'times.uptime',
  },
  { key: 'idle', at: / (\S+)/, unit: 's', v1: idle, v2: idle },
];

/** Prints hundredths of a second as seconds with two decimals. */
function seconds(hundredths: number, out: TextWriter): void {
  out.number(hundredths / 100);
  out.text('.');
  out.zeroPadded(hundredths % 100, 2);
}

function render({ times }: Sample, out: TextWriter): void {
  seconds(Math.max(0, ticks(times.uptime)), out);
  out.text(' ');
  seconds(sumTicks(times.idle, times.everShown), out);
  out.text('\n');
}

export const uptime: View = {
  path: 'proc/uptime',
  needs: ['cpus', 'times'],
  fields: FIELDS,
  render,
};
