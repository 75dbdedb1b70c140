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

/** A container whose mounts are a copy of the host's, changed by a script. */
const own = (script: string, ...more: string[]) => ({
  limits,
  script,
  extra: { unshare: ['--mount', '--propagation', 'private', ...more] },
});

/** Ids inside and on the host. */
const mapping = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const userNamespace = {
  namespaces: ['pid', 'mount', 'uts', 'ipc', 'user'].map((type) => ({ type })),
  ...{ uidMappings: mapping, gidMappings: mapping },
};

const CONTAINERS = {
  'a container in a user namespace': own('', '--mount-proc', '--user', '--map-root-user'),
  'a container of crun in a user namespace': {
    kind: 'crun',
    limits,
    extra: { linux: userNamespace },
  },
  'a container with a read-only root': { kind: 'crun', limits, extra: { readOnlyRoot: true } },
  'a container whose mounts are shared among its own namespaces': own(
    'mount --make-rshared /',
    '--mount-proc',
  ),
} as const;

for (const [what, options] of Object.entries(CONTAINERS)) {
  t.test(`${what} is attached and detached`, async (t) => {
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

/** Containers whose /proc or meminfo cannot be covered, with the message; their mounts must not change. */
const REFUSED = {
  'without /proc': [
    // There may be several, stacked.
    'while umount -l /proc; do :; done 2>/dev/null',
    /: skipped proc\/meminfo: no proc is mounted at \/proc$/m,
  ],
  'with another file system at /proc': [
    'mount -t tmpfs none /proc',
    /: skipped proc\/meminfo: no proc is mounted at \/proc$/m,
  ],
  'with a /proc that is a symbolic link to a proc mount': [
    'mount -t tmpfs none /tmp && cd /tmp && mkdir old other && mount -t proc proc other && ' +
      'ln -s other proc && cp -a /bin /lib* . && mkdir usr && mount --rbind /usr usr && pivot_root . old',
    /: skipped proc\/meminfo: no proc is mounted at \/proc$/m,
  ],
  'with another file bound over meminfo': [
    'mount --bind /proc/version /proc/meminfo',
    /: skipped proc\/meminfo: \/version of proc is bound there$/m,
  ],
} as const;

for (const [what, [script, message]] of Object.entries(REFUSED)) {
  t.test(`${what}: meminfo is skipped with the reason`, async (t) => {
    const container = await startContainer(t, own(script));
    const before = mountsOf(container.pid);
    const { code, stdout } = await attach(container);
    t.equal(code, 0, 'the other files are attached');
    t.match(stdout, message);
    t.equal((await detach(container)).code, 0);
    t.equal(mountsOf(container.pid), before);
  });
}
