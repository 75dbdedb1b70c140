import t from 'tap';
import type { DiskSample } from '../../src/sampling/sample.ts';
import { diskstats } from '../../src/views/diskstats.ts';
import { render, sample } from './samples.ts';

const none = { reads: 0, readBytes: 0, writes: 0, writtenBytes: 0, discards: 0, discardedBytes: 0 };

const disk = (major: number, minor: number, figures: Partial<DiskSample> = {}): DiskSample => ({
  ...{ ...none, major, minor },
  ...figures,
});

const own = (host: string, ...disks: DiskSample[]): string =>
  render(diskstats, sample({ files: { diskstats: host }, disks }));

/** Lines of a kernel with so many columns; nothing on them is a container's. */
const host = (columns: number): string =>
  [
    ['   7       0 loop0', 0],
    [' 254       0 vda', 9],
    [' 254       1 vda1', 9],
    [' 259  123456 nvme0n1', 9],
  ]
    .map(([head, value]) => `${head}${` ${value}`.repeat(columns)}\n`)
    .join('');

const used = {
  ...{ reads: 1, readBytes: 1024, writes: 3, writtenBytes: 2048 },
  ...{ discards: 5, discardedBytes: 4096 },
};

t.test('11, 15 and 17 numbers, as the host', async (t) => {
  const line = ' 254       0 vda 1 0 2 0 3 0 4 0 0 0 0';
  t.equal(own(host(11), disk(254, 0, used)), `${line}\n`, 'before 4.18');
  t.equal(own(host(15), disk(254, 0, used)), `${line} 5 0 8 0\n`, 'before 5.5');
  t.equal(own(host(17), disk(254, 0, used)), `${line} 5 0 8 0 0 0\n`);
  t.equal(own(host(20), disk(254, 0, used)), `${line} 5 0 8 0 0 0 0 0 0\n`, 'a newer kernel');
});

t.test('the last body is used for the same figures and the same lines of the host', async (t) => {
  const disks = [disk(254, 0, used)];
  const files = { diskstats: host(11) };
  const first = render(diskstats, sample({ files, disks }));
  const again = sample({ files, disks });
  t.equal(render(diskstats, again), first);
  t.equal(render(diskstats, again), first);
  t.equal(render(diskstats, sample({ files: { diskstats: '' }, disks })), '', 'the disk is gone');
  t.equal(render(diskstats, again), first);
});

t.test("the devices that were used, in the host's order", async (t) => {
  const text = own(host(17), disk(259, 123456, used), disk(7, 0), disk(254, 0, used));
  t.same(text.match(/\S+(?= 1 0)/g), ['vda', 'nvme0n1']);
});

t.test('no device used: an empty file, as on a machine without disks', async (t) => {
  t.equal(own(host(17), disk(7, 0)), '');
  t.equal(own(host(17)), '');
});

t.test('a device without a line of the host is skipped', async (t) => {
  t.equal(own(host(17), disk(8, 0, used)), '');
  t.equal(own('garbage\n', disk(8, 0, used)), '');
});

t.test('64 bits', async (t) => {
  const text = own(
    host(11),
    disk(254, 0, { reads: 2 ** 64, readBytes: 2 ** 53 + 2, writes: 2 ** 53 }),
  );
  t.equal(
    text,
    ' 254       0 vda 18446744073709551616 0 17592186044416 0 9007199254740992 0 0 0 0 0 0\n',
  );
});
