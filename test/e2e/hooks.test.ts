/**
 * `procview hooks install`: the entry point of a container reads the container's own figures from its start.
 */
import fs from 'node:fs';
import t, { type Test } from 'tap';
import { output, timeLimit } from './helpers/command.ts';
import { skipReason, startContainer } from './helpers/container.ts';
import type { Extra, Kind } from './helpers/container-kind.ts';
import { Daemon, PROCVIEW, temporary } from './helpers/daemon.ts';
import { privateMounts } from './helpers/private-mounts.ts';
import { MiB, prepare } from './helpers/suite.ts';

await prepare();

const PROGRAM = '/usr/libexec/procview/procview-hook';
const LXC_CONFIG = '/usr/share/lxc/config/common.conf';
const BASE_SPEC = '/etc/containerd/procview.json';

const directory = temporary(t, 'hooks');
const mount = temporary(t, 'mount');
const state = temporary(t, 'state');

/** Commands that cover the directories which the installation writes to with copies. */
const WRITTEN = ['/usr/share/containers', '/usr/share/lxc/config/common.conf.d', '/etc/containerd']
  .filter((path) => fs.existsSync(path))
  .map((path, i) => `cp -a ${path} ${directory}/${i}; mount --bind ${directory}/${i} ${path}`);

const { within, pid } = await privateMounts(
  t,
  ['mount -t tmpfs hooks /usr/libexec', ...WRITTEN].join('\n'),
);
await output([...within, ...PROCVIEW, 'hooks', 'install', '--state', state]);

const prestart = [{ path: PROGRAM, args: ['procview-hook', '--socket', `${state}/control`] }];

/** Engines and LXC use the installed hook; for an OCI runtime alone the bundle names it. */
const RUNTIMES: readonly (readonly [kind: Kind, extra: Extra])[] = [
  ['crun', { hooks: { prestart } }],
  ['runc', { hooks: { prestart } }],
  ['ctr', { hooks: { prestart } }],
  ['podman', {}],
  ['lxc', { lxc: [`lxc.include = ${LXC_CONFIG}`] }],
];

/** Prints whether the shell can write to /proc/sys. */
const TRY_TO_WRITE =
  '(echo x >/proc/sys/kernel/hostname) 2>/dev/null && echo writable || echo read-only';

const script = 'head -1 /proc/meminfo; nproc; cat /proc/vmstat | head -3';
const limits = { memory: 128 * MiB, quota: 1, cpuset: '0' };

const start = (t: Test, kind: Kind, extra: Extra): ReturnType<typeof startContainer> =>
  startContainer(t, { kind, limits, within, extra, script });

const daemon = new Daemon(mount, state, { within, pid });
t.teardown(() => daemon.stop());
await daemon.start();

const host = /^MemTotal: .*$/m.exec(fs.readFileSync('/proc/meminfo', 'latin1'))?.[0];

t.test("the entry point reads the container's figures from its start", async (t) => {
  for (const [kind, extra] of RUNTIMES) {
    t.test(kind, { skip: skipReason(kind) }, async (t) => {
      const { printed } = await start(t, kind, extra);
      const [memory, cpus, free] = printed.split('\n');
      t.match(memory, /^MemTotal: +131072 kB$/);
      t.equal(cpus, '1');
      const pages = Number(/^nr_free_pages (\d+)$/.exec(free ?? '')?.[1]);
      t.ok(pages <= 32768, `${pages} free pages of 32768`);
    });
  }
});

t.test('the hook keeps paths that the runtime masks or makes read-only', async (t) => {
  const linux = { maskedPaths: ['/proc/interrupts'], readonlyPaths: ['/proc/sys'] };
  const commands = ['wc -c </proc/interrupts', 'cat /proc/sys/kernel/hostname', TRY_TO_WRITE];
  for (const kind of ['crun', 'runc'] as const) {
    const extra = { hooks: { prestart }, linux };
    const options = { kind, within, extra, script: commands.join('; ') };
    t.equal((await startContainer(t, options)).printed, '0\npvtest\nread-only\n', kind);
  }
});

t.test('an isolation switch in environment or annotation applies from the start', async (t) => {
  const options = { kind: 'crun', limits, within, extra: { hooks: { prestart } }, script } as const;
  for (const [what, declared] of [
    ['environment', { env: { PROCVIEW_STATS_ISOLATED: '0' } }],
    ['annotation', { annotations: { 'io.procview/stats-isolated': '0' } }],
  ] as const) {
    const { printed } = await startContainer(t, { ...options, ...declared });
    t.equal(printed.split('\n')[0], host, `${what}: the entry point reads the host's figures`);
  }
});

t.test(
  'a container starts with a daemon that hangs, after the time limit of the hook',
  async (t) => {
    process.kill(daemon.pid, 'SIGSTOP');
    t.teardown(() => process.kill(daemon.pid, 'SIGCONT'));
    const { printed } = await start(t, 'runc', { hooks: { prestart } });
    t.equal(printed.split('\n')[0], host, "with the host's figures");
  },
);

t.test('containers start without a daemon', async (t) => {
  await daemon.stop();
  for (const [kind, extra] of RUNTIMES) {
    t.test(kind, { skip: skipReason(kind) }, async (t) => {
      const before = Date.now();
      const { printed } = await start(t, kind, extra);
      t.ok(Date.now() - before < timeLimit(10), 'within 10 s');
      t.equal(printed.split('\n')[0], host, "with the host's figures");
    });
  }
});

t.test(
  "the installed base spec is containerd's default with the hook",
  { skip: skipReason('ctr') },
  async (t) => {
    const { hooks, ...spec } = JSON.parse(await output([...within, 'cat', BASE_SPEC]));
    t.same(hooks, { prestart });
    t.same(spec, JSON.parse(await output(['ctr', 'oci', 'spec'])));
  },
);
