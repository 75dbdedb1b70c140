import fc from 'fast-check';
import t from 'tap';
import {
  GLOBAL_PARAMETERS,
  type GlobalParameter,
  isAllowed,
  raise,
  valueBeforeRaise,
} from '../../src/parameters/global.ts';

const value = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const parameter = fc.constantFrom(...GLOBAL_PARAMETERS);

interface Step {
  readonly host: number;
  readonly last: { readonly from: number; readonly to: number };
}

/** The host's value and its last raise, after a container has requested this value. */
function next(parameter: GlobalParameter, { host, last }: Step, value: number): Step {
  const raised = isAllowed(parameter, value, host) ? raise(value, host, last) : null;
  return raised ? { host: raised.to, last: raised } : { host, last };
}

t.test(
  'the host has the largest accepted value, and other containers see the value before',
  (t) => {
    fc.assert(
      fc.property(parameter, value, fc.array(value), (parameter, first, values) => {
        let step: Step = { host: first, last: { from: 0, to: 0 } };
        return values.every((each) => {
          const { host } = step;
          step = next(parameter, step, each);
          const accepted = each <= Math.max(parameter.ceiling, host) ? each : 0;
          return (
            step.host === Math.max(host, accepted) &&
            valueBeforeRaise(step.host, step.last) === first
          );
        });
      }),
    );
    t.end();
  },
);

t.test('all see a value that the owner of the host sets', (t) => {
  t.equal(valueBeforeRaise(70_000, { from: 65_530, to: 100_000 }), 70_000);
  t.same(raise(80_000, 70_000, { from: 65_530, to: 100_000 }), { from: 70_000, to: 80_000 });
  t.end();
});

t.test('a container may request the value of the host, also above the ceiling', (t) => {
  fc.assert(fc.property(parameter, value, (parameter, host) => isAllowed(parameter, host, host)));
  t.end();
});

t.test('no container may request an invalid value', (t) => {
  for (const parameter of GLOBAL_PARAMETERS) {
    for (const each of [Number.NaN, -1, 0.5, Infinity, parameter.ceiling + 1]) {
      t.notOk(isAllowed(parameter, each, 65530), `${parameter.name}=${each}`);
    }
  }
  t.end();
});
