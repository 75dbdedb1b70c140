import t from 'tap';
import { Cgroup, isV2 } from '../helpers/cgroup.ts';
import { type InsideReader, startContainer } from '../helpers/container.ts';
import { startDaemon } from '../helpers/daemon.ts';
import { busyPercent, cpuTicks, processors } from '../helpers/proc-text.ts';
import { reader } from '../helpers/programs.ts';
import { prepare } from '../helpers/suite.ts';
import { noLxcfs, readBoth, startLxcfs } from './instance.ts';

await prepare();
const daemon = await startDaemon(t);
const lxcfs = await startLxcfs(t);

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const cpusOf = (stat: string): string[] =>
  cpuTicks(stat)
    .slice(1)
    .map(({ name }) => name);

t.test("A1 a neighbour's CPU time is not the container's", async (t) => {
  const limits = { cpuset: '0' };
  const inside = (await startContainer(t, { limits })).inside();
  const neighbour = await startContainer(t, { limits });
  neighbour.start([reader, 'spin', '1000']);
  const before = await readBoth(inside, 'stat', daemon, lxcfs);
  await sleep(2);
  const after = await readBoth(inside, 'stat', daemon, lxcfs);
  const shown = busyPercent(before.ours, after.ours);
  t.ok(shown < 20, `an idle container: ${shown.toFixed(1)} %`);
  await t.test("LXCFS: the host's", { skip: noLxcfs || (!isV2 && 'only on cgroup v2') }, (t) => {
    const percent = busyPercent(before.lxcfs, after.lxcfs);
    t.ok(percent > 80, `${percent.toFixed(1)} %`);
    t.end();
  });
});

const unlikeV1 = !isV2 && 'a cpuset of cgroup v1 cannot ask for more than its parent has';
t.test('A7 the CPUs are those of the effective cpuset', { skip: unlikeV1 }, async (t) => {
  const parent = Cgroup.create({ cpuset: '0' });
  t.teardown(() => parent.remove());
  const inside = (await startContainer(t, { parent, limits: { cpuset: '0-1' } })).inside();
  const { ours, lxcfs: theirs } = await readBoth(inside, 'cpuinfo', daemon, lxcfs);
  t.strictSame(processors(ours), [0]);
  await t.test('LXCFS: of the requested one', { skip: noLxcfs }, async (t) => {
    t.strictSame(processors(theirs), [0, 1]);
  });
});

const DIRECTORY = 'sys/devices/system/cpu';

t.test('A8 all files number the CPUs alike', async (t) => {
  const container = await startContainer(t, { limits: { cpuset: '1' } });
  const inside = container.inside();
  const cpuinfo = await readBoth(inside, 'cpuinfo', daemon, lxcfs);
  const stat = await readBoth(inside, 'stat', daemon, lxcfs);
  const list = async ({ mount }: { mount: string }, file: string): Promise<string> =>
    (await inside.read(`${mount}/${DIRECTORY}/${file}`)).trim();
  const names = async ({ mount }: { mount: string }): Promise<string[]> =>
    (await container.output(['ls', `${mount}/${DIRECTORY}`])).match(/^cpu\d+$/gm) ?? [];
  t.strictSame(processors(cpuinfo.ours), [0], 'cpuinfo');
  t.strictSame(cpusOf(stat.ours), ['cpu0'], 'stat');
  for (const file of ['online', 'possible', 'present'])
    t.equal(await list(daemon, file), '0', file);
  t.strictSame(await names(daemon), ['cpu0'], 'directories');
  await t.test('LXCFS: each in its own way', { skip: noLxcfs }, async (t) => {
    t.strictSame(processors(cpuinfo.lxcfs), [0], 'cpuinfo');
    t.strictSame(cpusOf(stat.lxcfs), ['cpu1'], 'stat');
    t.equal(await list(lxcfs, 'online'), '1', 'online');
    t.match(await list(lxcfs, 'possible'), /^0-[1-9]/, "possible: the host's");
    t.ok((await names(lxcfs)).length > 1, "directories: the host's");
  });
});

const noQuota = noLxcfs || (isV2 && "only on cgroup v1: on v2 its times are the host's");

t.test('A9 a quota is worth CPUs, and time before the first read counts', async (t) => {
  const aware = await startLxcfs(t, '--enable-cfs');
  const container = await startContainer(t, { limits: { quota: 1, cpuset: '0-1' } });
  const inside: InsideReader = container.inside();
  await container.output([reader, 'spin', '0.5']);
  const ticks = (): number => container.cgroup.cpuTime() / 10_000;
  const before = ticks();
  const { ours, lxcfs: theirs } = await readBoth(inside, 'stat', daemon, lxcfs);
  const after = ticks();
  const [sum] = cpuTicks(ours);
  const busy = sum && sum.all - sum.idle;
  t.strictSame(cpusOf(ours), ['cpu0'], 'CPUs');
  t.ok(busy && busy >= before - 5 && busy <= after + 5, `${busy} of ${before} to ${after} ticks`);
  await t.test('LXCFS: no quota by default', { skip: noLxcfs }, async (t) => {
    t.strictSame(cpusOf(theirs), ['cpu0', 'cpu1'], 'CPUs');
  });
  await t.test('LXCFS with --enable-cfs: nothing used at first', { skip: noQuota }, async (t) => {
    const [first] = cpuTicks(await inside.read(aware.file('stat')));
    t.equal(first?.all, 0);
  });
});

t.test('A9 idle time goes on when a quota is lowered and raised', async (t) => {
  const aware = await startLxcfs(t, '--enable-cfs');
  const container = await startContainer(t, { limits: { quota: 2, cpuset: '0-1' } });
  const inside = container.inside();
  const read = () => readBoth(inside, 'stat', daemon, aware);
  const idle = (stat: string): number => cpuTicks(stat)[1]?.idle ?? Number.NaN;
  await read();
  await container.output([reader, 'spin', '0.5']);
  await sleep(1);
  await read();
  container.cgroup.set({ quota: 1 });
  await read();
  await sleep(0.5);
  const before = await read();
  container.cgroup.set({ quota: 2 });
  const after = await read();
  const [from, to] = [idle(before.ours), idle(after.ours)];
  t.ok(to >= from, `cpu0: ${from}, then ${to}`);
  await t.test('LXCFS with --enable-cfs: it runs backwards', { skip: noQuota }, async (t) => {
    const [from, to] = [idle(before.lxcfs), idle(after.lxcfs)];
    t.ok(to < from, `cpu0: ${from}, then ${to}`);
  });
});
