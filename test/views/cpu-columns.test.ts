import t from 'tap';
import { interrupts } from '../../src/views/interrupts.ts';
import { softirqs } from '../../src/views/softirqs.ts';
import { hostFile } from '../helpers/captured.ts';
import { render, sample } from './samples.ts';

const cut = (text: string, count: number, size?: number): string =>
  render(interrupts, sample({ files: { interrupts: text }, cpus: { count, set: [] } }), size);

/** The numbers of a line's columns. */
const row = (text: string, key: string): number[] => {
  const line = text.split('\n').find((each) => each.trimStart().startsWith(`${key}:`)) ?? '';
  return (/:((?: +\d+)*)/.exec(line)?.[1] ?? '').trim().split(/ +/).map(Number);
};

const host = [
  '           CPU0       CPU1       CPU2       ',
  ' 24:          1          0 4294967295  IO-APIC   5-edge      ACPI:Ged',
  'IPI0:         3         16          7       Rescheduling interrupts',
  'EXT:          5          6          8 ',
  'ERR:          9',
  'MIS:          0',
  '',
].join('\n');

t.test('as many columns as there are CPUs, all else as it is', async (t) => {
  t.equal(
    cut(host, 2),
    [
      '           CPU0       CPU1       ',
      ' 24:          1          0  IO-APIC   5-edge      ACPI:Ged',
      'IPI0:         3         16       Rescheduling interrupts',
      'EXT:          5          6 ',
      'ERR:          9',
      'MIS:          0',
      '',
    ].join('\n'),
  );
  t.equal(cut(host, 3), host, "all of them: the host's bytes");
});

t.test('numbers that are wider than a column', async (t) => {
  const title = '           CPU0       CPU1       CPU2       \n';
  const text = `${title}  0: 12345678901234         56          7  edge\nERR:          9\n  1:          1          2          3  edge\n`;
  t.equal(cut(text, 3), text);
  t.strictSame(row(cut(text, 2), '0'), [12345678901234, 56]);
  t.strictSame(row(cut(text, 1), '0'), [12345678901234]);
  t.strictSame(row(cut(text, 1), 'ERR'), [9]);
});

t.test('a host with one CPU', async (t) => {
  const one =
    '           CPU0       \n  0:         12   IO-APIC   2-edge      timer\nERR:          0\n';
  t.equal(cut(one, 1), one);
});

t.test('4 -> 2 -> 3 CPUs, and other CPUs of the set: no number runs backwards', async (t) => {
  const text = hostFile('v2', 'proc/interrupts');
  const shown = (set: number[]): number[] =>
    row(
      render(interrupts, sample({ files: { interrupts: text }, cpus: { count: set.length, set } })),
      'LOC',
    );
  const [all, pinned, more] = [shown([0, 1, 2, 3]), shown([2, 3]), shown([1, 2, 3])];
  t.equal(all.length, 4);
  t.strictSame(pinned, all.slice(0, 2));
  t.strictSame(more, all.slice(0, 3));
});

t.test('a CPU that went offline since: fewer columns, no failure', async (t) => {
  t.equal(cut(host, 5), host);
});

t.test('a host without its CPU 1: the columns are numbered without gaps', async (t) => {
  const text =
    '           CPU0       CPU2       CPU3       \nLOC:          1          2          3  \n';
  t.equal(cut(text, 2), '           CPU0       CPU1       \nLOC:          1          2  \n');
});

t.test('softirqs', async (t) => {
  const text = hostFile('v2', 'proc/softirqs');
  const shown = render(
    softirqs,
    sample({ files: { softirqs: text }, cpus: { count: 3, set: [] } }),
  );
  t.match(shown, /^ {20}CPU0 {7}CPU1 {7}CPU2 {7}\n {10}HI: {10}\d/);
  t.strictSame(row(shown, 'RCU'), row(text, 'RCU').slice(0, 3));
  t.equal(shown.split('\n').length, text.split('\n').length);
});

t.test('an unknown format is an error, not an empty file', async (t) => {
  t.throws(() => cut('', 1), /unknown format/);
  t.throws(() => cut('nothing\n', 1), /unknown format/);
});

t.test('1024 CPUs, 2000 interrupts', async (t) => {
  const [cpus, irqs] = [1024, 2000];
  const all = Array.from({ length: cpus }, (_, cpu) => cpu);
  const titles = all.map((cpu) => `CPU${cpu}`.padEnd(11)).join('');
  const numbers = all.map((cpu) => ` ${String(cpu).padStart(10)}`).join('');
  const lines = Array.from(
    { length: irqs },
    (_, irq) => `${String(irq).padStart(4)}:${numbers}  chip dev\n`,
  );
  const text = `${' '.repeat(12)}${titles}\n${lines.join('')}ERR:          0\n`;
  t.equal(cut(text, cpus, 32 << 20) === text, true, `${text.length} bytes`);
  const few = cut(text, 3);
  t.strictSame(row(few, '1999'), [0, 1, 2]);
  t.equal(few.split('\n').length, irqs + 3);
});
