import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { attach, detach, type Source } from '../../src/attach/apply.ts';
import { ownerOf } from '../../src/attach/owner.ts';
import { ProcessReader } from '../../src/containers/process.ts';
import { type Container, startContainer } from './helpers/container.ts';
import { DIRECTORIES, FILES } from './helpers/container-kind.ts';
import { Daemon, procview, startDaemon, temporary } from './helpers/daemon.ts';
import { privateMounts } from './helpers/private-mounts.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { kinds, MiB, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);
const where = ['--mount', daemon.mount, '--state', daemon.state];
const limits = { memory: 64 * MiB };

const proc = new ProcessReader('/proc');
const paths = [...FILES.map((file) => `proc/${file}`), ...DIRECTORIES];
const targets = [...paths.map((path) => ({ path })), { path: 'proc/sys/kernel', kept: '.kernel' }];
const source: Source = { proc, mount: daemon.mount, owner: ownerOf(daemon.state), targets };

const mountsOf = (pid: number | 'self') => fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1');
const subject = ({ pid }: Container) => ({ init: pid, started: proc.startTime(pid) });
const total = async (container: Container) =>
  kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal');

/** State of the attaching process that must not change: descriptors, mounts, mount namespaces of its threads. */
function ownState(): unknown {
  const tasks = fs.readdirSync('/proc/self/task');
  const spaces = tasks.map((task) => fs.readlinkSync(join('/proc/self/task', task, 'ns/mnt')));
  const descriptors = fs.readdirSync('/proc/self/fd').length;
  return { descriptors, mounts: mountsOf('self'), spaces: [...new Set(spaces)] };
}

t.test('attaching and detaching 100 times leaves no mount and no descriptor', async (t) => {
  const container = await startContainer(t, { limits });
  const before = mountsOf(container.pid);
  const own = ownState();
  for (let i = 0; i < 100; i++) {
    const states = attach(source, subject(container)).map(({ state }) => state);
    if (i === 0) t.ok(states.every((state) => state === 'attached'));
    detach(source, subject(container));
  }
  t.equal(mountsOf(container.pid), before);
  t.same(ownState(), own);
});

t.test('attaching to a container that ends meanwhile fails with "it has ended"', async (t) => {
  const before = mountsOf('self');
  for (let i = 0; i < 12; i++) {
    const container = await startContainer(t, { limits });
    const ending = subject(container);
    const attachUntilItFails = (): void => {
      for (let n = 0; ; n++) {
        if (n === i) process.kill(container.pid, 'SIGKILL');
        attach(source, ending);
        detach(source, ending);
      }
    };
    t.throws(attachUntilItFails, /^it has ended/);
  }
  t.equal(mountsOf('self'), before);
});

t.test('a pid that belongs to another process by now is refused', async (t) => {
  const container = await startContainer(t, { limits });
  const { init, started } = subject(container);
  const before = mountsOf(init);
  t.throws(() => attach(source, { init, started: started - 10_000 }), /^it has ended/);
  t.equal(mountsOf(init), before);
});

t.test('attach accepts a mount point that is given through a symbolic link', async (t) => {
  const container = await startContainer(t, { limits });
  const link = join(temporary(t, 'link'), 'to');
  fs.symlinkSync(dirname(daemon.mount), link);
  const mount = `${link}/${basename(daemon.mount)}/`;
  const states = attach({ ...source, mount }, subject(container)).map(({ state }) => state);
  t.ok(states.every((state) => state === 'attached'));
  t.equal(await total(container), 64 * 1024);
  detach(source, subject(container));
  // The command uses its own --mount where no daemon answers.
  const socket = `${daemon.state}/control`;
  fs.renameSync(socket, `${socket}.away`);
  t.teardown(() => fs.renameSync(`${socket}.away`, socket));
  const flags = ['--mount', mount, '--state', daemon.state];
  t.equal((await procview('attach', String(container.pid), ...flags)).code, 0);
  t.equal(await total(container), 64 * 1024);
});

t.test('a container in an attached container is attached and detached on its own', async (t) => {
  const outer = await startContainer(t, { limits });
  attach(source, subject(outer));
  const attached = mountsOf(outer.pid);
  const within = ['nsenter', '-t', String(outer.pid), '-m', '--'];
  const small = { memory: 32 * MiB };
  const inner = await startContainer(t, { limits: small, within });
  t.equal((await procview('attach', String(inner.pid), ...where)).code, 0);
  t.equal(await total(inner), 32 * 1024);
  t.equal(await total(outer), 64 * 1024);
  detach(source, subject(inner));
  t.equal(mountsOf(outer.pid), attached, 'the outer container keeps its mounts');
});

t.test('a /proc that is shared with the host is skipped', async (t) => {
  const mounts = await privateMounts(t, 'mount --make-rshared /');
  const { within } = mounts;
  const here = new Daemon(temporary(t, 'mount'), temporary(t, 'state'), mounts);
  t.teardown(() => here.stop());
  await here.start();
  const container = await startContainer(t, {
    ...{ limits, within },
    extra: { unshare: ['--mount', '--propagation', 'unchanged'] },
  });
  const before = mountsOf(container.pid);
  const { code, stdout } = await procview('attach', String(container.pid), '--state', here.state);
  t.equal(code, 0);
  t.match(stdout, /skipped proc\/meminfo: \/proc is shared with the host \(peer gr/);
  t.equal(mountsOf(container.pid), before);
});

t.test('a container without a mount namespace and a host process are refused', async (t) => {
  const container = await startContainer(t, { limits, hostMounts: true });
  const shared = await procview('attach', String(container.pid), ...where);
  t.equal(shared.code, 1);
  t.match(shared.stderr, /^procview: \S+: it is in the host's mount namespace: .*\n$/);
  const host = await procview('attach', String(process.pid), ...where);
  t.equal(host.code, 1);
  t.match(host.stderr, /^procview: pid \d+ is a process of the host: .*\n$/);
  const none = await procview('attach', ...where);
  t.equal(none.code, 1);
  t.match(none.stderr, /^procview: name a container, or give --all\n$/);
});

t.test('--all continues after a container that cannot be attached', async (t) => {
  const shared = await startContainer(t, { limits, hostMounts: true });
  const containers = await Promise.all(kinds.map((kind) => startContainer(t, { kind, limits })));
  const before = containers.map(({ pid }) => mountsOf(pid));
  const { code, stdout, stderr } = await procview('attach', '--all', ...where);
  t.equal(code, 1);
  t.match(stderr, `procview: ${shared.id}: it is in the host's mount namespace`);
  for (const container of containers) {
    t.match(stdout, `${container.cgroup.path.slice(1)}: attached proc/meminfo`);
    t.equal(await total(container), 64 * 1024);
  }
  await procview('detach', '--all', ...where);
  t.same(
    containers.map(({ pid }) => mountsOf(pid)),
    before,
  );
});
