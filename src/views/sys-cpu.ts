/**
 * /sys/devices/system/cpu/{online,possible,present,...}: the CPUs of the container.
 * drivers/base/cpu.c, Documentation/admin-guide/cputopology.rst.
 * @module
 */
import type { Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';
import { type Origin, type View, wholeFile } from './view.ts';

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
  const origin: Origin = {
    ...wholeFile(name, from),
    ...(since === '' ? {} : { since: { v1: since, v2: since } }),
  };
  const path = `${DIRECTORY}/${name}`;
  if (render !== renderAll) return { path, needs: [], fields: [origin], render };
  return { path, needs: ['cpus'], fields: [{ ...origin, figure: 'cpus.count' }], render };
}

/** A file with CPUs 0 to n-1 of the CPU model. */
const all = (name: string, since = ''): View =>
  view(name, since, '0 to n-1; CPU i is the i-th of the effective cpuset', renderAll);

/** A file with no CPU. */
const none = (name: string): View =>
  view(name, '', 'none: all CPUs of the container are online and run any task', renderNone);

export const cpuViews: readonly View[] = [
  all('online'),
  all('possible'),
  all('present'),
  all('enabled', '6.11'),
  none('offline'),
  none('isolated'),
];
