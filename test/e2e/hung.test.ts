import fs from 'node:fs';
import t from 'tap';
import { isV2 } from './helpers/cgroup.ts';
import { output, timeLimit, until } from './helpers/command.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { Daemon, temporary } from './helpers/daemon.ts';
import { HungFiles } from './helpers/hung-file.ts';
import { privateMounts } from './helpers/private-mounts.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
const within = await privateMounts(t, '');
const daemon = new Daemon(temporary(t, 'mount'), temporary(t, 'state'), within);
t.teardown(() => daemon.stop());
await daemon.start();

/** Hung files never answer, so a read that ends in this time has not waited for them, ms. */
const BOUND = timeLimit(3);
const kB = (mebibytes: number): number => mebibytes * 1024;

async function withinBound<T>(work: Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work;
  if (performance.now() - start < BOUND) return result;
  throw new Error(`not within ${BOUND} ms`);
}

/** MemTotal that a host process reads. */
const hostTotal = async (): Promise<number> =>
  kilobytes(
    await withinBound(output([...within.within, 'cat', daemon.file('meminfo')])),
    'MemTotal',
  );

const start = (memory: number) =>
  startContainer(t, {
    limits: { memory: memory * MiB },
    bind: daemon.mount,
    within: within.within,
  });

t.test(
  'while a cgroup file hangs, its container reads its last figures and others read new ones',
  async (t) => {
    const [one, two] = [await start(100), await start(200)];
    const usage = isV2 ? 'memory.current' : 'memory.usage_in_bytes';
    const hung = await HungFiles.over(t, within, [`${one.cgroup.directory('memory')}/${usage}`]);
    const [inside, neighbour] = [one.inside(), two.inside()];
    const total = async (from: typeof inside): Promise<number> =>
      kilobytes(await withinBound(from.read('/proc/meminfo')), 'MemTotal');
    t.equal(await total(inside), kB(100));
    t.equal(await total(neighbour), kB(200));
    const host = await hostTotal();
    hung.hang();
    one.cgroup.set({ memory: 90 * MiB });
    t.equal(await total(inside), kB(100), 'its last figures');
    t.equal(await total(neighbour), kB(200), 'the neighbour reads its own figures');
    const another = await withinBound(two.output(['cat', '/proc/meminfo']));
    t.equal(kilobytes(another, 'MemTotal'), kB(200), 'a new reader of the neighbour too');
    t.match(
      await withinBound(neighbour.read('/proc/uptime')),
      /^\d+\.\d\d \d+\.\d\d\n$/,
      'a file that was not read before',
    );
    t.equal(await hostTotal(), host, "a host process reads the host's figures");
    hung.resume();
    await until('the container reads new figures', async () => (await total(inside)) === kB(90));
    t.equal(await total(neighbour), kB(200));
    await until('the hang is logged', () => /a file took too long/.test(daemon.log));
    t.match(daemon.log, /"file":"proc\/meminfo"/);
  },
);

/** Waits for a process inside that runs a program. Returns its pid. */
async function pidOf({ cgroup }: Container, program: string): Promise<number> {
  const find = (): number | undefined =>
    cgroup
      .processes()
      .find((pid) => fs.readFileSync(`/proc/${pid}/comm`, 'latin1') === `${program}\n`);
  await until(`${program} has started`, () => find() !== undefined);
  return find() ?? 0;
}

/** Whether a process has ended. A zombie has closed its files. */
function isGone(pid: number): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/status`, 'latin1').includes('State:\tZ');
  } catch {
    return true;
  }
}

t.test('readers that wait for a hung file can be killed at once', async (t) => {
  const containers = [await start(100), await start(200), await start(300)];
  const usage = isV2 ? 'memory.current' : 'memory.usage_in_bytes';
  const files = containers.map(({ cgroup }) => `${cgroup.directory('memory')}/${usage}`);
  const hung = await HungFiles.over(t, within, files);
  hung.hang();
  // These are the first reads of each container: without a last body they wait for a second.
  for (const container of containers) container.start(['cat', '/proc/meminfo']);
  const [first = 0, second = 0, third = 0] = await Promise.all(
    containers.map((container) => pidOf(container, 'cat')),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  const killed = performance.now();
  for (const pid of [first, second]) process.kill(pid, 'SIGKILL');
  await until('both have ended', () => isGone(first) && isGone(second));
  const took = performance.now() - killed;
  t.ok(took < timeLimit(0.4), `in ${took.toFixed(0)} ms`);
  t.notOk(isGone(third), 'the third reader still waits');
  await until('the third reader gets its reply', () => isGone(third));
  hung.resume();
});

t.test('a hung /proc/<pid>/cgroup of a known reader does not delay it', async (t) => {
  const [one, two] = [await start(100), await start(200)];
  const [inside, neighbour] = [one.inside(), two.inside()];
  const files = [await pidOf(one, 'reader'), await pidOf(two, 'reader')].map(
    (pid) => `/proc/${pid}/cgroup`,
  );
  const hung = await HungFiles.over(t, within, files);
  const total = async (from: typeof inside): Promise<number> =>
    kilobytes(await withinBound(from.read('/proc/meminfo')), 'MemTotal');
  t.equal(await total(inside), kB(100));
  t.equal(await total(neighbour), kB(200));
  hung.hang();
  t.equal(await total(inside), kB(100), 'a known reader is found by pid and start time');
  t.equal(await total(neighbour), kB(200), 'the neighbour too');
  hung.resume();
  one.cgroup.set({ memory: 90 * MiB });
  await until('the container reads new figures', async () => (await total(inside)) === kB(90));
});
