/**
 * Damage to a ledger's file while no daemon runs, or when one is killed. In each case a container has its own
 * counters, or starts again from zero with a line in the log.
 */
import fs from 'node:fs';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { Ledger, type LedgerEntry } from '../../src/sampling/ledger.ts';
import type { LedgerRecord } from '../../src/sampling/ledger-file.ts';
import type { Section } from '../../src/sampling/ledger-shape.ts';
import { killedWriting } from './ledger-child.ts';

const CPUS = 2;
const BOOT = 'b2a0fcb3-35a1-4fbd-a2f1-9a2c0e5a4f3f\n';
const KEYS = [11, 2 ** 33 + 5, 2 ** 47 + 1];
const SECTIONS = ['cpu', 'disks', 'pressure'] as const;

const open = (path: string): Ledger => new Ledger(path, CPUS, BOOT, 'exclusive');
const entryOf = (ledger: Ledger, key: number): LedgerEntry => ledger.entry(key, Number.NaN, 9);

/** One number of each section. */
const parts = ({ load, times, disks, pressure }: LedgerRecord): readonly Float64Array[] => [
  load,
  times.subarray(1),
  disks,
  pressure,
];

/** Every number of a record but the time of its last advance. */
function contents(entry: LedgerEntry): number[] {
  let all: number[] = [];
  entry.peek((record) => {
    all = parts(record).flatMap((part) => [...part]);
  });
  return all;
}

function fill(entry: LedgerEntry, value: number): void {
  for (const section of SECTIONS) {
    entry.update(section, (record) => {
      for (const part of inSection(record, section)) part.fill(value);
    });
  }
}

const inSection = (record: LedgerRecord, section: Section): readonly Float64Array[] =>
  section === 'cpu' ? [record.load, record.times] : [record[section]];

const only = (numbers: readonly number[], value: number): boolean =>
  numbers.every((each) => each === value);

/** A file with a record for each key, full of its number in the list + 1. */
function written(path: string): void {
  const ledger = open(path);
  for (const [i, key] of KEYS.entries()) fill(entryOf(ledger, key), i + 1);
}

/** Places for a flipped bit: the header, keys, locks, journals, records. */
const place = (size: number): fc.Arbitrary<number> =>
  fc.oneof(fc.nat(100), ...[USED, USED, size].map((end) => fc.nat(end - 1)));

function flip(path: string, at: number, bit: number): void {
  const file = fs.openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  fs.readSync(file, byte, 0, 1, at);
  byte.writeUInt8(byte.readUInt8(0) ^ (1 << bit));
  fs.writeSync(file, byte, 0, 1, at);
  fs.closeSync(file);
}

/** Bytes up to the end of the records here; behind them are zeros. */
const USED = 256 << 10;

function copy(from: string, to: string): void {
  const [source, target] = [fs.openSync(from, 'r'), fs.openSync(to, 'w', 0o600)];
  const bytes = Buffer.alloc(USED);
  fs.readSync(source, bytes, 0, USED, 0);
  fs.writeSync(target, bytes);
  fs.ftruncateSync(target, fs.fstatSync(source).size);
  fs.closeSync(source);
  fs.closeSync(target);
}

/** Null: all counters are correct. */
function wrongIn(ledger: Ledger): string | null {
  for (const [i, key] of KEYS.entries()) {
    const found = contents(entryOf(ledger, key));
    if (only(found, i + 1)) continue;
    if (!only(found, 0)) return `${key} has ${[...new Set(found)]}`;
    if (ledger.findings.length === 0) return `${key} started again from zero without a finding`;
  }
  return null;
}

/** Runs a property on copies of a file. */
function eachCopy(t: Test, damage: (path: string, size: number) => fc.Arbitrary<() => void>): void {
  const root = t.testdir({});
  written(`${root}/ledger`);
  const size = fs.statSync(`${root}/ledger`).size;
  const path = `${root}/copy`;
  fc.assert(
    fc.property(damage(path, size), (act) => {
      copy(`${root}/ledger`, path);
      act();
      const wrong = wrongIn(open(path));
      fs.rmSync(path);
      if (wrong) throw new Error(wrong);
    }),
    { numRuns: 100 },
  );
  t.pass();
}

t.test('flipped bits', async (t) => {
  eachCopy(t, (path, size) =>
    fc
      .array(fc.tuple(place(size), fc.nat(7)), { minLength: 1, maxLength: 12 })
      .map((flips) => () => {
        for (const [at, bit] of flips) flip(path, at, bit);
      }),
  );
});

t.test('every bit of the header, and of a key', async (t) => {
  const root = t.testdir({});
  written(`${root}/ledger`);
  for (let bit = 0; bit < 20 * 8; bit++) {
    copy(`${root}/ledger`, `${root}/copy`);
    flip(`${root}/copy`, bit < 16 * 8 ? bit >> 3 : 64 + (bit >> 3) - 16, bit & 7);
    const wrong = wrongIn(open(`${root}/copy`));
    if (wrong) t.fail(`bit ${bit}: ${wrong}`);
    fs.rmSync(`${root}/copy`);
  }
  t.pass();
});

t.test('cut short', async (t) => {
  eachCopy(t, (path, size) =>
    fc.oneof(fc.nat(100), fc.nat(size - 1)).map((length) => () => {
      fs.truncateSync(path, Math.max(1, length));
    }),
  );
});

t.test('a record with the contents of another’s', async (t) => {
  const root = t.testdir({});
  const path = `${root}/ledger`;
  written(path);
  const bytes = fs.readFileSync(path);
  const [one = 0, other = 0] = KEYS;
  // Their keys change places, and so would their counters.
  bytes.writeDoubleLE(other, 64);
  bytes.writeDoubleLE(one, 72);
  fs.rmSync(path);
  fs.writeFileSync(path, bytes);
  const ledger = open(path);
  t.match(ledger.findings, [/counters of 2 containers are damaged and start again from zero/]);
  t.equal(wrongIn(ledger), null);
});

t.test(
  'killed between any two steps of a change: it happens completely or not at all',
  async (t) => {
    const root = t.testdir({});
    const ledger = open(`${root}/ledger`);
    const key = KEYS[1] ?? 0;
    const entry = entryOf(ledger, key);
    fill(entry, 1);
    const snapshots: string[] = [];
    for (const section of SECTIONS) {
      entry.update(section, (record) => {
        const [part] = inSection(record, section);
        for (const at of [0, 5]) {
          if (part) part[at] = 2;
          snapshots.push(`${root}/${snapshots.length}`);
          copy(`${root}/ledger`, snapshots.at(-1) ?? '');
        }
        part?.fill(1);
      });
    }
    for (const path of snapshots) {
      const next = open(path);
      t.strictSame(next.findings, []);
      t.ok(only(contents(entryOf(next, key)), 1), path);
    }
  },
);

t.test('killed at any time: no record is torn, and no counter runs backwards', async (t) => {
  const path = `${t.testdir({})}/ledger`;
  for (let round = 0, last = 0; round < 8; round++) {
    const printed = await killedWriting(path, BOOT, KEYS, 20 + round * 7);
    const ledger = open(path);
    t.strictSame(ledger.findings, []);
    for (const key of KEYS) {
      const numbers: number[] = [];
      entryOf(ledger, key).peek(({ disks }) => numbers.push(...disks));
      const value = numbers[0] ?? 0;
      t.ok(only(numbers, value), 'of one change');
      t.ok(value >= printed && value >= last, `${value} after ${printed} was printed`);
    }
    last = printed;
    copy(path, `${path}-next`);
    fs.renameSync(`${path}-next`, path);
  }
});

t.test('a file that is not a ledger is renamed, and few such files are kept', async (t) => {
  const root = t.testdir({ elsewhere: 'precious' });
  const path = `${root}/ledger`;
  const places: [string, () => void][] = [
    ['a link', () => fs.symlinkSync('elsewhere', path)],
    ['a directory', () => fs.mkdirSync(path)],
    ['another size', () => fs.writeFileSync(path, 'not a ledger')],
    ['others own it', () => fs.linkSync(`${root}/elsewhere`, path)],
    ['not a ledger', () => fs.writeFileSync(path, Buffer.alloc(size, 0x5a))],
    ['has version 5', () => newer(path)],
  ];
  written(path);
  const { size } = fs.statSync(path);
  const newer = (file: string): void => {
    const bytes = Buffer.alloc(size);
    bytes.writeInt32LE(0x70_76_6c_65, 0);
    bytes.writeInt32LE(5, 4);
    fs.writeFileSync(file, bytes);
  };
  for (const [what, put] of places) {
    fs.rmSync(path, { recursive: true });
    put();
    const { findings, continued } = open(path);
    t.match(
      findings,
      [new RegExp(`ledger: it .*${what}.*; set aside as .*corrupt-|${what}`)],
      what,
    );
    t.equal(continued, false);
    t.equal(fs.lstatSync(path).size, size, 'a new one');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const kept = fs.readdirSync(root).filter((name) => name.includes('.corrupt-'));
  t.equal(kept.length, 3);
  t.equal(fs.readFileSync(`${root}/elsewhere`, 'latin1'), 'precious');
  t.equal(fs.readFileSync(`${root}/${kept.at(-1)}`).readInt32LE(4), 5, 'as it was');
});
