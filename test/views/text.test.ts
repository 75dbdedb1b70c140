import fc from 'fast-check';
import t from 'tap';
import { TextWriter } from '../../src/views/text.ts';

const writer = (size = 64): TextWriter => new TextWriter(new Uint8Array(size));

const textOf = (out: TextWriter): string =>
  Buffer.from(out.bytes.subarray(0, out.finish())).toString('latin1');

const number = (value: number, width?: number): string => {
  const out = writer(400);
  out.number(value, width);
  return textOf(out);
};

t.test('a line of meminfo', async (t) => {
  const out = writer();
  out.text('MemTotal:');
  out.number(262144, 15);
  out.text(' kB\n');
  t.equal(textOf(out), 'MemTotal:         262144 kB\n');
});

t.test('fractions are dropped, negative numbers and NaN are 0', async (t) => {
  for (const [value, text] of [
    [0, '0'],
    [-0, '0'],
    [0.999, '0'],
    [1.5, '1'],
    [-1, '0'],
    [Number.NaN, '0'],
    [-Infinity, '0'],
    [2 ** 31 - 1, '2147483647'],
    [2 ** 31, '2147483648'],
    [999_999_999, '999999999'],
    [1_000_000_000, '1000000000'],
    [5_000_000_007, '5000000007'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  ] as const) {
    t.equal(number(value), text, `${value}`);
  }
  t.throws(() => number(Infinity), RangeError);
});

const integers = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(20_000),
  fc.integer({ min: 0, max: 53 }).map((bits) => Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)),
  fc.integer({ min: 1, max: 15 }).map((digits) => 10 ** digits - 1),
);

t.test('every safe integer, and every fraction, as String() prints it', async (t) => {
  fc.assert(
    fc.property(integers, (value) => number(value) === String(value)),
    { numRuns: 5000 },
  );
  const fractions = fc.double({ min: 0, max: 2 ** 53 - 1, noNaN: true });
  const cut = fc.property(fractions, (value) => number(value) === String(Math.floor(value)));
  fc.assert(cut, { numRuns: 2000 });
  t.pass();
});

t.test('widths pad on the left and never cut', async () => {
  fc.assert(
    fc.property(integers, fc.nat(40), (value, width) => {
      return number(value, width) === String(value).padStart(width);
    }),
    { numRuns: 2000 },
  );
});

t.test('64 bits: the exact value of a double', async (t) => {
  t.equal(number(2 ** 53), '9007199254740992');
  t.equal(number(2 ** 64), '18446744073709551616');
  t.equal(number(2 ** 64, 22), '  18446744073709551616');
  const big = fc.double({ min: 2 ** 53, max: 2 ** 64, noNaN: true });
  fc.assert(
    fc.property(big, big, (a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)].map((each) => BigInt(number(each)));
      return (
        low !== undefined && high !== undefined && low <= high && low === BigInt(Math.min(a, b))
      );
    }),
    { numRuns: 2000 },
  );
});

t.test('leading zeros', async () => {
  const out = writer();
  fc.assert(
    fc.property(fc.nat(999_999_999), fc.integer({ min: 9, max: 20 }), (value, width) => {
      out.reset();
      out.zeroPadded(value, width);
      return textOf(out) === String(value).padStart(width, '0');
    }),
  );
});

t.test('hundredths of a load average', async (t) => {
  const out = writer();
  out.number(0);
  out.text('.');
  out.zeroPadded(7, 2);
  t.equal(textOf(out), '0.07');
});

t.test('bytes go through unchanged, long and short', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(200), (bytes, a, b) => {
      const [from, to] = [a, b].map((at) => Math.min(at, bytes.length)).sort((x, y) => x - y);
      const out = writer(200);
      out.raw(bytes, from, to);
      const wanted = Buffer.from(bytes.subarray(from, to)).toString('latin1');
      return textOf(out) === wanted;
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const out = writer(200);
      out.raw(bytes);
      return textOf(out) === Buffer.from(bytes).toString('latin1');
    }),
  );
});

t.test('a body over the buffer throws, one that fills it exactly does not', async (t) => {
  type Step = (out: TextWriter) => void;
  const steps: [string, Step][] = [
    ['text', (out) => out.text('abcd')],
    ['number', (out) => out.number(1234)],
    ['wide number', (out) => out.number(1, 4)],
    ['zeros', (out) => out.zeroPadded(1, 4)],
    ['raw', (out) => out.raw(Uint8Array.of(1, 2, 3, 4))],
    ['long raw', (out) => out.raw(new Uint8Array(100))],
  ];
  for (const [name, step] of steps) {
    const size = name === 'long raw' ? 100 : 4;
    const exact = writer(size);
    step(exact);
    t.equal(exact.finish(), size, name);
    const small = writer(size - 1);
    t.throws(
      () => {
        step(small);
        small.finish();
      },
      RangeError,
      name,
    );
  }
});

t.test('a new body starts empty, also after one that was too long', async (t) => {
  const out = writer(4);
  out.text('too long');
  t.throws(() => out.finish(), RangeError);
  out.reset();
  out.text('ok');
  t.equal(textOf(out), 'ok');
});
