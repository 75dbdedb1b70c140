import t from 'tap';
import {
  advanceDisks,
  DISKS_LENGTH,
  type DiskUsage,
  disksIn,
  parseDiskUsage,
} from '../../src/sampling/disk-counters.ts';

type Words = Parameters<typeof parseDiskUsage>[1];

const V2: Words = {
  ...{ rbytes: 'readBytes' as const, wbytes: 'writtenBytes' as const },
  ...{ dbytes: 'discardedBytes' as const, dios: 'discards' as const },
  ...{ rios: 'reads' as const, wios: 'writes' as const },
};

const V1: Words = { Read: 'reads', Write: 'writes', Discard: 'discards' };

/** Devices of a text, as a new container shows them. */
function disks(text: string, words: Words = V2) {
  const [usage, record]: [DiskUsage, Float64Array] = [new Map(), new Float64Array(DISKS_LENGTH)];
  parseDiskUsage(text, words, usage);
  advanceDisks(record, usage, 1_000_000);
  return disksIn(record, usage);
}

const none = { reads: 0, readBytes: 0, writes: 0, writtenBytes: 0, discards: 0, discardedBytes: 0 };

t.test('io.stat', async (t) => {
  t.same(disks('8:16 rbytes=512 wbytes=1024 rios=1 wios=2 dbytes=4096 dios=3\n259:0 rios=7\n'), [
    {
      ...{ major: 8, minor: 16, reads: 1, readBytes: 512, writes: 2, writtenBytes: 1024 },
      ...{ discards: 3, discardedBytes: 4096 },
    },
    { ...none, major: 259, minor: 0, reads: 7 },
  ]);
});

t.test('other words in io.stat', async (t) => {
  const text =
    '8:0 rbytes=1 cost.vrate=100.00 cost.usage=5 [NONE] dispatched=0 rios=4 use_delay=2\n';
  t.same(disks(text), [{ ...none, major: 8, minor: 0, readBytes: 1, reads: 4 }]);
  t.same(disks(''), []);
  t.same(disks('garbage rios=3\n'), [], 'no device');
});

t.test('a device without figures, alone or before another on its line (until 5.18)', async (t) => {
  t.same(disks('8:0 \n253:0 8:16 rbytes=9\n'), [
    { ...none, major: 8, minor: 0 },
    { ...none, major: 253, minor: 0 },
    { ...none, major: 8, minor: 16, readBytes: 9 },
  ]);
});

t.test('blkio', async (t) => {
  const text = '8:0 Read 16\n8:0 Write 2\n8:0 Sync 18\n8:0 Discard 1\n8:0 Total 18\nTotal 18\n';
  t.same(disks(text, V1), [{ ...none, major: 8, minor: 0, reads: 16, writes: 2, discards: 1 }]);
  t.same(disks('Total 0\n', V1), []);
});

t.test('64 bits: the nearest double', async (t) => {
  const [disk] = disks('8:0 rbytes=18446744073709551615 wbytes=9007199254740993\n');
  t.same([disk?.readBytes, disk?.writtenBytes], [2 ** 64, 2 ** 53]);
});

t.test('a removed device keeps its counts and continues if it comes back', async (t) => {
  const record = new Float64Array(DISKS_LENGTH);
  const after = (text: string, seconds: number) => {
    const usage: DiskUsage = new Map();
    parseDiskUsage(text, V2, usage);
    advanceDisks(record, usage, seconds * 1e6);
    return disksIn(record, usage).map(({ minor, reads }) => [minor, reads]);
  };
  t.same(after('8:0 rios=5\n8:16 rios=6\n', 1), [
    [0, 5],
    [16, 6],
  ]);
  t.same(after('8:16 rios=8\n', 2), [
    [0, 5],
    [16, 8],
  ]);
  t.same(after('8:0 rios=0\n8:16 rios=8\n', 3), [
    [0, 5],
    [16, 8],
  ]);
  t.same(after('8:0 rios=2\n8:16 rios=8\n', 4), [
    [0, 7],
    [16, 8],
  ]);
});

t.test("devices beyond the record show the kernel's own figures", async (t) => {
  const lines = Array.from({ length: 40 }, (_, minor) => `8:${minor} rios=${minor + 1}\n`);
  const all = disks(lines.join(''));
  t.strictSame(
    all.map(({ minor, reads }) => reads - minor),
    lines.map(() => 1),
  );
});
