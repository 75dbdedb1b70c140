import fs from 'node:fs';
import t from 'tap';
import { type Container, startContainer } from './helpers/container.ts';
import { procview, startDaemon } from './helpers/daemon.ts';
import { kilobytes } from './helpers/proc-text.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();
const daemon = await startDaemon(t);
const where = ['--mount', daemon.mount, '--state', daemon.state];

const attach = (container: Container) => procview('attach', String(container.pid), ...where);
const detach = (container: Container) => procview('detach', String(container.pid), ...where);
const mountsOf = (pid: number | 'self') => fs.readFileSync(`/proc/${pid}/mountinfo`, 'latin1');
const limits = { memory: 64 * MiB };
const total = async (container: Container) =>
  kilobytes(await container.output(['cat', '/proc/meminfo']), 'MemTotal');

/** Mounts of its own, which begin as the host's; then what the container makes of them. */
const own = (script: string, ...more: string[]) => ({
  limits,
  script,
  extra: { unshare: ['--mount', '--propagation', 'private', ...more] },
});

/** Ids of users inside and outside. */
const mapping = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const userNamespace = {
  namespaces: ['pid', 'mount', 'uts', 'ipc', 'user'].map((type) => ({ type })),
  ...{ uidMappings: mapping, gidMappings: mapping },
};

const CONTAINERS = {
  'a user namespace': own('', '--mount-proc', '--user', '--map-root-user'),
  'a user namespace, by crun': { kind: 'crun', limits, extra: { linux: userNamespace } },
  'a root that cannot be written to': { kind: 'crun', limits, extra: { readOnlyRoot: true } },
  'mounts that are shared among its own processes': own('mount --make-rshared /', '--mount-proc'),
} as const;

for (const [what, options] of Object.entries(CONTAINERS)) {
  t.test(what, async (t) => {
    const container = await startContainer(t, options);
    const [before, host] = [mountsOf(container.pid), mountsOf('self')];
    const { code, stderr } = await attach(container);
    t.equal(code, 0, stderr);
    t.equal(await total(container), 64 * 1024);
    t.equal(mountsOf('self'), host);
    t.equal((await detach(container)).code, 0);
    t.equal(mountsOf(container.pid), before);
  });
}

/** What is told of a container whose /proc cannot be covered; nothing of it changes. */
const REFUSED = {
  'no /proc': [
    // There may be more than one, one over the other.
    'while umount -l /proc; do :; done 2>/dev/null',
    /: skipped proc\/meminfo: no proc is mounted at \/proc$/m,
  ],
  'something else at /proc': [
    'mount -t tmpfs none /proc',
    /: skipped proc\/meminfo: no proc is mounted at \/proc$/m,
  ],
  '/proc is a link to where one is': [
    'mount -t tmpfs none /tmp && cd /tmp && mkdir old other && mount -t proc proc other && ' +
      'ln -s other proc && cp -a /bin /lib* . && mkdir usr && mount --rbind /usr usr && pivot_root . old',
    /: skipped proc\/meminfo: no proc is mounted at \/proc$/m,
  ],
  'another file bound over one': [
    'mount --bind /proc/version /proc/meminfo',
    /: skipped proc\/meminfo: \/version of proc is bound there$/m,
  ],
} as const;

for (const [what, [script, says]] of Object.entries(REFUSED)) {
  t.test(what, async (t) => {
    const container = await startContainer(t, own(script));
    const before = mountsOf(container.pid);
    const { code, stdout } = await attach(container);
    t.equal(code, 0, 'what can be attached is');
    t.match(stdout, says);
    t.equal((await detach(container)).code, 0);
    t.equal(mountsOf(container.pid), before);
  });
}
