/**
 * `procview hooks install`, and containers whose very first instruction reads their own figures.
 */
import fs from 'node:fs';
import t, { type Test } from 'tap';
import { output, patience } from './command.ts';
import { startContainer, whyNot } from './container.ts';
import type { Extra, Kind } from './container-kind.ts';
import { Daemon, PROCVIEW, temporary } from './daemon.ts';
import { privateMounts } from './private-mounts.ts';
import { MiB, prepare } from './suite.ts';

await prepare();

const PROGRAM = '/usr/libexec/procview/procview-hook';
const LXC_CONFIG = '/usr/share/lxc/config/common.conf';
const BASE_SPEC = '/etc/containerd/procview.json';

const directory = temporary(t, 'hooks');
const mount = temporary(t, 'mount');
const state = temporary(t, 'state');

/** Directories that are written to, in copies of the test's own. */
const WRITTEN = ['/usr/share/containers', '/usr/share/lxc/config/common.conf.d', '/etc/containerd']
  .filter((path) => fs.existsSync(path))
  .map((path, i) => `cp -a ${path} ${directory}/${i}; mount --bind ${directory}/${i} ${path}`);

const { within, pid } = await privateMounts(
  t,
  ['mount -t tmpfs hooks /usr/libexec', ...WRITTEN].join('\n'),
);
await output([...within, ...PROCVIEW, 'hooks', 'install', '--state', state]);

const prestart = [{ path: PROGRAM, args: ['procview-hook', '--socket', `${state}/control`] }];

/** Runtimes find the hook where it was installed; to those without an engine the bundle tells it. */
const RUNTIMES: readonly (readonly [kind: Kind, extra: Extra])[] = [
  ['crun', { hooks: { prestart } }],
  ['runc', { hooks: { prestart } }],
  ['podman', {}],
  ['lxc', { lxc: [`lxc.include = ${LXC_CONFIG}`] }],
];

const script = 'head -1 /proc/meminfo; nproc; cat /proc/vmstat | head -3';
const limits = { memory: 128 * MiB, quota: 1, cpuset: '0' };

const start = (t: Test, kind: Kind, extra: Extra): ReturnType<typeof startContainer> =>
  startContainer(t, { kind, limits, within, extra, script });

t.test('the first instruction reads the container', async (t) => {
  const daemon = new Daemon(mount, state, { within, pid });
  t.teardown(() => daemon.stop());
  await daemon.start();
  for (const [kind, extra] of RUNTIMES) {
    t.test(kind, { skip: whyNot(kind) }, async (t) => {
      const { printed } = await start(t, kind, extra);
      const [memory, cpus, free] = printed.split('\n');
      t.match(memory, /^MemTotal: +131072 kB$/);
      t.equal(cpus, '1');
      const pages = Number(/^nr_free_pages (\d+)$/.exec(free ?? '')?.[1]);
      t.ok(pages <= 32768, `${pages} free pages of 32768`);
    });
  }
});

t.test('without the daemon containers start all the same', async (t) => {
  for (const [kind, extra] of RUNTIMES) {
    t.test(kind, { skip: whyNot(kind) }, async (t) => {
      const before = Date.now();
      const { printed } = await start(t, kind, extra);
      t.ok(Date.now() - before < patience(10), 'soon');
      const host = /^MemTotal: .*$/m.exec(fs.readFileSync('/proc/meminfo', 'latin1'))?.[0];
      t.equal(printed.split('\n')[0], host, "with the host's figures");
    });
  }
});

t.test("containerd's base spec is its own, with the hook", { skip: whyNot('ctr') }, async (t) => {
  const { hooks, ...spec } = JSON.parse(await output([...within, 'cat', BASE_SPEC]));
  t.same(hooks, { prestart });
  t.same(spec, JSON.parse(await output(['ctr', 'oci', 'spec'])));
});
