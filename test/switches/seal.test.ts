/** Numbers of the switches' file: what was sealed comes back, to its container alone, whole or not at all. */
import fc from 'fast-check';
import t from 'tap';
import { seal, unseal } from '../../src/switches/seal.ts';

const key = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const value = fc.integer({ min: 1, max: 2 ** 32 - 1 });

t.test('what was sealed for a container comes back to it, and to no other', async (t) => {
  fc.assert(
    fc.property(key, key, value, (mine, other, value) => {
      const word = seal(mine, value);
      return unseal(mine, word) === value && (other === mine || unseal(other, word) === 0);
    }),
  );
  t.pass();
});

t.test('up to six flipped bits: nothing was sealed', async (t) => {
  const flips = fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(key, value, flips, (key, value, flips) => {
      const damaged = flips.reduce((word, bit) => word ^ (1n << BigInt(bit)), seal(key, value));
      return unseal(key, BigInt.asIntN(64, damaged)) === 0;
    }),
    { numRuns: 20_000, examples: [[1n, 5, [31, 48, 63]]] },
  );
  t.pass();
});
