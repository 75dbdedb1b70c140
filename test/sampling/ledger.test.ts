import fs from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { Times } from '../../src/sampling/cpu-times.ts';
import { Ledger, type LedgerEntry, Load, ledgerKey } from '../../src/sampling/ledger.ts';
import { inChild } from './ledger-child.ts';

const CPUS = 2;
const BOOT = 'b2a0fcb3-35a1-4fbd-a2f1-9a2c0e5a4f3f\n';
/** Records in a ledger file. */
const SLOTS = 4096;

const open = (path: string, cpus = CPUS, boot = BOOT): Ledger =>
  new Ledger(path, cpus, boot, 'exclusive');

const write = (entry: LedgerEntry, value: number): boolean =>
  entry.update('cpu', ({ load }) => {
    load[Load.average1] = value;
  });

/** Null: another thread holds the record. */
const read = (entry: LedgerEntry, at: number = Load.average1): number | null => {
  let value: number | null = null;
  entry.update('cpu', ({ load }) => {
    value = load[at] ?? null;
  });
  return value;
};

t.test("the next daemon continues a container's counters", async (t) => {
  const path = `${t.testdir({})}/ledger`;
  t.equal(await inChild('write', path, BOOT), '');
  const ledger = open(path);
  t.equal(ledger.continued, true);
  const entry = ledger.entry(ledgerKey('child'), Number.NaN, 9);
  t.equal(read(entry), 4711);
  t.equal(fs.statSync(path).mode & 0o777, 0o600);
});

t.test('a new file starts with nothing', async (t) => {
  const ledger = open(`${t.testdir({})}/ledger`);
  t.equal(ledger.continued, false);
  const entry = ledger.entry(1, 5_000_000, 9_000_000);
  t.equal(read(entry), 0);
  entry.update('cpu', ({ times }) => t.equal(times[Times.at], 5_000_000, 'from its start on'));
});

/** Header words of the file, with a change that makes each invalid. */
const WORDS = { magic: 0, version: 4, cpus: 8, boot: 12 };

for (const [word, offset] of Object.entries(WORDS)) {
  t.test(`a file of another ${word} is cleared`, async (t) => {
    const path = `${t.testdir({})}/ledger`;
    await inChild('write', path, BOOT);
    const bytes = fs.readFileSync(path);
    bytes.writeInt32LE(bytes.readInt32LE(offset) ^ 1, offset);
    fs.writeFileSync(path, bytes);
    const ledger = open(path);
    t.equal(ledger.continued, false);
    t.equal(read(ledger.entry(ledgerKey('child'), Number.NaN, 9)), 0);
  });
}

t.test('counters are cleared after a reboot and with another number of CPUs', async (t) => {
  const root = t.testdir({});
  for (const [name, cpus, boot] of [
    ['cpus', CPUS + 1, BOOT],
    ['boot', CPUS, 'another'],
  ] as const) {
    await inChild('write', `${root}/${name}`, BOOT);
    const ledger = open(`${root}/${name}`, cpus, boot);
    t.equal(ledger.continued, false, name);
    t.equal(read(ledger.entry(ledgerKey('child'), Number.NaN, 9)), 0, name);
  }
});

t.test('a file that is too short, empty or garbage is replaced', async (t) => {
  const root = t.testdir({});
  for (const [name, bytes] of [
    ['empty', Buffer.alloc(0)],
    ['garbage', Buffer.alloc(1 << 21, 0xff)],
    ['short', Buffer.from('not a ledger')],
  ] as const) {
    fs.writeFileSync(`${root}/${name}`, bytes);
    const ledger = open(`${root}/${name}`);
    t.equal(ledger.continued, false, name);
    const entry = ledger.entry(1, Number.NaN, 9);
    t.equal(read(entry), 0, name);
    t.equal(write(entry, 7) && read(entry), 7, name);
  }
});

t.test('one daemon at a time', async (t) => {
  const path = `${t.testdir({})}/ledger`;
  const ledger = open(path);
  t.throws(() => open(path), { code: 'EWOULDBLOCK', syscall: 'flock' });
  t.equal(await inChild('open', path, BOOT), 'EWOULDBLOCK');
  t.equal(ledger.entry(1, Number.NaN, 9).valid, true, 'the first goes on');
});

t.test('a private copy never reaches the file', async (t) => {
  const path = `${t.testdir({})}/ledger`;
  const daemon = open(path).entry(1, Number.NaN, 9);
  write(daemon, 5);
  const copy = new Ledger(path, CPUS, BOOT, 'private').entry(1, Number.NaN, 9);
  t.equal(read(copy), 5);
  write(copy, 6);
  t.equal(read(daemon), 5);
});

t.test('locks of a daemon that was killed are cleared by the next', async (t) => {
  const path = `${t.testdir({})}/ledger`;
  t.equal(await inChild('die locked', path, BOOT), 'SIGKILL');
  const key = ledgerKey('child');
  const left = new Ledger(path, CPUS, BOOT, 'shared').entry(key, Number.NaN, 9);
  t.equal(write(left, 1), false, 'left locked');
  const ledger = open(path);
  t.equal(ledger.continued, true);
  t.equal(write(ledger.entry(key, Number.NaN, 9), 2), true);
});

t.test('a change that throws leaves nothing locked', async (t) => {
  const entry = open(`${t.testdir({})}/ledger`).entry(1, Number.NaN, 9);
  const change = (): never => {
    throw new Error('broken');
  };
  t.throws(() => entry.update('cpu', change), { message: 'broken' });
  t.equal(write(entry, 3), true);
});

t.test('a locked record cannot be changed: a nested change is refused', async (t) => {
  const entry = open(`${t.testdir({})}/ledger`).entry(1, Number.NaN, 9);
  let inner: boolean | null = null;
  entry.update('cpu', () => {
    inner = write(entry, 1);
  });
  t.equal(inner, false);
});

t.test(
  'a record can be read while it changes, but not if it belongs to another container',
  async (t) => {
    const ledger = open(`${t.testdir({})}/ledger`);
    const entry = ledger.entry(1, Number.NaN, 9);
    const seen: (number | undefined)[] = [];
    entry.update('cpu', ({ load, disks, pressure }) => {
      load[Load.average1] = 5;
      disks[0] = 6;
      pressure[0] = 7;
      entry.peek((record) => {
        seen.push(record.load[Load.average1], record.disks[0], record.pressure[0]);
      });
    });
    t.strictSame(seen, [5, 6, 7]);
    ledger.release(1);
    const next = ledger.entry(2, Number.NaN, 9);
    entry.peek(() => t.fail('not its own any more'));
    next.peek(({ load, disks, pressure }) =>
      t.strictSame([load[Load.average1], disks[0], pressure[0]], [0, 0, 0], 'starts at zero'),
    );
  },
);

t.test('a removed container frees its record', async (t) => {
  const ledger = open(`${t.testdir({})}/ledger`);
  const gone = ledger.entry(1, Number.NaN, 9);
  write(gone, 5);
  ledger.release(1);
  ledger.release(2);
  t.equal(gone.valid, false);
  const next = ledger.entry(3, Number.NaN, 9);
  t.equal(read(next), 0, 'nothing of the earlier one');
  t.equal(gone.valid, false);
});

t.test(
  'all records in use: the one without an update for the longest time is replaced',
  async (t) => {
    const ledger = open(`${t.testdir({})}/ledger`);
    const entries = Array.from({ length: SLOTS }, (_, i) => {
      const started = i === 1234 ? 50_000_000 : 60_000_000 + i;
      return ledger.entry(i + 1, started, 100_000_000);
    });
    t.ok(entries.every((entry) => entry.valid));
    const extra = ledger.entry(99_999, 70_000_000, 100_000_000);
    const lost = entries.filter((entry) => !entry.valid);
    t.equal(lost.length, 1);
    t.equal(lost[0], entries[1234]);
    write(extra, 1);
    t.equal(lost[0] && write(lost[0], 666), false, 'the loser cannot write');
    t.equal(read(extra), 1);
  },
);

t.test('keys: positive, exact as doubles, different for different containers', async (t) => {
  t.not(ledgerKey('/a:1'), ledgerKey('/a:2'));
  t.equal(ledgerKey('/caf\u00e9:1'), ledgerKey('/caf\u00e9:1'));
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const key = ledgerKey(text);
      return Number.isSafeInteger(key) && key > 0;
    }),
  );
});

t.test('containers never share a record', async (t) => {
  const ledger = open(`${t.testdir({})}/ledger`);
  const names = fc.constantFrom(...'abcdefgh');
  const events = fc.array(fc.tuple(names, fc.boolean(), fc.nat(1000)), { maxLength: 60 });
  let round = 0;
  const property = fc.property(events, (all) => {
    round++;
    const wrote = new Map<string, number>();
    for (const [name, gone, value] of all) {
      const key = ledgerKey(`${round} ${name}`);
      if (gone) {
        ledger.release(key);
        wrote.delete(name);
        continue;
      }
      write(ledger.entry(key, Number.NaN, 9), value);
      wrote.set(name, value);
    }
    const kept = [...wrote].every(([name, value]) => {
      return read(ledger.entry(ledgerKey(`${round} ${name}`), Number.NaN, 9)) === value;
    });
    for (const name of 'abcdefgh') ledger.release(ledgerKey(`${round} ${name}`));
    return kept;
  });
  fc.assert(property, { numRuns: 200 });
  t.pass();
});
