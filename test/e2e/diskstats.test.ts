import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { countDisk, diskLine, diskOf } from './helpers/block-device.ts';
import { output } from './helpers/command.ts';
import { startContainer } from './helpers/container.ts';
import { startDaemon } from './helpers/daemon.ts';
import { counter } from './helpers/proc-text.ts';
import { toolsDirectory } from './helpers/programs.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const { mount: bind } = await startDaemon(t);

const SIZE = 16;
const SECTORS = (SIZE * MiB) / 512;

const disk = diskOf(toolsDirectory) ?? '';

/** A file on the disk that is not in the page cache. */
async function makeFile(t: Test): Promise<string> {
  const file = join(toolsDirectory, `disk-${process.pid}`);
  t.teardown(() => fs.rmSync(file, { force: true }));
  await output(['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M', `count=${SIZE}`, 'oflag=direct']);
  return file;
}

/** Allows for metadata blocks of the file system. */
const isNear = (sectors: number, wanted: number): boolean =>
  sectors >= wanted && sectors <= wanted * 1.05 + 256;

for (const kind of kinds) {
  t.test(
    `${kind}: diskstats and pgpgin count what the container reads`,
    { skip: disk === '' && 'not on a disk' },
    async (t) => {
      const file = await makeFile(t);
      const limits = { memory: 128 * MiB };
      const container = await startContainer(t, { kind, limits, bind });
      const neighbour = await startContainer(t, { kind, limits, bind });
      countDisk(container.cgroup, disk);
      const [inside, beside] = [container.inside(), neighbour.inside()];
      const before = diskLine(await inside.read('/proc/diskstats'), disk);
      const others = await beside.read('/proc/diskstats');
      const paged = counter(await inside.read('/proc/vmstat'), 'pgpgin');
      await container.output(['dd', `if=${file}`, 'of=/dev/null', 'bs=1M', 'iflag=direct']);
      const after = diskLine(await inside.read('/proc/diskstats'), disk);
      const read = after.sectorsRead - before.sectorsRead;
      t.ok(isNear(read, SECTORS), `${read} sectors were read, ${SECTORS} of them by dd`);
      t.ok(after.reads > before.reads, `in ${after.reads - before.reads} reads`);
      t.equal(
        await beside.read('/proc/diskstats'),
        others,
        "the neighbour's diskstats do not change",
      );
      const kB = counter(await inside.read('/proc/vmstat'), 'pgpgin') - paged;
      t.ok(isNear(kB * 2, SECTORS), `pgpgin of vmstat: ${kB} kB`);
    },
  );
}

t.test(
  'diskstats counts what the container writes',
  { skip: disk === '' && 'not on a disk' },
  async (t) => {
    const file = await makeFile(t);
    const container = await startContainer(t, { limits: { memory: 128 * MiB }, bind });
    const neighbour = await startContainer(t, { limits: { memory: 128 * MiB }, bind });
    countDisk(container.cgroup, disk);
    const [inside, beside] = [container.inside(), neighbour.inside()];
    const before = diskLine(await inside.read('/proc/diskstats'), disk);
    const others = await beside.read('/proc/diskstats');
    const copy = ['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M', `count=${SIZE}`, 'oflag=direct'];
    await container.output([...copy, 'conv=notrunc']);
    const after = diskLine(await inside.read('/proc/diskstats'), disk);
    const written = after.sectorsWritten - before.sectorsWritten;
    t.ok(isNear(written, SECTORS), `${written} sectors were written, ${SECTORS} of them by dd`);
    t.equal(
      await beside.read('/proc/diskstats'),
      others,
      "the neighbour's diskstats do not change",
    );
  },
);

t.test(
  'diskstats keeps the I/O of a removed child cgroup',
  { skip: disk === '' && 'not on a disk' },
  async (t) => {
    const file = await makeFile(t);
    const container = await startContainer(t, {
      limits: { memory: 128 * MiB },
      hostMounts: true,
      bind,
    });
    countDisk(container.cgroup, disk);
    const below = `${container.cgroup.directory('blkio')}/below`;
    fs.mkdirSync(below);
    const inside = container.inside();
    const read = 'echo $$ >"$0/cgroup.procs" && exec dd if="$1" of=/dev/null bs=1M iflag=direct';
    await container.output(['sh', '-c', read, below, file]);
    const diskstats = `${bind}/proc/diskstats`;
    const before = diskLine(await inside.read(diskstats), disk);
    t.ok(isNear(before.sectorsRead, SECTORS), `${before.sectorsRead} sectors`);
    fs.rmdirSync(below);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const after = diskLine(await inside.read(diskstats), disk);
    t.ok(after.sectorsRead >= before.sectorsRead, `${after.sectorsRead} sectors`);
  },
);
