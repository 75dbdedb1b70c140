import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type AttachTarget, attachRoute } from '../../src/api/attach.ts';

const { pid } = process;

/** The target that the route attaches to. */
async function targetOf(state: unknown): Promise<unknown> {
  const targets: AttachTarget[] = [];
  const route = attachRoute('/proc', async (target) => targets.push(target));
  await route(typeof state === 'string' ? state : JSON.stringify(state));
  return targets[0];
}

const bundleOf = (t: Test, config: unknown): string =>
  t.testdir({ 'config.json': typeof config === 'string' ? config : JSON.stringify(config) });

t.test(
  'the bundle has the root, masks, read-only paths, annotations and environment',
  async (t) => {
    const bundle = bundleOf(t, {
      ociVersion: '1.0.0',
      root: { path: 'rootfs', readonly: true },
      annotations: { 'io.procview/stats-isolated': '0' },
      process: { args: ['sh'], env: ['PATH=/bin', 'TERM=dumb'] },
      linux: { maskedPaths: ['/proc/kcore'], readonlyPaths: ['/proc/sys'], namespaces: [] },
    });
    t.same(await targetOf({ ociVersion: '1.0.2', id: 'a', status: 'creating', pid, bundle }), {
      pid,
      root: join(bundle, 'rootfs'),
      masked: ['/proc/kcore'],
      readOnly: ['/proc/sys'],
      annotations: new Map([['io.procview/stats-isolated', '0']]),
      environment: ['PATH=/bin', 'TERM=dumb'],
    });
  },
);

t.test('the root may be absolute, and everything else may be missing', async (t) => {
  const bundle = bundleOf(t, { root: { path: '/var/lib/x/../root' } });
  const root = '/var/lib/root';
  t.same(await targetOf({ pid, bundle }), {
    ...{ pid, root, masked: [], readOnly: [] },
    ...{ annotations: new Map(), environment: [] },
  });
});

t.test('without a bundle the process is in its root already', async (t) => {
  t.match(await targetOf({ pid }), { pid, root: '' });
});

t.test('an invalid request is refused with one line', async (t) => {
  const state = 'the state of the container';
  const here = t.testdir({ empty: {}, odd: { 'config.json': '{' } });
  const config = `/proc/${pid}/root${here}/odd/config.json`;
  for (const [body, message] of [
    ['', `${state} is not JSON`],
    [{ bundle: '/x' }, `${state}: pid: Required`],
    [{ pid: -1 }, `${state}: pid: Number must be greater than or equal to 1`],
    [{ pid, bundle: 'x' }, `${state}: bundle: Invalid input: must start with "/"`],
    [{ pid, bundle: `${here}/odd` }, `${config} is not JSON`],
  ] as const) {
    await t.rejects(targetOf(body), { message, status: 400 });
  }
  await t.rejects(targetOf({ pid, bundle: `${here}/empty` }), { status: 400, message: /ENOENT/ });
  await t.rejects(targetOf({ pid: 4_000_000, bundle: here }), { status: 400, message: /ENOENT/ });
});

t.test('a FIFO or a huge file instead of a config.json is refused at once', async (t) => {
  const bundle = t.testdir({ huge: {} });
  execFileSync('mkfifo', [join(bundle, 'config.json')]);
  await t.rejects(targetOf({ pid, bundle }), { status: 400, message: /is not a file of up to/ });
  execFileSync('truncate', ['-s', '1G', join(bundle, 'huge/config.json')]);
  await t.rejects(targetOf({ pid, bundle: join(bundle, 'huge') }), {
    status: 400,
    message: /is not a file of up to/,
  });
});
