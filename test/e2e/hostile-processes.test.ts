import fs from 'node:fs';
import t from 'tap';
import { output, patience, until } from './helpers/command.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { procview, startDaemon } from './helpers/daemon.ts';
import { abuse, buildAbuse, Neighbour, usageOf } from './helpers/hostile.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { reader } from './helpers/programs.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
await buildAbuse();
const daemon = await startDaemon(t);
const bind = daemon.mount;
/** Milliseconds for which nobody may have waited. */
const BOUND = patience(2);

const start = (memory: number, script = '') =>
  startContainer(t, { limits: { memory: memory * MiB }, bind, script });
const total = async (container: Container) =>
  kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal');

const LAST_PID = '/proc/sys/kernel/ns_last_pid';

/** Of the shell that reads, in the mounts of the host, where /proc tells the pid that the daemon sees. */
const TELL = `read pid rest </proc/self/stat; read line <${daemon.file('meminfo')}; echo "$pid $line"`;

/** Reads in a container. @param after the pid that the kernel gave last, or so it shall think */
async function readAs({ pid, cgroup }: Container, after?: number): Promise<[number, number]> {
  const set = after === undefined ? '' : `echo ${after} >${LAST_PID};`;
  const enter = `${set} exec nsenter -t ${pid} -p -- sh -c '${TELL}'`;
  const said = await output(cgroup.joined(['sh', '-c', enter]));
  const [own, line = ''] = [Number.parseInt(said, 10), said.slice(said.indexOf(' ') + 1)];
  return [own, kilobytes(line, 'MemTotal')];
}

const cannot = fs.existsSync(LAST_PID) ? false : `no ${LAST_PID}`;
t.test('a pid that is used again is who has it now', { skip: cannot }, async (t) => {
  const [one, two] = [await start(100), await start(200)];
  let again = 0;
  // Whoever else forks may be given the number.
  for (let i = 0; i < 50 && again < 5; i++) {
    const [first, before] = await readAs(one);
    const [second, after] = await readAs(two, first - 1);
    t.equal(before, 100 * 1024);
    t.equal(after, 200 * 1024);
    if (first === second) again++;
  }
  t.equal(again, 5, 'the same number');
});

t.test('a first process with a name that looks like the rest of its stat', async (t) => {
  for (const name of [') R 0 0 0 (', 'a b)\n1 (x', '\\012%s\u001b[2J', '']) {
    const container = await start(100, `exec ${abuse} named '${name}'`);
    t.equal(await total(container), 100 * 1024);
    const { stdout, stderr } = await procview('show', String(container.pid), 'meminfo');
    t.equal(stderr, '');
    t.equal(kilobytes(stdout, 'MemTotal'), 100 * 1024);
    const uptime = Number.parseFloat(await container.output(['cat', '/proc/uptime']));
    t.ok(uptime < 60, `it is as old as it is: ${uptime} s`);
  }
});

t.test('processes without end, each of which reads', async (t) => {
  const [hostile, other] = [await start(100), await start(200)];
  fs.writeFileSync(`${hostile.cgroup.directory('pids')}/pids.max`, '64');
  await hostile.output([abuse, 'fork', '/proc/meminfo', '1']);
  const before = usageOf(daemon);
  const reads = new Neighbour(other, 200 * 1024);
  t.match(await hostile.output([abuse, 'fork', '/proc/meminfo', '3']), /^forks \d+$/m);
  const { wrong, worst, reads: count } = await reads.stop();
  t.equal(wrong, 0, 'its neighbour reads its own');
  t.ok(worst < BOUND, `${count} reads, the slowest took ${worst.toFixed(1)} ms`);
  const after = usageOf(daemon);
  t.ok(after.resident < before.resident + 48, `${before.resident} to ${after.resident} MiB`);
  t.ok(after.descriptors < 1024 + 200, `${after.descriptors} descriptors: 1024 readers are known`);
});

t.test('a first process that is killed while others of it read', async (t) => {
  const other = await start(200);
  const reads = new Neighbour(other, 200 * 1024);
  const open: number[] = [];
  for (let i = 0; i < 5; i++) {
    const container = await start(100);
    const check = ['/proc/stat', 'cpu', '#3', '60', '10'];
    const readers = container.start([reader, 'check', ...check]);
    await until('they read', () => container.cgroup.processes().length > 10);
    process.kill(container.pid, 'SIGKILL');
    await until('all have ended', () => readers.exitCode !== null || readers.signalCode !== null);
    await container.stop();
    open.push(usageOf(daemon).descriptors);
  }
  const { wrong, worst } = await reads.stop();
  t.equal(wrong, 0, 'its neighbour reads its own');
  t.ok(worst < BOUND, `the slowest read took ${worst.toFixed(1)} ms`);
  t.equal(await total(other), 200 * 1024);
  // Files of a container are let go of by and by; ten readers each.
  t.ok((open.at(-1) ?? 0) < (open[0] ?? 0) + 4 * 60, `descriptors: ${open}`);
});
