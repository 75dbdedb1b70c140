import fc from 'fast-check';
import t from 'tap';
import { RepairDelay } from '../../src/daemon/remount.ts';

t.test('the first repair is immediate, the next ones have growing delays', async (t) => {
  const delay = new RepairDelay();
  const waits = Array.from({ length: 12 }, () => delay.next(1000));
  t.strictSame(waits.slice(0, 5), [0, 100, 300, 700, 1500]);
  t.equal((waits[11] ?? 0) - (waits[10] ?? 0), 10_000, '10 s at most');
});

t.test('after a minute without a repair the delay starts from zero', async (t) => {
  const delay = new RepairDelay();
  for (let i = 0; i < 5; i++) delay.next(1000);
  t.equal(delay.next(1000 + 1500 + 60_001), 0);
  t.equal(delay.next(1000 + 1500 + 60_001), 100);
});

t.test('no minute has more than 20 repairs', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000), { maxLength: 200 }), (gaps) => {
      const delay = new RepairDelay();
      let now = 0;
      const made: number[] = [];
      for (const gap of gaps) {
        now += gap;
        now += delay.next(now);
        made.push(now);
      }
      return made.every((at, i) => (made[i + 20] ?? Infinity) - at > 60_000);
    }),
  );
  t.pass();
});
