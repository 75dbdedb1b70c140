/**
 * /sys/devices/system/cpu/{online,possible,present,...}: which CPUs there are.
 * drivers/base/cpu.c, Documentation/admin-guide/cputopology.rst.
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';
import type { View } from './view.ts';

const DIRECTORY = 'sys/devices/system/cpu';

/** `0-3`, or `0` alone. */
function renderAll({ cpus }: Sample, out: TextWriter): void {
  out.text('0');
  if (cpus.count > 1) {
    out.text('-');
    out.number(cpus.count - 1);
  }
  out.text('\n');
}

const renderNone = (_: Sample, out: TextWriter): void => out.text('\n');

function view(name: string, since: string, from: string, render: View['render']): View {
  const origin = { key: '*', v1: from, v2: from };
  return {
    path: `${DIRECTORY}/${name}`,
    needs: render === renderAll ? ['cpus'] : [],
    fields: [since === '' ? origin : { ...origin, since: { v1: since, v2: since } }],
    render,
  };
}

/** CPUs 0 to n-1 of the CPU model. */
const all = (name: string, since = ''): View =>
  view(name, since, '0 to n-1; CPU i stands for the i-th of the effective cpuset', renderAll);

/** No CPU. */
const none = (name: string): View =>
  view(name, '', 'none: the CPUs shown are online and run anything', renderNone);

export const cpuViews: readonly View[] = [
  all('online'),
  all('possible'),
  all('present'),
  all('enabled', '6.11'),
  none('offline'),
  none('isolated'),
  none('nohz_full'),
];
