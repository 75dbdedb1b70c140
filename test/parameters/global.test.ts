import fc from 'fast-check';
import t from 'tap';
import {
  GLOBAL_PARAMETERS,
  type GlobalParameter,
  mayAsk,
  raise,
  unraised,
} from '../../src/parameters/global.ts';

const value = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const parameter = fc.constantFrom(...GLOBAL_PARAMETERS);

interface Step {
  readonly host: number;
  readonly last: { readonly from: number; readonly to: number };
}

/** What the host has, and how it came to that, when a container asks for this. */
function next(parameter: GlobalParameter, { host, last }: Step, value: number): Step {
  const raised = mayAsk(parameter, value, host) ? raise(value, host, last) : null;
  return raised ? { host: raised.to, last: raised } : { host, last };
}

t.test('the host has what containers were given, and others see what it had', (t) => {
  fc.assert(
    fc.property(parameter, value, fc.array(value), (parameter, first, values) => {
      let step: Step = { host: first, last: { from: 0, to: 0 } };
      return values.every((each) => {
        const { host } = step;
        step = next(parameter, step, each);
        const given = each <= Math.max(parameter.ceiling, host) ? each : 0;
        return step.host === Math.max(host, given) && unraised(step.host, step.last) === first;
      });
    }),
  );
  t.end();
});

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
