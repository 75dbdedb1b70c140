/** Words of the file of switches: a number is decoded with its own key alone, undamaged or not at all. */
import fc from 'fast-check';
import t from 'tap';
import { decodeWord, encodeWord } from '../../src/switches/checked-word.ts';

const key = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const value = fc.integer({ min: 1, max: 2 ** 32 - 1 });

t.test('a number is decoded with its own key, and with no other', async (t) => {
  fc.assert(
    fc.property(key, key, value, (own, other, value) => {
      const word = encodeWord(own, value);
      return decodeWord(own, word) === value && (other === own || decodeWord(other, word) === 0);
    }),
  );
  t.pass();
});

t.test('a word with up to six flipped bits counts as empty', async (t) => {
  const flips = fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(key, value, flips, (key, value, flips) => {
      const damaged = flips.reduce(
        (word, bit) => word ^ (1n << BigInt(bit)),
        encodeWord(key, value),
      );
      return decodeWord(key, BigInt.asIntN(64, damaged)) === 0;
    }),
    { numRuns: 20_000, examples: [[1n, 5, [31, 48, 63]]] },
  );
  t.pass();
});
