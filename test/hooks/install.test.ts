import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { procview } from '../cli/run.ts';

t.setTimeout(120_000);

const PROGRAM = 'usr/libexec/procview/procview-hook';
const HOOKS_D = 'usr/share/containers/oci/hooks.d/procview.json';
const LXC = 'usr/share/lxc/config/common.conf.d/procview.conf';
const CONTAINERD = 'etc/containerd/config.toml';

/** A host with Podman and LXC. */
const host = (t: Test, more: object = {}): string =>
  t.testdir({
    usr: { libexec: {}, share: { containers: {}, lxc: { config: { 'common.conf.d': {} } } } },
    ...more,
  });

/** All paths below a directory, and the text of files. */
function tree(root: string): Record<string, string> {
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? fs.readFileSync(path, 'latin1') : ''];
    }),
  );
}

t.test(
  'install writes a file for each runtime and is idempotent; remove leaves nothing',
  async (t) => {
    const root = host(t);
    const before = tree(root);
    const first = await procview('hooks', 'install', '--root', root, '--state', '/run/pv');
    t.same(first, { code: 0, stdout: `podman, cri-o: /${HOOKS_D}\nlxc: /${LXC}\n`, stderr: '' });
    const installed = tree(root);
    t.same(JSON.parse(installed[join(root, HOOKS_D)] ?? ''), {
      version: '1.0.0',
      hook: { path: `/${PROGRAM}`, args: ['procview-hook', '--socket', '/run/pv/control'] },
      when: { always: true },
      stages: ['prestart'],
    });
    t.equal(
      installed[join(root, LXC)],
      `lxc.hook.start-host = /${PROGRAM} --lxc --socket /run/pv/control\n`,
    );
    t.equal(fs.statSync(join(root, PROGRAM)).mode & 0o777, 0o755);
    const again = await procview('hooks', 'install', '--root', root, '--state', '/run/pv');
    t.same([again, tree(root)], [first, installed], 'again');
    const removed = await procview('hooks', 'remove', '--root', root);
    t.match(removed, {
      code: 0,
      stdout: `removed /${HOOKS_D}\nremoved /${LXC}\nremoved /${PROGRAM}\n`,
    });
    t.same(tree(root), before);
    t.same(await procview('hooks', 'remove', '--root', root), { code: 0, stdout: '', stderr: '' });
  },
);

t.test('a file of another program is neither overwritten nor removed', async (t) => {
  const conf = { config: { 'common.conf.d': { 'procview.conf': 'lxc.hook.start-host = mine\n' } } };
  const root = host(t, { usr: { share: { containers: {}, lxc: conf } } });
  const before = tree(root);
  const refused = await procview('hooks', 'install', '--root', root);
  t.match(refused, { code: 1, stdout: '' });
  t.equal(
    refused.stderr,
    `procview: ${join(root, LXC)} was not written by procview: rename it and try again; nothing was changed\n`,
  );
  t.match(await procview('hooks', 'remove', '--root', root), { code: 0, stdout: '' });
  t.same(tree(root), before);
});

t.test('install fails without any runtime', async (t) => {
  const root = t.testdir({ usr: {} });
  const { code, stderr } = await procview('hooks', 'install', '--root', root);
  t.equal(code, 1);
  t.match(stderr, /^procview: no Podman, CRI-O, containerd or LXC below [^\n]+\n$/);
  t.same(fs.readdirSync(root), ['usr']);
});

t.test(
  "containerd's configuration is not edited, and names no file that was removed",
  async (t) => {
    const root = host(t, { etc: { containerd: { 'config.toml': 'version = 2\n' } } });
    const installed = await procview('hooks', 'install', '--root', root);
    t.match(
      installed.stdout,
      /^containerd: cannot run `ctr oci spec`: install ctr/m,
      'no ctr there',
    );
    t.equal(fs.readFileSync(join(root, CONTAINERD), 'utf8'), 'version = 2\n');
    const naming = 'base_runtime_spec = "/etc/containerd/procview.json"\n';
    fs.writeFileSync(join(root, CONTAINERD), naming);
    const before = tree(root);
    const refused = await procview('hooks', 'remove', '--root', root);
    t.match(refused, {
      code: 1,
      stdout: '',
      stderr: /remove that line and restart containerd first/,
    });
    t.same(tree(root), before);
  },
);
