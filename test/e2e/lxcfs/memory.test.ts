import fs from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { Cgroup, isV2 } from '../helpers/cgroup.ts';
import { output, run } from '../helpers/command.ts';
import { type Container, startContainer } from '../helpers/container.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { kilobytes } from '../helpers/proc-text.ts';
import { toolsDirectory } from '../helpers/programs.ts';
import { MiB, prepare } from '../helpers/suite.ts';
import { noLxcfs, readBoth, startLxcfs } from './instance.ts';

await prepare();
const daemon = await startDaemon(t);
const lxcfs = await startLxcfs(t);

t.test('A3 mapped, dirty and huge pages are shown', async (t) => {
  const container = await startContainer(t, { limits: { memory: 128 * MiB } });
  const file = join(toolsDirectory, `mapped-${process.pid}`);
  t.teardown(() => fs.rmSync(file, { force: true }));
  await container.hold(16, 'huge');
  await container.hold(16, file);
  const seen = await readBoth(container.inside(), 'meminfo', daemon, lxcfs);
  const writing = (text: string): number => kilobytes(text, 'Dirty') + kilobytes(text, 'Writeback');
  t.ok(kilobytes(seen.ours, 'AnonHugePages') >= 12 * 1024, 'AnonHugePages');
  t.ok(kilobytes(seen.ours, 'Mapped') >= 16 * 1024, 'Mapped');
  t.ok(writing(seen.ours) > 0, 'Dirty and Writeback');
  await t.test('LXCFS: no huge pages', { skip: noLxcfs }, async (t) => {
    t.equal(kilobytes(seen.lxcfs, 'AnonHugePages'), 0);
  });
  const skip = noLxcfs || (!isV2 && 'only on cgroup v2');
  await t.test('LXCFS: nothing mapped or dirty', { skip }, async (t) => {
    t.equal(kilobytes(seen.lxcfs, 'Mapped'), 0, 'Mapped');
    t.equal(writing(seen.lxcfs), 0, 'Dirty and Writeback');
  });
});

t.test("A4 no line of meminfo is a neighbour's", async (t) => {
  const limits = { memory: 128 * MiB };
  const inside = (await startContainer(t, { limits })).inside();
  const neighbour = await startContainer(t, { limits });
  const committed = (text: string): number => kilobytes(text, 'Committed_AS') / 1024;
  const reclaimable = (text: string): boolean =>
    kilobytes(text, 'KReclaimable') === kilobytes(text, 'SReclaimable');
  const before = await readBoth(inside, 'meminfo', daemon, lxcfs);
  await neighbour.hold(100);
  const after = await readBoth(inside, 'meminfo', daemon, lxcfs);
  const host = committed(fs.readFileSync('/proc/meminfo', 'latin1'));
  const grown = committed(after.ours) - committed(before.ours);
  t.ok(Math.abs(grown) < 2, `Committed_AS grows by ${grown} MiB`);
  t.ok(kilobytes(after.ours, 'PageTables') < 4096, 'page tables of a few processes');
  t.ok(reclaimable(after.ours), 'KReclaimable is SReclaimable');
  await t.test("LXCFS: the host's", { skip: noLxcfs }, async (t) => {
    const theirs = committed(after.lxcfs);
    t.ok(Math.abs(theirs - host) < host / 4, `Committed_AS: ${theirs} MiB, the host's ${host}`);
    t.notOk(reclaimable(after.lxcfs), 'KReclaimable is not SReclaimable');
  });
});

t.test('A5 what others below the same limit use is not free', async (t) => {
  const parent = Cgroup.create({ memory: 300 * MiB });
  t.teardown(() => parent.remove());
  const inside = (await startContainer(t, { parent })).inside();
  const sibling = await startContainer(t, { parent });
  await sibling.hold(200);
  const { ours, lxcfs: theirs } = await readBoth(inside, 'meminfo', daemon, lxcfs);
  for (const key of ['MemFree', 'MemAvailable']) {
    t.ok(kilobytes(ours, key) < 100 * 1024, `${key}: ${kilobytes(ours, key)} kB`);
    await t.test('LXCFS: it is', { skip: noLxcfs }, async (t) => {
      t.equal(kilobytes(theirs, 'MemTotal'), 300 * 1024, 'of the limit');
      t.ok(kilobytes(theirs, key) > 290 * 1024, `${key}: ${kilobytes(theirs, key)} kB`);
    });
  }
});

/** Gives a container a cgroup tree that starts at its own cgroup, as runtimes do. */
async function mountOwnTree(container: Container, own: Cgroup): Promise<void> {
  for (const door of own.procsFiles) {
    const directory = dirname(door);
    const root = directory.slice(0, -own.path.length);
    await container.output(['mount', '--bind', directory, root]);
  }
}

t.test('A14 memory counts when init is in a cgroup below the container', async (t) => {
  const own = Cgroup.create({ memory: 200 * MiB });
  t.teardown(() => own.remove());
  const container = await startContainer(t, { parent: own });
  const app = await startContainer(t, { parent: own });
  await app.hold(100);
  await mountOwnTree(container, own);
  const { ours, lxcfs: theirs } = await readBoth(container.inside(), 'meminfo', daemon, lxcfs);
  t.equal(kilobytes(ours, 'MemTotal'), 200 * 1024, 'MemTotal');
  t.ok(kilobytes(ours, 'MemFree') < 100 * 1024, `MemFree: ${kilobytes(ours, 'MemFree')} kB`);
  t.ok(kilobytes(ours, 'AnonPages') > 100 * 1024, `AnonPages: ${kilobytes(ours, 'AnonPages')} kB`);
  await t.test("LXCFS: only init's counts", { skip: noLxcfs }, async (t) => {
    t.ok(kilobytes(theirs, 'MemFree') > 190 * 1024, `MemFree: ${kilobytes(theirs, 'MemFree')} kB`);
    t.ok(kilobytes(theirs, 'AnonPages') < 10 * 1024, 'AnonPages');
  });
});

/** A machine without swap gets some while the test runs. */
async function ensureSwap(t: Test): Promise<void> {
  if (kilobytes(fs.readFileSync('/proc/meminfo', 'latin1'), 'SwapTotal') > 0) return;
  const file = join(toolsDirectory, `swap-${process.pid}`);
  t.teardown(async () => {
    await run(['swapoff', file]);
    fs.rmSync(file, { force: true });
  });
  await output(['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M', 'count=64']);
  fs.chmodSync(file, 0o600);
  await output(['mkswap', file]);
  await output(['swapon', file]);
}

const unlikeV1 = !isV2 && 'only on cgroup v2: there LXCFS asks the cgroup that it starts in';
t.test('A15 swap is shown wherever the daemon was started', { skip: unlikeV1 }, async (t) => {
  await ensureSwap(t);
  const limits = { memory: 64 * MiB, swap: 32 * MiB };
  const inside = (await startContainer(t, { limits })).inside();
  const { ours, lxcfs: theirs } = await readBoth(inside, 'meminfo', daemon, lxcfs);
  t.equal(kilobytes(ours, 'SwapTotal'), 32 * 1024, 'SwapTotal');
  await t.test('LXCFS: none', { skip: noLxcfs }, async (t) => {
    t.equal(kilobytes(theirs, 'SwapTotal'), 0, 'SwapTotal');
  });
});
