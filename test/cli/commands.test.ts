import fs from 'node:fs';
import t, { type Test } from 'tap';
import { views } from '../../src/views/registry.ts';
import { each, type Outcome, procview, refused } from './run.ts';

t.setTimeout(120_000);

/** A mistake in the command line itself: the same, with a hint at --help. */
function misspelt(t: Test, { code, stdout, stderr }: Outcome, says: string | RegExp): void {
  t.equal(code, 1);
  t.equal(stdout, '');
  t.match(stderr, /^procview: [^\n]+ \(see --help\)\n$/);
  t.match(stderr, says);
}

t.test('--help of the program and of each command', async (t) => {
  const [all, serve, show, explain, containers, sysctl, isolate, ...mounts] = await Promise.all([
    procview('--help'),
    procview('serve', '--help'),
    procview('show', '--help'),
    procview('explain', '--help'),
    procview('containers', '--help'),
    procview('sysctl', '--help'),
    procview('isolate', '--help'),
    procview('attach', '--help'),
    procview('detach', '--help'),
  ]);
  const [attach = all, detach = all] = mounts;
  const each = [serve, show, explain, containers, sysctl, isolate, attach, detach];
  for (const { code, stderr } of [all, ...each]) {
    t.equal(code, 0);
    t.equal(stderr, '');
  }
  const names = ['serve', 'show', 'explain', 'containers', 'sysctl', 'isolate', 'hooks'];
  for (const command of [...names, 'attach', 'detach']) {
    t.match(all.stdout, new RegExp(`^ {2}${command} `, 'm'));
  }
  const roots = [
    '--config',
    '--state',
    '--proc-root',
    '--sys-root',
    '--cgroup-root',
    '--sysctl-root',
  ];
  const log = ['--mount', '--fsname', '--workers', '--mode', '--log-level', '--log-format'];
  for (const [{ stdout }, flags] of [
    [serve, [...roots, ...log]],
    [show, roots],
    [explain, roots],
    [containers, roots],
    [sysctl, roots],
    [isolate, [...roots, '--files']],
    [attach, [...roots, '--mount']],
    [detach, [...roots, '--mount']],
  ] as const) {
    for (const flag of flags) t.match(stdout, `${flag} <`);
  }
  for (const { path } of views) {
    for (const { stdout } of [show, explain]) t.match(stdout, path.replace('proc/', ''));
  }
});

t.test('--version', async (t) => {
  const { code, stdout } = await procview('--version');
  t.equal(code, 0);
  t.equal(stdout, `${JSON.parse(fs.readFileSync('package.json', 'utf8')).version}\n`);
});

t.test('no command: help, and an exit code that a script notices', async (t) => {
  const { code, stderr } = await procview();
  t.equal(code, 1);
  t.match(stderr, /^Usage: procview /);
});

t.test('wrong command lines', async (t) => {
  const wrong: [string[], RegExp][] = [
    [['mount'], /unknown command 'mount'/],
    [['serve', '--muont', '/x'], /unknown option '--muont' \(Did you mean --mount\?\)/],
    [['serve', '--mount'], /option '--mount <dir>' argument missing/],
    [['serve', '/mnt'], /too many arguments for 'serve'/],
    [['serve', '--workers', 'two'], /must be a whole number/],
    [['serve', '--workers', '-1'], /must be a whole number/],
    [['serve', '--workers', '1e1'], /must be a whole number/],
    [['serve', '--log-level', 'loud'], /Allowed choices are trace, debug/],
    [['serve', '--log-format', 'xml'], /Allowed choices are pretty, json/],
    [['show'], /missing required argument 'container\|pid'/],
    [['show', '1'], /missing required argument 'file'/],
    [['show', '1', 'meminfo', 'stat'], /too many arguments/],
    [['explain', '1'], /missing required argument 'file'/],
    [['explain', '1', 'stat', 'cpu', 'cpu0'], /too many arguments/],
    [['show', '--log-level', 'info', '1', 'stat'], /unknown option '--log-level'/],
    [['containers', 'x'], /too many arguments for 'containers'/],
    [['serve', '--mode', 'none'], /Allowed choices are auto, fuse, kernel/],
    [['isolate', '1'], /missing required argument 'state'/],
    [['isolate', '1', 'of'], /Allowed choices are on, off/],
    [['attach', '1', '2'], /too many arguments for 'attach'/],
    [['detach', '--every'], /unknown option '--every'/],
    [['sysctl', '--all'], /unknown option '--all'/],
  ];
  await each(wrong, async ([args, says]) => misspelt(t, await procview(...args), says));
});

t.test('values that the configuration refuses', async (t) => {
  const wrong: [string[], RegExp][] = [
    [['serve', '--workers', '17'], /command line: workers: .*less than or equal to 16/],
    [['serve', '--mount', 'mnt'], /command line: mount: must be an absolute path/],
    [['serve', '--fsname', 'a,b'], /command line: fsname: must be 1 to 64 letters/],
    [['containers', '--state', 'run'], /command line: state: must be an absolute path/],
    [['show', '1', 'stat', '--proc-root', '.'], /roots\.proc: must be an absolute path/],
  ];
  await each(wrong, async ([args, says]) => refused(t, await procview(...args), says));
});

t.test('configuration files', async (t) => {
  const dir = t.testdir({ bad: '{"workers": }', unknown: '{"mout": "/x"}', good: '{}' });
  await each([['serve'], ['show', '1', 'meminfo'], ['containers']], async (command) => {
    const given = (name: string) => procview(...command, '--config', `${dir}/${name}`);
    refused(t, await given('bad'), new RegExp(`configuration ${dir}/bad: .*JSON`));
    refused(t, await given('unknown'), /Unrecognized key\(s\) in object: 'mout'/);
    refused(t, await given('none'), /ENOENT/);
  });
});

t.test('show: what there is not', async (t) => {
  const state = t.testdir({});
  const show = (...args: string[]) => procview('show', ...args, '--state', state);
  refused(t, await show('1', 'mem'), /no file mem: choose one of .*proc\/meminfo/);
  refused(t, await show('1', 'info'), /no file info/);
  refused(t, await show('1', 'possible'), /choose one of \S*cpu\/possible, \S*node\/possible$/m);
  refused(
    t,
    await show('no-such', 'stat'),
    /no container or process no-such: .*procview containers/,
  );
  refused(t, await show('4194304000', 'stat'), /no container or process 4194304000/);
  t.same(fs.readdirSync(state), [], 'nothing is left behind');
});

t.test('explain: what there is not', async (t) => {
  const state = t.testdir({});
  const explain = (...args: string[]) => procview('explain', ...args, '--state', state);
  refused(t, await explain('1', 'mem'), /no file mem: choose one of .*proc\/meminfo/);
  refused(t, await explain('no-such', 'stat'), /no container or process no-such/);
  refused(
    t,
    await explain('1', 'meminfo', 'memtotal'),
    /no key memtotal .*did you mean MemTotal\?/,
  );
  refused(t, await explain('1', 'meminfo', 'Swap'), /did you mean .*SwapTotal, SwapFree/);
  refused(t, await explain('1', 'meminfo', 'xyzzy'), /no key xyzzy .*leave it out to see all keys/);
});

t.test("explain: a host process reads the host's bytes, and gets the reason", async (t) => {
  const state = t.testdir({});
  const { code, stdout, stderr } = await procview('explain', '1', 'meminfo', '--state', state);
  t.equal(code, 0, stderr);
  t.match(stdout, /^MemTotal \d+ kB = the host's: pid 1 is a process of the host\n/);
  const { stdout: one } = await procview('explain', '1', 'stat', 'btime', '--state', state);
  t.match(one, /^btime \d+ = the host's: [^\n]+\n$/, 'one key, one line');
});

t.test("show: a host process reads the host's bytes", async (t) => {
  for (const name of ['cpuinfo', '/proc/cpuinfo', 'proc/cpuinfo']) {
    const { code, stdout, stderr } = await procview('show', '1', name, '--state', t.testdir({}));
    t.equal(code, 0, stderr);
    t.match(stdout, /^processor/m, name);
  }
});

t.test('containers: a table, also of nothing', async (t) => {
  const { code, stdout, stderr } = await procview('containers', '--state', t.testdir({}));
  t.equal(code, 0, stderr);
  t.match(stdout, /^ID +NAME +POD +RUNTIME +PID +MEMORY +CPUS\n/);
});

t.test('roots that hold no procfs, or no cgroups', async (t) => {
  const empty = t.testdir({ self: { mountinfo: '1 1 0:1 / / rw - ext4 /dev/vda rw\n' } });
  await each([['show', '1', 'meminfo'], ['containers']], async (command) => {
    const on = (root: string) => procview(...command, '--state', empty, '--proc-root', root);
    refused(t, await on('/nonexistent'), /\/nonexistent\/self\/mountinfo: cannot read/);
    refused(t, await on(empty), /no cgroup hierarchy is mounted; mount cgroup2/);
  });
});
