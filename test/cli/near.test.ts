import t from 'tap';
import { near } from '../../src/cli/near.ts';

const NAMES = ['MemTotal', 'MemFree', 'SwapTotal', 'SwapFree', 'Active(anon)', 'cpu0', 'pgfault'];

t.test('the names nearest to a mistyped one, nearest first', async (t) => {
  t.strictSame(near('memtotal', NAMES), ['MemTotal'], 'another case');
  t.strictSame(near('MemTotl', NAMES), ['MemTotal'], 'a letter lost');
  t.strictSame(near('active', NAMES), ['Active(anon)'], 'the beginning');
  t.strictSame(near('free', NAMES), ['MemFree', 'SwapFree'], 'a part');
  t.strictSame(near('MemTotal:', NAMES), ['MemTotal'], 'the name and more');
  t.strictSame(near('xyzzy', NAMES), [], 'nothing like it');
  const many = Array.from({ length: 20 }, (_, i) => `cpu${i}`);
  t.equal(near('cpu', many).length, 5, 'five at most');
});
