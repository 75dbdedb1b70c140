import t from 'tap';
import type { Sample } from '../../src/sampling/sample.ts';
import { type Layout, type Line, layOut } from '../../src/views/lines.ts';
import { TextWriter } from '../../src/views/text.ts';

const names = Array.from({ length: 30 }, (_, i) => `n${i}`);

/** Thirty lines, whose numbers are taken from an array in the place of a sample's memory. */
const lines: readonly Line[] = names.map((name, i) => ({
  ...{ before: `${name} `, after: '\n', width: 3 },
  value: ({ memory }: Sample) => (memory as unknown as number[])[i] ?? 0,
}));

function render(layout: Layout, numbers: readonly number[]): string {
  const out = new TextWriter(new Uint8Array(4096));
  layout.render({ memory: numbers, host: {} } as unknown as Sample, out);
  return Buffer.from(out.bytes.subarray(0, out.length)).toString('latin1');
}

const expected = (numbers: readonly number[]): string =>
  names.map((name, i) => `${name} ${String(numbers[i] || 0).padStart(3)}\n`).join('');

t.test('chunks without a change are copied from the last render', async (t) => {
  const layout = layOut(lines);
  const zeros = names.map(() => 0);
  const one = zeros.with(17, 5);
  const wide = zeros.with(17, 123_456_789).with(0, Number.NaN);
  for (const numbers of [zeros, zeros, one, one, wide, zeros, names.map((_, i) => 10 ** (i % 15))])
    t.equal(render(layout, numbers), expected(numbers));
});

t.test('after a number that cannot be printed the next render is complete', async (t) => {
  const layout = layOut(lines);
  const numbers = names.map((_, i) => i);
  t.equal(render(layout, numbers), expected(numbers));
  const infinite = numbers.with(4, Infinity);
  t.throws(() => render(layout, infinite), RangeError);
  t.throws(() => render(layout, infinite), RangeError, 'also the second time');
  t.equal(render(layout, numbers), expected(numbers));
});

t.test('values of the same objects are not read again', async (t) => {
  let asked = 0;
  const value = (): number => asked++;
  const layout = layOut([{ before: 'a ', after: '\n', width: 1, value }]);
  const sample = { memory: {}, hugePages: {}, vm: {}, host: { settings: {} } };
  const show = (changed: object): string => {
    const out = new TextWriter(new Uint8Array(64));
    layout.render({ ...sample, ...changed } as unknown as Sample, out);
    return Buffer.from(out.bytes.subarray(0, out.length)).toString('latin1');
  };
  t.equal(show({}), 'a 0\n');
  t.equal(show({}), 'a 0\n');
  for (const changed of ['memory', 'hugePages', 'vm', 'host']) {
    const before = asked;
    t.equal(show({ [changed]: {} }), `a ${before}\n`, changed);
  }
});
