import t from 'tap';
import { bytes, least } from '../../src/explain/quantity.ts';

t.test('sizes are exact', async (t) => {
  t.equal(bytes(256 << 20), '256 MiB');
  t.equal(bytes((256 << 20) + 4096), '262148 kB');
  t.equal(bytes(1025), '1025 bytes');
  t.equal(bytes(0), '0 kB');
  t.equal(bytes(2 ** 40), '1048576 MiB');
});

t.test('a minimum of one is that one', async (t) => {
  t.equal(least(['a']), 'a');
  t.equal(least(['a', 'b']), 'min(a, b)');
});
