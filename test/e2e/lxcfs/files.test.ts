import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { countDisk, diskLine, diskOf } from '../helpers/block-device.ts';
import { isV2 } from '../helpers/cgroup.ts';
import { startContainer } from '../helpers/container.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { toolsDirectory } from '../helpers/programs.ts';
import { prepare } from '../helpers/suite.ts';
import { noLxcfs, readBoth, startLxcfs } from './instance.ts';

await prepare();
const daemon = await startDaemon(t);
const lxcfs = await startLxcfs(t);

const disk = diskOf(toolsDirectory) ?? '';

t.test(
  "A2 a neighbour's disk I/O is not the container's",
  {
    skip: disk === '' && 'not on a disk',
  },
  async (t) => {
    const file = join(toolsDirectory, `disk-${process.pid}`);
    t.teardown(() => fs.rmSync(file, { force: true }));
    const container = await startContainer(t, {});
    const neighbour = await startContainer(t, {});
    for (const { cgroup } of [container, neighbour]) countDisk(cgroup, disk);
    const inside = container.inside();
    const before = await readBoth(inside, 'diskstats', daemon, lxcfs);
    await neighbour.output([
      'dd',
      'if=/dev/zero',
      `of=${file}`,
      'bs=1M',
      'count=8',
      'oflag=direct',
    ]);
    const after = await readBoth(inside, 'diskstats', daemon, lxcfs);
    const written = (peer: 'ours' | 'lxcfs'): number =>
      diskLine(after[peer], disk).sectorsWritten - diskLine(before[peer], disk).sectorsWritten;
    t.equal(written('ours'), 0, 'diskstats');
    await t.test(
      "LXCFS: the host's",
      { skip: noLxcfs || (!isV2 && 'only on cgroup v2') },
      async (t) => {
        t.ok(written('lxcfs') >= 16384, `sectors written: ${written('lxcfs')}`);
      },
    );
  },
);

/** Reads the same open file three times; whole, in one call. */
const AGAIN = `
import os, sys
file = os.open(sys.argv[1], os.O_RDONLY)
print([os.pread(file, 4096, 0)[-1] for _ in range(3)])
`;

t.test('A13 a file may be read from any offset on', async (t) => {
  const container = await startContainer(t, {});
  const from = (file: string, offset: number): Promise<string> =>
    container.output(['dd', `if=${file}`, 'bs=4096', 'iflag=skip_bytes', `skip=${offset}`]);
  for (const name of ['meminfo', 'cpuinfo']) {
    const whole = await from(daemon.file(name), 0);
    t.equal((await from(daemon.file(name), 10)).length, whole.length - 10, name);
    await t.test(`LXCFS: ${name} is empty`, { skip: noLxcfs }, async (t) => {
      t.equal(await from(lxcfs.file(name), 10), '');
    });
  }
});

t.test('A13 a file read again is the same text', async (t) => {
  const container = await startContainer(t, {});
  const ends = (file: string): Promise<string> =>
    container.output(['/usr/bin/python3', '-c', AGAIN, file]);
  t.equal(await ends(daemon.file('swaps')), '[10, 10, 10]\n', 'it ends with a line feed');
  await t.test('LXCFS: swaps ends in NUL', { skip: noLxcfs }, async (t) => {
    t.equal(await ends(lxcfs.file('swaps')), '[10, 0, 0]\n');
  });
});
