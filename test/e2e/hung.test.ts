import fs from 'node:fs';
import t from 'tap';
import { isV2 } from './helpers/cgroup.ts';
import { output, patience, until } from './helpers/command.ts';
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

/** Files hang until the test lets them go: an answer in this time was not awaited from them. */
const BOUND = patience(3);
const kB = (mebibytes: number): number => mebibytes * 1024;

async function inTime<T>(work: Promise<T>): Promise<T> {
  const start = performance.now();
  const answer = await work;
  if (performance.now() - start < BOUND) return answer;
  throw new Error('answered too late');
}

/** Total memory that a process of the host reads. */
const hostTotal = async (): Promise<number> =>
  kilobytes(await inTime(output([...within.within, 'cat', daemon.file('meminfo')])), 'MemTotal');

const start = (memory: number) =>
  startContainer(t, {
    limits: { memory: memory * MiB },
    bind: daemon.mount,
    within: within.within,
  });

t.test('a file of a cgroup hangs', async (t) => {
  const [one, two] = [await start(100), await start(200)];
  const usage = isV2 ? 'memory.current' : 'memory.usage_in_bytes';
  const hung = await HungFiles.over(t, within, [`${one.cgroup.directory('memory')}/${usage}`]);
  const [inside, neighbour] = [one.inside(), two.inside()];
  const total = async (who: typeof inside): Promise<number> =>
    kilobytes(await inTime(who.read('/proc/meminfo')), 'MemTotal');
  t.equal(await total(inside), kB(100));
  t.equal(await total(neighbour), kB(200));
  const host = await hostTotal();
  hung.hang();
  one.cgroup.set({ memory: 90 * MiB });
  t.equal(await total(inside), kB(100), 'its last figures');
  t.equal(await total(neighbour), kB(200), 'its neighbour reads its own');
  const another = await inTime(two.output(['cat', '/proc/meminfo']));
  t.equal(kilobytes(another, 'MemTotal'), kB(200), 'who begins to read there as well');
  t.match(
    await inTime(neighbour.read('/proc/uptime')),
    /^\d+\.\d\d \d+\.\d\d\n$/,
    'a file not read before',
  );
  t.equal(await hostTotal(), host, 'the host reads its own');
  hung.resume();
  await until('all is as before', async () => (await total(inside)) === kB(90));
  t.equal(await total(neighbour), kB(200));
  await until('it is logged', () => /a file took too long/.test(daemon.log));
  t.match(daemon.log, /"file":"proc\/meminfo"/);
});

/** Pid of a process inside that runs a program, once it is there. */
async function pidOf({ cgroup }: Container, program: string): Promise<number> {
  const find = (): number | undefined =>
    cgroup
      .processes()
      .find((pid) => fs.readFileSync(`/proc/${pid}/comm`, 'latin1') === `${program}\n`);
  await until(`${program} is there`, () => find() !== undefined);
  return find() ?? 0;
}

/** Or a zombie, which has closed its files. */
function isGone(pid: number): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/status`, 'latin1').includes('State:\tZ');
  } catch {
    return true;
  }
}

t.test('readers that are killed while they wait', async (t) => {
  const containers = [await start(100), await start(200), await start(300)];
  const usage = isV2 ? 'memory.current' : 'memory.usage_in_bytes';
  const files = containers.map(({ cgroup }) => `${cgroup.directory('memory')}/${usage}`);
  const hung = await HungFiles.over(t, within, files);
  hung.hang();
  // Nobody has read here before: without a last body they wait for a second.
  for (const container of containers) container.start(['cat', '/proc/meminfo']);
  const [first = 0, second = 0, third = 0] = await Promise.all(
    containers.map((container) => pidOf(container, 'cat')),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  const killed = performance.now();
  for (const pid of [first, second]) process.kill(pid, 'SIGKILL');
  await until('they are gone', () => isGone(first) && isGone(second));
  const took = performance.now() - killed;
  t.ok(took < patience(0.4), `in ${took.toFixed(0)} ms`);
  t.notOk(isGone(third), 'who is not killed still waits');
  await until('it is answered', () => isGone(third));
  hung.resume();
});

t.test('what tells the cgroups of a reader hangs', async (t) => {
  const [one, two] = [await start(100), await start(200)];
  const [inside, neighbour] = [one.inside(), two.inside()];
  const files = [await pidOf(one, 'reader'), await pidOf(two, 'reader')].map(
    (pid) => `/proc/${pid}/cgroup`,
  );
  const hung = await HungFiles.over(t, within, files);
  const total = async (who: typeof inside): Promise<number> =>
    kilobytes(await inTime(who.read('/proc/meminfo')), 'MemTotal');
  t.equal(await total(inside), kB(100));
  t.equal(await total(neighbour), kB(200));
  hung.hang();
  t.equal(await total(inside), kB(100), 'known by its pid and start');
  t.equal(await total(neighbour), kB(200), 'its neighbour as well');
  hung.resume();
  one.cgroup.set({ memory: 90 * MiB });
  await until('all is as before', async () => (await total(inside)) === kB(90));
});
