import t from 'tap';
import { pressures } from '../../src/views/pressure.ts';
import type { View } from '../../src/views/view.ts';
import { render, sample } from './samples.ts';

const some = 'some avg10=9.99 avg60=9.99 avg300=9.99 total=999\n';
const full = 'full avg10=9.99 avg60=9.99 avg300=9.99 total=999\n';

const cpu = pressures[0] as View;

const figures = (total: number) => ({ averages: [5, 120, 10_000], total });

const pressure = { cpu: { some: figures(12_345), full: figures(0) } };

t.test('one file for each resource', async (t) => {
  const paths = pressures.map(({ path }) => path);
  t.same(paths, ['proc/pressure/cpu', 'proc/pressure/memory', 'proc/pressure/io']);
});

t.test("the host's lines with the container's figures", async (t) => {
  const lines =
    'some avg10=0.05 avg60=1.20 avg300=100.00 total=12345\n' +
    'full avg10=0.05 avg60=1.20 avg300=100.00 total=0\n';
  t.equal(render(cpu, sample({ files: { 'pressure/cpu': some + full }, pressure })), lines);
  const first = `${lines.split('\n')[0]}\n`;
  t.equal(
    render(cpu, sample({ files: { 'pressure/cpu': some }, pressure })),
    first,
    'cpu before 5.13',
  );
});

t.test('nothing known: zeros', async (t) => {
  const text = render(cpu, sample({ files: { 'pressure/cpu': some } }));
  t.equal(text, 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n');
});

t.test('64 bits', async (t) => {
  const of = (total: number) =>
    render(
      cpu,
      sample({
        files: { 'pressure/cpu': some },
        pressure: { cpu: { some: figures(total), full: figures(0) } },
      }),
    );
  t.match(of(2 ** 53 + 2), / total=9007199254740994\n/);
  t.match(of(2 ** 64), / total=18446744073709551616\n/);
});
