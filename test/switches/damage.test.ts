/** Damage to a file of switches: each setting is as it was set, or counts as not set. */
import fs from 'node:fs';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { DEFAULT_SETTING, type Setting } from '../../src/switches/setting.ts';
import { Switches } from '../../src/switches/store.ts';

const BOOT = 'b2a0fcb3-35a1-4fbd-a2f1-9a2c0e5a4f3f\n';
const OFF: Setting = { on: false, files: 3 };
const KEYS = [7n, 2n ** 40n + 9n];

const open = (path: string, mode: 'daemon' | 'shared' = 'daemon'): Switches =>
  new Switches(path, BOOT, DEFAULT_SETTING, mode);

function write(path: string): void {
  const switches = open(path);
  switches.host = OFF;
  switches.setLastRaise(0, { from: 65_530, to: 262_144 });
  for (const [i, key] of KEYS.entries()) {
    switches.set(key, { on: false, files: i + 1 });
    switches.setParameter(key, 1, 1000 + i);
  }
}

const isOneOf = <T>(found: T, ...allowed: readonly T[]): boolean =>
  allowed.some((each) => JSON.stringify(each) === JSON.stringify(found));

/** What is wrong; null: nothing. */
function wrongIn(switches: Switches): string | null {
  let lost = false;
  const check = (found: unknown, set: unknown, unset: unknown): boolean => {
    lost ||= !isOneOf(found, set);
    return isOneOf(found, set, unset);
  };
  const { from, to } = switches.lastRaise(0);
  const right =
    check(switches.host, OFF, DEFAULT_SETTING) &&
    check(from, 65_530, 0) &&
    check(to, 262_144, 0) &&
    KEYS.every(
      (key, i) =>
        check(switches.get(key), { on: false, files: i + 1 }, null) &&
        check(switches.parameter(key, 1), 1000 + i, null),
    );
  if (!right) return 'a value that was never set';
  return lost && switches.findings.length === 0 ? 'a value is lost, without a finding' : null;
}

function withCopy(t: Test, damage: (path: string, size: number) => fc.Arbitrary<() => void>): void {
  const path = `${t.testdir({})}/switches`;
  write(path);
  const bytes = fs.readFileSync(path);
  fc.assert(
    fc.property(damage(path, bytes.length), (act) => {
      fs.rmSync(path);
      fs.writeFileSync(path, bytes);
      act();
      const wrong = wrongIn(open(path));
      if (wrong) throw new Error(wrong);
    }),
    { numRuns: 300 },
  );
  t.pass();
}

/** Bytes of the header, the host, the first keys, records and parameters. */
const places = fc.oneof(
  fc.nat(15),
  fc.nat(63).map((at) => at + 64),
  fc.nat(15).map((at) => at + 128),
  fc.nat(15).map((at) => at + 128 + 8 * 4096),
  fc.nat(15).map((at) => at + 128 + 24 * 4096),
);

t.test('flipped bits', async (t) => {
  withCopy(t, (path) =>
    fc.array(fc.tuple(places, fc.nat(7)), { minLength: 1, maxLength: 6 }).map((flips) => () => {
      const bytes = fs.readFileSync(path);
      for (const [at, bit] of flips) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
      fs.writeFileSync(path, bytes);
    }),
  );
});

t.test('any two bits of the boot and of its checksum', async (t) => {
  const path = `${t.testdir({})}/switches`;
  write(path);
  const bytes = fs.readFileSync(path);
  const flip = (bit: number): void => {
    const at = 8 + (bit >> 3);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (bit & 7)), at);
  };
  let unnoticed = 0;
  for (let one = 0; one < 64; one++) {
    for (let two = one + 1; two < 64; two++) {
      for (const bit of [one, two]) flip(bit);
      fs.writeFileSync(path, bytes);
      for (const bit of [one, two]) flip(bit);
      if (wrongIn(open(path))) unnoticed++;
    }
  }
  t.equal(unnoticed, 0);
});

t.test('truncated files', async (t) => {
  withCopy(t, (path, size) =>
    fc.nat(size - 2).map((length) => () => fs.truncateSync(path, length + 1)),
  );
});

t.test('records behind the number of used ones are found again', async (t) => {
  const path = `${t.testdir({})}/switches`;
  write(path);
  const bytes = fs.readFileSync(path);
  bytes.writeInt32LE(0, 5 * 4);
  fs.writeFileSync(path, bytes);
  t.strictSame(open(path).keys(), KEYS);
});

t.test('a file that cannot be used: the daemon sets it aside, all others leave it', async (t) => {
  const path = `${t.testdir({})}/switches`;
  for (const put of [
    () => fs.writeFileSync(path, 'another file'),
    () => fs.symlinkSync('nowhere', path),
    () => {
      write(path);
      const bytes = fs.readFileSync(path);
      bytes.writeInt32LE(5, 4);
      fs.writeFileSync(path, bytes);
    },
  ]) {
    put();
    const before = fs.lstatSync(path).ino;
    t.throws(() => open(path, 'shared'), /switches: it .*`procview serve` sets it aside/);
    t.equal(fs.lstatSync(path).ino, before, 'unchanged');
    const switches = open(path);
    t.match(switches.findings, [/set aside as .*\.corrupt-/]);
    t.ok(switches.set(1n, OFF) && open(path, 'shared').get(1n), 'and a new one works');
    fs.rmSync(path);
  }
});
