import t from 'tap';
import { Looks } from '../../src/discovery/backoff.ts';

/** When a thing that changed at 0 is looked at, by a clock that steps by milliseconds. */
function looksOf(looks: Looks<string>, until: number): number[] {
  const times: number[] = [];
  for (let now = 0; now <= until; now++) for (const _ of looks.due(now)) times.push(now);
  return times;
}

t.test(
  'at once, often in the first second, then ever less often, and at last no more',
  async (t) => {
    const looks = new Looks<string>();
    looks.changed('a', 0);
    const times = looksOf(looks, 60_000);
    t.equal(times[0], 0);
    const gaps = times.slice(1).map((each, i) => [times[i] ?? 0, each - (times[i] ?? 0)] as const);
    for (const [age, gap] of gaps)
      t.ok(gap <= Math.max(21, age / 10 + 1), `${gap} ms at ${age} ms`);
    t.ok(times.length < 100, `${times.length} looks in all`);
    t.ok((times.at(-1) ?? 0) > 9000 && (times.at(-1) ?? 0) < 12_000, 'for ten seconds');
    t.equal(looks.next(), Number.POSITIVE_INFINITY);
  },
);

t.test('what changes all the time is looked at as often as in its first second', async (t) => {
  const looks = new Looks<string>();
  let times = 0;
  for (let now = 0; now < 1000; now++) {
    looks.changed('a', now);
    times += [...looks.due(now)].length;
  }
  t.equal(times, 50);
});

t.test('a change is looked at soon, however old the last one is', async (t) => {
  const looks = new Looks<string>();
  looks.changed('a', 0);
  looksOf(looks, 9000);
  looks.changed('a', 9001);
  t.ok(looks.next() <= 9021);
});

t.test('forgotten things, and those that nobody asked for', async (t) => {
  const looks = new Looks<string>();
  for (const each of ['a', 'b', 'c']) looks.changed(each, 0);
  looks.forget('b');
  for (const _ of looks.due(0)) break;
  t.same([...looks.due(0)], ['c'], 'the rest is still due');
});
