import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { until } from './helpers/command.ts';
import { Daemon, mountsAt, PROCVIEW, procview, startDaemon, temporary } from './helpers/daemon.ts';
import { prepare } from './helpers/suite.ts';

await prepare();

/** A directory that stands for /proc/sys of a kernel with the switch. */
class KernelWithSwitch {
  readonly root: string;
  readonly state: string;
  readonly mount: string;
  readonly file: string;

  constructor(t: Test) {
    this.root = temporary(t, 'sysctl');
    this.state = temporary(t, 'state');
    this.mount = temporary(t, 'mount');
    this.file = join(this.root, 'kernel/stats_isolated');
    fs.mkdirSync(join(this.root, 'kernel'));
    fs.writeFileSync(this.file, '0\n');
  }

  get value(): string {
    return fs.readFileSync(this.file, 'latin1');
  }

  async serve(t: Test, ...args: string[]): Promise<{ child: ChildProcess; log: () => string }> {
    const [node, main] = PROCVIEW;
    const where = ['--sysctl-root', this.root, '--state', this.state, '--mount', this.mount];
    const argv = [main, 'serve', ...where, '--log-format', 'json', ...args];
    const child = spawn(node, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    t.teardown(() => child.kill('SIGKILL'));
    await until('the daemon has logged a line', () => text.includes('\n'));
    return { child, log: () => text };
  }

  sysctl(...words: string[]): ReturnType<typeof procview> {
    return procview('sysctl', ...words, '--sysctl-root', this.root, '--state', this.state);
  }
}

t.test(
  'mode auto on a kernel with the switch sets it, follows it, and serves nothing',
  async (t) => {
    const kernel = new KernelWithSwitch(t);
    const { child, log } = await kernel.serve(t);
    t.match(
      log(),
      /"isolated":true,"msg":"kernel mode: this kernel isolates containers, serving no files/,
    );
    t.equal(kernel.value, '1\n', 'the switch is set');
    t.strictSame(mountsAt(kernel.mount), [], 'nothing is mounted');

    t.equal(
      (await kernel.sysctl('-w', 'kernel.stats_isolated=0')).stdout,
      'kernel.stats_isolated = 0\n',
    );
    t.equal(kernel.value, '0\n', "procview sysctl sets the kernel's switch");
    await until('the change is logged', () => /"isolated":false,"changed":"kernel"/.test(log()));
    fs.writeFileSync(kernel.file, '1\n');
    await until('a change by sysctl(8) is logged', () =>
      /"isolated":true,"changed":"kernel"/.test(log()),
    );
    const fuse = procview('sysctl', '-w', 'kernel.stats_isolated=0', '--state', kernel.state);
    t.equal((await fuse).code, 0);
    await until(
      "procview sysctl through the daemon sets the kernel's switch",
      () => kernel.value === '0\n',
    );

    child.kill('SIGTERM');
    await until('the daemon ends', () => child.exitCode !== null);
    t.equal(child.exitCode, 0);
    await until('the end is logged', () =>
      /"msg":"stopped, the kernel switch keeps its value"/.test(log()),
    );
    t.equal(kernel.value, '0\n', 'the switch keeps its value');
    const again = await kernel.serve(t);
    t.match(again.log(), /"isolated":false,"msg":"kernel mode: /, 'a restart keeps it too');
  },
);

t.test('procview isolate is refused on a kernel with the switch', async (t) => {
  const { root, state } = new KernelWithSwitch(t);
  const where = ['--sysctl-root', root, '--state', state];
  const { code, stderr } = await procview('isolate', String(process.pid), 'off', ...where);
  t.equal(code, 1);
  t.match(stderr, /^procview: this kernel isolates containers itself: write [^\n]+\n$/);
});

t.test(
  "mode fuse serves on a kernel with the switch; a served switch does not count as the kernel's",
  async (t) => {
    const kernel = new KernelWithSwitch(t);
    const first = await startDaemon(t, '--sysctl-root', kernel.root, '--mode', 'fuse');
    t.equal(mountsAt(first.mount).length, 1);
    t.equal(kernel.value, '0\n');
    const second = new Daemon(temporary(t, 'mount'), temporary(t, 'state'));
    t.teardown(() => second.stop());
    await second.start('--sysctl-root', first.file('sys'));
    t.equal(mountsAt(second.mount).length, 1);
  },
);

t.test('mode kernel on a kernel without the switch is refused with one line', async (t) => {
  const where = ['--sysctl-root', temporary(t, 'sysctl'), '--state', temporary(t, 'state')];
  const { code, stderr } = await procview('serve', '--mode', 'kernel', ...where);
  t.equal(code, 1);
  t.match(
    stderr,
    /^procview: mode kernel is not possible: this kernel has no \S+\/kernel\/stats_isolated; use --mode [^\n]+\n$/,
  );
});
