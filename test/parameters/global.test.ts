import fc from 'fast-check';
import t from 'tap';
import { GLOBAL_PARAMETERS, mayAsk, raise, unraised } from '../../src/parameters/global.ts';

const value = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const parameter = fc.constantFrom(...GLOBAL_PARAMETERS);

t.test(
  'the host has what containers were given, and who asked for nothing sees what it had',
  (t) => {
    const asked = fc.array(value, { maxLength: 20 });
    fc.assert(
      fc.property(parameter, value, asked, (parameter, first, values) => {
        let [host, last] = [first, { from: 0, to: 0 }];
        for (const each of values) {
          if (!mayAsk(parameter, each, host)) continue;
          const next = raise(each, host, last);
          if (next && next.to <= host) return false;
          if (next) [host, last] = [next.to, next];
          if (host < each || unraised(host, last) !== first) return false;
        }
        return host <= Math.max(first, parameter.ceiling);
      }),
    );
    t.end();
  },
);

t.test('what the owner of the host sets himself is what all see', (t) => {
  t.equal(unraised(70_000, { from: 65_530, to: 100_000 }), 70_000);
  t.same(raise(80_000, 70_000, { from: 65_530, to: 100_000 }), { from: 70_000, to: 80_000 });
  t.end();
});

t.test('what the host has may be asked for, above the ceiling too', (t) => {
  fc.assert(fc.property(parameter, value, (parameter, host) => mayAsk(parameter, host, host)));
  t.end();
});

t.test('what is no value may not be asked for', (t) => {
  for (const parameter of GLOBAL_PARAMETERS) {
    for (const each of [Number.NaN, -1, 0.5, Infinity, parameter.ceiling + 1]) {
      t.notOk(mayAsk(parameter, each, 65530), `${parameter.name}=${each}`);
    }
  }
  t.end();
});
