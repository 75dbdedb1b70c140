/**
 * /proc/pressure/{cpu,memory,io}. kernel/sched/psi.c, Documentation/accounting/psi.rst.
 * @module
 */
import type { PressureLine, PressureResource, Sample } from '../sampling/sample.ts';
import type { TextWriter } from './text.ts';
import type { Origin, View } from './view.ts';

const AVERAGES = [' avg10=', ' avg60=', ' avg300='];

/** The lines that this kernel's file has. cpu has `full` since 5.13. */
const linesOf = (bytes: Uint8Array): PressureLine[] => {
  const text = new TextDecoder('latin1').decode(bytes);
  return (['some', 'full'] as const).filter((line) => new RegExp(`^${line} `, 'm').test(text));
};

function render(resource: PressureResource, { host, pressure }: Sample, out: TextWriter): void {
  for (const line of linesOf(host.files[`pressure/${resource}`].bytes)) {
    const { averages, total } = pressure[resource][line];
    out.text(line);
    for (const [i, name] of AVERAGES.entries()) {
      const hundredths = averages[i] ?? 0;
      out.text(name);
      out.number(hundredths / 100);
      out.text('.');
      out.zeroPadded(hundredths % 100, 2);
    }
    out.text(' total=');
    out.number(total);
    out.text('\n');
  }
}

function pressureView(resource: PressureResource): View {
  const field = (key: string): Origin => ({
    key,
    v1: `${resource}.pressure of a hybrid host's v2 tree`,
    v2: `${resource}.pressure`,
    figure: `pressure.${resource}`,
    absent: '0; totals stay as they are',
  });
  const full = resource === 'cpu' ? { since: { v1: '5.13', v2: '5.13' } } : {};
  return {
    path: `proc/pressure/${resource}`,
    needs: ['pressure', `pressure/${resource}`],
    fields: [field('some'), { ...field('full'), ...full }],
    render: (sample, out) => render(resource, sample, out),
  };
}

export const pressures = (['cpu', 'memory', 'io'] as const).map(pressureView);
