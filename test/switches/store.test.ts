import fs from 'node:fs';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { ALL_FEATURES } from '../../src/switches/features.ts';
import { DEFAULT_SETTING, type Setting } from '../../src/switches/setting.ts';
import { Switches } from '../../src/switches/store.ts';
import { setAndDie } from './switches-child.ts';

const BOOT = 'b2a0fcb3-35a1-4fbd-a2f1-9a2c0e5a4f3f\n';
const OFF: Setting = { on: false, files: 3 };

const fileIn = (t: Test): string => `${t.testdir({})}/switches`;
const open = (path: string, boot = BOOT, configured = DEFAULT_SETTING): Switches =>
  new Switches(path, boot, configured);

t.test('in a new file nothing is set', async (t) => {
  const path = fileIn(t);
  const switches = open(path);
  t.strictSame(switches.host, DEFAULT_SETTING);
  t.strictSame(switches.keys(), []);
  t.equal(switches.get(1n), null);
  t.equal(fs.statSync(path).mode & 0o777, 0o600);
});

t.test('settings outlive a process that is killed', async (t) => {
  const path = fileIn(t);
  await setAndDie(path, BOOT, 7n, 2n ** 48n);
  const switches = open(path);
  t.equal(switches.host.on, false);
  t.strictSame(switches.keys(), [7n, 2n ** 48n]);
  t.strictSame(switches.get(7n), OFF);
  t.equal(switches.get(8n), null);
});

t.test('in another boot nothing is set', async (t) => {
  const path = fileIn(t);
  await setAndDie(path, BOOT, 7n);
  const switches = open(path, 'another');
  t.strictSame(switches.host, DEFAULT_SETTING);
  t.strictSame(switches.keys(), []);
  t.equal(switches.get(7n), null);
});

t.test('every change is seen in other mappings, with another epoch', async (t) => {
  const path = fileIn(t);
  const [one, other] = [open(path), open(path)];
  let { epoch } = other;
  const change = (what: string, act: () => void): void => {
    act();
    t.not(other.epoch, epoch, what);
    epoch = other.epoch;
  };
  change('the host', () => {
    one.host = OFF;
  });
  t.strictSame(other.host, OFF);
  change('a container', () => one.set(5n, OFF));
  t.strictSame(other.get(5n), OFF);
  change('its files', () => one.set(5n, { ...OFF, files: 1 }));
  change('its end', () => one.forget(5n));
  t.equal(other.get(5n), null);
});

t.test('a setting that changes nothing keeps the epoch', async (t) => {
  const switches = open(fileIn(t));
  switches.host = OFF;
  switches.set(5n, OFF);
  const { epoch } = switches;
  switches.host = OFF;
  switches.set(5n, OFF);
  t.equal(switches.epoch, epoch);
});

t.test('a private copy changes nothing for others', async (t) => {
  const path = fileIn(t);
  const switches = open(path);
  switches.set(5n, OFF);
  const copy = new Switches(path, BOOT, DEFAULT_SETTING, 'private');
  t.strictSame(copy.get(5n), OFF);
  copy.forget(5n);
  t.strictSame(switches.get(5n), OFF);
});

t.test('4096 containers, and no more', async (t) => {
  const switches = open(fileIn(t));
  const keys = Array.from({ length: 4096 }, (_, i) => BigInt(i + 1));
  t.ok(keys.every((key) => switches.set(key, OFF)));
  t.equal(switches.set(5000n, OFF), false, 'full');
  t.equal(switches.get(5000n), null);
  t.ok(switches.set(4096n, DEFAULT_SETTING), 'a container with a record can still be set');
  t.equal(switches.get(4096n)?.on, true);
  switches.forget(17n);
  t.ok(switches.set(5000n, OFF), 'a record is free again');
  t.equal(switches.get(17n), null);
  t.equal(switches.keys().length, 4096);
});

t.test('the configuration applies until the switch is set', async (t) => {
  const path = fileIn(t);
  const configured = (setting: Setting): Switches => {
    const switches = open(path, BOOT, setting);
    switches.configure();
    return switches;
  };
  const some: Setting = { on: true, files: 5 };
  t.strictSame(open(path, BOOT, OFF).host, OFF, 'before the first daemon');
  t.strictSame(configured(OFF).host, OFF, 'the first start');
  t.strictSame(open(path).host, OFF, 'and for a process without this configuration');
  open(path).host = DEFAULT_SETTING;
  t.strictSame(configured(OFF).host, DEFAULT_SETTING, 'a restart keeps a later setting');
  t.strictSame(configured(some).host, some, 'a new configuration replaces it');
  t.strictSame(configured(OFF).host, OFF, 'the old configuration does too, when it comes back');
});

t.test('a setting from before the first start stays', async (t) => {
  const path = fileIn(t);
  open(path).host = OFF;
  const switches = open(path);
  switches.configure();
  t.strictSame(switches.host, OFF);
});

type Step = readonly ['set', bigint, Setting] | readonly ['forget', bigint];

t.test('any sequence of changes by two processes has the result of a map', async (t) => {
  const path = fileIn(t);
  const key = fc.bigInt(1n, 9n);
  const fields = { on: fc.boolean(), files: fc.nat(ALL_FEATURES) };
  const setting = fc.record(fields, { noNullPrototype: true });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.tuple(fc.constant('set' as const), key, setting),
    fc.tuple(fc.constant('forget' as const), key),
  );
  const both = [open(path), open(path)] as const;
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(1)), { maxLength: 40 }), (steps) => {
      for (const each of both[0].keys()) both[0].forget(each);
      const expected = new Map<bigint, Setting>();
      for (const [change, index] of steps) {
        const switches = both[index] ?? both[0];
        if (change[0] === 'set') {
          switches.set(change[1], change[2]);
          expected.set(change[1], change[2]);
        } else {
          switches.forget(change[1]);
          expected.delete(change[1]);
        }
      }
      t.strictSame(new Set(both[1].keys()), new Set(expected.keys()));
      for (const [each, wanted] of expected) t.strictSame(both[0].get(each), wanted);
    }),
    { numRuns: 50 },
  );
});
