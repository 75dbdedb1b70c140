/**
 * The FUSE connection is aborted, the mount is unmounted, or a daemon without a keeper is killed: afterwards containers
 * have the same mounts as before.
 */
import fs from 'node:fs';
import t, { type Test } from 'tap';
import { output, until } from './helpers/command.ts';
import { type Container, skipReason, startContainer } from './helpers/container.ts';
import { type Daemon, mountsAt, procview, startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare(180);

const CONNECTIONS = '/sys/fs/fuse/connections';
const LIMIT = 64;
/** Seconds until all files are served again; longer on a slow machine. */
const REMOUNTED_WITHIN = 5;

const mountinfo = (pid: number | 'self') => fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1');

/** All mounts of a process, without mount ids and devices. */
function shape(pid: number): string[] {
  const lines = mountinfo(pid).trimEnd().split('\n');
  return lines.map((line) => {
    const [, , , root, point, options, ...rest] = line.split(' ');
    return [root, point, options, rest.at(-3)].join(' ');
  });
}

/** Whether a container reads its own figures. */
const isServed = async (container: Container): Promise<boolean> => {
  const { code, stdout } = await container.exec(['cat', '/proc/meminfo', '/proc/uptime']);
  return code === 0 && kilobytes(stdout, 'MemTotal') === LIMIT * 1024;
};

async function abort(t: Test, { mount }: Daemon): Promise<void> {
  const line = mountinfo('self')
    .split('\n')
    .find((each) => each.split(' ')[4] === mount);
  const [, minor = ''] = line?.split(' ')[2]?.split(':') ?? [];
  if (!fs.existsSync(`${CONNECTIONS}/${minor}`)) {
    await output(['mount', '-t', 'fusectl', 'none', CONNECTIONS]);
    t.teardown(() => output(['umount', CONNECTIONS]));
  }
  fs.writeFileSync(`${CONNECTIONS}/${minor}/abort`, '1');
}

const unmount = (_: Test, { mount }: Daemon) => output(['umount', '-l', mount]);

/** Messages at level error. */
const errors = ({ log }: Daemon): string[] =>
  log
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .flatMap(({ level, msg }) => (level === 50 || level === 'error' ? [msg] : []));

/** An attached container, one with bound files and one without, and their mounts before. */
async function startContainers(t: Test, daemon: Daemon, kind: 'crun' | 'runc') {
  const limits = { memory: LIMIT * MiB, quota: 1, cpuset: '0-1' };
  const attached = await startContainer(t, { kind, limits });
  const bound = await startContainer(t, { kind, limits, bind: daemon.mount });
  const bare = await startContainer(t, { kind, limits });
  const before = [attached, bound, bare].map(({ pid }) => shape(pid));
  const where = ['--mount', daemon.mount, '--state', daemon.state];
  t.equal((await procview('attach', String(attached.pid), ...where)).code, 0);
  const during = [attached, bound, bare].map(({ pid }) => shape(pid));
  t.ok((await isServed(attached)) && (await isServed(bound)), 'both are served at first');
  const shapes = () => [attached, bound, bare].map(({ pid }) => shape(pid));
  const mountServed = async () => (await bound.exec(['cat', daemon.file('uptime')])).code === 0;
  t.ok(await mountServed(), 'the bound mount is served too');
  const all = async () => (await isServed(attached)) && (await isServed(bound)) && mountServed();
  const remounted = () => until('both are served again', all, REMOUNTED_WITHIN);
  const detach = () => procview('detach', String(attached.pid), ...where);
  return { attached, before, during, shapes, remounted, detach };
}

for (const kind of ['crun', 'runc'] as const) {
  t.test(
    `${kind}: containers are served again after each of two aborted connections`,
    async (t) => {
      const daemon = await startDaemon(t);
      const { before, during, shapes, remounted, detach } = await startContainers(t, daemon, kind);
      for (const round of [1, 2]) {
        await abort(t, daemon);
        await remounted();
        t.strictSame(shapes(), during, `round ${round}: the mounts are as before`);
        t.equal(mountsAt(daemon.mount).length, 1, 'there is one mount');
      }
      t.equal(errors(daemon).filter((text) => /connection aborted/.test(text)).length, 2);
      t.equal((await detach()).code, 0);
      t.strictSame(shapes(), before, 'detached: the mounts are as before the attach');
      t.equal(await daemon.stop(), 0, 'SIGTERM still stops the daemon');
      t.strictSame(mountsAt(daemon.mount), []);
    },
  );

  t.test(`${kind}: the next daemon serves the containers of a killed one again`, async (t) => {
    const daemon = await startDaemon(t);
    const { attached, before, during, shapes, remounted, detach } = await startContainers(
      t,
      daemon,
      kind,
    );
    await daemon.stop('SIGKILL');
    t.match((await attached.exec(['cat', '/proc/meminfo'])).stderr, /not connected/);
    await daemon.start();
    await remounted();
    t.strictSame(shapes(), during, 'the mounts are as before');
    t.equal(mountsAt(daemon.mount).length, 1, 'there is one mount');
    t.equal((await detach()).code, 0);
    t.strictSame(shapes(), before);
  });
}

t.test(
  'lxc: a container with the whole mount bound is served again',
  { skip: skipReason('lxc') },
  async (t) => {
    const daemon = await startDaemon(t);
    const limits = { memory: LIMIT * MiB };
    const container = await startContainer(t, { kind: 'lxc', limits, bind: daemon.mount });
    const before = shape(container.pid).sort();
    await abort(t, daemon);
    const nested = () => container.exec(['cat', daemon.file('meminfo')]);
    await until('it is served again', async () => (await nested()).code === 0, REMOUNTED_WITHIN);
    t.equal(kilobytes((await nested()).stdout, 'MemTotal'), LIMIT * 1024);
    t.strictSame(shape(container.pid).sort(), before, 'the mounts are as before');
  },
);

t.test(
  'after umount on the host the daemon mounts again, and containers do not notice',
  async (t) => {
    const daemon = await startDaemon(t);
    const { attached, during, shapes, remounted } = await startContainers(t, daemon, 'crun');
    const inside = attached.inside();
    const ids = mountinfo(attached.pid);
    for (let round = 0; round < 3; round++) {
      await unmount(t, daemon);
      t.match(
        await inside.read('/proc/meminfo'),
        /^MemTotal: +65536 kB\n/,
        'a read in the container succeeds',
      );
      await until(
        'the daemon has mounted again',
        () => mountsAt(daemon.mount).length === 1,
        REMOUNTED_WITHIN,
      );
    }
    await remounted();
    t.equal(mountinfo(attached.pid), ids, 'the mount ids of the container are the same');
    t.strictSame(shapes(), during);
    t.equal(errors(daemon).filter((text) => /mounted again/.test(text)).length, 3);
    t.match(await output(['cat', daemon.file('meminfo')]), /^MemTotal/);
    t.equal(await daemon.stop(), 0);
    t.strictSame(mountsAt(daemon.mount), [], 'SIGTERM unmounts');
  },
);

t.test('a file system that is mounted over the mount point stays', async (t) => {
  const daemon = await startDaemon(t);
  await output(['mount', '-t', 'tmpfs', 'over', daemon.mount]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.equal(mountsAt(daemon.mount).length, 2, 'the daemon mounts nothing over it');
  await output(['umount', daemon.mount]);
  t.match(await output(['cat', daemon.file('meminfo')]), /^MemTotal/);
});

t.test('repeated unmounts are repaired with growing delays', async (t) => {
  const daemon = await startDaemon(t);
  const end = Date.now() + 2000;
  while (Date.now() < end) {
    if (mountsAt(daemon.mount).length > 0) await unmount(t, daemon).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const count = errors(daemon).length;
  t.ok(count > 1 && count < 10, `${count} times in 2 s`);
  await until('the daemon has mounted again', () => mountsAt(daemon.mount).length === 1, 20);
});

t.test('with --attach, containers are attached again after an aborted connection', async (t) => {
  const daemon = await startDaemon(t, '--attach');
  const limits = { memory: LIMIT * MiB };
  const container = await startContainer(t, { kind: 'crun', limits });
  await until('it is attached', () => isServed(container), REMOUNTED_WITHIN);
  await abort(t, daemon);
  await until('it is served again', () => isServed(container), REMOUNTED_WITHIN);
});
