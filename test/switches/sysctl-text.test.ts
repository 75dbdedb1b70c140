import fc from 'fast-check';
import t from 'tap';
import { parseSwitch } from '../../src/switches/sysctl-text.ts';

const EINVAL = 22;

/** What Linux 6.18 makes of these in fs.protected_hardlinks, which is 0 or 1 as well. */
const TAKEN: readonly (readonly [text: string, on: boolean])[] = [
  ['0', false],
  ['1', true],
  ['1\n', true],
  [' \t\n\v\f\r\xa01 \t\n', true],
  ['01', true],
  ['0x1', true],
  ['0X0', false],
  ['-0', false],
  ['0 1', false],
  ['1\tx', true],
  ['1\n\0', true],
  ['00000000000000000001', true],
];

const REFUSED = [
  '',
  ' ',
  '\n',
  '2',
  '-1',
  '10',
  '0x10',
  '08',
  '0x',
  'x',
  'on',
  'true',
  '+1',
  '1x',
  '1\v',
  '0\0',
  '1,0',
  '- 1',
  '--1',
  '0.0',
  '1e0',
  '000000000000000000001',
  '18446744073709551616',
];

t.test('texts are parsed like in the kernel', async (t) => {
  for (const [text, on] of TAKEN) t.equal(parseSwitch(text), on, JSON.stringify(text));
  for (const text of REFUSED) t.equal(parseSwitch(text), -EINVAL, JSON.stringify(text));
});

t.test('only one page is parsed', async (t) => {
  t.equal(parseSwitch(`1${' '.repeat(5000)}`), true);
  t.equal(parseSwitch(`${' '.repeat(4094)}1x`), true);
  t.equal(parseSwitch(' '.repeat(5000)), -EINVAL);
});

t.test('any bytes are 0, 1 or invalid', async (t) => {
  const text = fc.string({ unit: fc.constantFrom(...'01 2-x\n\t\0\xff'), maxLength: 12 });
  fc.assert(
    fc.property(text, (text) => {
      const digits = text.trim().split(/[ \t\n]/, 1)[0] ?? '';
      const parsed = parseSwitch(text);
      return (
        parsed === -EINVAL || Number.parseInt(digits, 10) === Number(parsed) || /x/i.test(digits)
      );
    }),
  );
  t.pass();
});
