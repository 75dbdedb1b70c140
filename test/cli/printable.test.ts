import t from 'tap';
import { printable } from '../../src/cli/printable.ts';

t.test('control characters are replaced, everything else stays', async (t) => {
  t.equal(printable('a\u001b[2J\u0007\t\u007f\r\nb\\x1b'), 'a\\033[2J\\007\\011\\177\\015\nb\\x1b');
  const bytes = Buffer.from('käse ☃').toString('latin1');
  t.equal(printable(bytes), bytes, 'byte strings');
  t.equal(printable('käse ☃'), 'käse ☃', 'text');
});
