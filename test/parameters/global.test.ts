import fc from 'fast-check';
import t from 'tap';
import { GLOBAL_PARAMETERS, mayAsk, raisedTo } from '../../src/parameters/global.ts';

const value = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const parameter = fc.constantFrom(...GLOBAL_PARAMETERS);

t.test(
  'whatever containers ask for, the host never has less than before, nor less than they were given',
  (t) => {
    const asked = fc.array(value, { maxLength: 20 });
    fc.assert(
      fc.property(parameter, value, asked, (parameter, first, values) => {
        let host = first;
        for (const each of values) {
          const before = host;
          if (!mayAsk(parameter, each, host)) continue;
          host = raisedTo(each, host) ?? host;
          if (host < before || host < each) return false;
        }
        return host <= Math.max(first, parameter.ceiling);
      }),
    );
    t.end();
  },
);

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
