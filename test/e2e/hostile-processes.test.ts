import fs from 'node:fs';
import { release } from 'node:os';
import t from 'tap';
import { run, timeLimit, until } from './helpers/command.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { procview, startDaemon } from './helpers/daemon.ts';
import { abuse, buildAbuse, NeighbourReads, usageOf } from './helpers/hostile.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { reader } from './helpers/programs.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
await buildAbuse();
const daemon = await startDaemon(t);
const bind = daemon.mount;
/** Largest latency of a read in another container, ms. */
const BOUND = timeLimit(2);

const start = (memory: number, script = '') =>
  startContainer(t, { limits: { memory: memory * MiB }, bind, script });
const total = async (container: Container) =>
  kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal');

/** Prints the pid of the shell and its MemTotal; in the host's mounts, where /proc shows the pid that the daemon sees. */
const PRINT_PID_AND_TOTAL = `read pid rest </proc/self/stat; read line <${daemon.file('meminfo')}; echo "$pid $line"`;

/** Exit code of `abuse as` if another process has the pid. */
const PID_IN_USE = 3;

/** Reads in a container by a process of that pid. Returns its pid and MemTotal; null if another process has the pid. */
async function readAs({ pid: init, cgroup }: Container, pid: number): Promise<number[] | null> {
  const as = [abuse, 'as', String(init), String(pid), 'sh', '-c', PRINT_PID_AND_TOTAL];
  const { code, stdout, stderr } = await run(cgroup.joinCommand(as));
  if (code === PID_IN_USE) return null;
  if (code !== 0) throw new Error(stderr);
  const line = stdout.slice(stdout.indexOf(' ') + 1);
  return [Number.parseInt(stdout, 10), kilobytes(line, 'MemTotal')];
}

const [major = 0, minor = 0] = release().split('.').map(Number);
const cannot = major < 5 || (major === 5 && minor < 5) ? 'Linux before 5.5' : false;

t.test('a reused pid is resolved to its new container', { skip: cannot }, async (t) => {
  const [one, two] = [await start(100), await start(200)];
  let again = 0;
  for (let pid = 30_000; pid > 29_000 && again < 5; pid--) {
    const before = await readAs(one, pid);
    const after = before && (await readAs(two, pid));
    if (!before || !after) continue;
    t.same(before, [pid, 100 * 1024]);
    t.same(after, [pid, 200 * 1024]);
    again++;
  }
  t.equal(again, 5, 'five times the pid was the same');
});

t.test(
  'an init process whose name looks like fields of its stat does not break the views',
  async (t) => {
    for (const name of [') R 0 0 0 (', 'a b)\n1 (x', '\\012%s\u001b[2J', '']) {
      const container = await start(100, `exec ${abuse} named '${name}'`);
      t.equal(await total(container), 100 * 1024);
      const { stdout, stderr } = await procview('show', String(container.pid), 'meminfo');
      t.equal(stderr, '');
      t.equal(kilobytes(stdout, 'MemTotal'), 100 * 1024);
      const uptime = Number.parseFloat(await container.output(['cat', '/proc/uptime']));
      t.ok(uptime < 60, `uptime is its age: ${uptime} s`);
    }
  },
);

t.test('a fork bomb of readers does not delay or change reads in another container', async (t) => {
  const [hostile, other] = [await start(100), await start(200)];
  fs.writeFileSync(`${hostile.cgroup.directory('pids')}/pids.max`, '64');
  await hostile.output([abuse, 'fork', '/proc/meminfo', '1']);
  const before = usageOf(daemon);
  const reads = new NeighbourReads(other, 200 * 1024);
  t.match(await hostile.output([abuse, 'fork', '/proc/meminfo', '3']), /^forks \d+$/m);
  const { wrong, worst, reads: count } = await reads.stop();
  t.equal(wrong, 0, 'the neighbour reads its own figures');
  t.ok(worst < BOUND, `${count} reads, the slowest took ${worst.toFixed(1)} ms`);
  const after = usageOf(daemon);
  t.ok(after.rss < before.rss + 48, `${before.rss} to ${after.rss} MiB`);
  t.ok(
    after.descriptors < 1024 + 200,
    `${after.descriptors} descriptors: the caller cache holds 1024`,
  );
});

t.test(
  'killing the init process while other processes of the container read leaks no descriptors',
  async (t) => {
    const other = await start(200);
    const reads = new NeighbourReads(other, 200 * 1024);
    const open: number[] = [];
    for (let i = 0; i < 5; i++) {
      const container = await start(100);
      const check = ['/proc/stat', 'cpu', '#3', '60', '10'];
      const readers = container.start([reader, 'check', ...check]);
      await until('ten readers run', () => container.cgroup.processes().length > 10);
      process.kill(container.pid, 'SIGKILL');
      await until(
        'all readers have ended',
        () => readers.exitCode !== null || readers.signalCode !== null,
      );
      await container.stop();
      open.push(usageOf(daemon).descriptors);
    }
    const { wrong, worst } = await reads.stop();
    t.equal(wrong, 0, 'the neighbour reads its own figures');
    t.ok(worst < BOUND, `the slowest read took ${worst.toFixed(1)} ms`);
    t.equal(await total(other), 200 * 1024);
    // The daemon closes the files of an ended container later; ten readers each.
    t.ok((open.at(-1) ?? 0) < (open[0] ?? 0) + 4 * 60, `descriptors: ${open}`);
  },
);
