/**
 * The mount or the connection is lost by the hand of somebody else, or with a daemon that nobody keeps:
 * containers have their files again, each as it had them.
 */
import fs from 'node:fs';
import t, { type Test } from 'tap';
import { output, until } from './helpers/command.ts';
import { type Container, startContainer, whyNot } from './helpers/container.ts';
import { type Daemon, mountsAt, procview, startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare(180);

const CONNECTIONS = '/sys/fs/fuse/connections';
const LIMIT = 64;
/** Seconds until all is well again; longer only on a slow machine. */
const SOON = 5;

const mountinfo = (pid: number | 'self') => fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1');

/** What is mounted where and how, whatever mount and whichever device it is. */
function shape(pid: number): string[] {
  const lines = mountinfo(pid).trimEnd().split('\n');
  return lines.map((line) => {
    const [, , , root, point, options, ...rest] = line.split(' ');
    return [root, point, options, rest.at(-3)].join(' ');
  });
}

/** A container's own figures. */
const isHealed = async (container: Container): Promise<boolean> => {
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

/** One that is attached and one with bound files; how they were before. */
async function patients(t: Test, daemon: Daemon, kind: 'crun' | 'runc') {
  const limits = { memory: LIMIT * MiB, quota: 1, cpuset: '0-1' };
  const attached = await startContainer(t, { kind, limits });
  const bound = await startContainer(t, { kind, limits, bind: daemon.mount });
  const bare = await startContainer(t, { kind, limits });
  const before = [attached, bound, bare].map(({ pid }) => shape(pid));
  const where = ['--mount', daemon.mount, '--state', daemon.state];
  t.equal((await procview('attach', String(attached.pid), ...where)).code, 0);
  const during = [attached, bound, bare].map(({ pid }) => shape(pid));
  t.ok((await isHealed(attached)) && (await isHealed(bound)), 'well at first');
  const shapes = () => [attached, bound, bare].map(({ pid }) => shape(pid));
  const whole = async () => (await bound.exec(['cat', daemon.file('uptime')])).code === 0;
  t.ok(await whole(), 'all that is served is bound as well');
  const all = async () => (await isHealed(attached)) && (await isHealed(bound)) && whole();
  const healed = () => until('both are healed', all, SOON);
  const detach = () => procview('detach', String(attached.pid), ...where);
  return { attached, before, during, shapes, healed, detach };
}

for (const kind of ['crun', 'runc'] as const) {
  t.test(`${kind}: an aborted connection, and again`, async (t) => {
    const daemon = await startDaemon(t);
    const { before, during, shapes, healed, detach } = await patients(t, daemon, kind);
    for (const round of [1, 2]) {
      await abort(t, daemon);
      await healed();
      t.strictSame(shapes(), during, `mounts are as they were, after ${round}`);
      t.equal(mountsAt(daemon.mount).length, 1, 'mounted once');
    }
    t.equal(errors(daemon).filter((text) => /connection was ended/.test(text)).length, 2);
    t.equal((await detach()).code, 0);
    t.strictSame(shapes(), before, 'as if nothing had been');
    t.equal(await daemon.stop(), 0, 'a stop on purpose still stops');
    t.strictSame(mountsAt(daemon.mount), []);
  });

  t.test(`${kind}: a daemon killed that nobody keeps, and its successor`, async (t) => {
    const daemon = await startDaemon(t);
    const { attached, before, during, shapes, healed, detach } = await patients(t, daemon, kind);
    await daemon.stop('SIGKILL');
    t.match((await attached.exec(['cat', '/proc/meminfo'])).stderr, /not connected/);
    await daemon.start();
    await healed();
    t.strictSame(shapes(), during, 'mounts are as they were');
    t.equal(mountsAt(daemon.mount).length, 1, 'mounted once');
    t.equal((await detach()).code, 0);
    t.strictSame(shapes(), before);
  });
}

t.test('lxc: also all that is served, in one piece', { skip: whyNot('lxc') }, async (t) => {
  const daemon = await startDaemon(t);
  const limits = { memory: LIMIT * MiB };
  const container = await startContainer(t, { kind: 'lxc', limits, bind: daemon.mount });
  const before = shape(container.pid).sort();
  await abort(t, daemon);
  const nested = () => container.exec(['cat', daemon.file('meminfo')]);
  await until('it is healed', async () => (await nested()).code === 0, SOON);
  t.equal(kilobytes((await nested()).stdout, 'MemTotal'), LIMIT * 1024);
  t.strictSame(shape(container.pid).sort(), before, 'mounts are as they were');
});

t.test('unmounted by hand: it is mounted again, and nobody inside notices', async (t) => {
  const daemon = await startDaemon(t);
  const { attached, during, shapes, healed } = await patients(t, daemon, 'crun');
  const inside = attached.inside();
  const ids = mountinfo(attached.pid);
  for (let round = 0; round < 3; round++) {
    await unmount(t, daemon);
    t.match(await inside.read('/proc/meminfo'), /^MemTotal: +65536 kB\n/, 'no read fails');
    await until('it is mounted', () => mountsAt(daemon.mount).length === 1, SOON);
  }
  await healed();
  t.equal(mountinfo(attached.pid), ids, 'the very mounts');
  t.strictSame(shapes(), during);
  t.equal(errors(daemon).filter((text) => /mounted again/.test(text)).length, 3);
  t.match(await output(['cat', daemon.file('meminfo')]), /^MemTotal/);
  t.equal(await daemon.stop(), 0);
  t.strictSame(mountsAt(daemon.mount), [], 'a stop on purpose unmounts');
});

t.test('what somebody has mounted over it is left there', async (t) => {
  const daemon = await startDaemon(t);
  await output(['mount', '-t', 'tmpfs', 'over', daemon.mount]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.equal(mountsAt(daemon.mount).length, 2, 'nothing over it');
  await output(['umount', daemon.mount]);
  t.match(await output(['cat', daemon.file('meminfo')]), /^MemTotal/);
});

t.test('who unmounts again and again is answered ever more slowly', async (t) => {
  const daemon = await startDaemon(t);
  const end = Date.now() + 2000;
  while (Date.now() < end) {
    if (mountsAt(daemon.mount).length > 0) await unmount(t, daemon).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const count = errors(daemon).length;
  t.ok(count > 1 && count < 10, `${count} times in 2 s`);
  await until('it is mounted', () => mountsAt(daemon.mount).length === 1, 20);
});

t.test('with all containers attached', async (t) => {
  const daemon = await startDaemon(t, '--attach');
  const limits = { memory: LIMIT * MiB };
  const container = await startContainer(t, { kind: 'crun', limits });
  await until('it is attached', () => isHealed(container), SOON);
  await abort(t, daemon);
  await until('it is attached again', () => isHealed(container), SOON);
});
